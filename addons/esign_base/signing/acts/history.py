"""Reading a document with its revisions, as pyHanko does but cheaper where it is slow.

Two answers of pyHanko's are given faster here, and only these; each falls back to pyHanko's own
way as soon as anything is unusual.

*Containers.* The hexadecimal string of a signature is read by pyHanko character by character. Here
a stand-in is read in its place; that the stand-in comes back as ``/Contents`` of the object, and
nowhere else, proves that the string is nothing but that value.

*Usages.* pyHanko's policy of differences asks, for each object that a revision overwrites, by which paths it
was reached in the revision before. pyHanko answers by walking the whole document once per
revision, which for many signatures grows with their square. Here the references between objects
are kept from one revision to the next, only what was overwritten is read again, and paths are
followed backwards from the object asked about. The answers are the same; where a document is of
a kind that this does not know (odd page tree, odd structure tree), pyHanko's own walk answers.

Two things are read otherwise than pyHanko's strict reader does, as ISO 32000-1 says: a reference to an object that
is not there is null (7.3.10), and the two halves of a linearised file are one revision (annex F).
"""

import binascii
import io
import re
import secrets
from functools import cached_property
from typing import IO, Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath

from .fields import entry
from .links import Key, Links, null

_HEAD = re.compile(rb'(\d+) (\d+) obj\s*(?=<<)')
_CONTAINER = re.compile(rb'/Contents\s*<(?=[0-9A-Fa-f]{256})')
_NEAR = 2048  # bytes before and behind a container in which its object must begin and end
_LARGEST = 1 << 20
_TAIL = 1 << 20  # bytes at the end of a file in which its last cross-reference is named; ISO 32000-1 allows 1,024
_TARGET = re.compile(rb'startxref\s{1,16}(\d{1,12})')
_SECTION = re.compile(rb'[\0\t\n\f\r ]{0,1024}[x0-9]')  # a table, or the number of a stream's object
_ENDS = re.compile(rb'\s*endobj')
_LINEARISED_WITHIN = 1024  # ISO 32000-1 F.3.2: its parameters stand in the first 1,024 bytes
_PARAMETERS = re.compile(rb'\d+\s+\d+\s+obj\s*(?=<<)')


def _require_target(stream: IO[bytes]) -> None:
    """Refuse a file whose end names no place at all, or one where no cross-reference begins.

    pyHanko would look for it byte by byte, which costs half a minute in a large file of white space.

    :raises PdfReadError: as said.
    """
    stream.seek(max(0, stream.seek(0, io.SEEK_END) - _TAIL))
    named = _TARGET.findall(stream.read())
    stream.seek(int(named[-1]) if named else 0, io.SEEK_SET if named else io.SEEK_END)
    if not _SECTION.match(stream.read(_NEAR)):
        raise PdfReadError('The end of the file names no place where cross-references begin.')


class HistoryReader(PdfFileReader):
    """A strict reader whose revisions share what they know of the references between objects."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Open ``stream`` strictly."""
        _require_target(stream)
        super().__init__(stream, strict=True)
        self._views: dict[int, View] = {}
        self._links: Links | None = None

    def _read_object(
        self,
        ref: generic.Reference,
        marker: Any,
        never_decrypt: bool = False,
        as_metadata_stream: bool = False,
    ) -> generic.PdfObject:
        """Read an object from the file; one with a large container the faster way."""
        if marker is None:
            return null(ref)
        # The dictionary that says how a file is encrypted is itself never decrypted, and asked for by `encrypted`.
        if isinstance(marker, int) and not never_decrypt and not self.encrypted:
            try:
                found = self._with_container(ref, marker)
            except Exception:  # noqa: BLE001  whatever is odd is pyHanko's to read, or to refuse
                found = None
            if found is not None:
                return found
        read: generic.PdfObject = super()._read_object(ref, marker, never_decrypt, as_metadata_stream)
        return read

    def _with_container(self, ref: generic.Reference, start: int) -> generic.DictionaryObject | None:
        """Return the object at ``start`` if it is a dictionary with a long hexadecimal /Contents."""
        self.stream.seek(start)
        before = self.stream.read(_NEAR)
        head, opened = _HEAD.match(before), _CONTAINER.search(before)
        if head is None or opened is None or (int(head[1]), int(head[2])) != (ref.idnum, ref.generation):
            return None
        self.stream.seek(start + opened.end())
        digits, closed, _ = self.stream.read(_LARGEST).partition(b'>')
        if not closed:
            return None
        value = binascii.unhexlify(digits)
        self.stream.seek(start + opened.end() + len(digits))
        stand_in = secrets.token_bytes(32)
        text = before[head.end() : opened.end()] + stand_in.hex().encode() + self.stream.read(_NEAR)
        stream = io.BytesIO(text)
        container = generic.Reference(ref.idnum, ref.generation, self)
        found = generic.read_object(stream, container)
        ended = _ENDS.match(text, stream.tell())
        if not ended or type(found) is not generic.DictionaryObject or '/Contents' not in found:
            return None
        if found.raw_get('/Contents').original_bytes != stand_in:
            return None
        contents = generic.pdf_string(value)
        contents.container_ref = container
        found[generic.pdf_name('/Contents')] = contents
        return found

    @cached_property
    def first(self) -> int:
        """Number of the oldest revision that is a document by itself: 1 in a linearised file, else 0.

        The cross-references of a linearised file (ISO 32000-1 annex F) are in two sections. The one for the first
        page stands in front and continues the one at the end: so the older of the two "revisions" lies behind
        the newer one, inside the length that the parameters at the start of the file state. An update never
        lies in front of what it continues. Both trailers may name the catalogue, or the newer alone.
        """
        if self.total_revisions < 2:
            return 0
        older, newer = (self.xrefs.get_xref_container_info(number).start_location for number in (0, 1))
        return 1 if newer < older < self._linearised_length() <= self._size() else 0

    def _size(self) -> int:
        return int(self.stream.seek(0, io.SEEK_END))

    def _linearised_length(self) -> int:
        """Length of the linearised part as its parameters state it; 0 where there are none."""
        self.stream.seek(0)
        head = self.stream.read(_LINEARISED_WITHIN)
        found = _PARAMETERS.search(head)
        if found is None:
            return 0
        try:
            body = generic.read_object(io.BytesIO(head[found.end() :]), generic.Reference(0, 0, self))
        except Exception:  # noqa: BLE001  not parameters, or cut off
            return 0
        if not isinstance(body, generic.DictionaryObject) or '/Linearized' not in body:
            return 0
        length = entry(body, '/L')
        return int(length) if isinstance(length, generic.NumberObject) else 0

    @property
    def links(self) -> Links:
        """References between the objects, read when first asked for."""
        if self._links is None:
            self._links = Links(self)
        return self._links

    def get_historical_resolver(self, revision: int) -> 'View':
        """Return the document as it was in ``revision``, 0-based."""
        if revision not in self._views:
            self._views[revision] = View(self, revision)
        return self._views[revision]


class View(HistoricalResolver):
    """One revision of a :class:`HistoryReader`."""

    reader: HistoryReader

    def __init__(self, reader: HistoryReader, revision: int) -> None:
        """Look at ``revision``."""
        super().__init__(reader, revision)
        self._usages: dict[Key, set[RawPdfPath]] = {}
        self._walked = False

    def _collect_indirect_references(
        self, obj: generic.PdfObject, seen: set[generic.Reference], since_revision: int | None = None
    ) -> None:
        """As pyHanko does, but for references to nothing, and without a call for each step."""
        todo = [obj]
        while todo:
            one = todo.pop()
            if isinstance(one, generic.IndirectObject):
                ref = one.reference
                if ref in seen or (since_revision is not None and not self._is_since(ref, since_revision)):
                    continue
                seen.add(ref)
                one = self(ref)
            if isinstance(one, generic.DictionaryObject):
                todo.extend(one.values())
            elif isinstance(one, generic.ArrayObject):
                todo.extend(one)

    def _is_since(self, ref: generic.Reference, revision: int) -> bool:
        try:
            introduced: int = self.reader.xrefs.get_introducing_revision(ref)
        except KeyError:  # it is not there at all
            return False
        return introduced >= revision

    def _load_reverse_xref_cache(self) -> None:
        """Nothing in advance: paths are found when they are asked for."""

    def _get_usages_of_ref(self, ref: generic.Reference) -> set[RawPdfPath]:
        key = (ref.idnum, ref.generation)
        if key not in self._usages and not self._walked:
            try:
                self._usages[key] = {RawPdfPath(*path) for path in self.reader.links.paths(self, key)}
            except Exception:  # noqa: BLE001  whatever is odd is pyHanko's to answer, or to refuse
                self._walked = True
        if self._walked:
            HistoricalResolver._load_reverse_xref_cache(self)
            return super()._get_usages_of_ref(ref)
        return self._usages[key]
