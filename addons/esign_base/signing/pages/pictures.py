"""Photographs and scans of seals and signatures, cleaned: one solid colour, ink as opacity."""

from __future__ import annotations

import io
import zlib
from enum import StrEnum

from PIL import Image, ImageChops, ImageFilter, UnidentifiedImageError

from ..errors import SealError
from .artwork import Artwork
from .drawing import BLACK, RED, Canvas, Colour, Resources, numbers, stream

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000
MAX_SIDE = 1200  # 60 mm at 500 dpi
SIDE_RANGE_MM = (5.0, 100.0)
_LEVELS = 16


class Ink(StrEnum):
    """What counts as ink: coloured seal paste, or dark pen on light paper."""

    SEAL = 'seal'
    PEN = 'pen'


def clean_picture(data: bytes, *, width_mm: float, ink: Ink = Ink.SEAL, colour: Colour | None = None) -> Artwork:
    """Turn an uploaded PNG or JPEG into artwork with transparent ground.

    Saturation (seal) or darkness (pen) becomes opacity in 16 levels of one solid colour; the
    picture is cropped to its ink.

    :param width_mm: declared width of the ink on paper; the height follows.
    :raises SealError: ``picture_too_large``, ``picture_format``, ``picture_damaged``,
        ``picture_blank``, ``picture_full``, ``size_range``.
    """
    low, high = SIDE_RANGE_MM
    if not low <= width_mm <= high:
        raise SealError('size_range', f'width must be {low}-{high} mm', {'minimum': low, 'maximum': high})
    alpha = _opacity(_load(data), ink)
    box = alpha.getbbox()
    if box is None or (box[2] - box[0]) < 8 or (box[3] - box[1]) < 8:
        raise SealError('picture_blank', 'no ink was found: is the picture too pale?')
    alpha = alpha.crop(box)
    histogram = alpha.histogram()
    if sum(histogram[128:]) > 0.8 * alpha.width * alpha.height:
        raise SealError('picture_full', 'nearly all is ink: the ground must be light')
    height_mm = width_mm * alpha.height / alpha.width
    if height_mm > high:
        raise SealError('size_range', f'height must be at most {high} mm', {'maximum': high})
    return _artwork(alpha, width_mm, height_mm, colour or (RED if ink is Ink.SEAL else BLACK))


def _load(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise SealError('picture_too_large', 'the file is too large', {'maximum': MAX_BYTES})
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=('PNG', 'JPEG'))
        if image.width * image.height > MAX_PIXELS:
            raise SealError('picture_too_large', 'too many pixels', {'maximum': MAX_PIXELS})
        image.load()
        image = image.convert('RGBA')
    except UnidentifiedImageError as error:
        raise SealError('picture_format', 'neither PNG nor JPEG') from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise SealError('picture_damaged', f'the picture cannot be read: {type(error).__name__}') from error
    paper = Image.new('RGBA', image.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(paper, image).convert('RGB')
    flat.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return flat


def _opacity(image: Image.Image, ink: Ink) -> Image.Image:
    """Return opacity 0-255 in 16 levels; uneven light is taken out first for pen strokes."""
    if ink is Ink.SEAL:
        red, green, blue = image.split()
        brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
        strength, floor, ceiling = ImageChops.subtract(brightest, darkest), 40, 130
    else:
        grey = image.convert('L')
        paper = grey.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(25))
        strength, floor, ceiling = ImageChops.subtract(paper, grey), 35, 120
    top = _LEVELS - 1
    table = [round(min(max((value - floor) / (ceiling - floor), 0.0), 1.0) * top) * 255 // top for value in range(256)]
    # Specks of one pixel are dust, not ink.
    return strength.filter(ImageFilter.MedianFilter(3)).point(table)


def _artwork(alpha: Image.Image, width_mm: float, height_mm: float, colour: Colour) -> Artwork:
    """Write the mask with 4 bits a pixel over a single-coloured image."""
    size = b'/Width %d/Height %d' % alpha.size
    image = b'/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Width 1/Height 1/SMask 6 0 R'
    pixel = bytes(round(part * 255) for part in colour)
    mask = b'/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 4/Filter/FlateDecode%s' % size
    packed = zlib.compress(_nibbles(alpha), 9)
    canvas = Canvas(width_mm, height_mm, colour)
    canvas.raw(f'q {numbers(width_mm, 0, 0, height_mm, 0, 0)} cm /Ink Do Q')
    return canvas.artwork(Resources(b'<</XObject<</Ink 5 0 R>>>>', (stream(image, pixel), stream(mask, packed))))


def _nibbles(alpha: Image.Image) -> bytes:
    """Pack opacity into four bits a pixel, rows padded to whole bytes."""
    rows = []
    raw = alpha.tobytes()
    for start in range(0, len(raw), alpha.width):
        row = raw[start : start + alpha.width]
        if len(row) % 2:
            row += b'\0'
        rows.append(bytes((a // 17) << 4 | (b // 17) for a, b in zip(row[::2], row[1::2], strict=True)))
    return b''.join(rows)
