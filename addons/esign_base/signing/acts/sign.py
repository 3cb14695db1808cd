"""One act of one party on one document becomes one signature, validated before it is returned."""

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ..errors import ResultInvalid, RevisionMoved
from ..pages.placements import FieldPlan
from .act import Act, Signed
from .archive import stamp_stream
from .revision import CHUNK, invisible
from .session import open_act
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
    require_base(act, base)
    signatory.ready()
    stream = io.BytesIO(source)
    filled = _carry_out(stream, act, signatory)
    content = stream.getvalue()
    if content[: len(source)] != source:
        raise ResultInvalid('result_prefix', 'The earlier revisions are not what they were.')
    digest = hashlib.sha256(content).hexdigest()
    return outcome(signatory, filled, base, digest, len(content), content=content)


def sign_file(source: Path, destination: Path, act: Act, signatory: Signatory) -> Signed:
    """Sign a large file with little memory: a copy is extended in place, then moved.

    ``destination`` appears only when the result has been validated. Errors as for :func:`sign`.
    """
    with source.open('rb') as stream:
        base = hashlib.file_digest(stream, 'sha256').hexdigest()
    require_base(act, base)
    signatory.ready()
    handle, name = tempfile.mkstemp(dir=destination.parent, prefix='.signing-')
    temporary = Path(name)
    try:
        with os.fdopen(handle, 'w+b') as stream:
            with source.open('rb') as original:
                shutil.copyfileobj(original, stream, CHUNK)
            size = stream.tell()
            filled = _carry_out(stream, act, signatory)
            digest, total = _prefixed(stream, base, size)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(destination)
    finally:
        temporary.unlink(missing_ok=True)
    return outcome(signatory, filled, base, digest, total, path=destination)


def require_base(act: Act, base: str) -> None:
    """Nobody signs what they have not seen.

    :raises RevisionMoved: ``base`` is not the revision that the act was decided on.
    """
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


def _carry_out(stream: IO[bytes], act: Act, signatory: Signatory) -> list[tuple[str, ...]]:
    """Sign ``stream`` in place, once for each value, and return the fields of each."""
    filled = []
    for plans in _values(act):
        open_act(stream, act, plans, signatory).sign(signatory)
        filled.append(tuple(plan.name for plan in plans))
    finish(stream, signatory)
    return filled


def finish(stream: IO[bytes], signatory: Signatory) -> None:
    """Add to a signed file what the level asks for beyond signatures: the stamp of an archive."""
    if signatory.level is Level.B_LTA:
        stamp_stream(stream, signatory.timestamper, signatory.trust, signatory.evidence)


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


def outcome(
    signatory: Signatory,
    fields: Sequence[tuple[str, ...]],
    base: str,
    digest: str,
    size: int,
    *,
    content: bytes = b'',
    path: Path | None = None,
) -> Signed:
    """Say what was made: see :class:`.act.Signed`."""
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
