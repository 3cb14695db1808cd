"""Names of enterprises and departments: one spelling, nothing that hides or breaks out."""

import unicodedata

from odoo.addons.esign_base.rules.names import LONGEST, SHORTEST, has_han, is_hidden, is_letter

__all__ = ['LONGEST', 'SHORTEST', 'normalise', 'problem']

# Registered names abroad have many signs (A/S, Yahoo!, C# & Co.), but not those of markup and paths.
_FORBIDDEN = frozenset('<>{}[]|\\^~`"*=;')
# What a name may begin with besides letters and digits.
_OPENING = frozenset('(（#@&《“')
_WIDE = str.maketrans('()', '（）')


def normalise(text: str | None) -> str:
    """Trim and join runs of blanks; a Chinese name has full-width brackets, as its licence does.

    Other names keep the brackets they are registered with. Names are compared by
    ``esign_base.rules.names.folded``, for which brackets are alike.
    """
    name = ' '.join(unicodedata.normalize('NFC', text or '').split())
    return name.translate(_WIDE) if has_han(name) else name


def problem(name: str) -> str | None:
    """Say what is wrong with a normalised name: 'short', 'long', 'character', or None.

    Control, format and private characters (bidirectional overrides, zero widths) are refused because
    they make one name look like another; pictures (emoji) because no register has them.
    """
    if len(name) < SHORTEST:
        return 'short'
    if len(name) > LONGEST:
        return 'long'
    if any(c in _FORBIDDEN or is_hidden(c) or unicodedata.category(c) == 'So' for c in name):
        return 'character'
    first = name[0]
    return None if is_letter(first) or first.isalnum() or first in _OPENING else 'character'
