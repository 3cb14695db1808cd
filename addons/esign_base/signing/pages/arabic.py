"""Arabic letters in the forms they take beside each other (Unicode 15 §9.2), by Unicode's presentation forms."""

from __future__ import annotations

import unicodedata
from functools import cache

_LAM = '\u0644'
# Of Arabic letters with no form of their own in Unicode: Uyghur and Kurdish AE joins as HEH does, to the right only.
_BORROWED = {'\u06d5': {'isolated': '\u06d5', 'final': '\ufeea'}}


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter, or lam with an alef, → form → presentation character."""
    found: dict[str, dict[str, str]] = {letter: dict(forms) for letter, forms in _BORROWED.items()}
    for code in (*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)):
        kind, *parts = unicodedata.decomposition(chr(code)).split() or ('',)
        letters = ''.join(chr(int(part, 16)) for part in parts)
        if letters and (len(letters) == 1 or (len(letters) == 2 and letters[0] == _LAM and letters[1] in 'آأإا')):
            found.setdefault(letters, {}).setdefault(kind.strip('<>'), chr(code))
    return found


def _joins_back(letter: str) -> bool:
    return 'final' in _forms().get(letter, {})


def _joins_on(letter: str) -> bool:
    return 'initial' in _forms().get(letter, {})


def joined(text: str) -> str:
    """Return the text with its Arabic letters in the forms they take, in the order of reading.

    Marks (category M) stay with their letter and are looked through.
    """
    units = _units(text)
    shown = []
    for index, (letter, marks) in enumerate(units):
        forms = _forms().get(letter)
        if forms is None:
            shown.append(letter + marks)
            continue
        before = index > 0 and _joins_on(units[index - 1][0]) and _joins_back(letter)
        after = index + 1 < len(units) and _joins_on(letter) and _joins_back(units[index + 1][0])
        kind = ('isolated', 'initial', 'final', 'medial')[before * 2 + after]
        shown.append(forms.get(kind, letter) + marks)
    return ''.join(shown)


def _units(text: str) -> list[tuple[str, str]]:
    """Letters with their marks; lam and a following alef are one."""
    units: list[tuple[str, str]] = []
    for char in text:
        if units and unicodedata.category(char).startswith('M'):
            units[-1] = (units[-1][0], units[-1][1] + char)
        elif units and units[-1] == (_LAM, '') and _LAM + char in _forms():
            units[-1] = (_LAM + char, '')
        else:
            units.append((char, ''))
    return units
