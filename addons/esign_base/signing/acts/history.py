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
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath

from .fields import entry

Key = tuple[int, int]
Path = tuple[str | int, ...]
_TRAILER: Final[Key] = (-1, -1)
_TO_TAGS: Final[Path] = ('/Root', '/StructTreeRoot')
_ELEMENT: Final = '/StructElem'
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
        if marker is None:
            return _null(ref)
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
        self.arrays: set[Key] = set()
        self.elements: set[Key] = set()
        self.forward: dict[Key, list[tuple[Path, Key]]] = {}
        self.backward: dict[Key, dict[Key, list[Path]]] = {}
        self.pages: dict[Key, tuple[Path, frozenset[Key]]] = {}
        self.root: Key = _TRAILER
        self.beside: set[Key] = set()
        self.tags = _Tags()

    def paths(self, view: View, target: Key) -> set[Path]:
        """All paths from the trailer to an object, by pyHanko's rules.

        A path visits no object twice, takes no ``/Parent``, passes through nodes of the page
        tree only from above, and through elements of the structure tree only by way of that tree.
        """
        if view.revision != self.revision:
            self._move(view)
        found = set(self._back(target, (), frozenset({target})))
        if self.tags.root is not None:
            found.update(self._back_tagged(target, (), frozenset({target})))
        return found

    def _back(self, key: Key, tail: Path, seen: frozenset[Key]) -> Iterator[Path]:
        for parent, ways in self.backward.get(key, {}).items():
            if parent == _TRAILER:
                yield from (way + tail for way in ways)
            elif parent in seen or parent in self.tags.elements or (key == self.root and parent not in self.beside):
                continue
            elif parent in self.pages:
                canonical, passed = self.pages[parent]
                if not passed & seen:
                    yield from (canonical + way + tail for way in ways)
            else:
                for way in ways:
                    # From the catalogue down the structure tree: a path of the other kind.
                    if parent != self.root or key != self.tags.root or way + tail[:1] != (*_TO_TAGS[1:], '/K'):
                        yield from self._back(parent, way + tail, seen | {parent})

    def _back_tagged(self, key: Key, tail: Path, seen: frozenset[Key]) -> Iterator[Path]:
        """Paths by way of the structure tree (ISO 32000-1 14.7.2), which take no ``/P`` either."""
        for parent, ways in self.backward.get(key, {}).items():
            if parent in seen or (parent != self.tags.root and parent not in self.tags.reached):
                continue
            for way in ways:
                if parent == self.tags.root:
                    if way[0] == '/K' and '/P' not in way and self.root not in seen:
                        yield (*_TO_TAGS, *way, *tail)
                elif '/P' not in way:
                    yield from self._back_tagged(parent, way + tail, seen | {parent})

    # Moving on ----------------------------------------------------------------------------------

    def _move(self, view: View) -> None:
        if view.revision < self.revision:
            self._reset()
        start, self.revision = self.revision, view.revision
        try:
            todo = [_TRAILER]
            for number in range(start + 1, view.revision + 1):
                refs = self.reader.xrefs.explicit_refs_in_revision(number)
                todo += [key for key in ((one.idnum, one.generation) for one in refs) if key in self.forward]
            touched = frozenset(todo)
            for key in todo:
                self._forget(key)
            while todo:
                todo += self._take(todo.pop(), view)
            self.root = self._child(_TRAILER, ('/Root',))
            self.beside = self._beside_root()
            pages, self.pages = self.pages, dict(self._page_nodes())
            if '/StructTreeRoot' not in view.root:
                self.tags = _Tags()
            else:
                root = self._child(self.root, _TO_TAGS[1:])
                if pages.keys() != self.pages.keys() or not self.tags.stays(root, touched):
                    self.tags = self._structure(root)
        except BaseException:
            self._reset()
            raise

    def _forget(self, key: Key) -> None:
        for one in (self.nodes, self.arrays, self.elements):
            one.discard(key)
        for _, child in self.forward.pop(key, ()):
            self.backward.get(child, {}).pop(key, None)

    def _take(self, key: Key, view: View) -> list[Key]:
        """Read an object's references; return those that were not read yet."""
        if key in self.forward:
            return []
        body = view.trailer_view if key == _TRAILER else self._read(key, view.revision)
        if isinstance(body, generic.ArrayObject):
            self.arrays.add(key)
        elif isinstance(body, generic.DictionaryObject):
            if body.get('/Type') == '/Pages':
                self.nodes.add(key)
            if body.get('/Type', _ELEMENT) == _ELEMENT:
                self.elements.add(key)
        self.forward[key] = links = list(_references(body, ()))
        for path, child in links:
            self.backward.setdefault(child, {}).setdefault(key, []).append(path)
        return [child for _, child in links if child not in self.forward]

    def _read(self, key: Key, revision: int) -> generic.PdfObject:
        written = self.written.get(key, ())
        at = bisect_right(written, revision)
        ref = generic.Reference(*key, pdf=self.reader)
        if not at:
            return _null(ref)
        newest = at == len(written)
        found: generic.PdfObject = self.reader.get_object(  # type: ignore[no-untyped-call]  # untyped there
            ref, None if newest else written[at - 1], transparent_decrypt=False
        )
        # References are never encrypted (ISO 32000-1 7.6.1): strings and streams are.
        return found.raw_object if isinstance(found, generic.DecryptedObjectProxy) else found

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

    # The structure tree -------------------------------------------------------------------------

    def _structure(self, root: Key) -> '_Tags':
        """Return what there is of a structure tree, as pyHanko reads it."""
        return _Tags(root, frozenset(self._elements(root)), self._reached(root))

    def _elements(self, root: Key) -> Iterator[Key]:
        """Elements below ``root``, but for those that are the only kid and named without an array.

        These pyHanko passes like any object.
        """
        todo, known = [root], {root}
        while todo:
            for key, counts in self._kids(todo.pop()):
                if key in known:
                    raise _UnknownShapeError('structure tree')
                known.add(key)
                todo.append(key)
                if counts:
                    yield key

    def _kids(self, key: Key) -> Iterator[tuple[Key, bool]]:
        """Elements that ``/K`` of an element names: one, or an array, which may be an object by itself."""
        for way, child in self.forward[key]:
            if way[0] != '/K':
                continue
            if '/K' in way[1:]:  # elements that are no objects by themselves
                raise _UnknownShapeError('structure tree')
            if len(way) == 1 and child in self.arrays:
                yield from ((kid, True) for step, kid in self.forward[child] if len(step) == 1 and kid in self.elements)
            elif child in self.elements and (len(way) == 1 or (len(way) == 2 and isinstance(way[1], int))):
                yield child, len(way) > 1

    def _reached(self, root: Key) -> frozenset[Key]:
        """Objects that a path through the structure tree passes."""
        found: set[Key] = set()
        todo = [child for way, child in self.forward[root] if way[0] == '/K' and '/P' not in way]
        while todo:
            key = todo.pop()
            if key in found or key in self.pages or key == self.root:
                continue
            found.add(key)
            todo += [child for way, child in self.forward[key] if '/P' not in way]
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Tags:
    """The structure tree of a tagged document.

    :param root: its root, None where there is none.
    :param elements: its elements.
    :param reached: whatever is reached through it, pages excepted.
    """

    root: Key | None = None
    elements: frozenset[Key] = frozenset()
    reached: frozenset[Key] = frozenset()

    def stays(self, root: Key, touched: frozenset[Key]) -> bool:
        """Whether it is the same where ``touched`` was written anew and the tree now begins at ``root``."""
        return root == self.root and root not in touched and not touched & self.reached


def _null(ref: generic.Reference) -> generic.NullObject:
    found = generic.NullObject()
    found.container_ref = ref
    return found


def _references(value: object, path: Path) -> Iterator[tuple[Path, Key]]:
    """Each reference in an object, with the way to it inside the object."""
    if isinstance(value, generic.IndirectObject):
        yield path, (value.idnum, value.generation)
    elif isinstance(value, generic.DictionaryObject):
        for name, found in value.items():
            if name != '/Parent':
                yield from _references(found, (*path, str(name)))
    elif isinstance(value, generic.ArrayObject):
        for index, element in enumerate(value):
            yield from _references(element, (*path, index))
