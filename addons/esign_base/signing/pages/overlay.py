"""Text, ticks and pictures written into the boxes of an unsigned document.

The filled page parts are drawn with an embedded subset of a TrueType font, one layer a page, and
laid over the pages so that they stand upright on turned pages. Every character is checked against
the font first: the drawing library would drop a missing glyph without a word.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import pikepdf
from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from ..errors import FileRefused, GlyphMissing, PlacementError
from .cleaning import survey
from .geometry import MM_PER_POINT, Box, PageFrame, frames_of
from .glyphs import FontStyle, face

Drawing: TypeAlias = Any  # reportlab has no types

MIN_SIZE_PT = 5.0
MAX_IMAGE_PIXELS = 25_000_000
_REGISTER = threading.Lock()


class Align(StrEnum):
    """Horizontal alignment within the box."""

    LEFT = 'left'
    CENTRE = 'centre'
    RIGHT = 'right'


@dataclass(frozen=True, slots=True)
class TextItem:
    """Text in a box.

    :param page: 1-based.
    :param size_pt: wanted size; shrunk to no less than 5 pt until the text fits.
    :param multiline: wrap at the box's width; else one line.
    :param leading: line distance as a multiple of the size.
    """

    page: int
    box: Box
    text: str
    size_pt: float = 12.0
    align: Align = Align.LEFT
    multiline: bool = False
    leading: float = 1.3


@dataclass(frozen=True, slots=True)
class CheckItem:
    """A check box: always its frame, a tick when set."""

    page: int
    box: Box
    checked: bool
    frame: bool = True


@dataclass(frozen=True, slots=True)
class ImageItem:
    """A PNG or JPEG fitted into the box, centred, proportions kept."""

    page: int
    box: Box
    data: bytes


OverlayItem = TextItem | CheckItem | ImageItem


def overlay(data: bytes, items: Sequence[OverlayItem]) -> bytes:
    """Write items into an unsigned PDF and return the new file.

    :raises FileRefused: ``signed`` when the file bears a signature, ``damaged``.
    :raises PlacementError: ``page_missing``, ``outside_page``, ``text_does_not_fit``,
        ``image_unusable``; ``details['item']`` is the 0-based item.
    :raises GlyphMissing: with the characters that the font lacks.
    """
    try:
        pdf = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    except pikepdf.PdfError as error:
        raise FileRefused('damaged', 'the file cannot be opened') from error
    with pdf:
        if 'signature' in survey(pdf):
            raise FileRefused('signed', 'a signed file is never rewritten')
        frames = frames_of(pdf)
        font = _font(items)
        layers = _Layers(frames, font)
        for number, item in enumerate(items):
            layers.draw(number, item)
        _merge(pdf, frames, layers)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
    return out.getvalue()


def _font(items: Iterable[OverlayItem]) -> str:
    """Check the texts' characters, register the face with the drawing library, return its name."""
    source = face(FontStyle.KAI)
    source.require(''.join(item.text for item in items if isinstance(item, TextItem)))
    name = f'esign-{source.path.stem}'
    with _REGISTER:
        if name not in pdfmetrics.getRegisteredFontNames():
            try:
                pdfmetrics.registerFont(TTFont(name, str(source.path)))
            except TTFError as error:
                details: dict[str, object] = {'fonts': [source.path.name], 'characters': []}
                raise GlyphMissing('font_missing', 'the text font is not TrueType', details) from error
    return name


class _Layers:
    """One drawing canvas per touched page size; pages of the layer file follow first use."""

    def __init__(self, frames: Sequence[PageFrame], font: str) -> None:
        self._frames = frames
        self._font = font
        self._drawn: dict[int, list[tuple[int, OverlayItem]]] = {}

    def draw(self, number: int, item: OverlayItem) -> None:
        """Check an item and keep it for its page."""
        index = item.page - 1
        if not 0 <= index < len(self._frames):
            raise PlacementError('page_missing', f'there is no page {item.page}', {'item': number})
        if not self._frames[index].contains(item.box):
            raise PlacementError('outside_page', f'item {number} leaves page {item.page}', {'item': number})
        self._drawn.setdefault(index, []).append((number, item))

    @property
    def pages(self) -> list[int]:
        """0-based indexes of the touched pages, in the layer file's order."""
        return sorted(self._drawn)

    def pdf(self) -> bytes:
        """Draw all layers: each page is the visible page, upright, in points."""
        out = io.BytesIO()
        canvas = Canvas(out, invariant=1)
        for index in self.pages:
            frame = self._frames[index]
            height = frame.height_mm / MM_PER_POINT
            canvas.setPageSize((frame.width_mm / MM_PER_POINT, height))
            for number, item in self._drawn[index]:
                box = item.box
                corner = (box.x / MM_PER_POINT, height - box.bottom / MM_PER_POINT)
                self._item(canvas, number, item, corner, (box.width / MM_PER_POINT, box.height / MM_PER_POINT))
            canvas.showPage()
        canvas.save()
        return out.getvalue()

    def _item(
        self,
        canvas: Drawing,
        number: int,
        item: OverlayItem,
        corner: tuple[float, float],
        size: tuple[float, float],
    ) -> None:
        if isinstance(item, TextItem):
            _draw_text(canvas, self._font, number, item, corner, size)
        elif isinstance(item, CheckItem):
            _draw_check(canvas, item, corner, size)
        else:
            _draw_image(canvas, number, item, corner, size)


def wrap(text: str, width: float, size: float, font: str) -> list[str]:
    """Break text into lines no wider than ``width`` points; Latin words stay whole where they can."""
    lines: list[str] = []
    for paragraph in text.split('\n'):
        line = ''
        for token in _tokens(paragraph):
            if not line or pdfmetrics.stringWidth(line + token.rstrip(), font, size) <= width:
                line += token
            else:
                lines.append(line.rstrip())
                line = token.lstrip()
            while pdfmetrics.stringWidth(line.rstrip(), font, size) > width and len(line) > 1:
                cut = len(line) - 1
                while cut > 1 and pdfmetrics.stringWidth(line[:cut], font, size) > width:
                    cut -= 1
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line.rstrip())
    return lines


_NO_LINE_START = set('，。、；：？！）》」』”’…,.;:?!)')


def _tokens(paragraph: str) -> list[str]:
    """Split into units that are not broken: Latin words with their space, single CJK characters.

    Closing punctuation stays with the character before it (避头尾).
    """
    tokens: list[str] = []
    for char in paragraph:
        joins = tokens and (
            char in _NO_LINE_START
            or char == ' '
            or (char.isascii() and tokens[-1][-1].isascii() and tokens[-1][-1] != ' ')
        )
        if joins:
            tokens[-1] += char
        else:
            tokens.append(char)
    return tokens


def _draw_text(
    canvas: Drawing,
    font: str,
    number: int,
    item: TextItem,
    corner: tuple[float, float],
    size: tuple[float, float],
) -> None:
    points = item.size_pt
    while True:
        lines = wrap(item.text, size[0], points, font) if item.multiline else [item.text.replace('\n', ' ')]
        widest = max(pdfmetrics.stringWidth(line, font, points) for line in lines)
        tall = points * (1.0 + item.leading * (len(lines) - 1))
        if widest <= size[0] + 0.01 and tall <= size[1] + 0.01:
            break
        if points <= MIN_SIZE_PT:
            raise PlacementError('text_does_not_fit', f'the text of item {number} does not fit', {'item': number})
        points = max(MIN_SIZE_PT, points - 0.5)
    # One line stands in the middle of its box, several start at its top.
    top = corner[1] + size[1] if item.multiline else corner[1] + (size[1] + points) / 2
    canvas.setFont(font, points)
    canvas.setFillGray(0)
    for index, line in enumerate(lines):
        slack = size[0] - pdfmetrics.stringWidth(line, font, points)
        shift = {Align.LEFT: 0.0, Align.CENTRE: slack / 2, Align.RIGHT: slack}[item.align]
        canvas.drawString(corner[0] + shift, top - points * (0.86 + item.leading * index), line)


def _draw_check(canvas: Drawing, item: CheckItem, corner: tuple[float, float], size: tuple[float, float]) -> None:
    side = min(size)
    x, y = corner[0] + (size[0] - side) / 2, corner[1] + (size[1] - side) / 2
    canvas.setStrokeGray(0)
    if item.frame:
        canvas.setLineWidth(max(0.4, side * 0.06))
        inset = side * 0.05
        canvas.rect(x + inset, y + inset, side - 2 * inset, side - 2 * inset)
    if item.checked:
        canvas.setLineWidth(side * 0.12)
        path = canvas.beginPath()
        path.moveTo(x + side * 0.2, y + side * 0.52)
        path.lineTo(x + side * 0.42, y + side * 0.26)
        path.lineTo(x + side * 0.8, y + side * 0.78)
        canvas.drawPath(path)


def _draw_image(
    canvas: Drawing,
    number: int,
    item: ImageItem,
    corner: tuple[float, float],
    size: tuple[float, float],
) -> None:
    try:
        image: Image.Image = Image.open(io.BytesIO(item.data), formats=('PNG', 'JPEG'))
        if image.width * image.height > MAX_IMAGE_PIXELS:
            raise PlacementError('image_unusable', f'the picture of item {number} is too large', {'item': number})
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise PlacementError('image_unusable', f'the picture of item {number}', {'item': number}) from error
    scale = min(size[0] / image.width, size[1] / image.height)
    width, height = image.width * scale, image.height * scale
    canvas.drawImage(
        ImageReader(image.convert('RGBA')),
        corner[0] + (size[0] - width) / 2,
        corner[1] + (size[1] - height) / 2,
        width,
        height,
        mask='auto',
    )


def _merge(pdf: pikepdf.Pdf, frames: Sequence[PageFrame], layers: _Layers) -> None:
    """Add each layer as a form XObject under a matrix from the displayed page to user space."""
    if not layers.pages:
        return
    with pikepdf.open(io.BytesIO(layers.pdf())) as drawn:
        for position, index in enumerate(layers.pages):
            form = pdf.copy_foreign(drawn.pages[position].as_form_xobject())
            page = pdf.pages[index]
            if '/Resources' not in page.obj:
                # Its own copy, or the new entry would hide what the page tree passes down.
                page.obj.Resources = pikepdf.Dictionary(dict(page.resources.items()))
            page.contents_add(b'q', prepend=True)
            name = page.add_resource(form, pikepdf.Name.XObject)
            a, b, c, d, e, f = frames[index].display_matrix()
            # The layer is drawn in points, the matrix expects millimetres.
            scaled = [value * MM_PER_POINT for value in (a, b, c, d)]
            matrix = ' '.join(f'{value:.5f}' for value in (*scaled, e, f))
            page.contents_add(f'Q q {matrix} cm {name} Do Q'.encode('ascii'))
