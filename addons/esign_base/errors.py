"""Errors of the Odoo side that a person can mend.

Each carries a stable ``code`` for callers (interfaces, tests, pages) beside its translated text.
No code, password, key or full ID number is ever put into one.
"""

from odoo.exceptions import UserError

TOLD = ('wait', 'fields')


class EsignError(UserError):
    """Base of the rules' refusals.

    :param message: translated text that says what to mend.
    :param code: stable upper-case identifier.
    :param details: JSON values that a page may want (seconds to wait, tries left).
    """

    code = 'REFUSED'
    # The web client knows exceptions by their exact names; it shows our text as it shows Odoo's own refusals.
    context = {'exception_class': 'odoo.exceptions.UserError'}

    def __init__(self, message: str, code: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.details = details

    def told(self) -> dict[str, object]:
        """The details that a page is told: ``wait`` (seconds) and ``fields`` (field → what to mend there)."""
        return {name: self.details[name] for name in TOLD if self.details.get(name)}


class RateLimited(EsignError):
    """Too many tries; ``details['wait']`` is the number of seconds until the next one."""

    code = 'RATE_LIMITED'


class Busy(RateLimited):
    """Work of this kind fills the server just now; nothing was counted, and a few seconds help."""

    code = 'BUSY'


class CodeRefused(EsignError):
    """A one-time code is wrong, used, expired or belongs to something else."""

    code = 'CODE_REFUSED'


class IllegalMove(EsignError):
    """A state machine was asked for a move that its table does not hold."""

    code = 'ILLEGAL_MOVE'


class SecretKeyMissing(EsignError):
    """The installation has no usable secret key, so nothing sensitive can be stored or read."""

    code = 'SECRET_KEY_MISSING'


class FormRefused(EsignError):
    """Fields of a form need mending; ``fields`` maps their names to translated texts."""

    code = 'FORM_REFUSED'

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(' '.join(fields.values()), fields=fields)
        self.fields = fields


class ApiRefused(EsignError):
    """What a business system is told: the text begins with a stable code, then says what to mend.

    Codes are those of ``docs/integrators.md``. The interfaces of Odoo print the traceback of what they
    answer as an error; callers from outside have no business with ours, so this error shows none.
    """

    __traceback__ = property(lambda self: None, lambda self, value: None)

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(f'{code}: {message}', code, **details)
        self.text = message
