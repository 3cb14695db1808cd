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
a kind that this does not know (tagged, odd page tree), pyHanko's own walk answers.
"""

import binascii
import io
import re
import secrets
from bisect import bisect_right
from collections.abc import Iterator
from typing import IO, Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath

Key = tuple[int, int]
Path = tuple[str | int, ...]
_TRAILER: Final[Key] = (-1, -1)
_HEAD = re.compile(rb'(\d+) (\d+) obj\s*(?=<<)')
_CONTAINER = re.compile(rb'/Contents\s*<(?=[0-9A-Fa-f]{256})')
_NEAR = 2048  # bytes before and behind a container in which its object must begin and end
_LARGEST = 1 << 20
_TAIL = 1 << 20  # bytes at the end of a file in which its last cross-reference is named; ISO 32000-1 allows 1,024
_TARGET = re.compile(rb'startxref\s{1,16}(\d{1,12})')
_SECTION = re.compile(rb'[\0\t\n\f\r ]{0,1024}[x0-9]')  # a table, or the number of a stream's object
_ENDS = re.compile(rb'\s*endobj')


class _UnknownShapeError(Exception):
    """The document is of a kind that only pyHanko's own walk answers for."""


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
        self._links: _Links | None = None

    def _read_object(
        self,
        ref: generic.Reference,
        marker: Any,
        never_decrypt: bool = False,
        as_metadata_stream: bool = False,
    ) -> generic.PdfObject:
        """Read an object from the file; one with a large container the faster way."""
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

    @property
    def links(self) -> '_Links':
        """References between the objects, read when first asked for."""
        if self._links is None:
            self._links = _Links(self)
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


class _Links:
    """Which object refers to which, in one revision at a time, moving from older to newer."""

    def __init__(self, reader: HistoryReader) -> None:
        self.reader = reader
        self.written: dict[Key, list[int]] = {}
        for revision in range(reader.total_revisions):
            for ref in reader.xrefs.explicit_refs_in_revision(revision):
                self.written.setdefault((ref.idnum, ref.generation), []).append(revision)
        self._reset()

    def _reset(self) -> None:
        self.revision = -1
        self.nodes: set[Key] = set()
        self.forward: dict[Key, list[tuple[Path, Key]]] = {}
        self.backward: dict[Key, dict[Key, list[Path]]] = {}
        self.pages: dict[Key, tuple[Path, frozenset[Key]]] = {}
        self.root: Key = _TRAILER
        self.beside: set[Key] = set()

    def paths(self, view: View, target: Key) -> set[Path]:
        """All paths from the trailer to an object, by pyHanko's rules.

        A path visits no object twice, takes no ``/Parent``, and passes through nodes of the page
        tree only from above.
        """
        if view.revision != self.revision:
            self._move(view)
        return set(self._back(target, (), frozenset({target})))

    def _back(self, key: Key, tail: Path, seen: frozenset[Key]) -> Iterator[Path]:
        for parent, ways in self.backward.get(key, {}).items():
            if parent == _TRAILER:
                yield from (way + tail for way in ways)
            elif parent in seen or (key == self.root and parent not in self.beside):
                continue
            elif parent in self.pages:
                canonical, passed = self.pages[parent]
                if not passed & seen:
                    yield from (canonical + way + tail for way in ways)
            else:
                for way in ways:
                    yield from self._back(parent, way + tail, seen | {parent})

    # Moving on ----------------------------------------------------------------------------------

    def _move(self, view: View) -> None:
        if self.reader.encrypted or '/StructTreeRoot' in view.root:
            raise _UnknownShapeError('encrypted or tagged')
        if view.revision < self.revision:
            self._reset()
        start, self.revision = self.revision, view.revision
        try:
            todo = [_TRAILER]
            for number in range(start + 1, view.revision + 1):
                refs = self.reader.xrefs.explicit_refs_in_revision(number)
                todo += [key for key in ((one.idnum, one.generation) for one in refs) if key in self.forward]
            for key in todo:
                self._forget(key)
            while todo:
                todo += self._take(todo.pop(), view)
            self.root = self._child(_TRAILER, ('/Root',))
            self.beside = self._beside_root()
            self.pages = dict(self._page_nodes())
        except BaseException:
            self._reset()
            raise

    def _forget(self, key: Key) -> None:
        self.nodes.discard(key)
        for _, child in self.forward.pop(key, ()):
            self.backward.get(child, {}).pop(key, None)

    def _take(self, key: Key, view: View) -> list[Key]:
        """Read an object's references; return those that were not read yet."""
        if key in self.forward:
            return []
        body = view.trailer_view if key == _TRAILER else self._read(key, view.revision)
        if isinstance(body, generic.DictionaryObject) and body.get('/Type') == '/Pages':
            self.nodes.add(key)
        self.forward[key] = links = list(_references(body, ()))
        for path, child in links:
            self.backward.setdefault(child, {}).setdefault(key, []).append(path)
        return [child for _, child in links if child not in self.forward]

    def _read(self, key: Key, revision: int) -> generic.PdfObject:
        written = self.written[key]
        at = bisect_right(written, revision)
        if not at:
            raise _UnknownShapeError(key)
        ref = generic.Reference(*key, pdf=self.reader)
        newest = at == len(written)
        found: generic.PdfObject = self.reader.get_object(  # type: ignore[no-untyped-call]  # untyped there
            ref, None if newest else written[at - 1], transparent_decrypt=False
        )
        return found

    def _beside_root(self) -> set[Key]:
        """Objects that the trailer reaches without passing the catalogue: only they may lead back to it."""
        found: set[Key] = set()
        todo = [_TRAILER]
        while todo:
            for _, child in self.forward[todo.pop()]:
                if child != self.root and child not in found:
                    found.add(child)
                    todo.append(child)
        return found

    # The page tree ------------------------------------------------------------------------------

    def _page_nodes(self) -> Iterator[tuple[Key, tuple[Path, frozenset[Key]]]]:
        """Nodes of the page tree: the one path to each, and the objects it passes, itself included."""
        first = self._child(self.root, ('/Pages',))
        todo: list[tuple[Key, Path, frozenset[Key]]] = [(first, ('/Root', '/Pages'), frozenset({self.root}))]
        known: set[Key] = set()
        while todo:
            key, path, above = todo.pop()
            if key in known:
                raise _UnknownShapeError('page tree')
            known.add(key)
            passed = above | {key}
            yield key, (path, passed)
            for way, child in self.forward[key]:
                if way[0] != '/Kids':
                    continue
                if len(way) != 2 or key not in self.nodes:
                    raise _UnknownShapeError('page tree')
                todo.append((child, path + way, passed))

    def _child(self, key: Key, path: Path) -> Key:
        for way, child in self.forward[key]:
            if way == path:
                return child
        raise _UnknownShapeError(path)


def _references(value: object, path: Path) -> Iterator[tuple[Path, Key]]:
    """Each reference in an object, with the way to it inside the object."""
    if isinstance(value, generic.IndirectObject):
        yield path, (value.idnum, value.generation)
    elif isinstance(value, generic.DictionaryObject):
        for name, entry in value.items():
            if name != '/Parent':
                yield from _references(entry, (*path, str(name)))
    elif isinstance(value, generic.ArrayObject):
        for index, element in enumerate(value):
            yield from _references(element, (*path, index))
