"""Square seals of an enterprise, as finance departments use them: a frame, and the name with the purpose in columns."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SealError
from .artwork import Artwork
from .drawing import RED, Canvas, Colour
from .lettering import require
from .seal_lines import draw_lines
from .seal_names import SIDE_RANGE_MM, draw_columns, stands_in_columns
from .seals import check_length, ring_name

TEXT_MAX = 10
_FOOT = 0.24  # share of the seal for the purpose, where the name stands in lines


@dataclass(frozen=True, slots=True)
class SquareDesign:
    """What a square seal bears.

    :param name: full registered name, 2–64 characters.
    :param text: what follows it, up to 10 characters, such as 财务专用章.
    :param size_mm: side.
    :param border_mm: width of the frame.
    """

    name: str
    text: str
    size_mm: float = 22.0
    border_mm: float = 1.0
    colour: Colour = RED


def draw_square_seal(design: SquareDesign) -> Artwork:
    """Draw a square enterprise seal: columns from right to left, the purpose after the name.

    :raises SealError: ``name_length``, ``text_length`` or ``size_range``; ``details`` say what is allowed.
    :raises GlyphMissing: when a character cannot be drawn.
    """
    name, text = ring_name(design.name), design.text.strip()
    low, high = SIDE_RANGE_MM
    check_length(name)
    if len(text) > TEXT_MAX:
        limits = {'length': len(text), 'minimum': 0, 'maximum': TEXT_MAX}
        raise SealError('text_length', f'the purpose takes at most {TEXT_MAX} characters', limits)
    if not low <= design.size_mm <= high:
        raise SealError('size_range', f'sides must be {low}-{high} mm', {'minimum': low, 'maximum': high})
    require(name)
    require(text)
    side, line = design.size_mm, design.border_mm
    canvas = Canvas(side, side, design.colour)
    canvas.rectangle(line / 2, line / 2, side - line, side - line, line)
    margin = line + side * 0.04
    inside = (margin, margin, side - 2 * margin, side - 2 * margin)
    if stands_in_columns(name):
        draw_columns(canvas, name + text, inside)
    else:
        x, y, width, height = inside
        foot = height * _FOOT if text else 0.0
        draw_lines(canvas, name, (x, y + foot, width, height - foot))
        if text:
            draw_lines(canvas, text, (x, y, width, foot * 0.9))
    return canvas.artwork()
