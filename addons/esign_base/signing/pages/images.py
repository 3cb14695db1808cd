"""Pictures as pages."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageOps, UnidentifiedImageError
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ..errors import FileRefused
from .geometry import MM_PER_POINT

_A4_MM = (210.0, 297.0)


def image_page(data: bytes, limits: Mapping[str, int]) -> bytes:
    """Return a one-page PDF showing a PNG or JPEG on A4, portrait or landscape as the picture is.

    :raises FileRefused: ``not_image``, ``image_too_large``, ``damaged``.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=('PNG', 'JPEG'))
        if image.width * image.height > limits['pixels'] // 4:
            raise FileRefused('image_too_large', 'too many pixels', {'maximum': limits['pixels'] // 4})
        plain_jpeg = image.format == 'JPEG' and image.mode in {'RGB', 'L'} and image.getexif().get(274, 1) == 1
        image.load()
        image = ImageOps.exif_transpose(_eight_bits(image))
    except UnidentifiedImageError as error:
        raise FileRefused('not_image', 'neither PNG nor JPEG') from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileRefused('damaged', f'the picture cannot be read: {type(error).__name__}') from error
    portrait = image.height >= image.width
    width, height = (side / MM_PER_POINT for side in (_A4_MM if portrait else _A4_MM[::-1]))
    scale = min(width / image.width, height / image.height)
    size = (image.width * scale, image.height * scale)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    picture = ImageReader(io.BytesIO(data)) if plain_jpeg else ImageReader(_on_white(image))
    canvas.drawImage(picture, (width - size[0]) / 2, (height - size[1]) / 2, *size)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit grey to 8 bits by scale: converting would clip all but the darkest 256 values to white."""
    if image.mode.startswith('I;16'):
        image = image.convert('I')
    if image.mode == 'I':
        return image.point(lambda value: value * (1 / 257) + 0.5).convert('L')
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {'RGB', 'L'}:
        return image
    image = image.convert('RGBA')
    return Image.alpha_composite(Image.new('RGBA', image.size, (255, 255, 255, 255)), image).convert('RGB')
