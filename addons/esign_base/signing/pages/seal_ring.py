"""Text along the ring of a round or oval seal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .drawing import Canvas
from .glyphs import Face

_STEPS = 1440
# Where a CJK glyph's ink lies within its em: a little above the baseline, evenly padded.
_INK_BOTTOM, _INK_TOP = -0.07, 0.83
_INK_HEIGHT = _INK_TOP - _INK_BOTTOM


@dataclass(frozen=True, slots=True)
class Ring:
    """An ellipse on which characters stand, centre and half axes in mm; a circle has equal axes."""

    cx: float
    cy: float
    rx: float
    ry: float

    @property
    def length(self) -> float:
        """Circumference, mm (Ramanujan's first approximation, better than 0.01 % here)."""
        h = 3 * (self.rx + self.ry)
        return math.pi * (h - math.sqrt((3 * self.rx + self.ry) * (self.rx + 3 * self.ry)))

    def at(self, distance: float) -> tuple[float, float, float]:
        """Return x, y and the outward normal's angle (radians from 12 o'clock, clockwise).

        :param distance: mm along the ring from 12 o'clock, clockwise; negative runs back.
        """
        total = _arc_table(self.rx, self.ry)
        wanted = abs(distance) % total[-1]
        low = _search(total, wanted)
        part = (wanted - total[low]) / (total[low + 1] - total[low])
        t = (low + part) * 2 * math.pi / _STEPS
        x, y = self.rx * math.sin(t), self.ry * math.cos(t)
        sign = math.copysign(1.0, distance)
        normal = math.atan2(self.ry * math.sin(t), self.rx * math.cos(t))
        return self.cx + sign * x, self.cy + y, sign * normal


def _arc_table(rx: float, ry: float) -> list[float]:
    total = [0.0]
    for step in range(_STEPS):
        a, b = step * 2 * math.pi / _STEPS, (step + 1) * 2 * math.pi / _STEPS
        total.append(total[-1] + math.hypot(rx * (math.sin(b) - math.sin(a)), ry * (math.cos(b) - math.cos(a))))
    return total


def _search(table: list[float], wanted: float) -> int:
    low, high = 0, len(table) - 2
    while low < high:
        middle = (low + high + 1) // 2
        if table[middle] <= wanted:
            low = middle
        else:
            high = middle - 1
    return low


def ring_text(canvas: Canvas, face: Face, text: str, ring: Ring, *, height: float, width: float, span: float) -> None:
    """Draw text clockwise, symmetric about 12 o'clock, feet towards the centre.

    :param ring: the ellipse through the middle of the characters.
    :param height: of the characters' ink, mm.
    :param width: of one full-width character, mm.
    :param span: share of the circumference between the first and the last character's middle, mm.
    """
    step = span / (len(text) - 1) if len(text) > 1 else 0.0
    for index, char in enumerate(text):
        x, y, angle = ring.at((index - (len(text) - 1) / 2) * step)
        _stand(canvas, face, char, (x, y), angle, (width, height))


def ring_text_bottom(canvas: Canvas, face: Face, text: str, ring: Ring, *, height: float, pitch: float) -> None:
    """Draw text along the bottom, left to right, heads towards the centre (serial numbers)."""
    half = ring.length / 2
    for index, char in enumerate(text):
        x, y, angle = ring.at(half - (index - (len(text) - 1) / 2) * pitch)
        _stand(canvas, face, char, (x, y), angle + math.pi, (None, height))


def _stand(
    canvas: Canvas,
    face: Face,
    char: str,
    middle: tuple[float, float],
    angle: float,
    size: tuple[float | None, float],
) -> None:
    """Place one character with its ink's middle on a point, turned clockwise by ``angle``."""
    em = face.units_per_em
    glyph = face.glyph(char)
    sy = size[1] / (_INK_HEIGHT * em)
    sx = sy if size[0] is None else size[0] / em
    cos, sin = math.cos(angle), math.sin(angle)
    ox, oy = -glyph.advance / 2 * sx, -(_INK_TOP + _INK_BOTTOM) / 2 * em * sy
    canvas.glyph(
        face,
        char,
        (
            sx * cos,
            -sx * sin,
            sy * sin,
            sy * cos,
            middle[0] + ox * cos + oy * sin,
            middle[1] - ox * sin + oy * cos,
        ),
    )


def line_text(
    canvas: Canvas,
    face: Face,
    text: str,
    middle: tuple[float, float],
    *,
    height: float,
    max_width: float,
    stretch: float = 1.0,
) -> None:
    """Draw a horizontal line centred on a point, narrowed to ``max_width`` where too long (mm).

    :param stretch: width of a character relative to its height when there is room.
    """
    em = face.units_per_em
    sy = height / (_INK_HEIGHT * em)
    advance = face.width(text) * em
    sx = min(sy * stretch, max_width / advance)
    x = middle[0] - advance * sx / 2
    y = middle[1] - (_INK_TOP + _INK_BOTTOM) / 2 * em * sy
    for char in text:
        canvas.glyph(face, char, (sx, 0.0, 0.0, sy, x, y))
        x += face.glyph(char).advance * sx
