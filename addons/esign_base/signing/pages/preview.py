"""Pages as pictures for reading on a screen, where the file itself is not handed out."""

from __future__ import annotations

import io
import math

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from ..errors import FileRefused, PlacementError
from .glyphs import FontStyle, face
from .pdfium import PDFIUM_LOCK

WIDTH_RANGE = (100, 2400)
MOST_PIXELS = 12_000_000
# A JPEG has at most 65,535 pixels a side (ITU-T T.81, B.2.2); the mark is drawn on a square of the diagonal.
LONGEST_SIDE = 6000
MARK_LENGTH = 80
_GREY = (110, 120, 130, 70)


def page_picture(data: bytes, page: int, *, width: int, watermark: str = '') -> bytes:
    """Draw one page, annotations and seals included, as JPEG.

    :param data: a PDF that intake accepted.
    :param page: 1-based.
    :param width: pixels; long pages get fewer, so that a picture stays within 12 million pixels
        and 6,000 a side.
    :param watermark: repeated across the page, at most 80 characters; '' for none. A character
        without a glyph is left out: the mark is for people, not evidence.
    :raises PlacementError: ``page_missing``.
    :raises FileRefused: ``unreadable``.
    :raises GlyphMissing: ``font_missing``: a page that must be marked is not shown without a mark.
    """
    low, high = WIDTH_RANGE
    with PDFIUM_LOCK:
        image = _drawn(data, page, min(max(width, low), high))
    if watermark:
        image = _marked(image, watermark[:MARK_LENGTH])
    out = io.BytesIO()
    image.save(out, 'JPEG', quality=84, optimize=True)
    return out.getvalue()


def _drawn(data: bytes, page: int, width: int) -> Image.Image:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise FileRefused('unreadable', 'the file cannot be displayed') from error
    try:
        if not 1 <= page <= len(document):
            raise PlacementError('page_missing', 'there is no such page', {'page': page, 'pages': len(document)})
        document.init_forms()
        sheet = document[page - 1]
        across, down = sheet.get_size()
        scale = min(width / across, math.sqrt(MOST_PIXELS / (across * down)), LONGEST_SIDE / max(across, down))
        picture: Image.Image = sheet.render(scale=scale, may_draw_forms=True).to_pil()
        return picture.convert('RGB')
    except pypdfium2.PdfiumError as error:
        raise FileRefused('unreadable', 'the page cannot be displayed') from error
    finally:
        document.close()


def _marked(image: Image.Image, text: str) -> Image.Image:
    sans = face(FontStyle.SANS)
    missing = set(sans.missing(text))
    text = ''.join(char for char in text if char not in missing)
    size = max(14, image.width // 42)
    font = ImageFont.truetype(str(sans.path), size, index=max(sans.index, 0))
    reach = int(math.hypot(image.width, image.height))
    layer = Image.new('RGBA', (reach, reach), (255, 255, 255, 0))
    pen = ImageDraw.Draw(layer)
    step = max(int(font.getlength(text)) + size * 4, size)
    for row, top in enumerate(range(0, reach, size * 9)):
        for left in range(-(row % 2) * step // 2, reach, step):
            pen.text((left, top), text, font=font, fill=_GREY)
    layer = layer.rotate(28, resample=Image.Resampling.BILINEAR)
    left, top = (reach - image.width) // 2, (reach - image.height) // 2
    layer = layer.crop((left, top, left + image.width, top + image.height))
    return Image.alpha_composite(image.convert('RGBA'), layer).convert('RGB')
