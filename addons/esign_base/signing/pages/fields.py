"""Signature fields written in bulk: one walk of the page tree, one dictionary a field.

Making a thousand fields one by one costs a search of the page tree each; here pages are found
once and the field dictionaries (ISO 32000-2, 12.7.4 and 12.7.5.5) are built directly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from ..errors import PlacementError
from .appearances import number
from .geometry import walk_pages
from .placements import FieldPlan

_PRINT_AND_LOCKED = 4 + 128  # ISO 32000-2 table 167
_SIGNATURES_EXIST_APPEND_ONLY = 3  # ISO 32000-2 table 225

Extra = Callable[[FieldPlan], 'dict[str, PdfObject]']


def place_fields(
    writer: BasePdfFileWriter,
    plans: Sequence[FieldPlan],
    *,
    extra: Extra | None = None,
    pages: Sequence[IndirectObject] | None = None,
) -> list[IndirectObject]:
    """Create the planned signature fields, hierarchical parents included.

    :param extra: further entries of a field's dictionary, by plan (such as /Lock or /AP).
    :param pages: references of all pages, where the caller has them already.
    :return: one reference per plan, in order.
    :raises PlacementError: ``field_exists`` when a name is taken.
    """
    pages = [page for _, page in walk_pages(writer)] if pages is None else pages
    tree = _FieldTree(writer)
    touched: dict[int, list[IndirectObject]] = {}
    references: list[IndirectObject] = []
    for plan in plans:
        parent, leaf = tree.parent_of(plan.name)
        rect = plan.rect
        field = DictionaryObject(
            {
                name('/Type'): name('/Annot'),
                name('/Subtype'): name('/Widget'),
                name('/FT'): name('/Sig'),
                name('/T'): TextStringObject(leaf),
                name('/F'): NumberObject(_PRINT_AND_LOCKED),
                name('/P'): pages[plan.page_index],
                name('/Rect'): ArrayObject(number(v) for v in (rect.llx, rect.lly, rect.urx, rect.ury)),
            }
        )
        for key, value in (extra(plan) if extra else {}).items():
            field[name(key)] = value
        if parent is not None:
            field[name('/Parent')] = parent
        reference = writer.add_object(field)
        tree.adopt(parent, plan.name, reference)
        touched.setdefault(plan.page_index, []).append(reference)
        references.append(reference)
    for index, widgets in touched.items():
        _annotate(writer, pages[index], widgets, pages)
    tree.close()
    return references


class _FieldTree:
    """The form's field tree by qualified name; parents are made as needed and written once."""

    def __init__(self, writer: BasePdfFileWriter) -> None:
        self._writer = writer
        self._changed: list[IndirectObject] = []
        self._form = self._open_form()
        self._known: dict[str, IndirectObject] = {}
        self._index(self._form['/Fields'], '', 0)

    def _open_form(self) -> DictionaryObject:
        root = self._writer.root
        if '/AcroForm' not in root:
            root[name('/AcroForm')] = self._writer.add_object(DictionaryObject())
            self._writer.update_root()
        form = root['/AcroForm']
        if not isinstance(form, DictionaryObject):
            raise PlacementError('form_unreadable', 'the form dictionary is not a dictionary')
        if '/Fields' not in form:
            form[name('/Fields')] = ArrayObject()
        flags = int(form['/SigFlags']) if '/SigFlags' in form else 0
        form[name('/SigFlags')] = NumberObject(flags | _SIGNATURES_EXIST_APPEND_ONLY)
        return form

    def _index(self, fields: PdfObject, prefix: str, depth: int) -> None:
        if not isinstance(fields, ArrayObject) or depth > 32:
            raise PlacementError('form_unreadable', 'the field tree is damaged or too deep')
        for position in range(len(fields)):
            reference = fields.raw_get(position)
            field = reference.get_object()
            if not isinstance(field, DictionaryObject) or '/T' not in field:
                continue
            qualified = f'{prefix}.{field["/T"]}' if prefix else str(field['/T'])
            if isinstance(reference, IndirectObject):
                self._known[qualified] = reference
            if '/Kids' in field:
                self._index(field['/Kids'], qualified, depth + 1)

    def parent_of(self, qualified: str) -> tuple[IndirectObject | None, str]:
        """Return the parent's reference (made if missing) and the leaf's partial name."""
        if qualified in self._known:
            raise PlacementError('field_exists', f'field {qualified} exists', {'field': qualified})
        path, _, leaf = qualified.rpartition('.')
        if not path:
            return None, leaf
        if path not in self._known:
            grandparent, partial = self.parent_of(path)
            parent = DictionaryObject({name('/T'): TextStringObject(partial), name('/Kids'): ArrayObject()})
            if grandparent is not None:
                parent[name('/Parent')] = grandparent
            self.adopt(grandparent, path, self._writer.add_object(parent))
        return self._known[path], leaf

    def adopt(self, parent: IndirectObject | None, qualified: str, child: IndirectObject) -> None:
        """Hang a field under its parent, or under the form itself."""
        self._known[qualified] = child
        if parent is None:
            self._form['/Fields'].append(child)
            return
        node = parent.get_object()
        if '/Kids' not in node:
            raise PlacementError('field_exists', f'{qualified} would hang under a field, not a group')
        node['/Kids'].append(child)
        if parent not in self._changed:
            self._changed.append(parent)

    def close(self) -> None:
        """Register every changed container with the writer."""
        for parent in self._changed:
            self._writer.mark_update(parent)
            self._writer.update_container(parent.get_object()['/Kids'])
        self._writer.update_container(self._form)
        self._writer.update_container(self._form['/Fields'])


def _annotate(
    writer: BasePdfFileWriter, page: IndirectObject, widgets: list[IndirectObject], pages: Sequence[IndirectObject]
) -> None:
    node = page.get_object()
    listed = node.raw_get('/Annots') if '/Annots' in node else None
    if listed is None:
        node[name('/Annots')] = ArrayObject(widgets)
    elif isinstance(listed, IndirectObject) and _is_shared(listed, pages):
        # A list that other pages have too would show the fields there as well (ISO 32000-1, 12.5.2).
        own = listed.get_object()
        node[name('/Annots')] = ArrayObject([*(own.raw_get(index) for index in range(len(own))), *widgets])
    else:
        annotations = node['/Annots']
        annotations.extend(widgets)
        writer.update_container(annotations)
    if isinstance(node.raw_get('/Annots'), ArrayObject):
        writer.mark_update(page)


def _is_shared(listed: IndirectObject, pages: Sequence[IndirectObject]) -> bool:
    bodies = (page.get_object() for page in pages)
    return [body.raw_get('/Annots') for body in bodies if '/Annots' in body].count(listed) > 1
