"""Colours, line widths and dashes of annotations (ISO 32000-1, 12.5.4 and tables 164–166)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import pikepdf
from reportlab.lib.colors import CMYKColor, Color, black

from .geometry import Rect
from .sheet import Sheet

Node: TypeAlias = Any

_FONT = re.compile(r'/([^\s/]+)\s+(-?[\d.]+)\s+Tf')
_COLOUR = re.compile(r'((?:-?[\d.]+\s+){1,4})(g|rg|k)\b')
# Names that writers give to the fourteen standard fonts in a form's resources.
_STANDARD = (
    ('cour', 'Courier'),
    ('couriernew', 'Courier'),
    ('hebo', 'Helvetica-Bold'),
    ('helvetica-bold', 'Helvetica-Bold'),
    ('tibo', 'Times-Bold'),
    ('tiro', 'Times-Roman'),
    ('times', 'Times-Roman'),
)


def rectangle(array: Node) -> Rect:
    """Return a /Rect with its corners in order.

    :raises ValueError: it is none.
    """
    x0, y0, x1, y1 = numbers(array, 4)
    return Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def numbers(array: Node, count: int = 0) -> list[float]:
    """Return an array's numbers.

    :param count: how many there must be; 0 for any.
    :raises ValueError: it is no such array.
    """
    if not isinstance(array, pikepdf.Array) or (count and len(array) != count):
        raise ValueError('numbers')
    return [float(value) for value in array]


def colour_of(array: Node) -> Color | CMYKColor | None:
    """Return a colour from one, three or four numbers; None for no colour."""
    parts = [min(max(value, 0.0), 1.0) for value in numbers(array)] if array is not None else []
    if len(parts) == 1:
        return Color(parts[0], parts[0], parts[0])
    if len(parts) == 3:
        return Color(*parts)
    return CMYKColor(*parts) if len(parts) == 4 else None


@dataclass(frozen=True)
class Border:
    """Line width in user space units, dash lengths (empty: a whole line), and whether only the lower edge is drawn."""

    width: float
    dash: tuple[float, ...] = ()
    underline: bool = False

    @classmethod
    def of(cls, node: Node) -> Border:
        """Read /BS, else /Border, else a line of 1."""
        style = node.get('/BS')
        if isinstance(style, pikepdf.Dictionary):
            dash = tuple(numbers(style['/D'])) if '/D' in style else (3.0,)
            kind = str(style.get('/S', '/S'))
            return cls(float(style.get('/W', 1)), dash if kind == '/D' else (), kind == '/U')
        border = node.get('/Border')
        if isinstance(border, pikepdf.Array) and len(border) >= 3:
            return cls(float(border[2]), tuple(numbers(border[3])) if len(border) > 3 else ())
        return cls(1.0)

    def apply(self, sheet: Sheet) -> None:
        """Set width and dash for what is drawn next."""
        sheet.canvas.setLineWidth(self.width)
        if self.dash and any(self.dash):
            sheet.canvas.setDash(list(self.dash))


@dataclass(frozen=True)
class TextStyle:
    """Font, size (0: as large as fits) and colour of a default appearance string (12.7.3.3)."""

    font: str = 'Helvetica'
    size: float = 0.0
    colour: Any = black

    @classmethod
    def of(cls, text: str) -> TextStyle:
        """Read /DA; what is missing there is black Helvetica of the size that fits."""
        font, size, colour = 'Helvetica', 0.0, black
        if found := _FONT.search(text):
            lowered = found[1].lower()
            font = next((name for start, name in _STANDARD if lowered.startswith(start)), font)
            size = abs(float(found[2]))
        if found := _COLOUR.search(text):
            parts = pikepdf.Array([float(one) for one in found[1].split()])
            colour = colour_of(parts) or black
        return cls(font, size, colour)
