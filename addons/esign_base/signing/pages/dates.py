"""Date seals: the day of signing as black text, in one of the two Chinese styles, never mixed."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from ..errors import SealError
from .artwork import Artwork
from .drawing import BLACK, Canvas, Colour
from .geometry import MM_PER_POINT
from .glyphs import FontStyle, face

_DIGITS = '〇一二三四五六七八九'  # U+3007, neither 零 nor the letter O (GB/T 15835, 5.1.2)
SIZE_RANGE_PT = (6.0, 72.0)


class DateStyle(StrEnum):
    """How a date is written."""

    ARABIC = 'arabic'  # 2026年11月23日
    CHINESE = 'chinese'  # 二〇二六年十一月二十三日


def date_text(day: dt.date, style: DateStyle) -> str:
    """Write a date; days and months are not padded.

    :param day: the calendar day where the contract is signed (Asia/Shanghai), chosen by the caller.
    """
    if style is DateStyle.ARABIC:
        return f'{day.year}年{day.month}月{day.day}日'
    year = ''.join(_DIGITS[int(digit)] for digit in f'{day.year:04d}')
    return f'{year}年{_spoken(day.month)}月{_spoken(day.day)}日'


def _spoken(number: int) -> str:
    tens, units = divmod(number, 10)
    head = '' if tens == 0 else '十' if tens == 1 else f'{_DIGITS[tens]}十'
    return head + (_DIGITS[units] if units else '')


def draw_date(day: dt.date, style: DateStyle, *, size_pt: float = 14.0, colour: Colour = BLACK) -> Artwork:
    """Draw a date seal; its size on paper follows from the text.

    :param size_pt: size of the characters, points.
    :raises SealError: ``size_range``.
    """
    low, high = SIZE_RANGE_PT
    if not low <= size_pt <= high:
        raise SealError('size_range', f'size must be {low}-{high} pt', {'minimum': low, 'maximum': high})
    font = face(FontStyle.SONG)
    text = date_text(day, style)
    em = size_pt * MM_PER_POINT
    scale = em / font.units_per_em
    pad = em * 0.08
    canvas = Canvas(font.width(text) * em + 2 * pad, em * 1.16, colour)
    x = pad
    for char in text:
        canvas.glyph(font, char, (scale, 0.0, 0.0, scale, x, em * 0.2))
        x += font.glyph(char).advance * scale
    return canvas.artwork()
