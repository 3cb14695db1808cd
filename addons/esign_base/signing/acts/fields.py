"""Signature fields as they stand in a document.

A field is a node of the interactive form (ISO 32000-2, 12.7); its full name joins the partial
names on the way by full stops. Many fields may share one signature value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.rw_common import PdfHandler

from ..errors import PrepareError

_MAX_DEPTH = 32


def entry(body: generic.DictionaryObject, key: str) -> Any:
    """Return the object behind a dictionary's entry, None for one that is missing or null (ISO 32000-1 7.3.9).

    pyHanko's own ``get`` gives bare references, its subscription raises where an entry is null.
    """
    try:
        return body[key]
    except KeyError:
        return None


def elements(array: object) -> list[Any]:
    """Return the objects behind an array's elements; iterating over pyHanko's gives bare references."""
    return [array[index] for index in range(len(array))] if isinstance(array, generic.ArrayObject) else []


@dataclass(frozen=True, slots=True)
class Field:
    """A terminal field as it stands in a document.

    :param name: fully qualified.
    :param reference: of the field's object.
    :param value: reference of its value, None when unfilled (or filled with a direct object).
    :param kind: /FT, inherited where needed, such as ``/Sig`` or ``/Tx``.
    :param body: the dictionary itself.
    """

    name: str
    reference: generic.Reference
    value: generic.Reference | None
    kind: str
    body: generic.DictionaryObject


def fields_in(handler: PdfHandler) -> dict[str, Field]:
    """All terminal form fields by full name, in the order of the form.

    :raises PrepareError: ``form_too_deep``.
    """
    form = entry(handler.root, '/AcroForm')
    if not isinstance(form, generic.DictionaryObject):
        return {}
    found: dict[str, Field] = {}
    for one in _walk(entry(form, '/Fields'), '', '', 0):
        found.setdefault(one.name, one)
    return found


def signature_fields(handler: PdfHandler) -> dict[str, Field]:
    """Return the signature fields among :func:`fields_in`."""
    return {name: one for name, one in fields_in(handler).items() if one.kind == '/Sig'}


def _walk(nodes: object, prefix: str, inherited: str, depth: int) -> Iterator[Field]:
    if depth > _MAX_DEPTH:
        raise PrepareError('form_too_deep', 'The form tree is nested too deeply.')
    if not isinstance(nodes, generic.ArrayObject):
        return
    for index in range(len(nodes)):
        node = nodes.raw_get(index)
        body = node.get_object()
        if not (isinstance(node, generic.IndirectObject) and isinstance(body, generic.DictionaryObject)):
            continue
        if '/T' not in body:
            continue
        name = f'{prefix}.{body["/T"]}' if prefix else str(body['/T'])
        kind = str(body['/FT']) if '/FT' in body else inherited
        if _has_named_kids(body):
            yield from _walk(body['/Kids'], name, kind, depth + 1)
        else:
            yield Field(name, node.reference, _value(body), kind, body)


def _has_named_kids(body: generic.DictionaryObject) -> bool:
    return any(isinstance(kid, generic.DictionaryObject) and '/T' in kid for kid in elements(entry(body, '/Kids')))


def _value(body: generic.DictionaryObject) -> generic.Reference | None:
    raw = body.raw_get('/V') if '/V' in body else None
    return raw.reference if isinstance(raw, generic.IndirectObject) else None
