"""A small vector canvas in millimetres, y upwards, that becomes a one-page PDF.

The output is deterministic: the same drawing has the same bytes, hence the same digest. Glyphs are
written in font units under one matrix each, which keeps coordinates short whole numbers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .artwork import Artwork
from .geometry import MM_PER_POINT, Matrix
from .glyphs import Face, Point

_KAPPA = 0.5522847498  # control point distance of a quarter circle

Colour = tuple[float, float, float]
RED: Colour = (0.863, 0.078, 0.102)
BLACK: Colour = (0.0, 0.0, 0.0)
BLUE: Colour = (0.0, 0.18, 0.62)


def numbers(*values: float) -> str:
    """Format numbers for a content stream: at most five decimals, no exponent."""
    return ' '.join(f'{value:.5f}'.rstrip('0').rstrip('.') or '0' for value in values)


@dataclass
class Canvas:
    """Collects drawing operators; origin at the lower left corner, millimetres."""

    width: float
    height: float
    colour: Colour = RED
    _steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the scale and the one colour."""
        scale = 1 / MM_PER_POINT
        self._steps.append(f'{numbers(scale, 0, 0, scale, 0, 0)} cm')
        self._steps.append(f'{numbers(*self.colour)} rg {numbers(*self.colour)} RG')

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, line: float) -> None:
        """Stroke an ellipse; radii run to the middle of the line."""
        kx, ky = rx * _KAPPA, ry * _KAPPA
        self._steps.append(
            f'{numbers(line)} w {numbers(cx + rx, cy)} m '
            f'{numbers(cx + rx, cy + ky, cx + kx, cy + ry, cx, cy + ry)} c '
            f'{numbers(cx - kx, cy + ry, cx - rx, cy + ky, cx - rx, cy)} c '
            f'{numbers(cx - rx, cy - ky, cx - kx, cy - ry, cx, cy - ry)} c '
            f'{numbers(cx + kx, cy - ry, cx + rx, cy - ky, cx + rx, cy)} c h S'
        )

    def rectangle(self, x: float, y: float, width: float, height: float, line: float) -> None:
        """Stroke a rectangle with slightly rounded corners; edges run along the middle of the line."""
        self._steps.append(f'{numbers(line)} w 1 j {numbers(x, y, width, height)} re S')

    def polygon(self, points: Sequence[Point]) -> None:
        """Fill a polygon (non-zero winding)."""
        first, *rest = points
        path = [f'{numbers(*first)} m', *(f'{numbers(*point)} l' for point in rest)]
        self._steps.append(' '.join(path) + ' h f')

    def star(self, cx: float, cy: float, radius: float) -> None:
        """Fill a five-pointed star, one point up, ``radius`` to its points."""
        inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
        self.polygon(
            [
                (
                    cx + (radius, inner)[step % 2] * math.sin(math.radians(36 * step)),
                    cy + (radius, inner)[step % 2] * math.cos(math.radians(36 * step)),
                )
                for step in range(10)
            ]
        )

    def glyph(self, face: Face, char: str, matrix: Matrix) -> None:
        """Fill a character; ``matrix`` maps font units to millimetres."""
        parts = [' '.join([*(numbers(*point) for point in points), step]) for step, points in face.glyph(char).outline]
        if parts:
            self._steps.append(f'q {numbers(*matrix)} cm {" ".join(parts)} f Q')

    def path(self, steps: Iterable[tuple[str, Sequence[Point]]]) -> None:
        """Fill an outline given in millimetres: steps m, l, c and h as PDF has them."""
        parts = [' '.join([*(numbers(*point) for point in points), step]) for step, points in steps]
        if parts:
            self._steps.append(f'{" ".join(parts)} f')

    def raw(self, operators: str) -> None:
        """Add operators as they are."""
        self._steps.append(operators)

    def artwork(self, resources: Resources | None = None) -> Artwork:
        """Return the finished page."""
        content = '\n'.join(self._steps).encode('ascii')
        return Artwork(page_pdf(self.width, self.height, content, resources), self.width, self.height)


@dataclass(frozen=True)
class Resources:
    """Extra objects of the page; they are numbered from 5 on."""

    dictionary: bytes
    objects: tuple[bytes, ...]


def page_pdf(width_mm: float, height_mm: float, content: bytes, resources: Resources | None = None) -> bytes:
    """Write a one-page PDF 1.4 by hand: small, without dates, the same bytes every time."""
    packed = zlib.compress(content, 9)
    size = numbers(0, 0, width_mm / MM_PER_POINT, height_mm / MM_PER_POINT).encode('ascii')
    extra = resources or Resources(b'<<>>', ())
    objects: Iterable[bytes] = (
        b'<</Type/Catalog/Pages 2 0 R>>',
        b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
        b'<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources%s/Contents 4 0 R>>' % (size, extra.dictionary),
        stream(b'/Filter/FlateDecode', packed),
        *extra.objects,
    )
    out = bytearray(b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body)
    start = len(out)
    out += b'xref\n0 %d\n0000000000 65535 f \n' % (len(offsets) + 1)
    out += b''.join(b'%010d 00000 n \n' % offset for offset in offsets)
    out += b'trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (len(offsets) + 1, start)
    return bytes(out)


def stream(entries: bytes, data: bytes) -> bytes:
    """Return a stream object's body."""
    return b'<<%s/Length %d>>stream\n%s\nendstream' % (entries, len(data), data)
