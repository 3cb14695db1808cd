"""Where on the pages a file was changed, for people who want to see it.

Told of what an update behind a signature did: fields and notes by their boxes, contents of pages by
comparing what the page looked like before and after. Of bytes changed in place nothing can be told:
what stood there before is gone.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pypdfium2
from PIL import Image, ImageChops
from pyhanko.pdf_utils import generic

from ..pages.geometry import Box, PageFrame, Rect, walk_pages
from ..pages.pdfium import PDFIUM_LOCK
from .fields import elements, entry, fields_in
from .history import HistoryReader, View
from .links import Key
from .verdict import Change, ChangeKind, Mark, Sheet, Verdict

_MOST_SHEETS = 10
_MOST_MARKS = 12
_PIXELS_PER_MM = 2
_CELL = 4 * _PIXELS_PER_MM  # differences this close to each other are one place
_LARGEST_SIDE_MM = 1200
_VISIBLE = 40  # of 255: less is a matter of rounding
# What is not about a place: the file as a whole, or a value that stands nowhere.
_NOWHERE = {ChangeKind.BYTES, ChangeKind.UNCOVERED, ChangeKind.NOT_ISSUED, ChangeKind.TRUNCATED}
_WAS_THERE = {ChangeKind.SEAL_MOVED, ChangeKind.SIGNATURE_REMOVED}

Found = tuple[Key, Rect | None, ChangeKind]


def marked(data: bytes, verdict: Verdict) -> Verdict:
    """Add the pages with changed places to a verdict; what cannot be told is left out.

    Draws pages of the file: run it where strangers' files may be parsed.
    """
    if not verdict.changes:
        return verdict
    try:
        return replace(verdict, sheets=tuple(_Places(data).sheets(verdict.changes)))
    except Exception:  # noqa: BLE001  a picture of the change is a help, the verdict stands without it
        return verdict


class _Places:
    def __init__(self, data: bytes) -> None:
        self.data, self.reader = data, HistoryReader(io.BytesIO(data))
        self.newest = self.reader.total_revisions - 1
        walked = [(frame, _key(handle)) for frame, handle in walk_pages(self._view(self.newest))]
        self.pages: dict[Key, tuple[int, PageFrame]] = {
            key: (index, frame) for index, (frame, key) in enumerate(walked)
        }

    def _view(self, revision: int) -> View:
        return self.reader.get_historical_resolver(revision)

    def sheets(self, changes: Iterable[Change]) -> Iterator[Sheet]:
        """Return the pages concerned, in order, each with its marks."""
        marks: dict[int, dict[Mark, None]] = {}
        frames: dict[int, PageFrame] = {}
        for key, rect, kind in self._found(changes):
            if key not in self.pages:
                continue
            index, frame = self.pages[key]
            seen = frame.visible if rect is None else frame.visible.intersection(rect)
            if seen is not None:
                box = frame.to_display(seen)
                sides = (round(one, 1) for one in (box.x, box.y, box.width, box.height))
                marks.setdefault(index, {})[Mark(kind, *sides)] = None
                frames[index] = frame
        for index in sorted(marks)[:_MOST_SHEETS]:
            size = round(frames[index].width_mm, 1), round(frames[index].height_mm, 1)
            yield Sheet(index + 1, *size, tuple(marks[index])[:_MOST_MARKS])

    def _found(self, changes: Iterable[Change]) -> Iterator[Found]:
        for change in changes:
            if change.kind in _NOWHERE:
                continue
            revision = self.newest if change.revision is None else change.revision
            if change.field:
                yield from self._field(change, revision)
            elif change.kind is ChangeKind.ANNOTATION and change.page and revision:
                yield from self._notes(change.page - 1, revision)
            elif change.kind is ChangeKind.CONTENT and revision:
                yield from self._content(change, revision)

    # Fields and notes -----------------------------------------------------------------------------

    def _field(self, change: Change, revision: int) -> Iterator[Found]:
        numbers = [revision]
        if change.kind in _WAS_THERE and revision:
            numbers.append(revision - 1)
        for number in numbers:
            field = fields_in(self._view(number)).get(change.field)
            if field is None:
                continue
            for widget in [field.body] if '/Rect' in field.body else elements(entry(field.body, '/Kids')):
                page = self._page_of(widget, number)
                if page is not None and '/Rect' in widget:
                    yield page, _rect(widget), change.kind

    def _page_of(self, widget: generic.DictionaryObject, revision: int) -> Key | None:
        if '/P' in widget:
            return _key(widget.raw_get('/P'))
        place = widget.container_ref
        for _, handle in walk_pages(self._view(revision)):
            notes = entry(handle.get_object(), '/Annots')
            if any(_key(notes.raw_get(index)) == _key(place) for index in range(len(notes or ()))):
                return _key(handle)
        return None

    def _notes(self, index: int, revision: int) -> Iterator[Found]:
        """Yield notes that stand on the page and did not, or not like this, in the revision before."""
        page, before = (self._handle(number, index) for number in (revision, revision - 1))
        if page is None:
            return
        old = [] if before is None else [_written(one) for one in elements(entry(before.get_object(), '/Annots'))]
        for note in elements(entry(page.get_object(), '/Annots')):
            widget = entry(note, '/Subtype') == '/Widget'
            if not widget and '/Rect' in note and _written(note) not in old:
                yield _key(page), _rect(note), ChangeKind.ANNOTATION

    def _handle(self, revision: int, index: int) -> Any:
        handles = [handle for _, handle in walk_pages(self._view(revision))]
        return handles[index] if index < len(handles) else None

    # Contents -------------------------------------------------------------------------------------

    def _content(self, change: Change, revision: int) -> Iterator[Found]:
        before, after = (walk_pages(self._view(number)) for number in (revision - 1, revision))
        if change.page is None:
            known = {_key(handle) for _, handle in before}
            yield from ((_key(handle), None, change.kind) for _, handle in after if _key(handle) not in known)
            return
        index = change.page - 1
        if index >= len(before) or index >= len(after):
            return
        frame, handle = after[index]
        if before[index][0] != frame or max(frame.width_mm, frame.height_mm) > _LARGEST_SIDE_MM:
            yield _key(handle), None, change.kind
            return
        one, other = (self._drawn(number, index) for number in (revision - 1, revision))
        for box in _differences(one, other):
            yield _key(handle), frame.to_user(box), change.kind

    def _drawn(self, revision: int, index: int) -> Image.Image:
        """Draw a page as it was, without fields and notes, in grey."""
        with PDFIUM_LOCK:
            document = pypdfium2.PdfDocument(self.data[: self._end(revision)])
            try:
                scale = _PIXELS_PER_MM * 25.4 / 72
                drawn = document[index].render(scale=scale, grayscale=True, draw_annots=False, may_draw_forms=False)
                picture: Image.Image = drawn.to_pil().convert('L')
                return picture
            finally:
                document.close()

    def _end(self, revision: int) -> int:
        """Return where the file ended when this was its newest revision."""
        table = self.reader.xrefs.get_xref_container_info(revision)
        return self.data.index(b'%%EOF', table.end_location) + len(b'%%EOF')


def _differences(one: Image.Image, other: Image.Image) -> Iterator[Box]:
    """Boxes (mm from the top left) around what differs between two pictures of a page."""
    if one.size != other.size:
        yield Box(0, 0, other.width / _PIXELS_PER_MM, other.height / _PIXELS_PER_MM)
        return
    differs = ImageChops.difference(one, other).point(lambda value: 255 if value > _VISIBLE else 0)
    cells = {
        (left // _CELL, top // _CELL)
        for top in range(0, differs.height, _CELL)
        for left in range(0, differs.width, _CELL)
        if differs.crop((left, top, left + _CELL, top + _CELL)).getbbox()
    }
    while cells:
        todo, place = [cells.pop()], set[tuple[int, int]]()
        while todo:
            x, y = todo.pop()
            place.add((x, y))
            near = {(x + dx, y + dy) for dx in (-2, -1, 0, 1, 2) for dy in (-1, 0, 1)} & cells
            cells -= near
            todo += near
        xs, ys = [x for x, _ in place], [y for _, y in place]
        mm = _CELL / _PIXELS_PER_MM
        yield Box(min(xs) * mm, min(ys) * mm, (max(xs) + 1 - min(xs)) * mm, (max(ys) + 1 - min(ys)) * mm)


def _key(handle: Any) -> Key:
    return int(handle.idnum), int(handle.generation)


def _rect(widget: generic.DictionaryObject) -> Rect:
    values = [float(widget['/Rect'][index]) for index in range(4)]
    return Rect(min(values[0::2]), min(values[1::2]), max(values[0::2]), max(values[1::2]))


def _written(value: generic.PdfObject) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
