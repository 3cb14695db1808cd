"""From what a page asks for to the core's drawing of a seal. Units: millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from ..signing.errors import SealError
from ..signing.pages.drawing import BLACK, BLUE, RED
from ..signing.pages.seals import SealDesign, SealType, draw_seal

_COLOURS = {'red': RED, 'blue': BLUE, 'black': BLACK}
OVAL_OFFICIAL = SealType.FOREIGN


@dataclass(frozen=True, slots=True)
class SealText:
    """What a seal shall bear; which of it is used depends on the type.

    :param kind: code of the type (``esign.seal.kind``).
    :param name: registered name, or the person's name.
    :param text: horizontal text; None takes the type's own.
    :param serial: 13 digits of the police filing, or empty.
    :param tax_number: unified social credit code, for invoice seals.
    :param star: False leaves the star out.
    :param suffix: what follows a personal name: '', '印' or '之印'.
    """

    kind: str
    name: str
    text: str | None = None
    serial: str = ''
    tax_number: str = ''
    star: bool = True
    suffix: str = ''


@dataclass(frozen=True, slots=True)
class SealSize:
    """Shape and extent of a seal, mm."""

    shape: str
    width: float
    height: float
    border: float


def size_of(record) -> SealSize:
    """Value object of an ``esign.seal.size``."""
    return SealSize(record.shape, record.width_mm, record.height_mm, record.border_mm)


def draw(text: SealText, size: SealSize, colour: str):
    """Draw a seal from a template.

    :return: ``signing.pages.seals.Artwork``.
    :raises SealError: the text does not fit, or the type cannot be drawn.
    :raises GlyphMissing: characters without a glyph.
    """
    if text.kind in ('name', 'legal'):
        return _draw_personal(text, size, colour)
    if text.kind not in set(SealType):
        raise SealError('type_unknown', 'this type of seal is not drawn', {'kind': text.kind})
    kind = SealType(text.kind)
    if kind is SealType.OFFICIAL and size.shape == 'oval':
        kind = OVAL_OFFICIAL
    return draw_seal(
        SealDesign(
            kind,
            text.name,
            text=text.text or None,
            serial=text.serial,
            tax_number=text.tax_number if kind is SealType.INVOICE else '',
            size_mm=size.width,
            star=text.star,
            colour=_COLOURS[colour],
        )
    )
