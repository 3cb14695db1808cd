"""From what a page asks for to the core's drawing of a seal. Units: millimetres."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..signing.errors import SealError
from ..signing.pages import lettering
from ..signing.pages.drawing import BLACK, BLUE, RED
from ..signing.pages.handwriting import InkPoint
from ..signing.pages.handwriting import draw_handwriting as core_handwriting
from ..signing.pages.pictures import Ink, clean_picture
from ..signing.pages.seal_names import NameDesign, NameShape, NameSuffix, draw_name_seal
from ..signing.pages.seal_square import SquareDesign, draw_square_seal
from ..signing.pages.seals import SEAL_STYLES, SealDesign, SealType, check_length, draw_seal

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


def require(name: str) -> None:
    """Check that a seal can bear a name.

    :raises SealError: too short or too long.
    :raises GlyphMissing: characters without a glyph.
    """
    check_length(name)
    lettering.require(name)


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
    if size.shape == 'square':
        if text.serial:
            raise SealError('serial_format', 'a square seal has no place for a serial number', {'digits': 0})
        purpose = SEAL_STYLES[kind].text if text.text is None else text.text
        return draw_square_seal(SquareDesign(text.name, purpose, size.width, size.border, _COLOURS[colour]))
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
            border_mm=size.border,
            star=text.star,
            colour=_COLOURS[colour],
        )
    )


def _draw_personal(text: SealText, size: SealSize, colour: str):
    return draw_name_seal(
        NameDesign(
            text.name,
            shape=NameShape.SQUARE if size.shape == 'square' else NameShape.RECTANGLE,
            suffix=NameSuffix(text.suffix),
            width_mm=size.width,
            height_mm=size.height,
            colour=_COLOURS[colour],
        )
    )


def draw_handwriting(payload: bytes):
    """Draw what a pad sent.

    :param payload: JSON, ``[[[x, y, pressure], …], …]``.
    :raises SealError: not such a list, nothing written, too much.
    """
    try:
        strokes = [[InkPoint(*(float(one) for one in point[:3])) for point in stroke] for stroke in json.loads(payload)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SealError('handwriting_invalid', 'not a list of strokes') from error
    return core_handwriting([stroke for stroke in strokes if stroke], width_mm=40, height_mm=16)


def clean_upload(data: bytes, width_mm: float, colour: str):
    """Clean an uploaded picture of a seal; the ground becomes transparent.

    :param width_mm: declared width on paper.
    :raises SealError: not PNG or JPEG, larger than 5 MB, nothing red or dark in it.
    """
    ink = Ink.PEN if colour == 'black' else Ink.SEAL
    return clean_picture(data, width_mm=width_mm, ink=ink, colour=_COLOURS[colour])
