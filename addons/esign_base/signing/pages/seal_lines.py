"""Names in horizontal lines: broken at spaces and dots, each line as large as its box allows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache

from .drawing import Canvas
from .lettering import Letter, ink, is_wide, letters, width

MOST_LINES = 8
# Below this width of an em (mm) letters are too small to read: words are broken then, and not before.
_LEGIBLE = 0.75
_WHOLE_PARTS = 0.7  # how much smaller letters may get so that a name is broken at its dots
_NARROWEST = 0.5  # how far a letter is narrowed before the line gets lower instead
_STRETCH = 1.05
_AIR = 0.86
Box = tuple[float, float, float, float]


def draw_lines(canvas: Canvas, text: str, inside: Box, *, most: int = MOST_LINES) -> None:
    """Fill a box with a name.

    :param inside: x, y, width and height, mm.
    :param most: lines at most.
    :raises GlyphMissing: see :func:`.lettering.letters`.
    """
    x, y, room, height = inside
    lines = [letters(line) for line in best_lines(text, room, height, most)]
    pitch = height / len(lines)
    for index, line in enumerate(lines):
        middle = (x + room / 2, y + height - (index + 0.5) * pitch)
        draw_line(canvas, line, middle, height=pitch * (_AIR if len(lines) > 1 else 0.8), max_width=room)


def draw_line(
    canvas: Canvas, line: Sequence[Letter], middle: tuple[float, float], *, height: float, max_width: float
) -> None:
    """Draw one line centred on a point: no higher than ``height``, no wider than ``max_width`` (mm)."""
    low, high = ink(line)
    sy, sx = _scales(line, height, max_width)
    x = middle[0] - width(line) * sx / 2
    y = middle[1] - (low + high) / 2 * sy
    for letter in line:
        draw_letter(canvas, letter, (sx, 0.0, 0.0, sy, x, y))
        x += letter.advance * sx


def draw_letter(canvas: Canvas, letter: Letter, matrix: tuple[float, float, float, float, float, float]) -> None:
    """Draw a letter; ``matrix`` maps em to millimetres."""
    a, b, c, d, e, f = matrix
    for font, char, dx, dy in letter.parts:
        unit = 1 / font.units_per_em
        place = (e + a * dx + c * dy, f + b * dx + d * dy)
        canvas.glyph(font, char, (a * unit, b * unit, c * unit, d * unit, *place))


def best_lines(text: str, room: float, height: float, most: int = MOST_LINES) -> list[str]:
    """Break a name so that its letters come out largest; words stay whole unless they could not be read.

    Names with a dot are broken there, unless that makes their letters much smaller.

    :param room: width of the box, mm; ``height`` likewise.
    """
    found, size = _largest(_atoms(text), room, height, most)
    parts = re.findall(r'[^·]+·*', text) if '·' in text else []
    whole, size_of_whole = _largest(parts, room, height, most)
    if size_of_whole >= max(_LEGIBLE, size * _WHOLE_PARTS):
        return whole
    if size < _LEGIBLE and not any(letter.joins for letter in letters(text)):
        smaller, better = _largest(_atoms(text, breaking=True), room, height, most)
        found = smaller if better > size * 1.2 else found
    return found


def halves(text: str, first: float) -> tuple[str, str]:
    """Split a name at a space, else between characters, so that the first part has this share of the width."""
    for breaking in (False, True):
        atoms = _atoms(text, breaking=breaking)
        total = width(letters(text))
        cuts = [
            (abs(width(letters(''.join(atoms[:end]).strip())) / total - first), end) for end in range(1, len(atoms))
        ]
        if cuts and (breaking or min(cuts)[0] < 0.2):
            break
    end = min(cuts)[1]
    return ''.join(atoms[:end]).strip(), ''.join(atoms[end:]).strip()


def _largest(atoms: Sequence[str], room: float, height: float, most: int) -> tuple[list[str], float]:
    best: tuple[list[str], float] = ([], -1.0)
    for count in range(1, min(len(atoms), most) + 1):
        lines = _balanced(atoms, count)
        sizes = [_scales(letters(line), height / count * (_AIR if count > 1 else 0.8), room)[1] for line in lines]
        if min(sizes) > best[1]:
            best = lines, min(sizes)
    return best


def _scales(line: Sequence[Letter], height: float, room: float) -> tuple[float, float]:
    """Millimetres of an em upwards and sideways."""
    low, high = ink(line)
    sy = height / max(high - low, 0.75)
    sx = min(sy * _STRETCH, room / width(line))
    return min(sy, sx / _NARROWEST), sx


def _atoms(text: str, *, breaking: bool = False) -> list[str]:
    """Split into what is not broken: words with the blank after them, each wide character for itself."""
    atoms: list[str] = []
    for word in re.findall(r'\S+\s*', ' '.join(text.split())):
        if breaking:
            atoms += re.findall(r'\w\W*|\W+', word)
            continue
        run = ''
        for char in word:
            if run and (is_wide(char) or is_wide(run[-1])) and not _clings(char) and run[-1] not in '（(《“':
                atoms.append(run)
                run = ''
            run += char
            if char == '·':
                atoms.append(run)
                run = ''
        if run:
            atoms.append(run)
    return atoms


def _clings(char: str) -> bool:
    """Whether a character must not begin a line."""
    return char.isspace() or char in '·）)》”,，、.。’!！?？:：'


def _balanced(atoms: Sequence[str], count: int) -> list[str]:
    wide = [width(letters(atom)) if atom.strip() else 0.0 for atom in atoms]
    return [''.join(line).strip() for line in balanced(atoms, wide, count)]


def balanced(atoms: Sequence[str], sizes: Sequence[float], count: int) -> list[Sequence[str]]:
    """Split into ``count`` runs, of at least one atom each, the largest of which is smallest.

    :param sizes: of the atoms.
    """
    total = [0.0]
    for one in sizes:
        total.append(total[-1] + one)

    @cache
    def rest(start: int, lines: int) -> tuple[float, int]:
        if lines == 1:
            return total[-1] - total[start], len(atoms)
        best = (math.inf, start + 1)
        for end in range(start + 1, len(atoms) - lines + 2):
            worst = max(total[end] - total[start], rest(end, lines - 1)[0])
            if worst < best[0] - 1e-9:
                best = worst, end
        return best

    found, start = [], 0
    for lines in range(count, 0, -1):
        end = rest(start, lines)[1]
        found.append(atoms[start:end])
        start = end
    return found
