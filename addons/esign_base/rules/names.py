"""What names of persons and enterprises have in common: their length, their signs, how they are compared."""

import re
import unicodedata

# One limit for forms, interfaces, seals and certificates: what a certificate names
# (X.520, ub-common-name and ub-organization-name: 64 characters).
SHORTEST, LONGEST = 2, 64

HAN = r'\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd'
_HAN = re.compile(f'[{HAN}]')
# Keyboards and documents give several signs that look alike.
_APOSTROPHES = re.compile('[\u2018\u2019\u201b\u02bc\uff07\u00b4\u2032]')
_HYPHENS = re.compile('[\u2010-\u2015\u2212\ufe63\uff0d]')
_LOOSE_BLANK = re.compile(f'(?<=[{HAN}·()])\\s+|\\s+(?=[{HAN}·()])')
_WIDE_TO_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def has_han(text: str) -> bool:
    """Whether a Chinese character is in it."""
    return bool(_HAN.search(text))


def is_letter(char: str) -> bool:
    """Whether it is a letter or mark, or one that is newer than the interpreter's tables (Unicode grows yearly)."""
    return unicodedata.category(char)[0] in 'LM' or is_newer(char)


def is_newer(char: str) -> bool:
    """Whether a character may be one of a later Unicode: unassigned here, but neither a noncharacter nor ignorable.

    Noncharacters: Unicode 15 §23.7; unassigned ignorable ones: DerivedCoreProperties, Default_Ignorable_Code_Point.
    """
    code = ord(char)
    if unicodedata.category(char) != 'Cn' or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return not (code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF)


def is_hidden(char: str) -> bool:
    """Whether a character shows nothing, or makes another one look different: controls, formats, private use."""
    return unicodedata.category(char).startswith('C') and not is_newer(char)


def is_control(char: str) -> bool:
    """Whether a character has no business in a text of any kind; joiners and direction marks have."""
    return is_hidden(char) and unicodedata.category(char) != 'Cf'


def narrow(text: str) -> str:
    """Full-width letters, digits and signs become ordinary ones; nothing else changes."""
    return text.translate(_WIDE_TO_NARROW)


def plain_signs(text: str) -> str:
    """One kind of apostrophe and one kind of hyphen."""
    return _HYPHENS.sub('-', _APOSTROPHES.sub("'", text))


def folded(text: str | None) -> str:
    """What two spellings of one name have in common; for comparing and finding, never for showing.

    Compatibility forms, case, kinds of brackets, apostrophes and dots do not count, nor do blanks
    beside Chinese characters, dots and brackets.
    """
    name = plain_signs(unicodedata.normalize('NFKC', plain_signs(text or '')).casefold())
    name = unicodedata.normalize('NFC', re.sub('[·•‧・∙⋅.]', '·', name))
    return _LOOSE_BLANK.sub('', ' '.join(name.split()))
