"""Name seals of persons and legal representatives: square or rectangular, one border.

Square seals read as carved ones do: columns from right to left, each from top to bottom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ..errors import SealError
from .artwork import Artwork
from .drawing import RED, Canvas, Colour
from .glyphs import FontStyle, face
from .seal_ring import line_text

SQUARE_MAX, RECTANGLE_MAX = 9, 24
SIDE_RANGE_MM = (8.0, 40.0)
_TALLEST, _WIDEST = 1.7, 1.6  # a carver stretches characters only so far
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

    :param name: 2 characters or more; spaces are dropped, the dot of long names stays.
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
    text = ''.join(design.name.split()) + design.suffix.value
    most = SQUARE_MAX if square else RECTANGLE_MAX
    if not 2 <= len(text) <= most or len(text) == len(design.suffix.value):
        limits = {'length': len(text), 'minimum': 2, 'maximum': most}
        raise SealError('name_length', f'a {design.shape.value} name seal takes 2-{most} characters', limits)
    width = design.width_mm or (18.0 if square else 20.0)
    height = design.height_mm or (width if square else width / 2)
    low, high = SIDE_RANGE_MM
    if not (low <= width <= high and low <= height <= high):
        raise SealError('size_range', f'sides must be {low}-{high} mm', {'minimum': low, 'maximum': high})
    canvas = Canvas(width, height, design.colour)
    line = min(width, height) * 0.055 if design.border else 0.0
    if design.border:
        canvas.rectangle(line / 2, line / 2, width - line, height - line, line)
    face(FontStyle.SONG_BOLD).require(text)
    margin = line + min(width, height) * 0.05
    inside = (margin, margin, width - 2 * margin, height - 2 * margin)
    if square:
        draw_columns(canvas, text, inside)
    else:
        _rows(canvas, text, inside)
    return canvas.artwork()


def split_columns(text: str) -> list[str]:
    """Split a name into columns, right one first; earlier columns are the shorter ones.

    Two characters stand in one column, three as one tall and two, four as two and two.
    """
    count = 1 if len(text) == 2 else 2 if len(text) <= 6 else math.ceil(math.sqrt(len(text)))
    size, longer = divmod(len(text), count)
    columns = []
    start = 0
    for index in range(count):
        end = start + size + (1 if index >= count - longer else 0)
        columns.append(text[start:end])
        start = end
    return columns


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
        cell_height = height / len(column)
        for row, char in enumerate(column):
            _fill(
                canvas,
                char,
                (right - cell_width, y + height - (row + 1) * cell_height),
                (cell_width, cell_height),
            )


def _fill(canvas: Canvas, char: str, corner: tuple[float, float], size: tuple[float, float]) -> None:
    """Stretch a character over its cell, leaving a little air."""
    font = face(FontStyle.SONG_BOLD)
    em, advance = font.units_per_em, font.glyph(char).advance
    sx = size[0] * 0.97 / (em * _INK)
    sy = min(size[1] * 0.97 / (em * _INK), sx * _TALLEST)
    sx = min(sx, sy * _WIDEST)
    # The em's middle lies 0.38 em above the baseline (ascender 0.88, descender -0.12).
    x = corner[0] + size[0] / 2 - advance * sx / 2
    y = corner[1] + size[1] / 2 - 0.38 * em * sy
    canvas.glyph(font, char, (sx, 0.0, 0.0, sy, x, y))


def _rows(canvas: Canvas, text: str, inside: tuple[float, float, float, float]) -> None:
    x, y, width, height = inside
    font = face(FontStyle.SONG_BOLD)
    count = max(1, min(3, math.ceil(font.width(text) * height / (width * 2.6))))
    size = math.ceil(len(text) / count)
    lines = [text[start : start + size] for start in range(0, len(text), size)]
    pitch = height / len(lines)
    for index, line in enumerate(lines):
        middle = (x + width / 2, y + height - (index + 0.5) * pitch)
        line_text(
            canvas,
            font,
            line,
            middle,
            height=pitch * (0.86 if len(lines) > 1 else 0.8),
            max_width=width * 0.96,
            stretch=1.05,
        )
