"""Opening a file for verification: where it begins, whether it is locked, whether its pages can be read."""

import binascii
import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, BinaryIO, cast

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus, PubKeySecurityHandler
from pyhanko.pdf_utils.misc import PdfReadError

from ..errors import FileRefused
from .changes import pages_in
from .fields import elements, entry
from .history import HistoryReader
from .verdict import Reason

_INFLATED = 128 * 1024 * 1024  # bytes of page contents that are unpacked in search of damage, at most
_BLOCK = 1024 * 1024
_END_WITHIN = 1024  # bytes behind which the end mark stands at the latest (ISO 32000-1 annex H, note 18)

_SIGNED_DATA = bytes.fromhex('06092a864886f70d010702')  # OID 1.2.840.113549.1.7.2 (RFC 5652 5)
_DATA = bytes.fromhex('06092a864886f70d010701')  # OID 1.2.840.113549.1.7.1: what is in it (RFC 5652 4)
_ENVELOPE_WITHIN, _INNER_WITHIN = 64, 512
_PEM = (b'-----BEGIN PKCS7', b'-----BEGIN CMS')


def is_envelope(data: bytes) -> bool:
    """Whether a file is a signed envelope (CMS, ``.p7m``): it holds a document, and is none itself.

    :param data: its beginning suffices.
    """
    head = data.lstrip()[:_ENVELOPE_WITHIN]
    return head.startswith(_PEM) or (head[:1] == b'\x30' and _SIGNED_DATA in head)


def is_detached(data: bytes) -> bool:
    """Whether a signed envelope (:func:`is_envelope`) is empty: a signature whose document is another file (``.p7s``).

    :param data: its beginning suffices.
    """
    head = data.lstrip()[:_INNER_WITHIN]
    if head.startswith(_PEM):
        packed = b''.join(head.split()[2:])
        with suppress(binascii.Error):
            head = binascii.a2b_base64(packed[: len(packed) // 4 * 4])
    at = head.find(_DATA)
    # Of a definite length that ends with the kind of content, or of an indefinite one that does (RFC 5652 5.2).
    return at >= 2 and (head[at - 2 : at] == b'\x30\x0b' or head[at + len(_DATA) :].startswith(b'\0\0'))


def envelope_of(data: bytes) -> Reason | None:
    """Name a signature in a file of its own, with its document in it or without; None for what is neither.

    :param data: its beginning suffices.
    """
    if not is_envelope(data):
        return None
    return Reason.DETACHED if is_detached(data) else Reason.ENVELOPE


def refuse_envelope(data: bytes) -> None:
    """Refuse what is a signature in a file of its own, with its document in it or without.

    :raises FileRefused: ``signed_envelope``, ``signed_detached``.
    """
    if reason := envelope_of(data):
        raise FileRefused(f'signed_{reason}', 'the file is a signature in a file of its own')


def opened(stream: IO[bytes], start: int) -> tuple[HistoryReader, int]:
    """Open a file whose header stands ``start`` bytes behind its beginning (ISO 32000-1 annex H, note 13).

    Its offsets count from the header, or from the beginning of the file.

    :return: (reader, bytes of the file in front of what it reads).
    :raises PdfReadError: it can be read neither way, or both.
    """
    if not start:
        return HistoryReader(stream), 0
    stream.seek(start)
    found: list[tuple[HistoryReader, int]] = []
    for source, shift in ((io.BytesIO(stream.read()), start), (stream, 0)):
        try:
            reader = HistoryReader(source)
            _ = reader.root['/Pages']
        except Exception:  # noqa: BLE001, S112  the offsets count the other way
            continue
        found.append((reader, shift))
    if len(found) != 1:
        raise PdfReadError('The cross-references fit neither or both of the places where the file may begin.')
    return found[0]


def unlocked(reader: HistoryReader) -> Reason | None:
    """Decrypt with the empty password that opens what is only protected against changes.

    :return: why it stays locked, or None.
    """
    try:
        handler = reader.security_handler
    except PdfReadError:  # locked by means that are not in the standard
        return Reason.ENCRYPTED
    if handler is None:
        return None
    if isinstance(handler, PubKeySecurityHandler):
        return Reason.ENCRYPTED_FOR_CERTIFICATES
    return Reason.ENCRYPTED if reader.decrypt('').status is AuthStatus.FAILED else None


def why_unreadable(stream: IO[bytes]) -> Reason:
    """Whether a file that could not be examined is damaged, or built in a way that is not examined here.

    The latter is a file in which another library, reading without any repair, finds nothing wrong.
    """
    stream.seek(max(0, stream.seek(0, io.SEEK_END) - _END_WITHIN))
    ends = b'%%EOF' in stream.read()
    stream.seek(0)
    try:
        with pikepdf.open(cast(BinaryIO, stream), attempt_recovery=False, suppress_warnings=True) as pdf:
            sound = ends and bool(len(pdf.pages)) and not pdf.check_pdf_syntax()
    except Exception:  # noqa: BLE001  damaged by the other library's word, too
        sound = False
    return Reason.UNUSUAL if sound else Reason.MALFORMED


def check_pages(reader: HistoryReader) -> None:
    """Read what the pages show: a file without a signature is else hardly looked at.

    :raises Exception: whatever the damage makes the library raise.
    """
    left = _INFLATED
    for page in pages_in(reader):
        for stream in _streams(entry(page, '/Contents')):
            if entry(stream, '/Filter') == '/FlateDecode' and not reader.encrypted:
                left -= _inflated(stream.encoded_data, left)
        resources = entry(page, '/Resources')
        for kind in ('/XObject', '/Font') if isinstance(resources, generic.DictionaryObject) else ():
            named = entry(resources, kind)
            for name in named if isinstance(named, generic.DictionaryObject) else ():
                _ = named[name]


def _inflated(packed: bytes, most: int) -> int:
    """Unpack up to ``most`` bytes, keep none, and return how many there were.

    :raises zlib.error: the packed bytes are damaged.
    """
    engine, found = zlib.decompressobj(), 0
    while packed and found < most and not engine.eof:
        found += len(engine.decompress(packed, _BLOCK))
        packed = engine.unconsumed_tail
    return found


def _streams(contents: Any) -> Iterator[generic.StreamObject]:
    for one in elements(contents) if isinstance(contents, generic.ArrayObject) else [contents]:
        if isinstance(one, generic.StreamObject):
            yield one
