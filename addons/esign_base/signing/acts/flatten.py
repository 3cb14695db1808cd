"""Form values become part of the page, so that nobody can fill in anything else later.

Locking them instead (FieldMDP) is not enough in practice: pyHanko's policy counts the unchanged
appearance of a locked text field as a change and calls every later signature a breach.
"""

import io
from collections.abc import Iterator

import pikepdf

_SIGNATURE = '/Sig'


def flatten(source: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Draw all form values onto the pages and take the fields away, signature fields excepted.

    Only for files without signatures: the file is written anew. A file without such fields comes
    back as it is.

    :return: the file, and the full names of the fields flattened.
    """
    with pikepdf.open(io.BytesIO(source)) as document:
        form = document.Root.get('/AcroForm')
        if form is None:
            return source, ()
        names = tuple(
            name for name, kind in _terminals(form.get('/Fields', pikepdf.Array()), '', '') if kind != _SIGNATURE
        )
        if not names:
            return source, ()
        remaining = [one for one in form.Fields if _kind(one) == _SIGNATURE]
        kept = [_set_aside(page) for page in document.pages]
        document.generate_appearance_streams()
        document.flatten_annotations('screen')
        for page, annotations in zip(document.pages, kept, strict=True):
            _put_back(page, annotations)
        if '/AcroForm' in document.Root:
            del document.Root['/AcroForm']
        if remaining:
            document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(remaining))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue(), names


def _terminals(nodes: pikepdf.Object, prefix: str, inherited: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if '/T' not in node:
            continue
        name = f'{prefix}.{node.T}' if prefix else str(node.T)
        kind = str(node.get('/FT', inherited))
        kids = [kid for kid in node.get('/Kids', ()) if '/T' in kid]
        if kids:
            yield from _terminals(pikepdf.Array(kids), name, kind)
        else:
            yield name, kind


def _kind(node: pikepdf.Object) -> str:
    kinds = {kind for _, kind in _terminals(pikepdf.Array([node]), '', '')}
    return _SIGNATURE if kinds == {_SIGNATURE} else ''


def _set_aside(page: pikepdf.Page) -> list[pikepdf.Object]:
    """Take everything off the page that is not to be flattened."""
    annotations = page.get('/Annots')
    if annotations is None:
        return []
    kept: list[pikepdf.Object] = []
    flat: list[pikepdf.Object] = []
    for one in annotations:
        widget = one.get('/Subtype') == '/Widget' and _inherited(one) != _SIGNATURE
        (flat if widget else kept).append(one)
    page.Annots = pikepdf.Array(flat)
    return kept


def _inherited(widget: pikepdf.Object) -> str:
    node, depth = widget, 0
    while '/FT' not in node and '/Parent' in node and depth < 32:
        node, depth = node.Parent, depth + 1
    return str(node.get('/FT', ''))


def _put_back(page: pikepdf.Page, annotations: list[pikepdf.Object]) -> None:
    if annotations:
        page.Annots = pikepdf.Array(annotations)
    elif '/Annots' in page:
        del page['/Annots']
