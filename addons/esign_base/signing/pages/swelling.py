"""How much an office file swells: its parts are unpacked into nothing, before LibreOffice is started.

What the package's directory says of sizes is not believed. Each part is inflated piece by piece
and counted, packages within packages too; past a bound nothing further is read.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import FileRefused

MIB = 1024 * 1024
_PIECE = 1 << 20
_LOCAL = struct.Struct('<26xHH')  # APPNOTE.TXT 4.3.7: the lengths of name and extra field end the header
PACKAGE = b'PK\x03\x04'
_XML = ('.xml', '.rels')
_ENTITY = '<!ENTITY'
_ENTITIES = (_ENTITY.encode(), _ENTITY.encode('utf-16-le'), _ENTITY.encode('utf-16-be'))
_OVERLAP = max(map(len, _ENTITIES)) - 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a package may hold.

    :param entries: parts, with those of packages within it.
    :param unpacked: bytes of all parts together.
    :param xml: bytes of all XML parts together; the office builds a tree many times as large.
    :param ratio: unpacked size to size in the package, of a part larger than ``free``.
    :param free: bytes that a part may have at any ratio.
    :param depth: packages within packages.
    """

    entries: int = 4000
    unpacked: int = 256 * MIB
    xml: int = 48 * MIB
    ratio: int = 200
    free: int = 8 * MIB
    depth: int = 2


DEFAULT_BOUNDS = Bounds()


def require_modest(data: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> None:
    """Refuse a package (ZIP) whose parts are too many, too large or too densely packed.

    :raises FileRefused: ``bomb``; ``not_convertible`` when the package is damaged.
    """
    _Count(bounds).package(data, 0)


class _Count:
    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.entries = self.unpacked = self.xml = 0

    def package(self, data: bytes, depth: int) -> None:
        if depth > self.bounds.depth:
            raise self._bomb(self.bounds.depth)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                parts = package.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise FileRefused('not_convertible', 'the package is damaged') from error
        self.entries += len(parts)
        if self.entries > self.bounds.entries:
            raise self._bomb(self.bounds.entries)
        for part in parts:
            self._part(data, part, depth)

    def _part(self, data: bytes, part: zipfile.ZipInfo, depth: int) -> None:
        packed = _packed(data, part)
        is_xml = part.filename.lower().endswith(_XML)
        size, head, tail = 0, bytearray(), b''
        for piece in _inflated(packed, part.compress_type):
            size += len(piece)
            self._add(len(piece), len(packed), size, is_xml=is_xml)
            if is_xml and any(mark in tail + piece for mark in _ENTITIES):
                raise FileRefused('bomb', 'a part defines entities')
            tail = piece[-_OVERLAP:]
            if head or piece.startswith(PACKAGE):
                head += piece
        if head:
            self.package(bytes(head), depth + 1)

    def _add(self, piece: int, packed: int, size: int, *, is_xml: bool) -> None:
        bounds = self.bounds
        self.unpacked += piece
        self.xml += piece if is_xml else 0
        if self.unpacked > bounds.unpacked or self.xml > bounds.xml:
            raise self._bomb(bounds.unpacked)
        if size > bounds.free and size > bounds.ratio * packed:
            raise self._bomb(bounds.free)

    @staticmethod
    def _bomb(maximum: int) -> FileRefused:
        return FileRefused('bomb', 'the package expands beyond the limit', {'maximum': maximum})


def _packed(data: bytes, part: zipfile.ZipInfo) -> memoryview:
    """Return the bytes of a part as they lie in the package."""
    header = data[part.header_offset : part.header_offset + 30]
    if len(header) < 30 or not header.startswith(PACKAGE):
        raise FileRefused('not_convertible', 'the package is damaged')
    name, extra = _LOCAL.unpack(header)
    start = part.header_offset + 30 + name + extra
    return memoryview(data)[start : start + part.compress_size]


def _inflated(packed: memoryview, method: int) -> Iterator[bytes]:
    """Yield the content of a part in pieces of bounded size.

    :raises FileRefused: ``not_convertible``: damaged, or compressed as no office does (OPC, ISO 29500-2 annex C:
        stored or deflated).
    """
    if method == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
        return
    if method != zipfile.ZIP_DEFLATED:
        raise FileRefused('not_convertible', 'a part is compressed in an unknown way')
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    pending: bytes | memoryview = packed
    try:
        while not engine.eof and (piece := engine.decompress(pending, _PIECE)):
            pending = engine.unconsumed_tail
            yield piece
    except zlib.error as error:
        raise FileRefused('not_convertible', 'a part is damaged') from error
