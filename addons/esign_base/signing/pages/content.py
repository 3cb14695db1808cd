"""Whether what a file's pages show is there: counted, measured, whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pikepdf

from ..errors import FileRefused
from .geometry import PageFrame
from .inflation import Meter, flate_is_sound, measure_stream

Node: TypeAlias = Any
Key = tuple[int, int]

_STREAM_BODY = re.compile(rb'stream\r?\n.*?endstream', re.DOTALL)
_REFERENCE = re.compile(rb'(?<![\w.])(\d{1,9}) (\d{1,5}) R\b')
# Ways from a page to what it does not show.
_ELSEWHERE = {'/Parent', '/P', '/Metadata', '/PieceInfo', '/Thumb', '/Popup', '/Dest', '/A', '/AA', '/AF', '/FS', '/B'}


def measure(pdf: pikepdf.Pdf, limits: Mapping[str, int], meter: Meter, *, repaired: bool) -> bool:
    """Count objects, measure what the raw pass could not see, look at image sizes.

    A broken stream that no page shows (metadata, leftovers) is emptied.

    :return: whether one was.
    :raises FileRefused: beyond a limit, or a page shows a broken stream.
    """
    if len(pdf.objects) > limits['objects']:
        raise FileRefused('too_many_objects', 'too many objects', {'maximum': limits['objects']})
    broken = []
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Stream):
            continue
        _require_here(item)
        sound = measure_stream(item, meter, encrypted=pdf.is_encrypted)
        if not sound or (repaired and not flate_is_sound(item, Meter(limits))):
            broken.append(item)
        if item.get('/Subtype') == '/Image':
            pixels = int(item.get('/Width', 0)) * int(item.get('/Height', 0))
            if not 0 <= pixels <= limits['pixels']:
                raise FileRefused('image_too_large', 'an image is too large', {'maximum': limits['pixels']})
    if broken:
        _empty(pdf, broken)
    return bool(broken)


def _require_here(item: Node) -> None:
    if '/F' in item:
        raise FileRefused('external_content', 'a stream lives in another file')
    if item.get('/Subtype') == '/Form' and '/Ref' in item:
        raise FileRefused('external_content', 'a form refers to another file')


def _empty(pdf: pikepdf.Pdf, broken: list[Node]) -> None:
    shown = {key for page in pdf.pages for key in _reached(page.obj)}
    if any(item.objgen in shown for item in broken):
        raise FileRefused('damaged', 'a stream of the damaged file is incomplete')
    for item in broken:
        item.write(b'')


def _reached(page: Node) -> Iterator[Key]:
    """Yield the indirect objects that a page leads to."""
    todo: list[Node] = [page]
    known: set[Key] = set()
    while todo:
        node = todo.pop()
        if node.is_indirect:
            if node.objgen in known:
                continue
            known.add(node.objgen)
            yield node.objgen
        if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
            children = [value for key, value in node.items() if key not in _ELSEWHERE]
        else:
            children = list(node) if isinstance(node, pikepdf.Array) else []
        todo.extend(child for child in children if isinstance(child, pikepdf.Object))


def require_pages(
    data: bytes, pdf: pikepdf.Pdf, frames: list[PageFrame], limits: Mapping[str, int], *, repaired: bool
) -> None:
    """Refuse what has no, too many or missing pages, or shows something else than its pages.

    :raises FileRefused: ``no_pages``, ``too_many_pages``, ``page_tree``, ``xfa``, ``portfolio``, ``damaged``.
    """
    if not frames:
        raise FileRefused('no_pages', 'the file has no pages')
    if len(frames) > limits['pages']:
        raise FileRefused('too_many_pages', 'too many pages', {'maximum': limits['pages']})
    if len(frames) != len(pdf.pages):
        raise FileRefused('page_tree', 'the page tree contradicts itself')
    if '/XFA' in pdf.Root.get('/AcroForm', {}):
        raise FileRefused('xfa', 'the file is an XFA form')
    if '/Collection' in pdf.Root:
        raise FileRefused('portfolio', 'the file is a portfolio of other files')
    if repaired:
        _require_whole(data, pdf)
    _require_contents(pdf)


def _require_contents(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        contents = page.obj.get('/Contents')
        parts = [contents] if isinstance(contents, pikepdf.Stream) else list(contents or [])
        for part in parts:
            if not isinstance(part, pikepdf.Stream):
                raise FileRefused('damaged', 'the content of a page is missing')
            try:
                part.read_bytes(pikepdf.StreamDecodeLevel.specialized)
            except pikepdf.PdfError as error:
                raise FileRefused('damaged', 'the content of a page cannot be decoded') from error


def _require_whole(data: bytes, pdf: pikepdf.Pdf) -> None:
    """Refuse a repaired file that lacks an object it refers to: it was cut off.

    The text of the file is searched, since the parser drops entries that point to nothing.
    """
    texts = [_STREAM_BODY.sub(b'', data)]
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get('/Type') == '/ObjStm':
            texts.append(item.read_bytes())
    for number, generation in {found for text in texts for found in _REFERENCE.findall(text)}:
        if pdf.get_object((int(number), int(generation))) is None:
            raise FileRefused('damaged', 'the file is cut off: objects are missing')
