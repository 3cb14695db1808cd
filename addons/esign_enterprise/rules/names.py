"""Names of enterprises and departments: one spelling, nothing that hides or breaks out."""

import unicodedata

MIN_LENGTH = 2
MAX_LENGTH = 64  # what a certificate can name (RFC 5280, ub-organization-name)
# No registered name has these; they are the marks of markup, paths and formulas.
_FORBIDDEN = frozenset('<>{}[]|\\^~`"$%*=?;:/!@#')
_WIDE = str.maketrans('()', '（）')


def normalise(text: str | None) -> str:
    """Trim, join runs of blanks, and write brackets full-width as the licence does."""
    return ' '.join((text or '').split()).translate(_WIDE)


def problem(name: str) -> str | None:
    """Say what is wrong with a normalised name: 'short', 'long', 'character', or None.

    Control, format and private characters (Unicode category C: bidirectional overrides, zero
    widths) are refused because they make one name look like another.
    """
    if len(name) < MIN_LENGTH:
        return 'short'
    if len(name) > MAX_LENGTH:
        return 'long'
    if any(c in _FORBIDDEN or unicodedata.category(c).startswith('C') for c in name):
        return 'character'
    return None
