"""Seals of enterprises as vector artwork, to the customs of the trade.

Sizes are a table of defaults (the sizes police notices ask for), not constants: local practice
differs. A seal bears what it is given or is refused; nothing is cut off or invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ..errors import SealError
from .artwork import Artwork
from .drawing import RED, Canvas, Colour
from .glyphs import Face, FontStyle, face
from .seal_ring import Ring, line_text, ring_text, ring_text_bottom

__all__ = ['SEAL_STYLES', 'Artwork', 'SealDesign', 'SealStyle', 'SealType', 'draw_seal']

RING_MIN, RING_MAX = 6, 30
CENTRE_MIN, CENTRE_MAX = 2, 10
SIZE_RANGE_MM = (15.0, 60.0)
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
    :param name: full registered name, 6–30 characters on the ring; half-width brackets become full.
    :param text: horizontal text, 2–10 characters; None takes the type's own.
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
    bold.require(name + text)
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
    """Return the name as it stands on a ring: no spaces, full-width brackets."""
    return ''.join(name.split()).replace('(', '（').replace(')', '）')


def _check(design: SealDesign, name: str, text: str) -> None:
    if not RING_MIN <= len(name) <= RING_MAX:
        limits = {'length': len(name), 'minimum': RING_MIN, 'maximum': RING_MAX}
        raise SealError('name_length', f'the ring takes {RING_MIN}-{RING_MAX} characters', limits)
    needed = design.type in {SealType.DEPARTMENT}
    if (text or needed) and not CENTRE_MIN <= len(text) <= CENTRE_MAX:
        limits = {'length': len(text), 'minimum': CENTRE_MIN, 'maximum': CENTRE_MAX}
        raise SealError('text_length', f'the middle takes {CENTRE_MIN}-{CENTRE_MAX} characters', limits)
    if design.serial and not _SERIAL.fullmatch(design.serial):
        raise SealError('serial_format', 'a seal serial number has 13 digits', {'digits': 13})
    if design.serial and SEAL_STYLES[design.type].width != SEAL_STYLES[design.type].height:
        raise SealError('serial_format', 'an oval seal has no place for a serial number', {'digits': 0})
    if design.type is SealType.INVOICE and not _TAX_NUMBER.fullmatch(design.tax_number):
        raise SealError('tax_number_format', 'an invoice seal bears the tax number, 15-20 letters or digits')
    low, high = SIZE_RANGE_MM
    if design.size_mm is not None and not low <= design.size_mm <= high:
        raise SealError('size_range', f'width must be {low}-{high} mm', {'minimum': low, 'maximum': high})


class _Painter:
    """Draws one seal; all measures in mm, proportions from filed seals of 42 and 38 mm."""

    def __init__(self, canvas: Canvas, bold: Face, border: float, scale: float) -> None:
        self.canvas, self.bold, self.line, self.scale = canvas, bold, border, scale
        self.cx, self.cy = canvas.width / 2, canvas.height / 2

    def border(self) -> None:
        self.canvas.ellipse(self.cx, self.cy, self.cx - self.line / 2, self.cy - self.line / 2, self.line)

    def _ring_name(self, name: str, *, height: float, ratio: float, gap: float, most: float, step: float) -> None:
        """Fit the name: characters' height, width as a share of it, arc at most ``most`` degrees."""
        inset = self.line + gap + height / 2
        ring = Ring(self.cx, self.cy, self.cx - inset, self.cy - inset)
        span = ring.length * min(most, step * (len(name) - 1)) / 360
        pitch = span / (len(name) - 1)
        # Feet stand closer together than middles: leave them air on the inner side.
        room = pitch * (ring.ry - height / 2) / ring.ry
        width = min(height * ratio, pitch * 0.86, room * 1.12)
        # Long names would look like bar codes: characters get lower before they get thin.
        height = min(height, max(width / 0.46, height * 0.72))
        ring_text(self.canvas, self.bold, name, ring, height=height, width=width, span=span)

    def round(self, name: str, text: str, star: float, serial: str) -> None:
        radius = self.cx
        height = radius * (0.32 if len(name) <= 9 else 0.295 if len(name) <= 18 else 0.265)
        # Text below the star needs the lower third of the seal for itself.
        most = 216 if text and star else 270
        step = min(most, _span(len(name))) / (len(name) - 1)
        self._ring_name(name, height=height, ratio=0.8, gap=radius * 0.05, most=most, step=step)
        sans = face(FontStyle.SANS)
        if serial:
            digit = radius * 0.075
            inset = self.line + radius * 0.045 + digit / 2
            ring = Ring(self.cx, self.cy, radius - inset, radius - inset)
            ring_text_bottom(self.canvas, sans, serial, ring, height=digit, pitch=digit * 0.92)
        if star:
            self.canvas.star(self.cx, self.cy, star / 2)
        if text:
            drop = radius * (0.53 if star else 0.0)
            inner = radius * 1.12 if star else radius * 1.2
            line_text(
                self.canvas,
                self.bold,
                text,
                (self.cx, self.cy - drop),
                height=radius * (0.235 if len(text) <= 6 else 0.19),
                max_width=inner,
                stretch=0.85,
            )

    def oval(self, name: str, text: str) -> None:
        height = 4.6 * self.scale
        self._ring_name(
            name,
            height=height,
            ratio=0.75,
            gap=0.9 * self.scale,
            most=250,
            step=min(17.0, 216 / (len(name) - 1)),
        )
        if text:
            line_text(
                self.canvas,
                self.bold,
                text,
                (self.cx, self.cy - 3.4 * self.scale),
                height=3.6 * self.scale,
                max_width=24 * self.scale,
                stretch=0.85,
            )

    def invoice(self, name: str, text: str, tax_number: str) -> None:
        """Ring name over 210-260 degrees, tax number 3.7 high and within 26 wide, text 4.6 high."""
        unit = self.scale
        step = min(max(210 / (len(name) - 1), 9), 19)
        self._ring_name(name, height=3.9 * unit, ratio=0.72, gap=0.6 * unit, most=260, step=step)
        sans = face(FontStyle.SANS)
        sans.require(tax_number)
        middle = (self.cx, self.cy)
        line_text(self.canvas, sans, tax_number, middle, height=3.7 * unit, max_width=24.5 * unit, stretch=0.8)
        below = (self.cx, self.cy - 8.2 * unit)
        line_text(self.canvas, self.bold, text, below, height=4.6 * unit, max_width=20 * unit, stretch=0.75)


def _span(count: int) -> float:
    """Degrees between the first and the last character: a half circle for short names, 270 at most."""
    return min(270.0, 150.0 + (count - RING_MIN) * 9.0)
