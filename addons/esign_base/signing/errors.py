"""Errors of the signing core.

Every failure that leaves the core is a :class:`SigningError` with a stable ``code`` (what the
caller decides on and translates), a plain English ``message`` for logs, and ``details``: the
values a page needs to say what to mend. No PIN, key or code of a person is ever put into them.
"""

from collections.abc import Mapping


class SigningError(Exception):
    """Base of all errors that the core raises on purpose.

    :param code: stable lower-case identifier, unique within the core.
    :param message: plain English, for logs; never shown to users as it is.
    :param details: JSON-like values for the translated text.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: dict[str, object] = dict(details or {})

    def __str__(self) -> str:
        return f'{self.code}: {self.message}'


class TokenError(SigningError):
    """The PKCS#11 token cannot do what was asked: absent, locked, wrong PIN, key missing."""


class CertificateError(SigningError):
    """A certificate cannot be issued, imported or used."""


class TimestampError(SigningError):
    """No trusted time could be had. There is no fallback to local time."""


class FileRefused(SigningError):
    """An uploaded file cannot be accepted for signing; ``code`` says why."""


class GlyphMissing(SigningError):
    """A character has no glyph in the fonts at hand; ``details['characters']`` lists them."""


class SealError(SigningError):
    """A seal cannot be drawn: text too long, size out of range, picture unusable."""


class PlacementError(SigningError):
    """A placement lies outside its page, on no page, or cannot be resolved."""


class PrepareError(SigningError):
    """A document cannot be prepared for signing."""


class RevisionMoved(SigningError):
    """The revision that an act was based on is not the newest one any more."""


class RemoteSessionError(SigningError):
    """A two-step signature cannot be completed: replayed, expired, wrong key, changed file."""


class ResultInvalid(SigningError):
    """A signature was made but does not validate; the result is withheld."""


class TraceBroken(SigningError):
    """A trace chain does not check out; ``details['index']`` is the first bad entry."""
