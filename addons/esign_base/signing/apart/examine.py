"""Inside the sandbox: look at one PDF, refuse it, keep it, or rewrite it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import pikepdf

from ..errors import FileRefused
from ..pages.cleaning import clean, dictionaries, separate, survey
from ..pages.content import measure, require_pages
from ..pages.fonts_used import fonts_missing
from ..pages.geometry import PageFrame, frames_of
from ..pages.inflation import Meter, measure_raw
from ..pages.marks import Marks, dress
from ..pages.recheck import page_texts, require_same_look, require_strict
from ..pages.resemblance import kind
from .rehearse import rehearse
from .signed_upload import Signature, signed_facts

_HEADER = re.compile(rb'%PDF-[12]\.[0-9]')
_TAIL = re.compile(rb'startxref\s+\d+\s+%%EOF\s*\Z')
_FOR_CERTIFICATES = re.compile(rb'/Adobe\.PubSec|/SubFilter\s*/adbe\.pkcs7\.s[345]\b')


def examine(data: bytes, limits: Mapping[str, int], *, unlock: bool, flatten: bool) -> tuple[dict[str, Any], bytes]:
    """Return the facts of a file and its rewritten form (empty when the bytes can stay).

    :raises FileRefused: see :func:`.intake.inspect`.
    """
    start = _start(data)
    meter = Meter(limits)
    measure_raw(data, meter)
    warnings: set[str] = set()
    pdf, repaired = _open(data, limits)
    with pdf:
        # The parser gives a page that stands twice in the tree a copy; frames are read after that.
        declared = pdf.Root.Pages.get('/Count')
        if repaired and isinstance(declared, int) and declared != len(pdf.pages):
            raise FileRefused('damaged', 'the file is cut off: pages are missing')
        if measure(pdf, limits, meter, repaired=repaired):
            warnings.add('repaired')
        frames = frames_of(pdf)
        require_pages(data, pdf, frames, limits, repaired=repaired)
        if repaired or start or not _TAIL.search(data[-2048:]):
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
        if fonts := fonts_missing(dictionaries(pdf)):
            warnings.add(f'fonts_missing:{", ".join(fonts)}')
    final = output or data
    texts = page_texts(final)
    if not all(texts):
        warnings.add('pages_without_text' if any(texts) else 'no_text')
    return _facts(frames, warnings, signed, any(texts)), output


def _start(data: bytes) -> int:
    """Where the header of a PDF stands (ISO 32000-1 annex H.3, note 13: within the first 1,024 bytes)."""
    header = _HEADER.search(data[:1024])
    if header is None:
        raise FileRefused('not_pdf', 'there is no PDF header', {'kind': kind(data)})
    return header.start()


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
        if b'/Encrypt' in data and _FOR_CERTIFICATES.search(data):
            raise FileRefused('encrypted_for_people', 'the file is encrypted to certificates') from error
        raise FileRefused('damaged', 'the file is damaged beyond repair') from error


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
    warnings |= clean(pdf)
    if separate(pdf):
        warnings.add('repaired')
    marks = dress(pdf) if flatten else Marks()
    warnings |= marks.warnings
    if not warnings & _REWRITE and _can_be_signed(data, frames):
        return b''
    if not warnings & _REWRITE:
        warnings.add('repaired')
    return _rewritten(data, pdf, frames, marks)


def _rewritten(data: bytes, pdf: pikepdf.Pdf, frames: list[PageFrame], marks: Marks) -> bytes:
    """Write the file anew; what stays must look as before, and what comes of it can be signed."""
    before, shown = data, list[int]()
    if marks.warnings:
        # What was drawn for marks without a picture of their own is there in both; pages must not change by it.
        before, shown = _saved(pdf), marks.pages
        require_same_look(data, before, len(frames), marks=False)
        marks.flatten(pdf)
    output = _saved(pdf)
    fault = _fault(output, frames)
    if fault and '/Metadata' in pdf.Root:
        del pdf.Root['/Metadata']
        output = _saved(pdf)
        fault = _fault(output, frames)
    if fault:
        raise FileRefused('cannot_be_signed', f'the rewritten file cannot be signed: {fault}')
    require_same_look(before, output, len(frames), also=shown)
    return output


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        encryption=False,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    return out.getvalue()


def _can_be_signed(data: bytes, frames: list[PageFrame]) -> bool:
    return not _fault(data, frames)


def _fault(data: bytes, frames: list[PageFrame]) -> str:
    """Return why a file cannot be signed as it is: it does not open strictly, or signing it fails."""
    try:
        require_strict(data, frames)
    except FileRefused as refusal:
        return refusal.message
    return rehearse(data, frames)


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
    'usage_rights_removed',
    'archive_claim_removed',
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
