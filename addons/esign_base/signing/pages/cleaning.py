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


def survey(pdf: pikepdf.Pdf) -> frozenset[str]:
    """Return ``javascript``, ``actions`` and ``signature`` as far as the file has them."""
    found: set[str] = set()
    if '/JavaScript' in _names(pdf):
        found.add('javascript')
    rights = _usage_rights(pdf)
    for node in dictionaries(pdf):
        if '/AA' in node:
            found.add('actions')
        if '/JS' in node:
            found.add('javascript')
        if '/ByteRange' in node and '/Contents' in node and node.objgen not in rights:
            found.add('signature')
        if _is_action(node) and str(node.get('/S')) not in _KEPT_ACTIONS:
            found.add('javascript' if str(node.get('/S')) == '/JavaScript' else 'actions')
    return frozenset(found)


def _usage_rights(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Name what grants usage rights: it has the form of a signature and is nobody's."""
    permissions = pdf.Root.get('/Perms')
    found: set[tuple[int, int]] = set()
    for key in ('/UR', '/UR3'):
        if isinstance(permissions, pikepdf.Dictionary) and isinstance(permissions.get(key), pikepdf.Dictionary):
            permissions[key] = pdf.make_indirect(permissions[key])
            found.add(permissions[key].objgen)
    return found


def _names(pdf: pikepdf.Pdf) -> Node:
    return pdf.Root.get('/Names', {})


def clean(pdf: pikepdf.Pdf) -> set[str]:
    """Strip code, attachments, usage rights and claims that will not hold; return warnings of what was changed."""
    warnings: set[str] = set()
    _strip_actions(pdf)
    if _strip_attachments(pdf):
        warnings.add('attachments_removed')
    if '/OCProperties' in pdf.Root:
        warnings.add('layers')
    if _strip_usage_rights(pdf):
        warnings.add('usage_rights_removed')
    if _strip_archive_claim(pdf):
        warnings.add('archive_claim_removed')
    return warnings


def separate(pdf: pikepdf.Pdf) -> bool:
    """Give every page its own list of notes, and the metadata a stream of its own; tell whether that was needed.

    A seal is put onto one page by adding to its /Annots: shared with another page, it would show there too.
    """
    changed, known = False, set()
    for page in pdf.pages:
        notes = page.obj.get('/Annots')
        if isinstance(notes, pikepdf.Array) and notes.is_indirect:
            if notes.objgen in known:
                page.obj.Annots = pikepdf.Array(list(notes))
                changed = True
            known.add(notes.objgen)
    metadata = pdf.Root.get('/Metadata')
    if isinstance(metadata, pikepdf.Object) and _is_content(pdf, metadata):
        del pdf.Root['/Metadata']
        changed = True
    return changed


def _is_content(pdf: pikepdf.Pdf, stream: pikepdf.Object) -> bool:
    """Whether a page shows this stream."""
    for page in pdf.pages:
        contents = page.obj.get('/Contents')
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        if any(isinstance(part, pikepdf.Object) and part.objgen == stream.objgen for part in parts):
            return True
    return False


def _strip_attachments(pdf: pikepdf.Pdf) -> bool:
    """Take files within the file out of it: the list of names, associated files, and the files of notes."""
    found = False
    names = _names(pdf)
    if '/EmbeddedFiles' in names:
        del names['/EmbeddedFiles']
        found = True
    for node in list(dictionaries(pdf)):
        for key in ('/AF', '/EF'):
            if key in node:
                del node[key]
                found = True
    return found


def _strip_usage_rights(pdf: pikepdf.Pdf) -> bool:
    """Usage rights (ISO 32000-1, 12.8.2.3) enable functions of one reader; any change voids them."""
    permissions = pdf.Root.get('/Perms')
    if not isinstance(permissions, pikepdf.Dictionary):
        return False
    rights = [key for key in ('/UR', '/UR3') if key in permissions]
    for key in rights:
        del permissions[key]
    if rights and not permissions.keys():
        del pdf.Root['/Perms']
    return bool(rights)


def _strip_archive_claim(pdf: pikepdf.Pdf) -> bool:
    """Seals are drawn with blending: ISO 19005-1 forbids it, the other parts set terms that nobody checks here."""
    if '/Metadata' not in pdf.Root:
        return False
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            claims = [key for key in metadata if key.startswith(_PDFA_ID)]
            for key in claims:
                del metadata[key]
    except (ValueError, TypeError, KeyError, pikepdf.PdfError):
        return False
    return bool(claims)


_PDFA_ID = '{http://www.aiim.org/pdfa/ns/id/}'


def dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
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
    for node in list(dictionaries(pdf)):
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
