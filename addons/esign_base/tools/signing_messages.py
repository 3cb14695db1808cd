"""What people read when the signing core refuses something: one table, one translation point."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from odoo.tools import LazyTranslate

from ..errors import EsignError
from ..signing.errors import (
    CertificateError,
    FileRefused,
    GlyphMissing,
    PlacementError,
    SealError,
    SigningError,
    TimestampError,
    TokenError,
)

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)


class CoreRefused(EsignError):
    """A refusal of the signing core in the reader's language; ``code`` is the core's, upper case."""

    code = 'SIGNING_REFUSED'


# Text may use the values of ``details``; a name that is missing there shows as "?".
MESSAGES = {
    'token_unconfigured': _lt('The server has no key token. The operator must set %(missing)s.'),
    'module_missing': _lt('The module of the key token cannot be loaded. Tell the operator.'),
    'token_missing': _lt('The key token "%(token)s" is not there. Tell the operator.'),
    'token_ambiguous': _lt('Several key tokens are called "%(token)s". Tell the operator.'),
    'token_failed': _lt('The key token does not answer. Try again in a minute, then tell the operator.'),
    'pin_unavailable': _lt('The PIN file of the key token cannot be read. Tell the operator.'),
    'pin_refused': _lt('The key token refuses the configured PIN. Tell the operator; nothing is tried again.'),
    'pin_locked': _lt('The key token is locked. The operator must unlock it with its own tool.'),
    'key_missing': _lt('The key "%(label)s" is not in the token.'),
    'key_exists': _lt('A key called "%(label)s" is in the token already.'),
    'key_ambiguous': _lt('Several keys in the token are called "%(label)s".'),
    'key_mismatch': _lt('The certificate belongs to another key.'),
    'glyph_missing': _lt('The seal fonts have no sign for: %(characters)s. Upload a picture of the seal instead.'),
}
# Where the code is not in the table, the kind of error still says who can mend it.
KINDS = (
    (GlyphMissing, MESSAGES['glyph_missing']),
    (TokenError, _lt('The key token cannot do this now (%(code)s). Tell the operator.')),
    (CertificateError, _lt('The certificate cannot be made or used (%(code)s).')),
    (TimestampError, _lt('No trusted time stamp could be had (%(code)s). Try again later.')),
    (FileRefused, _lt('The file cannot be accepted (%(code)s).')),
    (SealError, _lt('The seal cannot be drawn like this (%(code)s). Change the text, the size or the picture.')),
    (PlacementError, _lt('A seal does not fit on its page (%(code)s).')),
    (SigningError, _lt('The document cannot be signed (%(code)s).')),
)


class _Details(dict):
    def __missing__(self, key):
        return '?'


def explain(env, error: SigningError) -> CoreRefused:
    """Return the refusal that a person reads for an error of the core.

    The plain English message goes to the log, the details into the text; neither holds secrets
    (see :mod:`..signing.errors`).
    """
    source = MESSAGES.get(error.code) or next(text for kind, text in KINDS if isinstance(error, kind))
    _logger.info('Refused by the core: %s', error)
    values = {name: _shown(value) for name, value in error.details.items()}
    text = env._(source) % _Details(values, code=error.code)
    return CoreRefused(text, error.code.upper(), **error.details)


@contextmanager
def explained(env) -> Iterator[None]:
    """Turn whatever the core refuses inside the block into :class:`CoreRefused`."""
    try:
        yield
    except SigningError as error:
        raise explain(env, error) from error


def _shown(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ' '.join(str(one) for one in value)
    return str(value)
