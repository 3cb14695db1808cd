"""What came of an act: the one shape of answers, between methods and from the server to its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from odoo.exceptions import UserError

from ..errors import EsignError

OK = 'OK'
PAGE = 'page'  # what is to be mended belongs to no field
# A rule refused, or a second click came through beside the first.
REFUSALS = (EsignError, psycopg2.IntegrityError)


@dataclass(frozen=True, slots=True)
class Answer:
    """Done, or not, and why not. Also the answer to “may this be done now?”.

    :param outcome: stable, for callers; ``OK``, or the code of the refusal.
    :param message: translated sentence; empty when the outcome says all.
    :param data: what the act gave. Of a refusal a dict of what helps to mend it: ``wait`` (seconds), ``fields``
        (field → text). What goes to a page is of JSON values.
    """

    outcome: str = OK
    message: str = ''
    data: Any = field(default_factory=dict)

    @classmethod
    def yes(cls, data: Any = None) -> Answer:
        """It may be done, or it was done and gave ``data``."""
        return cls(data={} if data is None else data)

    @classmethod
    def no(cls, outcome: str, message: str, **data: Any) -> Answer:
        """It may not, or was not, for this reason."""
        return cls(outcome, message, data)

    @classmethod
    def refused(cls, error: UserError) -> Answer:
        """What a refusal tells a page; details that no page needs stay behind."""
        if isinstance(error, EsignError):
            return cls(error.code, str(error), error.told())
        return cls(EsignError.code, str(error))

    def __bool__(self) -> bool:
        return self.outcome == OK

    def require(self) -> None:
        """Refuse when the answer is no.

        :raises EsignError: with the reason and its code.
        """
        if not self:
            raise EsignError(self.message, self.outcome)

    @property
    def errors(self) -> dict[str, str]:
        """Field → what is to be mended there, :data:`PAGE` for the rest; empty when it was done."""
        return {} if self else self.data.get('fields') or {PAGE: self.message}

    @property
    def wait(self) -> int:
        """Seconds until it may pass; 0 where waiting does not help."""
        return 0 if self else self.data.get('wait') or 0

    def as_json(self) -> dict[str, Any]:
        """For a page."""
        return {'outcome': self.outcome, 'message': self.message, 'data': self.data}


# Nothing was asked yet: a form that is shown for the first time.
OPEN = Answer()


def attempt(
    env: Any,
    act: Callable[[], Any],
    *,
    refused: type[Exception] | tuple[type[Exception], ...] = REFUSALS,
    told: Callable[[Any], Answer] | None = None,
) -> Answer:
    """Run one act; answer with what it gave, or with its refusal.

    A refused act leaves nothing behind: a code that was right is not used up by a wrong field.

    :param refused: what counts as a refusal; everything else is raised.
    :param told: the answer to it, asked for after everything was undone; None for what a page is told.
    """
    try:
        with env.cr.savepoint():
            return Answer.yes(act())
    except refused as error:
        if told:
            return told(error)
        if isinstance(error, psycopg2.IntegrityError):
            text = env._('This has been done already. Reload the page to see the result.')
            return Answer.no('DONE_ALREADY', text)
        return Answer.refused(error)
