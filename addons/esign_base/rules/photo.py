"""Photographs of documents: judged by what they are, not by how they are called.

A photo is decoded and written anew: only pixels are kept, so nothing that hides in metadata, in
a comment or behind the end of the picture (scripts, positions, a second file) is ever stored.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from .coded import CodedError

LARGEST_BYTES = 5 * 1024 * 1024
SHORTEST_SIDE = 300
LARGEST_PIXELS = 50_000_000
KEPT_SIDE = 2400
_MAGIC = {b'\xff\xd8\xff': 'JPEG', b'\x89PNG\r\n\x1a\n': 'PNG'}


class PhotoRefusedError(CodedError):
    """``code``: ``empty``, ``too_big``, ``kind``, ``unreadable``, ``too_small``, ``too_large``."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A cleaned JPEG."""

    data: bytes
    width: int
    height: int


def clean_photo(raw: bytes, *, largest: int = LARGEST_BYTES) -> Photo:
    """Check an upload and return it as a clean upright JPEG.

    :param largest: bytes.
    :raises PhotoRefusedError: with the reason.
    """
    kind = _kind(raw, largest)
    try:
        with Image.open(io.BytesIO(raw), formats=[kind]) as image:
            _check_size(image)
            upright = ImageOps.exif_transpose(image).convert('RGB')
    except PhotoRefusedError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoRefusedError('unreadable') from error
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    pixels = Image.frombytes('RGB', upright.size, upright.tobytes())  # leaves every kind of metadata behind
    out = io.BytesIO()
    pixels.save(out, 'JPEG', quality=90)
    return Photo(out.getvalue(), pixels.width, pixels.height)


def _kind(raw: bytes, largest: int) -> str:
    if not raw:
        raise PhotoRefusedError('empty')
    if len(raw) > largest:
        raise PhotoRefusedError('too_big')
    kind = next((name for magic, name in _MAGIC.items() if raw.startswith(magic)), None)
    if kind is None:
        raise PhotoRefusedError('kind')
    return kind


def _check_size(image: Image.Image) -> None:
    if min(image.size) < SHORTEST_SIDE:
        raise PhotoRefusedError('too_small')
    if image.width * image.height > LARGEST_PIXELS:
        raise PhotoRefusedError('too_large')
