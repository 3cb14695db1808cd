"""Inside the sandbox: look at one PDF, refuse it, keep it, or rewrite it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import pikepdf

from ..acts.opening import is_envelope
from ..errors import FileRefused
from .cleaning import clean, survey
from .geometry import PageFrame, frames_of
from .inflation import Meter, flate_is_sound, measure_raw, measure_stream
from .recheck import page_texts, require_same_look, require_strict
from .resemblance import kind
from .signed_upload import Signature, signed_facts

_HEADER = re.compile(rb'%PDF-[12]\.[0-9]')
_TAIL = re.compile(rb'startxref\s+\d+\s+%%EOF\s*\Z')
_STREAM_BODY = re.compile(rb'stream\r?\n.*?endstream', re.DOTALL)
_REFERENCE = re.compile(rb'(?<![\w.])(\d{1,9}) (\d{1,5}) R\b')


def examine(data: bytes, limits: Mapping[str, int], *, unlock: bool, flatten: bool) -> tuple[dict[str, Any], bytes]:
    """Return the facts of a file and its rewritten form (empty when the bytes can stay).

    :raises FileRefused: see :func:`.intake.inspect`.
    """
    if is_envelope(data):
        raise FileRefused('signed_envelope', 'the file is a signed envelope')
    header = _HEADER.search(data[:1024])
    if header is None:
        raise FileRefused('not_pdf', 'there is no PDF header', {'kind': kind(data)})
    meter = Meter(limits)
    measure_raw(data, meter)
    warnings: set[str] = set()
    pdf, repaired = _open(data, limits)
    with pdf:
        _measure(pdf, limits, meter, repaired=repaired)
        frames = frames_of(pdf)
        _require_pages(data, pdf, frames, limits, repaired=repaired)
        if repaired or header.start() or not _TAIL.search(data[-2048:]):
            warnings.add('repaired')
        if b'/XRefStm' in data:
            warnings.add('hybrid')
        if pdf.is_encrypted:
            warnings.add('encrypted')
        found = survey(pdf)
        active = found - {'signature'}
        signed = _signed(data, frames, warnings, active) if 'signature' in found else []
        if signed:
            require_strict(data, frames)
            output = b''
        else:
            output = _normalise(data, pdf, frames, warnings, active, unlock=unlock, flatten=flatten)
    final = output or data
    texts = page_texts(final)
    if not all(texts):
        warnings.add('pages_without_text' if any(texts) else 'no_text')
    return _facts(frames, warnings, signed, any(texts)), output


def _open(data: bytes, limits: Mapping[str, int]) -> tuple[pikepdf.Pdf, bool]:
    """Open as :func:`_opened` does; refuse a list of pages that costs too much to walk."""
    pdf, repaired = _opened(data)
    pages = pdf.Root.get('/Pages')
    found = (pages.get('/Count'), pages.get('/Kids')) if isinstance(pages, pikepdf.Dictionary) else ()
    counts = [len(one) if isinstance(one, pikepdf.Array) else one for one in found]
    if any(isinstance(count, int) and count > limits['pages'] for count in counts):
        pdf.close()
        raise FileRefused('too_many_pages', 'too many pages', {'maximum': limits['pages']})
    return pdf, repaired


def _opened(data: bytes) -> tuple[pikepdf.Pdf, bool]:
    """Open strictly, else with repair; tell which it was."""
    try:
        return pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True), False
    except pikepdf.PasswordError as error:
        raise FileRefused('password', 'the file needs a password to open') from error
    except pikepdf.PdfError:
        pass
    try:
        return pikepdf.open(io.BytesIO(data), attempt_recovery=True, suppress_warnings=True), True
    except pikepdf.PasswordError as error:
        raise FileRefused('password', 'the file needs a password to open') from error
    except pikepdf.PdfError as error:
        raise FileRefused('damaged', 'the file is damaged beyond repair') from error


def _measure(pdf: pikepdf.Pdf, limits: Mapping[str, int], meter: Meter, *, repaired: bool) -> None:
    """Count objects, measure what the raw pass could not see, look at image sizes."""
    count = len(pdf.objects)
    if count > limits['objects']:
        raise FileRefused('too_many_objects', 'too many objects', {'maximum': limits['objects']})
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Stream):
            continue
        if '/F' in item:
            raise FileRefused('external_content', 'a stream lives in another file')
        sound = measure_stream(item, meter, encrypted=pdf.is_encrypted)
        if repaired and not (sound and flate_is_sound(item, Meter(limits))):
            raise FileRefused('damaged', 'a stream of the damaged file is incomplete')
        if item.get('/Subtype') == '/Image':
            pixels = int(item.get('/Width', 0)) * int(item.get('/Height', 0))
            if not 0 <= pixels <= limits['pixels']:
                raise FileRefused('image_too_large', 'an image is too large', {'maximum': limits['pixels']})
        if item.get('/Subtype') == '/Form' and '/Ref' in item:
            raise FileRefused('external_content', 'a form refers to another file')


def _require_pages(
    data: bytes, pdf: pikepdf.Pdf, frames: list[PageFrame], limits: Mapping[str, int], *, repaired: bool
) -> None:
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
    declared = pdf.Root.Pages.get('/Count')
    if declared is not None and int(declared) != len(pdf.pages):
        raise FileRefused('damaged', 'the file is cut off: pages are missing')


def _signed(data: bytes, frames: list[PageFrame], warnings: set[str], active: frozenset[str]) -> list[Signature]:
    """Refuse signed files that only a rewrite could make acceptable."""
    for warning, code in _SIGNED_BUT:
        if warning in warnings:
            raise FileRefused(code, f'the file is signed, and {warning}')
    if active:
        raise FileRefused('signed_active_content', 'the signed file runs code', {'parts': sorted(active)})
    return signed_facts(data, frames)


_SIGNED_BUT = (
    ('encrypted', 'signed_encrypted'),
    ('hybrid', 'signed_hybrid'),
    ('repaired', 'signed_damaged'),
)


def _normalise(
    data: bytes,
    pdf: pikepdf.Pdf,
    frames: list[PageFrame],
    warnings: set[str],
    active: frozenset[str],
    *,
    unlock: bool,
    flatten: bool,
) -> bytes:
    if 'encrypted' in warnings:
        if not unlock:
            raise FileRefused('owner_password', 'the file is protected by an owner password')
        warnings.discard('encrypted')
        warnings.add('unlocked')
    warnings |= active
    warnings |= clean(pdf, flatten=flatten)
    if not warnings & _REWRITE:
        try:
            require_strict(data, frames)
        except FileRefused:
            warnings.add('repaired')
        else:
            return b''
    out = io.BytesIO()
    pdf.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        encryption=False,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    output = out.getvalue()
    require_strict(output, frames)
    require_same_look(data, output, len(frames))
    return output


# Warnings that mean the stored bytes must differ from the upload.
_REWRITE = {
    'repaired',
    'hybrid',
    'unlocked',
    'javascript',
    'actions',
    'form_flattened',
    'notes_flattened',
    'attachments_removed',
}


def _facts(frames: list[PageFrame], warnings: set[str], signed: list[Signature], text: bool) -> dict[str, Any]:
    return {
        'frames': [
            ((f.visible.llx, f.visible.lly, f.visible.urx, f.visible.ury), f.rotation, f.user_unit) for f in frames
        ],
        'warnings': sorted(warnings),
        'signed': signed,
        'has_text': text,
    }
