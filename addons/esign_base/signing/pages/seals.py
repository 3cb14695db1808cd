"""Seals of enterprises as vector artwork, to the customs of the trade.

Sizes are a table of defaults (the sizes police notices ask for), not constants: local practice
differs. A seal bears what it is given or is refused; nothing is cut off or invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ..errors import SealError
from .artwork import Artwork
from .drawing import RED, Canvas, Colour
from .glyphs import Face, FontStyle, face
from .lettering import Letter, is_wide, letters, require
from .seal_lines import draw_lines, halves
from .seal_ring import Ring, line_text, ring_text, ring_text_bottom, ring_words, words_scale

__all__ = ['SEAL_STYLES', 'Artwork', 'SealDesign', 'SealStyle', 'SealType', 'draw_seal']

NAME_MIN, NAME_MAX = 2, 64
# As many characters stand evenly on one ring; more, and letters of other scripts, take the room they need.
RING_MAX = 30
CENTRE_MIN, CENTRE_MAX = 2, 10
SIZE_RANGE_MM = (15.0, 60.0)
# A ring on which an em is lower than this share of its usual height becomes two, with letters so much lower.
_TWO_RINGS, _LOWER = 0.68, 0.72
_SERIAL = re.compile(r'\d{13}')
_TAX_NUMBER = re.compile(r'[0-9A-Z]{15,20}')


class SealType(StrEnum):
    """Seals of an enterprise."""

    OFFICIAL = 'official'  # 公章
    CONTRACT = 'contract'  # 合同专用章
    FINANCE = 'finance'  # 财务专用章
    HR = 'hr'  # 人事专用章
    DEPARTMENT = 'department'  # 部门章
    INVOICE = 'invoice'  # 发票专用章
    FOREIGN = 'foreign'  # 外商投资企业公章


@dataclass(frozen=True, slots=True)
class SealStyle:
    """Defaults of a type: size and border in mm, star's diameter in mm (0 for none), centre text."""

    width: float
    height: float
    border: float
    star: float
    text: str = ''


SEAL_STYLES: Mapping[SealType, SealStyle] = MappingProxyType(
    {
        SealType.OFFICIAL: SealStyle(42, 42, 1.2, 14),
        SealType.CONTRACT: SealStyle(38, 38, 1.0, 10.5, '合同专用章'),
        SealType.FINANCE: SealStyle(38, 38, 1.0, 10.5, '财务专用章'),
        SealType.HR: SealStyle(38, 38, 1.0, 10.5, '人事专用章'),
        SealType.DEPARTMENT: SealStyle(38, 38, 1.0, 10.5),
        SealType.INVOICE: SealStyle(40, 30, 1.0, 0, '发票专用章'),
        SealType.FOREIGN: SealStyle(45, 30, 1.2, 0),
    }
)


@dataclass(frozen=True, slots=True)
class SealDesign:
    """What a seal shall bear.

    :param type: decides shape, size and what belongs in the middle.
    :param name: full registered name, 2–64 characters; Chinese ones stand evenly spaced, words of other
        scripts stay apart; what one ring cannot show stands on two.
    :param text: horizontal text, 2–10 characters; None takes the type's own. A department's name may be
        as long as a name.
    :param serial: 13 digits on the bottom arc, from the police filing; empty for none.
    :param tax_number: unified social credit code of an invoice seal.
    :param size_mm: width; None takes the type's own. Height, border and star keep proportion.
    :param border_mm: width of the border where it shall not keep proportion.
    :param star: None follows the type.
    """

    type: SealType
    name: str
    text: str | None = None
    serial: str = ''
    tax_number: str = ''
    size_mm: float | None = None
    border_mm: float | None = None
    star: bool | None = None
    colour: Colour = RED


def draw_seal(design: SealDesign) -> Artwork:
    """Draw an enterprise seal.

    :raises SealError: ``name_length``, ``text_length``, ``serial_format``, ``tax_number_format``,
        ``size_range``; ``details`` say what is allowed.
    :raises GlyphMissing: when a character cannot be drawn.
    """
    style = SEAL_STYLES[design.type]
    name = ring_name(design.name)
    text = style.text if design.text is None else design.text.strip()
    _check(design, name, text)
    width = design.size_mm or style.width
    scale = width / style.width
    canvas = Canvas(width, style.height * scale, design.colour)
    bold = face(FontStyle.SONG_BOLD)
    require(name)
    require(text)
    painter = _Painter(canvas, bold, design.border_mm or style.border * scale, scale)
    painter.border()
    if design.type is SealType.INVOICE:
        painter.invoice(name, text, design.tax_number)
    elif style.width != style.height:
        painter.oval(name, text)
    else:
        star = style.star * scale if design.star is not False and style.star else 0.0
        painter.round(name, text, star, design.serial)
    return canvas.artwork()


def ring_name(name: str) -> str:
    """Return the name as it stands on a seal.

    A Chinese name has full-width brackets and no spaces; other names keep both as they are.
    """
    chinese = ''.join(name.split()).replace('(', '（').replace(')', '）')
    return chinese if _is_plain(chinese) else ' '.join(name.split())


def _is_plain(text: str) -> bool:
    """Whether every character fills a square."""
    return all(is_wide(char) for char in text)


def _check(design: SealDesign, name: str, text: str) -> None:
    check_length(name)
    needed = design.type is SealType.DEPARTMENT
    most = NAME_MAX if needed else CENTRE_MAX
    if (text or needed) and not CENTRE_MIN <= len(text) <= most:
        limits = {'length': len(text), 'minimum': CENTRE_MIN, 'maximum': most}
        raise SealError('text_length', f'the middle takes {CENTRE_MIN}-{most} characters', limits)
    if design.serial and not _SERIAL.fullmatch(design.serial):
        raise SealError('serial_format', 'a seal serial number has 13 digits', {'digits': 13})
    if design.serial and SEAL_STYLES[design.type].width != SEAL_STYLES[design.type].height:
        raise SealError('serial_format', 'an oval seal has no place for a serial number', {'digits': 0})
    if design.type is SealType.INVOICE and not _TAX_NUMBER.fullmatch(design.tax_number):
        raise SealError('tax_number_format', 'an invoice seal bears the tax number, 15-20 letters or digits')
    low, high = SIZE_RANGE_MM
    if design.size_mm is not None and not low <= design.size_mm <= high:
        raise SealError('size_range', f'width must be {low}-{high} mm', {'minimum': low, 'maximum': high})


def check_length(name: str) -> None:
    """Refuse names that no seal shows.

    :raises SealError: ``name_length``.
    """
    if not NAME_MIN <= len(name) <= NAME_MAX:
        limits = {'length': len(name), 'minimum': NAME_MIN, 'maximum': NAME_MAX}
        raise SealError('name_length', f'a seal takes {NAME_MIN}-{NAME_MAX} characters', limits)


class _Painter:
    """Draws one seal; all measures in mm, proportions from filed seals of 42 and 38 mm."""

    def __init__(self, canvas: Canvas, bold: Face, border: float, scale: float) -> None:
        self.canvas, self.bold, self.line, self.scale = canvas, bold, border, scale
        self.cx, self.cy = canvas.width / 2, canvas.height / 2

    def border(self) -> None:
        self.canvas.ellipse(self.cx, self.cy, self.cx - self.line / 2, self.cy - self.line / 2, self.line)

    def _ring_name(
        self, name: str, *, height: float, ratio: float, gap: float, most: float, step: float, two: tuple[float, float]
    ) -> None:
        """Fit the name: characters' height, width as a share of it, arc at most ``most`` degrees.

        :param two: arcs of the outer and the inner ring of a name that needs both, degrees.
        """
        line = letters(name)
        if not _is_plain(name) or len(name) > RING_MAX:
            self._ring_words(name, line, height, gap, most, two)
            return
        ring = self._ring(gap + height / 2)
        span = ring.length * min(most, step * (len(name) - 1)) / 360
        pitch = span / (len(name) - 1)
        # Feet stand closer together than middles: leave them air on the inner side.
        room = pitch * (ring.ry - height / 2) / ring.ry
        width = min(height * ratio, pitch * 0.86, room * 1.12)
        # Long names would look like bar codes: characters get lower before they get thin.
        height = min(height, max(width / 0.46, height * 0.72))
        ring_text(self.canvas, line, ring, height=height, width=width, span=span)

    def _ring(self, inset: float) -> Ring:
        return Ring(self.cx, self.cy, self.cx - self.line - inset, self.cy - self.line - inset)

    def _ring_words(
        self, name: str, line: Sequence[Letter], height: float, gap: float, most: float, two: tuple[float, float]
    ) -> None:
        """Letters as wide as they are; two rings where one would make them too small."""
        ring, span = self._feet(gap + height / 2, height, most)
        _sx, sy = words_scale(line, height, span)
        if sy >= height * _TWO_RINGS:
            ring_words(self.canvas, line, ring, height=height, span=span)
            return
        lower = height * _LOWER
        rings = [self._feet(gap + inset, lower, arc) for inset, arc in zip((lower / 2, lower * 1.62), two, strict=True)]
        (_ring, outer), (_ring, inner) = rings
        for text, (ring, span) in zip(halves(name, outer / (outer + inner)), rings, strict=True):
            ring_words(self.canvas, letters(text), ring, height=lower, span=span)

    def _feet(self, inset: float, height: float, arc: float) -> tuple[Ring, float]:
        """Return a ring and the length of an arc of it (degrees) for letters of a height: their feet need air."""
        ring = self._ring(inset)
        return ring, ring.length * arc / 360 * (ring.ry - height / 2) / ring.ry

    def round(self, name: str, text: str, star: float, serial: str) -> None:
        radius = self.cx
        height = radius * (0.32 if len(name) <= 9 else 0.295 if len(name) <= 18 else 0.265)
        # Text below the star needs the lower third of the seal for itself; two rings go round it.
        most, two = (216, (258, 220)) if text and star else (270, (284, 270))
        step = min(most, _span(len(name))) / (len(name) - 1)
        self._ring_name(name, height=height, ratio=0.8, gap=radius * 0.05, most=most, step=step, two=two)
        if serial:
            digit = radius * 0.075
            inset = self.line + radius * 0.045 + digit / 2
            ring = Ring(self.cx, self.cy, radius - inset, radius - inset)
            ring_text_bottom(self.canvas, letters(serial, FontStyle.SANS), ring, height=digit, pitch=digit * 0.92)
        if star:
            self.canvas.star(self.cx, self.cy, star / 2)
        if text:
            drop = radius * (0.53 if star else 0.0)
            inner = radius * 1.12 if star else radius * 1.2
            height = radius * (0.235 if len(text) <= 6 else 0.19)
            self._centre_text(text, (self.cx, self.cy - drop), height, inner)

    def _centre_text(self, text: str, middle: tuple[float, float], height: float, room: float) -> None:
        """Horizontal text: one line as the trade has it, more for long names of departments."""
        if _is_plain(text) and len(text) <= CENTRE_MAX:
            line_text(self.canvas, self.bold, text, middle, height=height, max_width=room, stretch=0.85)
            return
        x, y = middle
        draw_lines(self.canvas, text, (x - room / 2, y - height, room, 2 * height), most=3)

    def oval(self, name: str, text: str) -> None:
        height = 4.6 * self.scale
        self._ring_name(
            name,
            height=height,
            ratio=0.75,
            gap=0.9 * self.scale,
            most=250,
            step=min(max(17.0, 30.0 - 2 * len(name)), 216 / (len(name) - 1)),
            # What stands in the middle reaches far to both sides.
            two=(250, 200) if text else (284, 250),
        )
        if text:
            self._centre_text(text, (self.cx, self.cy - 3.4 * self.scale), 3.6 * self.scale, 24 * self.scale)

    def invoice(self, name: str, text: str, tax_number: str) -> None:
        """Ring name over 210-260 degrees, tax number 3.7 high and within 26 wide, text 4.6 high."""
        unit = self.scale
        step = min(max(210 / (len(name) - 1), 9), 19)
        self._ring_name(name, height=3.9 * unit, ratio=0.72, gap=0.6 * unit, most=260, step=step, two=(260, 200))
        sans = face(FontStyle.SANS)
        sans.require(tax_number)
        middle = (self.cx, self.cy)
        line_text(self.canvas, sans, tax_number, middle, height=3.7 * unit, max_width=24.5 * unit, stretch=0.8)
        below = (self.cx, self.cy - 8.2 * unit)
        line_text(self.canvas, self.bold, text, below, height=4.6 * unit, max_width=20 * unit, stretch=0.75)


def _span(count: int) -> float:
    """Degrees between the first and the last character: 270 at most; few characters stay together at the top."""
    return min(270.0, 150.0 + (count - 6) * 9.0, 38.0 * (count - 1))
