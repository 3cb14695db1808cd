"""One act of one party on one document becomes one signature, validated before it is returned."""

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ..errors import PrepareError, ResultInvalid, RevisionMoved
from ..pages.placements import FieldPlan
from .act import Act, Signed, lock_groups
from .archive import stamp_stream
from .check import check_result
from .revision import CHUNK, Revision, invisible, signature_object
from .running import boundary, settle
from .signatory import Level, Signatory


def sign(source: bytes, act: Act, signatory: Signatory) -> Signed:
    """Sign ``source`` in memory.

    :raises RevisionMoved: ``source`` is not the revision the act was decided on.
    :raises PrepareError: the document cannot take this signature; ``code`` says why.
    :raises CertificateError: the signer's certificate does not validate.
    :raises TimestampError: no trusted time could be had.
    :raises ResultInvalid: the signature was made but does not validate; nothing is returned.
    """
    base = hashlib.sha256(source).hexdigest()
    _require_base(act, base)
    signatory.ready()
    current: IO[bytes] = io.BytesIO(source)
    filled = []
    for plans in _values(act):
        current = _one(current, act, plans, signatory, in_place=False)
        filled.append(tuple(plan.name for plan in plans))
    if signatory.level is Level.B_LTA:
        current = stamp_stream(current, signatory.timestamper, signatory.trust, signatory.evidence)
    content = current.getvalue() if isinstance(current, io.BytesIO) else b''
    if content[: len(source)] != source:
        raise ResultInvalid('result_prefix', 'The earlier revisions are not what they were.')
    digest = hashlib.sha256(content).hexdigest()
    return _signed(signatory, filled, base, content, None, digest, len(content))


def sign_file(source: Path, destination: Path, act: Act, signatory: Signatory) -> Signed:
    """Sign a large file with little memory: a copy is extended in place, then moved.

    ``destination`` appears only when the result has been validated. Errors as for :func:`sign`.
    """
    with source.open('rb') as stream:
        base = hashlib.file_digest(stream, 'sha256').hexdigest()
    _require_base(act, base)
    signatory.ready()
    handle, name = tempfile.mkstemp(dir=destination.parent, prefix='.signing-')
    temporary = Path(name)
    try:
        filled = []
        with os.fdopen(handle, 'w+b') as stream:
            with source.open('rb') as original:
                shutil.copyfileobj(original, stream, CHUNK)
            size = stream.tell()
            for plans in _values(act):
                _one(stream, act, plans, signatory, in_place=True)
                filled.append(tuple(plan.name for plan in plans))
            if signatory.level is Level.B_LTA:
                stamp_stream(stream, signatory.timestamper, signatory.trust, signatory.evidence, in_place=True)
            digest, total = _prefixed(stream, base, size)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(destination)
    finally:
        temporary.unlink(missing_ok=True)
    return _signed(signatory, filled, base, b'', destination, digest, total)


def _require_base(act: Act, base: str) -> None:
    if act.base_sha256 != base:
        raise RevisionMoved('revision_moved', 'The document is not the one the act was decided on.')


def _values(act: Act) -> list[tuple[FieldPlan, ...]]:
    """Return the fields of each signature value to be made."""
    plans = act.plans or (invisible(act.name_if_bare),)
    if not act.per_placement:
        return [plans]
    groups: dict[str, list[FieldPlan]] = {}
    for plan in plans:
        # Slices of one cross-page seal belong to one placement: '<name>_p<page>'.
        groups.setdefault(plan.name.rpartition('_p')[0] if plan.slice else plan.name, []).append(plan)
    return [tuple(group) for group in groups.values()]


def _one(stream: IO[bytes], act: Act, plans: Sequence[FieldPlan], signatory: Signatory, *, in_place: bool) -> IO[bytes]:
    revision, base_revision = begin(stream, act, tuple(plans), signatory)
    with boundary(PrepareError, 'cannot_write'):
        prepared, output = revision.digest(in_place=in_place)
    attributes = signatory.attributes(prepared.document_digest, act.consent)
    with boundary(ResultInvalid, 'signing_failed'):
        prepared.fill_with_cms(output, settle(signatory.wrap(attributes, signatory.key.sign(attributes))))
    check_result(
        output,
        fields=[plan.name for plan in plans],
        certificate=signatory.certificate,
        consent=act.consent,
        base_revision=base_revision,
        trust=signatory.evidence,
        stamped=signatory.level.stamped,
        pending=frozenset(plan.name for plan in act.plans),
    )
    return output


def begin(stream: IO[bytes], act: Act, plans: tuple[FieldPlan, ...], signatory: Signatory) -> tuple[Revision, int]:
    """Return the new revision up to the point where its digest can be taken.

    :return: it, and the number of the revision it is built on.
    """
    with boundary(PrepareError, 'unreadable'):
        revision = Revision(stream)
        base_revision = revision.writer.prev.total_revisions - 1
        if act.per_placement:
            # The group and all its fields come with the first value: a group may not grow later.
            missing = [plan for plan in act.plans if plan.name not in revision.known]
            revision.place(missing, None, {plan.name: (plan.name,) for plan in missing})
        locks = lock_groups(plans, act.group)
        revision.place(plans, act.artworks, {plan.name: locks for plan in plans})
        if signatory.level.lasting:
            revision.store(signatory.evidence)
        dictionary = signature_object(
            signatory.room, name=act.name, reason=act.reason, location=act.location, contact=act.contact
        )
        revision.value([plan.name for plan in plans], dictionary, signatory.key.algorithm.digest)
    return revision, base_revision


def _prefixed(stream: IO[bytes], base: str, size: int) -> tuple[str, int]:
    """Digest of the whole stream; its first ``size`` bytes must still be the base revision."""
    stream.seek(0)
    whole, left = hashlib.sha256(), size
    prefix = ''
    while block := stream.read(min(CHUNK, left) if left else CHUNK):
        whole.update(block)
        if left:
            left -= len(block)
            if not left:
                prefix = whole.copy().hexdigest()
    if prefix != base:
        raise ResultInvalid('result_prefix', 'The earlier revisions are not what they were.')
    return whole.hexdigest(), stream.tell()


def _signed(
    signatory: Signatory,
    fields: Sequence[tuple[str, ...]],
    base: str,
    content: bytes,
    path: Path | None,
    digest: str,
    size: int,
) -> Signed:
    certificate = signatory.certificate
    return Signed(
        content=content,
        path=path,
        sha256=digest,
        size=size,
        base_sha256=base,
        fields=tuple(fields),
        serial=f'{certificate.serial_number:x}',
        fingerprint=certificate.sha256.hex(),
        level=signatory.level.value,
    )
