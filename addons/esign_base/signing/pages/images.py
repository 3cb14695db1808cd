"""Pictures as pages."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ..errors import FileRefused
from .geometry import MM_PER_POINT
from .picture_look import shows

_A4_MM = (210.0, 297.0)
_ORIENTATION = 274  # EXIF


def image_page(data: bytes, limits: Mapping[str, int]) -> bytes:
    """Return a one-page PDF showing a PNG or JPEG on A4, portrait or landscape as the picture is.

    The page is drawn and compared with the picture, read a second time and in another way. A JPEG goes in as
    it is where that shows what viewers of pictures show.

    :raises FileRefused: ``not_image``, ``image_too_large``, ``damaged``, ``picture_changed``.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=('PNG', 'JPEG'))
        if image.width * image.height > limits['pixels'] // 4:
            raise FileRefused('image_too_large', 'too many pixels', {'maximum': limits['pixels'] // 4})
        plain_jpeg = image.format == 'JPEG' and image.mode in {'RGB', 'L'} and image.getexif().get(_ORIENTATION, 1) == 1
        image.load()
        size = _upright(image)
        if plain_jpeg and shows(page := _page(ImageReader(io.BytesIO(data)), size), data, _place(size)):
            return page
        image = _on_white(_in_srgb(ImageOps.exif_transpose(_eight_bits(image))))
    except UnidentifiedImageError as error:
        raise FileRefused('not_image', 'neither PNG nor JPEG') from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileRefused('damaged', f'the picture cannot be read: {type(error).__name__}') from error
    page = _page(ImageReader(image), size)
    del image
    if not shows(page, data, _place(size)):
        raise FileRefused('picture_changed', 'the page does not show what the picture shows')
    return page


def _upright(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels as the picture is looked at."""
    turned = image.getexif().get(_ORIENTATION, 1) in {5, 6, 7, 8}
    return image.size[::-1] if turned else image.size


def _sheet(size: tuple[int, int]) -> tuple[float, float]:
    """Width and height of the page in points."""
    width, height = _A4_MM if size[1] >= size[0] else _A4_MM[::-1]
    return width / MM_PER_POINT, height / MM_PER_POINT


def _place(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where the picture stands on its page: left, bottom, width, height in parts of the page."""
    width, height = _sheet(size)
    scale = min(width / size[0], height / size[1])
    across, down = size[0] * scale / width, size[1] * scale / height
    return (1 - across) / 2, (1 - down) / 2, across, down


def _page(picture: ImageReader, size: tuple[int, int]) -> bytes:
    width, height = _sheet(size)
    left, bottom, across, down = _place(size)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    canvas.drawImage(picture, left * width, bottom * height, across * width, down * height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the colours that the profile of the picture means; one that cannot be read counts for nobody."""
    profile = image.info.get('icc_profile')
    if not profile or image.mode not in {'RGB', 'RGBA', 'L', 'CMYK'}:
        return image
    try:
        # Opacity is no colour: it passes by.
        mode = image.mode if image.mode == 'RGBA' else 'RGB'
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        change = ImageCms.buildTransform(source, ImageCms.createProfile('sRGB'), image.mode, mode)
        return ImageCms.applyTransform(image, change) or image
    except (ImageCms.PyCMSError, OSError):
        return image


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
