"""What may happen to the annotations of a page behind a signature (ISO 32000-1 12.5, 12.8.2.2).

Widgets of new signature fields may be added always. Notes may be added, changed and removed where the
certification says so (P = 3); but none may cover a seal, and none may do anything when it is clicked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldMDPRule,
    FormUpdate,
    ModificationLevel,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.commons import compare_dicts
from pyhanko.sign.diff_analysis.rules_api import Context, RelativeContext

from .fields import elements, entry

Result = Iterator[tuple[ModificationLevel, FormUpdate]]
# Markup annotations and their windows (ISO 32000-1 table 169); none that plays, links, hides or redacts.
NOTES = frozenset(
    f'/{kind}'
    for kind in (
        'Text', 'FreeText', 'Line', 'Square', 'Circle', 'Polygon', 'PolyLine', 'Highlight', 'Underline',
        'Squiggly', 'StrikeOut', 'Stamp', 'Caret', 'Ink', 'Popup',
    )
)  # fmt: skip
_DOES = ('/A', '/AA')
_MAX_DEPTH = 32


def written(value: object) -> object:
    """Return something that compares equal exactly when two PDF objects are written alike."""
    if isinstance(value, generic.IndirectObject | generic.Reference):
        return ('R', value.idnum, value.generation)
    if isinstance(value, generic.StreamObject):
        return ('S', value.encoded_data)
    if isinstance(value, generic.DictionaryObject):
        return ('D', tuple(sorted((key, written(value.raw_get(key))) for key in value)))
    if isinstance(value, generic.ArrayObject):
        return ('A', tuple(written(value.raw_get(index)) for index in range(len(value))))
    if isinstance(value, generic.TextStringObject | generic.ByteStringObject):
        return ('T', value.original_bytes)
    return ('V', str(value))


class PageRule(FieldMDPRule):
    """Lets pass what may happen to the annotations of pages.

    :param notes: whether notes may be added, changed and removed.
    """

    def __init__(self, *, notes: bool) -> None:
        """Judge by this permission."""
        self.notes = notes

    def apply(self, context: FieldComparisonContext) -> Result:
        """Compare each page with what it was.

        :raises SuspiciousModification: annotations were added or removed that may not be.
        """
        widgets = dict(_new_widgets(context))
        if widgets or self.notes:
            start = (context.old.root['/Pages'], context.new.root['/Pages'])
            yield from self._pages(context, widgets, *start, ('/Root', '/Pages'), frozenset())

    def _pages(
        self,
        context: FieldComparisonContext,
        widgets: dict[object, str],
        before: Any,
        after: Any,
        path: tuple[str | int, ...],
        seen: frozenset[object],
    ) -> Result:
        kids, others = entry(before, '/Kids'), entry(after, '/Kids')
        if written(kids) != written(others):
            raise SuspiciousModification('The page tree was changed.')
        for index, kid in enumerate(kids if isinstance(kids, generic.ArrayObject) else ()):
            if written(kid) in seen or len(seen) > _MAX_DEPTH:
                raise SuspiciousModification('The page tree leads back to itself.')
            way = (*path, '/Kids', index)
            was, now = kid.get_object(), others[index]
            if '/Kids' in was:
                yield from self._pages(context, widgets, was, now, way, seen | {written(kid)})
            else:
                page = _Page(context.old, context.new, kid.reference, was, now, way)
                yield from page.updates(widgets, notes=self.notes)


def _new_widgets(context: FieldComparisonContext) -> Iterator[tuple[object, str]]:
    """Yield references to the widgets of new signature fields, with the field's name."""
    for name, spec in context.field_specs.items():
        if spec.field_type != '/Sig' or spec.old_field_ref or spec.new_field_ref is None:
            continue
        field: Any = spec.new_field_ref.get_object()
        kids = entry(field, '/Kids')
        if kids is None:
            yield written(spec.new_field_ref), name
            continue
        for kid in kids:
            if '/T' not in kid.get_object():
                yield written(kid), name


class _Page:
    def __init__(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        ref: generic.Reference,
        before: generic.DictionaryObject,
        after: generic.DictionaryObject,
        path: tuple[str | int, ...],
    ) -> None:
        self.old, self.new, self.ref, self.path = old, new, ref, path
        self.before, self.after = before, after
        self.was, self.now = entry(before, '/Annots'), entry(after, '/Annots')
        self.had, self.has = _listed(self.was), _listed(self.now)

    def updates(self, widgets: dict[object, str], *, notes: bool) -> Result:
        gone, come = self.had.keys() - self.has.keys(), self.has.keys() - self.had.keys()
        unknown = come - widgets.keys()
        if notes:
            self._check(gone, unknown)
            yield from self._notes(unknown)
        elif gone or unknown:
            raise SuspiciousModification('Annotations were added or removed that belong to no new signature field.')
        if gone or come:
            yield from self._listing(widgets, come, level=self._level(gone | unknown))

    @staticmethod
    def _level(notes: set[object]) -> ModificationLevel:
        return ModificationLevel.ANNOTATIONS if notes else ModificationLevel.LTA_UPDATES

    def _listing(self, widgets: dict[object, str], come: set[object], *, level: ModificationLevel) -> Result:
        """Let pass the page itself, which must be the same but for its annotations, and their list."""
        compare_dicts(self.before, self.after, frozenset({'/Annots'}))
        name = widgets.get(next(iter(come))) if len(come) == 1 else None
        quiet = name is not None
        # A page is referred to from everywhere; it being the same, all ways to it are.
        yield level, FormUpdate(self.ref, None, name, quiet)
        listed = self.after.raw_get('/Annots') if '/Annots' in self.after else None
        if not isinstance(listed, generic.IndirectObject):
            return
        earlier = self.before.raw_get('/Annots') if '/Annots' in self.before else None
        if listed == earlier or self.old.is_ref_unassignable(listed.reference):
            yield level, FormUpdate(listed.reference, RelativeContext(self.ref, RawPdfPath('/Annots')), name, quiet)

    # Notes ----------------------------------------------------------------------------------------

    def _check(self, gone: set[object], come: set[object]) -> None:
        if any(not _is_note(self.had[key]) for key in gone) or any(not _is_note(self.has[key]) for key in come):
            raise SuspiciousModification('Annotations were added or removed that are no notes.')
        seals = [_box(one) for one in self.has.values() if _is_signed(one)]
        for key in (*come, *self._changed()):
            box = _box(self.has[key])
            if entry(self.has[key], '/Subtype') != '/Popup' and any(_overlap(box, seal) for seal in seals):
                raise SuspiciousModification('A note covers a seal.')

    def _changed(self) -> Iterator[object]:
        """Yield notes that stay and look or say something else."""
        touched = self.new.explicit_refs_in_revision()
        for key in self.had.keys() & self.has.keys():
            body = self.has[key]
            if _is_note(self.had[key]) and _is_note(body):
                used = self.new.collect_dependencies(body.raw_get('/AP')) if '/AP' in body else set()
                if written(self.had[key]) != written(body) or used & touched:
                    yield key

    def _notes(self, come: set[object]) -> Result:
        level = ModificationLevel.ANNOTATIONS
        for key in (*come, *self._changed()):
            fresh = self.new.collect_dependencies(self._raw(key), since_revision=self.new.revision)
            fresh |= self.new.collect_dependencies(self.has[key], since_revision=self.new.revision)
            yield from ((level, FormUpdate(ref)) for ref in fresh)
        ways = [(*self.path, '/Annots', index) for index, raw in enumerate(self.was or ()) if self._may_change(raw)]
        for ref in self.new.explicit_refs_in_revision() if ways else ():
            for usage in self.old._get_usages_of_ref(ref):
                if any(tuple(usage.path[: len(way)]) == way for way in ways):
                    yield level, FormUpdate(ref, Context.from_absolute(self.old, usage))

    def _may_change(self, raw: object) -> bool:
        """Whether it is a note that stays a note, or goes."""
        key = written(raw)
        return _is_note(self.had[key]) and (key not in self.has or _is_note(self.has[key]))

    def _raw(self, key: object) -> Any:
        return next(raw for raw in self.now if written(raw) == key)


def _listed(annotations: object) -> dict[object, Any]:
    """Annotations of a page by how they are listed, in order."""
    if annotations is None or isinstance(annotations, generic.NullObject):
        return {}
    if not isinstance(annotations, generic.ArrayObject):
        raise SuspiciousModification('The annotations of a page are no list.')
    return {written(raw): body for raw, body in zip(annotations, elements(annotations), strict=True)}


def _is_note(body: object) -> bool:
    return (
        isinstance(body, generic.DictionaryObject)
        and not isinstance(body, generic.StreamObject)
        and entry(body, '/Subtype') in NOTES
        and not any(key in body for key in _DOES)
    )


def _is_signed(body: object) -> bool:
    """Whether an annotation is the widget of a signature field that holds a value."""
    if not isinstance(body, generic.DictionaryObject) or entry(body, '/Subtype') != '/Widget':
        return False
    kind = value = None
    node: Any = body
    for _ in range(_MAX_DEPTH):
        kind, value = kind or entry(node, '/FT'), value or entry(node, '/V')
        if not isinstance(entry(node, '/Parent'), generic.DictionaryObject):
            break
        node = node['/Parent']
    return kind == '/Sig' and value is not None


def _box(body: generic.DictionaryObject) -> tuple[float, float, float, float]:
    values = [float(one) for one in elements(entry(body, '/Rect'))]
    return (*sorted(values[0::2]), *sorted(values[1::2])) if len(values) == 4 else (0, 0, 0, 0)  # type: ignore[return-value]


def _overlap(one: Iterable[float], other: Iterable[float]) -> bool:
    left, right, bottom, top = one
    west, east, south, north = other
    return min(right, east) > max(left, west) and min(top, north) > max(bottom, south)
