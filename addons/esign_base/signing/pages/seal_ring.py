"""Text along the ring of a round or oval seal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .drawing import Canvas
from .glyphs import Face
from .lettering import Letter, ink, width
from .seal_lines import draw_letter

_STEPS = 1440
# Where a CJK glyph's ink lies within its em: a little above the baseline, evenly padded.
_INK_BOTTOM, _INK_TOP = -0.07, 0.83
_INK_HEIGHT = _INK_TOP - _INK_BOTTOM
# Width of letters as a share of their height on a ring: where there is room, and before they get lower.
_RING_RATIO, _RING_NARROWEST = 0.9, 0.5


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


@lru_cache(maxsize=64)
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


def ring_text(canvas: Canvas, line: Sequence[Letter], ring: Ring, *, height: float, width: float, span: float) -> None:
    """Draw characters clockwise, symmetric about 12 o'clock, evenly spaced, feet towards the centre.

    :param ring: the ellipse through the middle of the characters.
    :param height: of the characters' ink, mm.
    :param width: of one full-width character, mm.
    :param span: share of the circumference between the first and the last character's middle, mm.
    """
    step = span / (len(line) - 1) if len(line) > 1 else 0.0
    for index, letter in enumerate(line):
        x, y, angle = ring.at((index - (len(line) - 1) / 2) * step)
        _stand(canvas, letter, (x, y), angle, (width, height))


def ring_words(canvas: Canvas, line: Sequence[Letter], ring: Ring, *, height: float, span: float) -> float:
    """Draw a line of letters of their own widths clockwise, symmetric about 12 o'clock.

    Letters are narrowed, then made lower, until the line fits; Arabic ones are bent along the ring, so
    that they stay joined.

    :param height: most height of the ink, mm.
    :param span: most length along the middle of the letters, mm.
    :return: the height that the ink got, mm.
    """
    low, high = _extent(line)
    sx, sy = words_scale(line, height, span)
    x = -width(line) * sx / 2
    middle = (low + high) / 2
    for letter in line:
        if letter.joins:
            _bend(canvas, letter, ring, (x, sx, sy), middle)
        else:
            cx, cy, angle = ring.at(x + letter.advance * sx / 2)
            _place(canvas, letter, (cx, cy), angle, (sx, sy), middle)
        x += letter.advance * sx
    return sy * (high - low)


def words_scale(line: Sequence[Letter], height: float, span: float) -> tuple[float, float]:
    """Millimetres of an em sideways and upwards for a line on a ring."""
    low, high = _extent(line)
    sy = height / (high - low)
    sx = min(sy * _RING_RATIO, span / width(line))
    return sx, min(sy, sx / _RING_NARROWEST)


def _extent(line: Sequence[Letter]) -> tuple[float, float]:
    low, high = ink(line)
    return min(low, _INK_BOTTOM), max(high, _INK_TOP)


def ring_text_bottom(canvas: Canvas, line: Sequence[Letter], ring: Ring, *, height: float, pitch: float) -> None:
    """Draw text along the bottom, left to right, heads towards the centre (serial numbers)."""
    half = ring.length / 2
    for index, letter in enumerate(line):
        x, y, angle = ring.at(half - (index - (len(line) - 1) / 2) * pitch)
        _stand(canvas, letter, (x, y), angle + math.pi, (None, height))


def _stand(
    canvas: Canvas, letter: Letter, middle: tuple[float, float], angle: float, size: tuple[float | None, float]
) -> None:
    """Place one character with its ink's middle on a point, turned clockwise by ``angle``."""
    sy = size[1] / _INK_HEIGHT
    sx = sy if size[0] is None else size[0]
    _place(canvas, letter, middle, angle, (sx, sy), (_INK_TOP + _INK_BOTTOM) / 2)


def _place(
    canvas: Canvas,
    letter: Letter,
    middle: tuple[float, float],
    angle: float,
    scale: tuple[float, float],
    centre: float,
) -> None:
    """Place a letter with the point ``centre`` em above its base line, in its middle, on a point."""
    sx, sy = scale
    cos, sin = math.cos(angle), math.sin(angle)
    ox, oy = -letter.advance / 2 * sx, -centre * sy
    place = (middle[0] + ox * cos + oy * sin, middle[1] - ox * sin + oy * cos)
    draw_letter(canvas, letter, (sx * cos, -sx * sin, sy * sin, sy * cos, *place))


def _bend(canvas: Canvas, letter: Letter, ring: Ring, along: tuple[float, float, float], centre: float) -> None:
    """Draw a letter point by point along the ring; ``along`` is its start in mm and the scales of an em."""
    start, sx, sy = along
    for font, char, dx, dy in letter.parts:
        unit = 1 / font.units_per_em

        def bent(point: tuple[float, float], unit: float = unit, dx: float = dx, dy: float = dy) -> tuple[float, float]:
            x, y, angle = ring.at(start + (point[0] * unit + dx) * sx)
            out = (point[1] * unit + dy - centre) * sy
            return x + out * math.sin(angle), y + out * math.cos(angle)

        canvas.path([(step, [bent(one) for one in points]) for step, points in font.glyph(char).outline])


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
