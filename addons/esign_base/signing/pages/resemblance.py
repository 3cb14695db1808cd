"""Whether bytes look like a PDF at all: asked before any process is started for them.

Three searches in memory, milliseconds for the largest file: what is no PDF, or could not be one for
any reader, costs no parser. What passes may still be anything; the sandbox bounds what it costs.
"""

from __future__ import annotations

from ..errors import FileRefused

HEADER_WITHIN = 1024  # bytes; as readers take it (ISO 32000-1, annex H.3, note 13)
_HEADER = b'%PDF-'
_OBJECT = b'obj'
_CROSS_REFERENCES = (b'startxref', b'trailer')


def has_header(data: bytes) -> bool:
    """Tell whether the mark of a PDF stands near the beginning."""
    return _HEADER in data[:HEADER_WITHIN]


def too_many_objects(data: bytes, objects: int) -> bool:
    """Tell whether there are more objects than ``objects``, each written twice."""
    return data.count(b' obj') > 2 * objects


def require_likeness(data: bytes, objects: int) -> None:
    """Refuse what no reader could open, damaged or whole.

    :param objects: most indirect objects that a file may have; revisions may write each anew.
    :raises FileRefused: ``not_pdf``: no header; ``damaged``: neither an object nor a cross-reference;
        ``too_many_objects``.
    """
    if not has_header(data):
        raise FileRefused('not_pdf', 'there is no PDF header', {'kind': kind(data)})
    if not any(mark in data for mark in _CROSS_REFERENCES) or _OBJECT not in data:
        raise FileRefused('damaged', 'there is no object, or nothing that leads to one')
    if too_many_objects(data, objects):
        raise FileRefused('too_many_objects', 'too many objects', {'maximum': objects})


def kind(data: bytes) -> str:
    """Guess what was sent instead, so that the refusal can say so."""
    for magic, name in (
        (b'\x89PNG', 'png'),
        (b'\xff\xd8\xff', 'jpeg'),
        (b'PK\x03\x04', 'zip'),
        (b'\xd0\xcf\x11\xe0', 'ole'),
        (b'{\\rtf', 'rtf'),
        (b'<', 'markup'),
    ):
        if data.startswith(magic):
            return name
    return 'unknown'
