"""What must not be in a contract: code that runs, parts that change, files within files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pikepdf

from ..errors import FileRefused

# A PDF object: pikepdf hands out native types for scalars.
Node: TypeAlias = Any

_KEPT_ACTIONS = {'/GoTo', '/URI', '/Named'}
_MAX_DEPTH = 40
_EDITED = {'/Widget', '/Link', '/Popup'}


def survey(pdf: pikepdf.Pdf) -> frozenset[str]:
    """Return ``javascript``, ``actions`` and ``signature`` as far as the file has them."""
    found: set[str] = set()
    if '/JavaScript' in _names(pdf):
        found.add('javascript')
    for node in _dictionaries(pdf):
        if '/AA' in node:
            found.add('actions')
        if '/JS' in node:
            found.add('javascript')
        if '/ByteRange' in node and '/Contents' in node:
            found.add('signature')
        if _is_action(node) and str(node.get('/S')) not in _KEPT_ACTIONS:
            found.add('javascript' if str(node.get('/S')) == '/JavaScript' else 'actions')
    return frozenset(found)


def _names(pdf: pikepdf.Pdf) -> Node:
    return pdf.Root.get('/Names', {})


def clean(pdf: pikepdf.Pdf, *, flatten: bool) -> set[str]:
    """Strip code and attachments, flatten forms and notes; return warnings of what was changed.

    :raises FileRefused: ``form_not_drawn`` when a field's value has no appearance to flatten.
    """
    warnings: set[str] = set()
    _strip_actions(pdf)
    names = _names(pdf)
    if '/EmbeddedFiles' in names:
        del names['/EmbeddedFiles']
        warnings.add('attachments_removed')
    if '/OCProperties' in pdf.Root:
        warnings.add('layers')
    if flatten:
        warnings |= _flatten(pdf)
    return warnings


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every dictionary, direct ones within indirect objects included."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Object):
            yield from _direct(item, 0)


def _direct(node: Node, depth: int) -> Iterator[Any]:
    if depth > _MAX_DEPTH:
        raise FileRefused('damaged', 'objects are nested too deep')
    if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
        yield node
        children = [value for _, value in node.items()]
    elif isinstance(node, pikepdf.Array):
        children = list(node)
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            yield from _direct(child, depth + 1)


def _is_action(node: Node) -> bool:
    """Tell an action dictionary from the many others with /S (ISO 32000-2, 12.6.2)."""
    kind = node.get('/S')
    return isinstance(kind, pikepdf.Name) and (node.get('/Type') == '/Action' or str(kind) in _ACTIONS)


_ACTIONS = {
    '/JavaScript',
    '/Launch',
    '/SubmitForm',
    '/ImportData',
    '/ResetForm',
    '/GoToR',
    '/GoToE',
    '/Rendition',
    '/Movie',
    '/Sound',
    '/Hide',
    '/SetOCGState',
    '/GoTo3DView',
    '/RichMediaExecute',
}


def _strip_actions(pdf: pikepdf.Pdf) -> None:
    names = _names(pdf)
    if '/JavaScript' in names:
        del names['/JavaScript']
    for node in list(_dictionaries(pdf)):
        for key in ('/AA', '/JS'):
            if key in node:
                del node[key]
        for key in ('/A', '/OpenAction', '/Next', '/PA'):
            action = node.get(key)
            if key == '/Next' and not _is_action(node):
                continue  # outline items are chained by /Next as well
            if action is not None and (key == '/Next' or _is_forbidden(action)):
                del node[key]


def _is_forbidden(action: Node) -> bool:
    return isinstance(action, pikepdf.Dictionary) and '/S' in action and str(action.get('/S')) not in _KEPT_ACTIONS


def _flatten(pdf: pikepdf.Pdf) -> set[str]:
    warnings: set[str] = set()
    form = pdf.Root.get('/AcroForm')
    if isinstance(form, pikepdf.Dictionary):
        _prepare_form(pdf, form)
        warnings.add('form_flattened')
    links: dict[int, list[Any]] = {}
    for index, page in enumerate(pdf.pages):
        annotations = page.obj.get('/Annots')
        if annotations is None:
            continue
        items = [item for item in annotations if isinstance(item, pikepdf.Dictionary)]
        links[index] = [item for item in items if item.get('/Subtype') == '/Link']
        if any(str(item.get('/Subtype')) not in _EDITED for item in items):
            warnings.add('notes_flattened')
    if warnings:
        pdf.flatten_annotations('all')
        for index, kept in links.items():
            if kept:
                pdf.pages[index].obj['/Annots'] = pikepdf.Array(kept)
            elif '/Annots' in pdf.pages[index].obj:
                del pdf.pages[index].obj['/Annots']
        if '/AcroForm' in pdf.Root:
            del pdf.Root['/AcroForm']
    return warnings


def _prepare_form(pdf: pikepdf.Pdf, form: pikepdf.Dictionary) -> None:
    """Give every value an appearance, or refuse: a value that vanished would be a forgery."""
    undrawn = []
    for page in pdf.pages:
        for item in page.obj.get('/Annots') or ():
            if not isinstance(item, pikepdf.Dictionary) or item.get('/Subtype') != '/Widget':
                continue
            value = _inherited(item, '/V')
            if '/N' not in item.get('/AP', {}) and isinstance(value, pikepdf.String) and str(value):
                undrawn.append(str(value))
    if any(not text.isascii() for text in undrawn):
        raise FileRefused('form_not_drawn', 'a form value has no appearance', {'fields': len(undrawn)})
    if undrawn:
        pdf.generate_appearance_streams()
    if '/NeedAppearances' in form:
        del form['/NeedAppearances']


def _inherited(node: Node, key: str) -> Node:
    for _ in range(_MAX_DEPTH):
        if key in node:
            return node[key]
        parent = node.get('/Parent')
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None
