"""Name seals of persons and legal representatives: square or rectangular, one border.

Square seals read as carved ones do: columns from right to left, each from top to bottom. Names that
do not stand in columns (Latin, Cyrillic, Arabic …) have lines on every shape.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..errors import SealError
from .artwork import Artwork
from .drawing import RED, Canvas, Colour
from .glyphs import FontStyle, face, fallbacks
from .lettering import is_wide, require
from .seal_lines import balanced, draw_lines

NAME_MIN, NAME_MAX = 2, 64
SIDE_RANGE_MM = (8.0, 40.0)
_TALLEST, _WIDEST = 1.7, 1.6  # a carver stretches characters only so far
_WHOLE_WORDS = 0.5  # how much smaller characters may get so that a name is broken at its dots
_DOT = 0.5  # height of a dot's cell, as a share of a character's
_INK = 0.93  # share of the em that the ink of a full-bodied character takes


class NameShape(StrEnum):
    """Shape of a name seal."""

    SQUARE = 'square'
    RECTANGLE = 'rectangle'


class NameSuffix(StrEnum):
    """What follows the name."""

    NONE = ''
    SEAL = '印'
    OF_SEAL = '之印'


@dataclass(frozen=True, slots=True)
class NameDesign:
    """What a name seal bears.

    :param name: 2–64 characters; a Chinese name is drawn without its spaces, the dot of long names stays.
    :param shape: square (18 mm by default) or rectangular (20 × 10 mm by default).
    :param width_mm: None takes the default; height follows the shape unless given.
    :param border: whether to draw the frame.
    """

    name: str
    shape: NameShape = NameShape.SQUARE
    suffix: NameSuffix = NameSuffix.NONE
    width_mm: float | None = None
    height_mm: float | None = None
    border: bool = True
    colour: Colour = RED


def draw_name_seal(design: NameDesign) -> Artwork:
    """Draw a personal name seal or that of a legal representative.

    :raises SealError: ``name_length`` or ``size_range``; ``details`` say what is allowed.
    :raises GlyphMissing: when a character cannot be drawn.
    """
    square = design.shape is NameShape.SQUARE
    text = ' '.join(design.name.split())
    if not NAME_MIN <= len(text) <= NAME_MAX:
        limits = {'length': len(text), 'minimum': NAME_MIN, 'maximum': NAME_MAX}
        raise SealError('name_length', f'a name seal takes {NAME_MIN}-{NAME_MAX} characters', limits)
    columns = stands_in_columns(text)
    text = (''.join(text.split()) if columns else text) + design.suffix.value
    require(text)
    width = design.width_mm or (18.0 if square else 20.0)
    height = design.height_mm or (width if square else width / 2)
    low, high = SIDE_RANGE_MM
    if not (low <= width <= high and low <= height <= high):
        raise SealError('size_range', f'sides must be {low}-{high} mm', {'minimum': low, 'maximum': high})
    canvas = Canvas(width, height, design.colour)
    line = min(width, height) * 0.055 if design.border else 0.0
    if design.border:
        canvas.rectangle(line / 2, line / 2, width - line, height - line, line)
    margin = line + min(width, height) * 0.05
    inside = (margin, margin, width - 2 * margin, height - 2 * margin)
    if square and columns:
        draw_columns(canvas, text, inside)
    else:
        draw_lines(canvas, text, inside, most=3 if columns and len(text) <= 24 else 8)
    return canvas.artwork()


def stands_in_columns(text: str) -> bool:
    """Whether a name is written from top to bottom: Chinese characters, with the dot of long names."""
    return all(is_wide(char) or char in '· ' for char in text)


def split_columns(text: str) -> list[str]:
    """Split a name into columns, right one first; earlier columns are the shorter ones.

    Two characters stand in one column, three as one tall and two, four as two and two. Names with a dot
    are broken there, unless that makes their characters much smaller.
    """
    plain, dotted = _even_columns(text), _dotted_columns(text)
    return dotted if dotted and _size(dotted) >= _size(plain) * _WHOLE_WORDS else plain


def _even_columns(text: str) -> list[str]:
    count = 1 if len(text) == 2 else 2 if len(text) <= 6 else math.ceil(math.sqrt(len(text)))
    size, longer = divmod(len(text), count)
    columns = []
    start = 0
    for index in range(count):
        end = start + size + (1 if index >= count - longer else 0)
        columns.append(text[start:end])
        start = end
    return columns


def _dotted_columns(text: str) -> list[str]:
    """Return the most legible columns of whole parts of a name, each with the dot after it; none without a dot."""
    parts = re.findall(r'[^·]+·*', text)
    options = [balanced(parts, [len(part) for part in parts], count) for count in range(2, len(parts) + 1)]
    return max(([''.join(column) for column in columns] for columns in options), key=_size, default=[])


def _size(columns: Sequence[str]) -> float:
    """Side of a character, as a share of the square's."""
    return 1 / max(len(columns), *(_units(column) for column in columns))


def _units(column: str) -> float:
    """Height of a column in characters; a dot needs less."""
    return sum(_DOT if char == '·' else 1.0 for char in column)


def draw_columns(canvas: Canvas, text: str, inside: tuple[float, float, float, float]) -> None:
    """Fill a box with columns of characters, x, y, width and height in mm."""
    x, y, width, height = inside
    columns = split_columns(text)
    cell_width = width / len(columns)
    if len(columns) == 1:
        # Two characters above each other: keep them from growing twice as wide as high.
        cell_width = min(cell_width, height / len(text) * 1.5)
    total = cell_width * len(columns)
    for position, column in enumerate(columns):
        right = x + (width + total) / 2 - position * cell_width
        unit, top = height / _units(column), y + height
        for char in column:
            cell_height = unit * _units(char)
            top -= cell_height
            # The dot keeps its size: its cell is lower because it has little ink.
            _fill(canvas, char, (right - cell_width, top + (cell_height - unit) / 2), (cell_width, unit))


def _fill(canvas: Canvas, char: str, corner: tuple[float, float], size: tuple[float, float]) -> None:
    """Stretch a character over its cell, leaving a little air."""
    seal_font = face(FontStyle.SONG_BOLD)
    font = next((one for one in (seal_font, *fallbacks()) if one.has(char)), seal_font)
    em, advance = font.units_per_em, font.glyph(char).advance
    sx = size[0] * 0.97 / (em * _INK)
    sy = min(size[1] * 0.97 / (em * _INK), sx * _TALLEST)
    sx = min(sx, sy * _WIDEST)
    # The em's middle lies 0.38 em above the baseline (ascender 0.88, descender -0.12).
    x = corner[0] + size[0] / 2 - advance * sx / 2
    y = corner[1] + size[1] / 2 - 0.38 * em * sy
    canvas.glyph(font, char, (sx, 0.0, 0.0, sy, x, y))
