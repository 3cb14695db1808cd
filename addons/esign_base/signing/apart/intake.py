"""Uploads: what a file is, whether it can be signed, and its normalised form.

Parsing a stranger's file happens in a sandbox (a separate process with limits on memory, processor
time and wall time): a file that makes a parser crash, hang or swell is refused like any other.
Only unsigned files are ever rewritten, and what was rewritten is accepted only after it opened
strictly in two libraries and looked the same as before. An unsigned file is accepted only after it was
signed for trial, by the code that will sign it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..acts.opening import refuse_envelope
from ..errors import FileRefused
from ..pages.geometry import PageFrame, Rect
from ..pages.resemblance import require_likeness
from .sandbox import run_sandboxed

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost.

    :param size: bytes of the file.
    :param pages: pages.
    :param objects: indirect objects.
    :param stream: bytes of one decompressed stream.
    :param decompressed: bytes of all decompressed streams together.
    :param pixels: pixels of one image.
    :param seconds: processor time; twice as long by the clock.
    :param memory: bytes of address space beyond the empty sandbox.
    """

    size: int = 50 * MIB
    pages: int = 2000
    objects: int = 300_000
    stream: int = 256 * MIB
    decompressed: int = 1024 * MIB
    pixels: int = 200_000_000
    seconds: int = 30
    memory: int = 1536 * MIB


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ExistingSignature:
    """A signature found in the upload: it holds, whoever made it, and allows further ones.

    :param field: qualified field name.
    :param timestamp: whether it is a document time stamp.
    """

    field: str
    timestamp: bool


@dataclass(frozen=True, slots=True)
class Intake:
    """An accepted file.

    :param data: the bytes to store: the upload itself, or its normalised form.
    :param sha256: digest of ``data``, hexadecimal.
    :param original_sha256: digest of the upload.
    :param frames: of every page, in order.
    :param warnings: codes of what was found or changed, sorted; for translated texts. ``fonts_missing`` names
        the fonts behind a colon.
    :param signed: signatures already there; not empty means the bytes were kept.
    :param has_text: whether a page has text to search.
    """

    data: bytes
    sha256: str
    original_sha256: str
    frames: tuple[PageFrame, ...]
    warnings: tuple[str, ...]
    signed: tuple[ExistingSignature, ...]
    has_text: bool

    @property
    def pages(self) -> int:
        """Number of pages."""
        return len(self.frames)

    @property
    def rewritten(self) -> bool:
        """Whether ``data`` differs from the upload."""
        return self.sha256 != self.original_sha256


def inspect(
    source: bytes | Path, *, limits: Limits = DEFAULT_LIMITS, unlock: bool = False, flatten: bool = True
) -> Intake:
    """Inspect a PDF, normalise it where needed, and say what it is.

    :param unlock: the uploader consents to remove an owner password's restrictions.
    :param flatten: turn form fields and notes of unsigned files into page content.
    :raises FileRefused: ``code`` is one of ``empty``, ``too_large``, ``not_pdf``, ``password``,
        ``owner_password``, ``damaged``, ``bomb``, ``too_many_pages``, ``too_many_objects``,
        ``image_too_large``, ``too_slow``, ``too_demanding``, ``unreadable``, ``page_tree``,
        ``no_pages``, ``xfa``, ``portfolio``, ``external_content``, ``form_not_drawn``,
        ``mark_not_drawn``, ``encrypted_for_people``, ``cannot_be_signed``,
        ``certified_no_changes``, ``certified_own_fields``, ``signed_altered``, ``signed_unclear``,
        ``signed_locked``, ``signed_closed``, ``signed_damaged``, ``signed_hybrid``, ``signed_encrypted``,
        ``signed_active_content``, ``signed_envelope``, ``signed_detached``, ``changed_by_rewrite``,
        ``sandbox_unavailable``.
    """
    data = _read(source, limits)
    refuse_envelope(data)
    require_likeness(data, limits.objects)
    options = {'unlock': unlock, 'flatten': flatten}
    facts, rewritten = run_sandboxed('examine', data, {'limits': asdict(limits), **options}, limits)
    return _intake(data, rewritten or data, facts)


def image_to_pdf(source: bytes | Path, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Put a PNG or JPEG onto one A4 page, portrait or landscape as the picture is.

    :raises FileRefused: ``empty``, ``too_large``, ``not_image``, ``image_too_large``, ``damaged``,
        ``picture_changed``, ``too_slow``, ``too_demanding``, ``unreadable``.
    """
    data = _read(source, limits)
    _, pdf = run_sandboxed('image', data, {'limits': asdict(limits)}, limits)
    return pdf


def _read(source: bytes | Path, limits: Limits) -> bytes:
    if isinstance(source, Path):
        try:
            with source.open('rb') as file:
                data = file.read(limits.size + 1)
        except OSError as error:
            raise FileRefused('unreadable', f'the file cannot be read: {type(error).__name__}') from error
    else:
        data = source
    if not data:
        raise FileRefused('empty', 'the file is empty')
    if len(data) > limits.size:
        raise FileRefused('too_large', 'the file is too large', {'maximum': limits.size})
    return data


def _intake(original: bytes, data: bytes, facts: Mapping[str, Any]) -> Intake:
    return Intake(
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        original_sha256=hashlib.sha256(original).hexdigest(),
        frames=tuple(PageFrame(Rect(*box), turn, unit) for box, turn, unit in facts['frames']),
        warnings=tuple(facts['warnings']),
        signed=tuple(ExistingSignature(*entry) for entry in facts['signed']),
        has_text=facts['has_text'],
    )
