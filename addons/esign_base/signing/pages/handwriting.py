"""Handwritten signatures: strokes of a finger or pen become smooth vector outlines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import SealError
from .artwork import Artwork
from .drawing import BLACK, Canvas, Colour, numbers
from .glyphs import Point

MAX_POINTS = 20_000
MAX_STROKES = 500
_SAMPLES = 6


@dataclass(frozen=True, slots=True)
class InkPoint:
    """One sample of a stroke: pad coordinates (any unit, y downwards) and pressure 0–1."""

    x: float
    y: float
    pressure: float = 0.5


def draw_handwriting(
    strokes: Sequence[Sequence[InkPoint]],
    *,
    width_mm: float = 40.0,
    height_mm: float = 20.0,
    colour: Colour = BLACK,
) -> Artwork:
    """Draw strokes, cropped to their ink and fitted into the size given (keeping proportions).

    :raises SealError: ``handwriting_empty``, ``handwriting_too_long``, ``handwriting_invalid``,
        ``size_range``.
    """
    _check(strokes, width_mm, height_mm)
    points = [point for stroke in strokes for point in stroke]
    left, right = min(p.x for p in points), max(p.x for p in points)
    top, bottom = min(p.y for p in points), max(p.y for p in points)
    extent = max(right - left, bottom - top)
    if extent <= 0:
        raise SealError('handwriting_empty', 'the signature is a mere dot')
    # The pen is as wide as on paper: about 0.6 mm when the signature is 40 mm wide.
    pen = max(extent, 1e-9) * 0.016
    scale = min(width_mm / (right - left + 3 * pen), height_mm / (bottom - top + 3 * pen))
    canvas = Canvas((right - left + 3 * pen) * scale, (bottom - top + 3 * pen) * scale, colour)
    for stroke in filter(None, strokes):
        moved = [
            (
                (p.x - left + 1.5 * pen) * scale,
                (bottom - p.y + 1.5 * pen) * scale,
                pen * scale * (0.35 + 0.65 * min(max(p.pressure, 0.0), 1.0)),
            )
            for p in stroke
        ]
        _ink(canvas, list(_smooth(_distinct(moved))))
    return canvas.artwork()


def _check(strokes: Sequence[Sequence[InkPoint]], width_mm: float, height_mm: float) -> None:
    count = sum(len(stroke) for stroke in strokes)
    if not count:
        raise SealError('handwriting_empty', 'there is no stroke')
    if count > MAX_POINTS or len(strokes) > MAX_STROKES:
        raise SealError('handwriting_too_long', 'too many points', {'points': count, 'maximum': MAX_POINTS})
    values = (v for stroke in strokes for p in stroke for v in (p.x, p.y, p.pressure))
    if not all(math.isfinite(value) and abs(value) < 1e6 for value in values):
        raise SealError('handwriting_invalid', 'a coordinate is not a usable number')
    if not (5 <= width_mm <= 120 and 5 <= height_mm <= 120):
        raise SealError('size_range', 'sides must be 5-120 mm', {'minimum': 5, 'maximum': 120})


_Sample = tuple[float, float, float]


def _distinct(points: Sequence[_Sample]) -> list[_Sample]:
    """Drop samples closer than 0.05 mm to the one before: they carry noise, not shape."""
    kept: list[_Sample] = []
    for point in points:
        if not kept or math.dist(point[:2], kept[-1][:2]) > 0.05:
            kept.append(point)
    return kept


def _smooth(points: Sequence[_Sample]) -> Iterator[_Sample]:
    """Resample by a Catmull-Rom spline through the points; widths change gradually too."""
    padded = [points[0], *points, points[-1]]
    for index in range(len(points) - 1):
        p0, p1, p2, p3 = padded[index : index + 4]
        for step in range(_SAMPLES):
            t = step / _SAMPLES
            x, y = (
                0.5
                * (
                    2 * p1[axis]
                    + (p2[axis] - p0[axis]) * t
                    + (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t
                    + (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t**3
                )
                for axis in (0, 1)
            )
            yield x, y, p1[2] + (p2[2] - p1[2]) * t
    yield points[-1]


def _ink(canvas: Canvas, samples: Sequence[_Sample]) -> None:
    """Fill the outline of one stroke: both edges and a round dot at each end."""
    if len(samples) > 1:
        lefts: list[Point] = []
        rights: list[Point] = []
        for index, (x, y, width) in enumerate(samples):
            before, after = samples[max(index - 1, 0)], samples[min(index + 1, len(samples) - 1)]
            dx, dy = after[0] - before[0], after[1] - before[1]
            length = math.hypot(dx, dy) or 1.0
            nx, ny = -dy / length * width / 2, dx / length * width / 2
            lefts.append((x + nx, y + ny))
            rights.append((x - nx, y - ny))
        canvas.polygon([*lefts, *reversed(rights)])
    for x, y, width in (samples[0], samples[-1]):
        # A zero-length line with round caps is a dot (ISO 32000-2, 8.5.3.2).
        canvas.raw(f'1 J {numbers(width)} w {numbers(x, y)} m {numbers(x, y)} l S')
