"""Opening a file for verification: where it begins, whether it is locked, whether its pages can be read."""

import io
from collections.abc import Iterator
from typing import IO, Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus, PubKeySecurityHandler
from pyhanko.pdf_utils.misc import PdfReadError

from .changes import pages_in
from .fields import elements, entry
from .history import HistoryReader
from .verdict import Reason


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
    if not reader.encrypted:
        return None
    if isinstance(reader.security_handler, PubKeySecurityHandler):
        return Reason.ENCRYPTED_FOR_CERTIFICATES
    return Reason.ENCRYPTED if reader.decrypt('').status is AuthStatus.FAILED else None


def check_pages(reader: HistoryReader) -> None:
    """Read what the pages show: a file without a signature is else hardly looked at.

    :raises Exception: whatever the damage makes the library raise.
    """
    for page in pages_in(reader):
        for stream in _streams(entry(page, '/Contents')):
            _ = stream.data
        resources = entry(page, '/Resources')
        for kind in ('/XObject', '/Font') if isinstance(resources, generic.DictionaryObject) else ():
            named = entry(resources, kind)
            for name in named if isinstance(named, generic.DictionaryObject) else ():
                _ = named[name]


def _streams(contents: Any) -> Iterator[generic.StreamObject]:
    for one in elements(contents) if isinstance(contents, generic.ArrayObject) else [contents]:
        if isinstance(one, generic.StreamObject):
            yield one
