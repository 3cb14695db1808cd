"""Text of fields and notes laid out in a box."""

from __future__ import annotations

from reportlab.lib.utils import simpleSplit

from .geometry import Rect
from .mark_style import TextStyle
from .sheet import Sheet, font_for, width_of

_LEADING = 1.15
_SMALLEST, _LARGEST = 4.0, 12.0  # of a size that the file leaves open
_PADDING = 2.0


def write(
    sheet: Sheet, box: Rect, text: str, style: TextStyle, *, align: int = 0, wrap: bool = False, comb: int = 0
) -> None:
    """Write a text into a box, smaller than asked for where it would not fit.

    :param align: 0 left, 1 centred, 2 right (/Q).
    :param wrap: several lines, from the top; else one line in the middle.
    :param comb: number of cells of equal width, one character each; 0 for none.
    :raises ValueError: it does not fit, however small: a value cut off would be another value.
    :raises GlyphMissing: a character cannot be written.
    """
    text = text.replace('\r\n', '\n').replace('\r', '\n').rstrip('\n')
    if not text.strip():
        return
    font = font_for(text.replace('\n', ''), style.font)
    sheet.canvas.setFillColor(style.colour)
    if comb:
        _cells(sheet, box, text, font, style.size or min(box.height * 0.7, _LARGEST), comb)
        return
    room = box.width - 2 * _PADDING
    size = style.size or (_LARGEST if wrap else min(max(box.height * 0.7, _SMALLEST), _LARGEST))
    while size >= _SMALLEST:
        lines = _lines(text, font, size, room, wrap=wrap)
        widest = max(width_of(line, font, size) for line in lines)
        if widest <= room + 0.5 and len(lines) * size * _LEADING <= max(box.height, size * _LEADING if not wrap else 0):
            _place(sheet, box, lines, font, size, align=align, wrap=wrap)
            return
        size -= 0.5
    raise ValueError('the text does not fit')


def _lines(text: str, font: str, size: float, room: float, *, wrap: bool) -> list[str]:
    if not wrap:
        return [text.replace('\n', ' ')]
    found: list[str] = []
    for line in text.split('\n'):
        for part in simpleSplit(line, font, size, room) or ['']:
            found.extend(_broken(part, font, size, room))
    return found


def _broken(line: str, font: str, size: float, room: float) -> list[str]:
    """Break what has no spaces to break at, as Chinese text has not."""
    parts, current = [], ''
    for char in line:
        if current and width_of(current + char, font, size) > room:
            parts.append(current)
            current = ''
        current += char
    return [*parts, current]


def _place(sheet: Sheet, box: Rect, lines: list[str], font: str, size: float, *, align: int, wrap: bool) -> None:
    sheet.canvas.setFont(font, size)
    step = size * _LEADING
    top = box.ury - _PADDING - size * 0.85 if wrap else (box.lly + box.ury) / 2 - size * 0.35
    for number, line in enumerate(lines):
        y = top - number * step
        if align == 1:
            sheet.canvas.drawCentredString((box.llx + box.urx) / 2, y, line)
        elif align == 2:
            sheet.canvas.drawRightString(box.urx - _PADDING, y, line)
        else:
            sheet.canvas.drawString(box.llx + _PADDING, y, line)


def _cells(sheet: Sheet, box: Rect, text: str, font: str, size: float, comb: int) -> None:
    if len(text) > comb:
        raise ValueError('more characters than cells')
    cell = box.width / comb
    sheet.canvas.setFont(font, size)
    for number, char in enumerate(text):
        sheet.canvas.drawCentredString(box.llx + (number + 0.5) * cell, (box.lly + box.ury) / 2 - size * 0.35, char)
