"""From a name to what is drawn: letters in the order of the eye, each with its outlines and width.

Scripts that a seal can bear: those whose letters stand side by side (Chinese, Latin, Cyrillic, Greek,
Hangul, kana …), also from right to left (Hebrew), and Arabic ones, which join. A character that no font
has, or whose script needs more shaping than is known here (Indic scripts, Tibetan, Mongolian …), is
an error that names it: nothing is drawn wrongly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .arabic import joined
from .glyphs import Face, FontStyle, face, fallbacks, font_folders, missing_error

Part = tuple[Face, str, float, float]
# Blocks whose letters reorder, stack or join in ways that fonts alone know (Unicode 15, chapters 9-16).
_SHAPED = (
    (0x0700, 0x0DFF), (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1700, 0x18AF), (0x1900, 0x1AAF),
    (0x1B00, 0x1C4F), (0x1CD0, 0x1CFF), (0xA800, 0xA82F), (0xA840, 0xA95F), (0xA980, 0xAADF), (0xABC0, 0xABFF),
    (0x10A00, 0x10A5F), (0x10AC0, 0x10AFF), (0x10D00, 0x10FFF), (0x11000, 0x11FFF), (0x16100, 0x1613F),
)  # fmt: skip
# Shown by nothing of their own: joiners and variation selectors.
_SILENT = frozenset({0x034F, 0x200B, 0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
_MIRRORED = str.maketrans('()（）《》“”', ')(）（》《”“')
_INNER_APOSTROPHE = re.compile('(?<=[^\\W\u2e80-\uffff])\u2019')
_ABOVE, _MARK_GAP = 230, 0.03  # canonical combining class; em


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter with its marks.

    :param text: what it stands for, as drawn.
    :param parts: outlines with their offset in em.
    :param advance: width in em.
    :param wide: fills a square, as Chinese characters do.
    :param joins: touches its neighbour (Arabic).
    """

    text: str
    parts: tuple[Part, ...]
    advance: float
    wide: bool = False
    joins: bool = False


def letters(text: str, style: FontStyle = FontStyle.SONG_BOLD) -> tuple[Letter, ...]:
    """Return the letters of one line from left to right.

    :raises GlyphMissing: ``glyph_missing`` with ``details['characters']``: what cannot be drawn.
    """
    return _letters(text, style, font_folders())


@lru_cache(maxsize=8192)
def _letters(text: str, style: FontStyle, folders: tuple[Path, ...]) -> tuple[Letter, ...]:
    shown = ''.join(c for c in unicodedata.normalize('NFC', text) if ord(c) not in _SILENT)
    shown = _INNER_APOSTROPHE.sub("'", shown)  # Chinese fonts make the curved one as wide as a character
    lost = [char for char in dict.fromkeys(shown) if _needs_shaping(char)]
    shaped = joined(shown)
    faces = (face(style, folders), *fallbacks(folders))
    lost += [c for c in dict.fromkeys(shaped) if c not in lost and not any(one.has(c) for one in _faces_for(c, faces))]
    if lost:
        raise missing_error(lost)
    found: list[Letter] = []
    narrow = ''.join(c for c in shaped if not is_wide(c) and not c.isspace())
    common = next((one for one in faces if not one.missing(narrow)), None)  # one font for all words, where one has them
    for word in _words(shaped):
        first = (common, *faces) if common and not is_wide(word[0]) else faces
        whole = next((one for one in first if not one.missing(word)), None)
        found += [_letter(cluster, whole, faces) for cluster in _clusters(word)]
    return tuple(_in_order_of_the_eye(found))


def require(text: str) -> None:
    """Check that a seal can bear the text.

    :raises GlyphMissing: see :func:`letters`.
    """
    letters(text)


def width(line: Sequence[Letter]) -> float:
    """Advance of a line in em."""
    return sum(letter.advance for letter in line)


def ink(line: Sequence[Letter]) -> tuple[float, float]:
    """Lowest and highest point of a line above its base line, em."""
    spans = [
        (bottom + dy, top + dy)
        for letter in line
        for font, char, _dx, dy in letter.parts
        if (box := font.ink(char))
        for bottom, top in ((box[1], box[3]),)
    ]
    return min((low for low, _ in spans), default=0.0), max((high for _, high in spans), default=0.8)


def is_wide(char: str) -> bool:
    """Whether a character fills a square."""
    return unicodedata.east_asian_width(char) in 'WF'


def _needs_shaping(char: str) -> bool:
    code = ord(char)
    return any(first <= code <= last for first, last in _SHAPED)


def _faces_for(char: str, faces: Sequence[Face]) -> Sequence[Face]:
    """Symbols, emoji among them, are no letters: the seal's own font or none."""
    return faces[:1] if unicodedata.category(char) == 'So' else faces


def _words(text: str) -> Iterator[str]:
    """Split into what shall come from one font: words; wide characters one by one."""
    word = ''
    for char in text:
        if char.isspace() or is_wide(char):
            if word:
                yield word
            word = ''
            yield char
        elif word or not unicodedata.combining(char):
            word += char
        else:
            yield char
    if word:
        yield word


def _clusters(word: str) -> Iterator[str]:
    cluster = ''
    for char in word:
        if cluster and unicodedata.category(char).startswith('M'):
            cluster += char
            continue
        if cluster:
            yield cluster
        cluster = char
    if cluster:
        yield cluster


def _letter(cluster: str, whole: Face | None, faces: Sequence[Face]) -> Letter:
    base, marks = cluster[0], cluster[1:]

    def of(char: str) -> Face:
        if whole is not None:
            return whole
        return next((one for one in faces if one.has(char)), faces[0])

    font = of(base)
    advance = font.width(base)
    parts: list[Part] = [(font, base, 0.0, 0.0)]
    box = font.ink(base)
    top, bottom = (box[3], box[1]) if box else (0.0, 0.0)
    for mark in marks:
        other = of(mark)
        box = other.ink(mark)
        if box is None:
            continue
        left, low, right, high = box
        above = unicodedata.combining(mark) >= _ABOVE or low > 0
        dx = advance / 2 - (left + right) / 2
        dy = max(0.0, top + _MARK_GAP - low) if above else min(0.0, bottom - _MARK_GAP - high)
        parts.append((other, mark, dx, dy))
        top, bottom = (high + dy, bottom) if above else (top, low + dy)
    joins = unicodedata.bidirectional(base) == 'AL'
    return Letter(cluster, tuple(parts), advance, is_wide(base), joins)


def _in_order_of_the_eye(found: Sequence[Letter]) -> list[Letter]:
    """Letters from left to right: runs of right-to-left letters are turned round (UAX #9, names only)."""
    kinds = [_direction(letter) for letter in found]
    base = next((kind for kind in kinds if kind), 'L')
    if 'R' not in kinds:
        return list(found)
    runs: list[tuple[str, list[Letter]]] = []
    for index, letter in enumerate(found):
        kind = kinds[index]
        if not kind:
            before = next((one for one in reversed(kinds[:index]) if one), base)
            after = next((one for one in kinds[index:] if one), base)
            kind = before if before == after else base
        if not runs or runs[-1][0] != kind:
            runs.append((kind, []))
        runs[-1][1].append(letter)
    ordered = reversed(runs) if base == 'R' else runs
    return [letter for kind, run in ordered for letter in (_turned(run) if kind == 'R' else run)]


def _turned(run: Sequence[Letter]) -> Iterator[Letter]:
    for letter in reversed(run):
        mirrored = letter.text.translate(_MIRRORED)
        yield letters(mirrored)[0] if mirrored != letter.text else letter


def _direction(letter: Letter) -> str:
    kind = unicodedata.bidirectional(letter.text[0])
    return 'R' if kind in ('R', 'AL') else 'L' if kind in ('L', 'EN', 'AN') else ''
