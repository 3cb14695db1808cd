"""A person's name as on the identity document."""

import re
import unicodedata

from .names import HAN, LONGEST, SHORTEST, is_letter, narrow, plain_signs

__all__ = ['LONGEST', 'SHORTEST', 'name_fault', 'normal_name']

# Ethnic names carry a middle dot; keyboards give several that look alike, and documents a full stop.
_DOTS = re.compile('\\s*[\u00b7\u0387\u1427\u16eb\u2022\u2024\u2027\u2219\u22c5\u2e31\u2e33\u30fb\ua78f\uff65]\\s*')
_STOP = re.compile(f'(?<=[{HAN}])\\s*[.\uff0e]\\s*(?=[{HAN}])')
_SEPARATORS = frozenset("·-' .")


def normal_name(text: str | None) -> str:
    """Trim, one kind of middle dot, apostrophe and hyphen, single spaces; full-width letters become ordinary ones.

    Characters are not otherwise changed (NFC, not NFKC): a compatibility ideograph on the
    document stays what it is.
    """
    name = _STOP.sub('·', _DOTS.sub('·', unicodedata.normalize('NFC', text or '')))
    return ' '.join(plain_signs(narrow(name)).split())


def name_fault(name: str) -> str | None:
    """Say what is wrong with a normalised name: ``length``, ``characters``, or None."""
    if not SHORTEST <= len(name) <= LONGEST:
        return 'length'
    if not all(is_letter(c) or c in _SEPARATORS for c in name):
        return 'characters'
    first = name[0]
    if not is_letter(first) or unicodedata.category(first)[0] == 'M' or name[-1] in '·- ':
        return 'characters'
    return None
