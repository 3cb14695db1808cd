"""Uploaded proof: a licence or a letter is a JPEG, a PNG or a PDF, whatever it calls itself."""

import io
import re
from dataclasses import dataclass

import pikepdf
from PIL import Image

from odoo.addons.esign_base.rules.coded import CodedError
from odoo.addons.esign_base.signing.errors import FileRefused
from odoo.addons.esign_base.signing.pages.inflation import Meter, measure_raw
from odoo.addons.esign_base.signing.pages.resemblance import require_likeness

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_OBJECTS = 50_000
# Bytes of one unpacked stream, and of all: a parser unpacks those that hold objects.
SWELLING = {'stream': 64 * 1024 * 1024, 'decompressed': 256 * 1024 * 1024}
_SUFFIX = {'image/jpeg': '.jpg', 'image/png': '.png', 'application/pdf': '.pdf'}
_FORMATS = {'JPEG': 'image/jpeg', 'PNG': 'image/png'}


class FileProblem(CodedError):
    """An upload that cannot be taken; ``code``: empty, large, type, damaged, pixels, locked."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked upload: its bytes, the type found in them, and a harmless file name."""

    data: bytes
    mimetype: str
    name: str


def inspect(data: bytes, name: str | None) -> Upload:
    """Look into the bytes and return the upload, or raise :class:`FileProblem`.

    The declared type and the file's suffix are not believed: only the content counts.
    """
    if not data:
        raise FileProblem('empty')
    if len(data) > MAX_BYTES:
        raise FileProblem('large')
    mimetype = _document(data) if data.startswith(b'%PDF-') else _image(data)
    return Upload(data, mimetype, _safe_name(name, _SUFFIX[mimetype]))


def _image(data: bytes) -> str:
    if not data.startswith((b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n')):
        raise FileProblem('type')
    # Odoo lets Pillow fill up truncated pictures; half a licence is no proof.
    if not (b'IEND' in data[-64:] or b'\xff\xd9' in data[len(data) // 2 :]):
        raise FileProblem('damaged')
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise FileProblem('pixels')
            mimetype = _FORMATS[image.format]
            image.load()
    except FileProblem:
        raise
    except Image.DecompressionBombError as error:
        raise FileProblem('pixels') from error
    except Exception as error:
        raise FileProblem('damaged') from error
    return mimetype


def _document(data: bytes) -> str:
    try:
        require_likeness(data, MAX_OBJECTS)
        measure_raw(data, Meter(SWELLING))
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if not pdf.pages:
                raise FileProblem('damaged')
    except pikepdf.PasswordError as error:
        raise FileProblem('locked') from error
    except (pikepdf.PdfError, FileRefused) as error:
        raise FileProblem('damaged') from error
    return 'application/pdf'


def _safe_name(name: str | None, suffix: str) -> str:
    stem = re.sub(r'\.[^.]*$', '', (name or '').replace('\\', '/').rsplit('/', 1)[-1])
    stem = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', '', stem).strip(' .')[:80]
    return f'{stem or "file"}{suffix}'
