"""A person's name as on the identity document."""

import re
import unicodedata

SHORTEST, LONGEST = 2, 20
LONGEST_FOREIGN = 60
FOREIGN_TYPES = frozenset({'passport', 'foreigner_id'})

# Ethnic names carry a middle dot; keyboards give several that look alike.
_DOTS = re.compile(r'[\u2022\u2027\u30fb\uff65\u2219\u22c5]')
_SEPARATORS = frozenset("·-' .")


def normal_name(text: str | None) -> str:
    """Trim, one kind of middle dot, single spaces; full-width letters become ordinary ones.

    Characters are not otherwise changed (NFC, not NFKC): a compatibility ideograph on the
    document stays what it is.
    """
    name = _DOTS.sub('·', unicodedata.normalize('NFC', text or ''))
    name = ''.join(chr(ord(c) - 0xFEE0) if '\uff01' <= c <= '\uff5e' else c for c in name)
    return re.sub(r'\s+', ' ', name.replace('\u3000', ' ')).strip()


def name_fault(name: str, id_type: str) -> str | None:
    """Say what is wrong with a normalised name: ``length``, ``characters``, or None."""
    longest = LONGEST_FOREIGN if id_type in FOREIGN_TYPES else LONGEST
    if not SHORTEST <= len(name) <= longest:
        return 'length'
    if not all(unicodedata.category(c)[0] in 'LM' or c in _SEPARATORS for c in name):
        return 'characters'
    if not unicodedata.category(name[0]).startswith('L') or name[-1] in "·-' ":
        return 'characters'
    return None
