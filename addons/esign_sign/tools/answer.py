"""The answer to “may this be done now?”: yes, or no with a reason that can be shown."""

from __future__ import annotations

from dataclasses import dataclass

from odoo.addons.esign_base.errors import EsignError


@dataclass(frozen=True, slots=True)
class Answer:
    """True or false, and why not.

    :param code: stable, for callers; ``OK`` when the answer is yes.
    :param reason: translated sentence; empty when the answer is yes.
    """

    code: str
    reason: str = ''

    @classmethod
    def yes(cls) -> Answer:
        """It may be done."""
        return cls('OK')

    @classmethod
    def no(cls, code: str, reason: str) -> Answer:
        """It may not, for this reason."""
        return cls(code, reason)

    def __bool__(self) -> bool:
        return self.code == 'OK'

    def require(self) -> None:
        """Refuse when the answer is no.

        :raises EsignError: with the reason and its code.
        """
        if not self:
            raise EsignError(self.reason, self.code)
