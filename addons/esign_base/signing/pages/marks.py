"""Notes and fields become page content as viewers show them, or the file is refused and the mark named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pikepdf

from ..errors import FileRefused, GlyphMissing
from .form_values import FormValues, has_value
from .layers import Layers
from .mark_shapes import draw, has_look
from .sheet import Sheet

Node: TypeAlias = Any

_UNSEEN = 2 | 32  # Hidden, NoView: shown on no screen (ISO 32000-1, table 165)
_STAYS = '/Link'
# Shown only when something is clicked, or by a press: nothing of them is seen on the page.
_NOTHING_SEEN = {'/Popup', '/PrinterMark', '/TrapNet'}


@dataclass
class Marks:
    """The notes and fields of a file, dressed and ready to become content.

    :param warnings: codes of what will be different, empty when there is nothing to do.
    :param pages: indexes of the pages that have any.
    """

    warnings: set[str] = field(default_factory=set)
    pages: list[int] = field(default_factory=list)
    _links: dict[int, list[Node]] = field(default_factory=dict)

    def flatten(self, pdf: pikepdf.Pdf) -> None:
        """Turn all marks into page content; links stay what they are."""
        pdf.flatten_annotations('all')
        for index in self.pages:
            page = pdf.pages[index].obj
            if self._links[index]:
                page.Annots = pikepdf.Array(self._links[index])
            elif '/Annots' in page:
                del page['/Annots']
        if '/AcroForm' in pdf.Root:
            del pdf.Root['/AcroForm']

    def keep_links(self, index: int, links: list[Node]) -> None:
        """Remember what stays on a page."""
        self.pages.append(index)
        self._links[index] = links


def dress(pdf: pikepdf.Pdf) -> Marks:
    """Give every note and field the appearance that viewers show; take away what they do not show.

    :raises FileRefused: ``mark_not_drawn`` with the page and the kind of mark; ``form_not_drawn``
        with the page and the field.
    """
    found, layers = Marks(), Layers(pdf)
    if isinstance(pdf.Root.get('/AcroForm'), pikepdf.Dictionary):
        found.warnings.add('form_flattened')
    widgets: list[tuple[int, Node]] = []
    for index, page in enumerate(pdf.pages):
        annotations = page.obj.get('/Annots')
        if not isinstance(annotations, pikepdf.Array):
            continue
        items = [item for item in annotations if isinstance(item, pikepdf.Dictionary)]
        found.keep_links(index, [item for item in items if item.get('/Subtype') == _STAYS])
        kept = []
        for item in items:
            if item.get('/Subtype') == _STAYS or _dressed(pdf, item, index + 1, layers, found.warnings):
                kept.append(item)
        widgets += [(index + 1, item) for item in kept if item.get('/Subtype') == '/Widget']
        page.obj.Annots = pikepdf.Array(kept)
    FormValues(pdf).dress(widgets)
    form = pdf.Root.get('/AcroForm')
    if isinstance(form, pikepdf.Dictionary) and '/NeedAppearances' in form:
        del form['/NeedAppearances']
    return found


def _dressed(pdf: pikepdf.Pdf, mark: Node, page: int, layers: Layers, warnings: set[str]) -> bool:
    """Whether a mark is seen; it has its appearance then, fields excepted."""
    kind = str(mark.get('/Subtype'))
    if kind in _NOTHING_SEEN:
        return False
    warnings.add('form_flattened' if kind == '/Widget' else 'notes_flattened')
    if kind == '/FileAttachment':
        warnings.add('attachments_removed')
    if int(mark.get('/F', 0)) & _UNSEEN or not layers.shows(mark.get('/OC')):
        if has_look(mark) or (kind == '/Widget' and has_value(mark)) or kind != '/Widget':
            warnings.add('hidden_removed')
        return False
    if kind == '/Widget':
        return True
    if kind != '/FreeText' and str(mark.get('/Contents', '')).strip():
        warnings.add('note_texts_removed')
    if has_look(mark):
        return True
    if kind == '/FileAttachment' or (kind == '/Text' and '/IRT' in mark):
        return False  # a pin of which the warning tells; an answer inside another note's window
    _draw(pdf, mark, page, kind)
    return True


def _draw(pdf: pikepdf.Pdf, mark: Node, page: int, kind: str) -> None:
    try:
        sheet = draw(mark)
    except (ValueError, TypeError, KeyError, AttributeError, GlyphMissing) as error:
        raise _not_drawn(page, kind) from error
    if sheet is None:
        raise _not_drawn(page, kind)
    _put(pdf, mark, sheet)


def _put(pdf: pikepdf.Pdf, mark: Node, sheet: Sheet) -> None:
    box = sheet.box
    mark.AP = pikepdf.Dictionary(N=sheet.form(pdf))
    mark.Rect = pikepdf.Array([box.llx, box.lly, box.urx, box.ury])
    if '/AS' in mark:
        del mark['/AS']


def _not_drawn(page: int, kind: str) -> FileRefused:
    return FileRefused('mark_not_drawn', 'a mark has no appearance', {'page': page, 'mark': kind.lstrip('/')})
