"""Pictures as pages: every kind of pixel keeps its tone."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import asdict

import pytest
from PIL import Image
from signing.apart.intake import DEFAULT_LIMITS
from signing.pages.images import image_page

from tests.signing.pages_support import render

GREY, ALPHA = 0, 4
RGB, RGBA = 2, 6


def png(kind: int, left: tuple[int, ...], right: tuple[int, ...]) -> bytes:
    """A picture of 20 x 30 with 16 bits a channel, of two halves (ISO/IEC 15948)."""
    rows = b''.join(b'\0' + struct.pack(f'>{len(left) * 20}H', *left * 10, *right * 10) for _ in range(30))
    parts = [
        (b'IHDR', struct.pack('>IIBBBBB', 20, 30, 16, kind, 0, 0, 0)),
        (b'IDAT', zlib.compress(rows)),
        (b'IEND', b''),
    ]
    chunks = [
        struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body)) for name, body in parts
    ]
    return b'\x89PNG\r\n\x1a\n' + b''.join(chunks)


def saved(image: Image.Image, form: str = 'PNG', **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def palette() -> bytes:
    image = Image.new('P', (20, 30), 1)
    image.putpalette([0, 0, 0, 200, 100, 50] + [0] * 762)
    image.paste(0, (10, 0, 20, 30))
    return saved(image, transparency=0)


def halves(mode: str, left: object, right: object) -> Image.Image:
    image = Image.new(mode, (20, 30), left)
    image.paste(right, (10, 0, 20, 30))
    return image


# R2.3
@pytest.mark.parametrize(
    ('data', 'left', 'right'),
    [
        (png(GREY, (0x4000,), (0xC000,)), (64, 64, 64), (191, 191, 191)),
        (png(ALPHA, (0x4000, 0xFFFF), (0, 0x8000)), (64, 64, 64), (127, 127, 127)),
        (png(RGB, (0x4000, 0x8000, 0xC000), (0xFFFF, 0, 0)), (64, 128, 192), (255, 0, 0)),
        (png(RGBA, (0x4000, 0x8000, 0xC000, 0xFFFF), (0, 0, 0, 0x8000)), (64, 128, 192), (127, 127, 127)),
        (palette(), (200, 100, 50), (255, 255, 255)),
        (saved(halves('1', 0, 1)), (0, 0, 0), (255, 255, 255)),
        (saved(halves('L', 30, 220)), (30, 30, 30), (220, 220, 220)),
        (saved(halves('CMYK', (255, 0, 0, 0), (0, 0, 0, 255)), 'JPEG'), (0, 255, 255), (0, 0, 0)),
    ],
    ids=['grey16', 'grey16_alpha', 'rgb16', 'rgba16', 'palette', 'bits', 'grey', 'cmyk'],
)
def test_tones_are_kept(data: bytes, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    pixels = render(image_page(data, asdict(DEFAULT_LIMITS)), 0, 30)
    height, width = pixels.shape[:2]
    for part, wanted in ((width // 4, left), (width * 3 // 4, right)):
        assert abs(pixels[height // 2, part] - wanted).max() <= 3, (part, pixels[height // 2, part])
