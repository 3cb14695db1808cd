"""Which object of a document refers to which, kept from one revision to the next.

pyHanko answers where an object is used by walking the whole document once per revision. Here only what a
revision overwrote is read again, and paths are followed backwards from the object asked about, by pyHanko's rules.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

Key = tuple[int, int]
Path = tuple[str | int, ...]
_TRAILER: Final[Key] = (-1, -1)
_TO_TAGS: Final[Path] = ('/Root', '/StructTreeRoot')
_ELEMENT: Final = '/StructElem'


class _UnknownShapeError(Exception):
    """The document is of a kind that only pyHanko's own walk answers for."""


class Links:
    """Which object refers to which, in one revision at a time, moving from older to newer."""

    def __init__(self, reader: PdfFileReader) -> None:
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

    def paths(self, view: HistoricalResolver, target: Key) -> set[Path]:
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

    def _move(self, view: HistoricalResolver) -> None:
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

    def _take(self, key: Key, view: HistoricalResolver) -> list[Key]:
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
            return null(ref)
        newest = at == len(written)
        found: generic.PdfObject = self.reader.get_object(
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


def null(ref: generic.Reference) -> generic.NullObject:
    """Return what a reference to nothing stands for (ISO 32000-1 7.3.10)."""
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
