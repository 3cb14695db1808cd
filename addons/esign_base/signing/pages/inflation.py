"""How much a file swells: measured with a bounded buffer, before any parser expands it."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import pikepdf

from ..errors import FileRefused

_STREAM = re.compile(rb'stream\r?\n')
_CHUNK = 1 << 20
_EXPANDING = {'/FlateDecode', '/Fl', '/LZWDecode', '/LZW', '/RunLengthDecode', '/RL'}
_FLATE = {'/FlateDecode', '/Fl'}
_ASCII = {'/ASCII85Decode', '/A85', '/ASCIIHexDecode', '/AHx'}


class Meter:
    """Adds up decompressed bytes; past a limit the file is refused."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        """Take ``stream`` and ``decompressed``, bytes."""
        self._stream, self._all = limits['stream'], limits['decompressed']
        self.total = 0

    def add(self, size: int, of_stream: int) -> None:
        """Count ``size`` further bytes of a stream that has ``of_stream`` so far."""
        self.total += size
        if of_stream > self._stream or self.total > self._all:
            raise FileRefused('bomb', 'the file expands beyond the limit', {'maximum': self._stream})

    def inflate(self, data: memoryview) -> bool:
        """Inflate one stream without keeping it; return whether it is whole and undamaged.

        What follows the compressed data (``endstream`` and on) is ignored.
        """
        engine = zlib.decompressobj()
        size = start = 0
        pending: bytes | memoryview = b''
        while not engine.eof:
            if not pending:
                if start >= len(data):
                    return False
                pending = data[start : start + 65536]
                start += 65536
            try:
                piece = engine.decompress(pending, _CHUNK)
            except zlib.error:
                return False
            pending = engine.unconsumed_tail
            size += len(piece)
            self.add(len(piece), size)
        return True


def measure_raw(data: bytes, meter: Meter) -> None:
    """Measure every deflated stream of a file by its keyword, whatever its structure says.

    This covers object and cross-reference streams too, which parsers expand on opening.

    :raises FileRefused: ``bomb``.
    """
    view = memoryview(data)
    for match in _STREAM.finditer(data):
        start = match.end()
        head = data[start : start + 2]
        if len(head) == 2 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0:
            meter.inflate(view[start:])


def measure_stream(stream: pikepdf.Object, meter: Meter, *, encrypted: bool) -> bool:
    """Measure a parsed stream that the raw pass could not see through; return whether it is sound.

    What a picture's own coding (DCT, JPX, CCITT, JBIG2) does behind other filters is bounded by its
    declared size, which is looked at elsewhere.

    :raises FileRefused: ``bomb``, also for chained compressors, which no honest writer uses.
    """
    filters = _filters(stream)
    lead = list(takewhile(lambda name: name in _EXPANDING or name in _ASCII, filters))
    expanding = [name for name in lead if name in _EXPANDING]
    if len([name for name in filters if name in _EXPANDING]) > 1:
        raise FileRefused('bomb', 'a stream is compressed twice')
    if not expanding or (not encrypted and lead[0] in _FLATE):
        return True
    raw = stream.read_raw_bytes()
    if expanding[0] in _FLATE and lead[-1] == expanding[0]:
        for name in lead[:-1]:
            raw = _ascii(raw, name)
        return meter.inflate(memoryview(raw))
    return _measure_by_parser(stream, raw, lead, meter)


def _measure_by_parser(stream: pikepdf.Object, raw: bytes, lead: list[str], meter: Meter) -> bool:
    """Let the parser undo the leading filters alone: it decodes all of a chain or nothing."""
    parameters = stream.get('/DecodeParms')
    listed = list(parameters) if isinstance(parameters, pikepdf.Array) else [parameters]
    holder = pikepdf.new()
    copy = holder.make_stream(raw)
    copy.Filter = pikepdf.Array([pikepdf.Name(name) for name in lead])
    if any(isinstance(one, pikepdf.Dictionary) for one in listed[: len(lead)]):
        copy.DecodeParms = pikepdf.Array([_plain(one) for one in listed[: len(lead)]])
    try:
        size = len(copy.read_bytes(pikepdf.StreamDecodeLevel.specialized))
    except pikepdf.PdfError:
        return False
    meter.add(size, size)
    return True


def _plain(parameters: Any) -> pikepdf.Dictionary:
    """Numbers of decode parameters, free of the file they came from."""
    items = parameters.items() if isinstance(parameters, pikepdf.Dictionary) else ()
    return pikepdf.Dictionary({key: int(value) for key, value in items if isinstance(value, int)})


def flate_is_sound(stream: pikepdf.Object, meter: Meter) -> bool:
    """Tell whether a stream's only or outer compression is undamaged."""
    filters = _filters(stream)
    if not filters or filters[0] not in _FLATE:
        return True
    return meter.inflate(memoryview(stream.read_raw_bytes()))


def _filters(stream: pikepdf.Object) -> list[str]:
    entry = stream.get('/Filter')
    if entry is None:
        return []
    if isinstance(entry, pikepdf.Name):
        return [str(entry)]
    return [str(name) for name in entry]


def _ascii(raw: bytes, name: str) -> bytes:
    try:
        if name in {'/ASCII85Decode', '/A85'}:
            text = b''.join(raw.split()).removeprefix(b'<~').partition(b'~')[0]
            return base64.a85decode(text)
        text = b''.join(raw.split()).partition(b'>')[0]
        return bytes.fromhex((text + b'0' * (len(text) % 2)).decode('ascii'))
    except ValueError as error:
        raise FileRefused('damaged', 'a stream is not what it claims') from error
