"""Proof that lasts: document time stamps over everything, renewed before they grow old.

A document time stamp (EN 319 142-1, 5.4.3) covers the file with all signatures and validation
data in it. Renewal is the same act again, later, with the validation data of the earlier stamp.
"""

import hashlib
import io
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, extract_tst_data_iter
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from ..errors import PrepareError, RevisionMoved, TimestampError
from ..keys.trusted_time import IMPRINT, sample, stamp
from .check import check_result
from .fields import signature_fields
from .history import HistoryReader
from .revision import Revision, invisible
from .running import boundary, settle
from .signatory import with_token
from .trust import Trust
from .units import stored_data, units_in
from .verdict import Expected
from .verify import verify

_MARGIN = 1024


@dataclass(frozen=True, slots=True)
class Archived:
    """A document with a new document time stamp.

    :param content: the whole file.
    :param sha256: hexadecimal.
    :param base_sha256: of the revision stamped, hexadecimal.
    :param field: name of the new field.
    """

    content: bytes
    sha256: str
    base_sha256: str
    field: str


def archive(
    source: bytes,
    timestamper: TimeStamper,
    trust: Trust,
    *,
    base_sha256: str,
    now: datetime | None = None,
    given: frozenset[str] = frozenset(),
) -> Archived:
    """Stamp a finished document, or renew its stamp. The document must be sound as it is.

    :param given: fields of signatures that it carried when it was taken in, see :class:`.verdict.Expected`.
    :param trust: roots and revocation data of today; what the signatures need goes into the file.
    :raises RevisionMoved: not the revision meant.
    :raises PrepareError: ``not_sound``: a document that does not verify is not archived.
    :raises TimestampError: no trusted time could be had.
    :raises ResultInvalid: the result does not validate.
    """
    base = hashlib.sha256(source).hexdigest()
    if base != base_sha256:
        raise RevisionMoved('revision_moved', 'The document is not the one to be archived.')
    expected = Expected(complete=False, closed=False, given=given) if given else None
    verdict = verify(source, trust, expected, now=now)
    if not verdict.genuine:
        reason = verdict.reason.value
        raise PrepareError('not_sound', 'The document does not verify.', {'reason': reason})
    name = f'archive-{uuid.uuid4().hex}'
    with boundary(PrepareError, 'unreadable'):
        evidence = settle(_evidence(source, trust, now))
    output = stamp_stream(io.BytesIO(source), timestamper, trust, evidence, name=name)
    content = output.getvalue() if isinstance(output, io.BytesIO) else b''
    return Archived(content, hashlib.sha256(content).hexdigest(), base, name)


def stamp_stream(
    stream: IO[bytes],
    timestamper: TimeStamper | None,
    trust: Trust,
    evidence: Trust,
    *,
    name: str | None = None,
) -> IO[bytes]:
    """Append a document time stamp and the validation data ``evidence`` to ``stream``, in place."""
    field = invisible(name or f'archive-{uuid.uuid4().hex}')
    room, own = settle(_authority(timestamper, trust))
    evidence = evidence.plus(own.certificates, own.crls, own.ocsps)
    with boundary(PrepareError, 'unreadable'):
        revision = Revision(stream)
        revision.place([field], None, {})
        revision.store(evidence)
        revision.value([field.name], DocumentTimestamp(bytes_reserved=2 * room), IMPRINT)
        prepared, output = revision.write()
    prepared.fill_with_cms(output, bytes(settle(stamp(timestamper, prepared.document_digest)).dump()))
    check_result(
        output,
        fields=[field.name],
        certificate=None,
        consent=None,
        base_revision=revision.base,
        trust=evidence,
        stamped=False,
    )
    return output


async def _authority(timestamper: TimeStamper | None, trust: Trust) -> tuple[int, Trust]:
    """Room for a token, and what proves the authority's path."""
    dummy = await sample(timestamper)
    wider, certificate = with_token(trust, dummy)
    try:
        path = await wider.path(certificate, datetime.now(UTC), purpose='time_stamping')
    except (PathError, ValidationError) as cause:
        raise TimestampError(
            'timestamp_untrusted', 'The time stamping authority does not validate.', {'why': str(cause)}
        ) from cause
    return len(dummy.dump()) + _MARGIN, wider.evidence([path])


async def _evidence(source: bytes, trust: Trust, now: datetime | None) -> Trust:
    """Return validation data for every signature and stamp in ``source``, as of now or of their time."""
    reader = HistoryReader(io.BytesIO(source))
    stored = stored_data(reader)
    known = trust.plus(stored.certificates, stored.crls, stored.ocsps)
    paths: list[ValidationPath] = []
    for unit in units_in(reader, signature_fields(reader).values()):
        if unit.embedded is None:
            continue
        signed = [unit.embedded.signed_data]
        if not unit.is_timestamp:
            signed += extract_tst_data_iter(unit.embedded.signer_info, signed=False)
        for one in signed:
            found = extract_certs_for_validation(one)
            wider = known.plus(other.dump() for other in found.other_certs)
            try:
                paths.append(await wider.path(found.signer_cert, now, purpose=_purpose(one), revocation=False))
            except (PathError, ValidationError):
                # Expired meanwhile: its proof already stands in the file, below an earlier stamp.
                continue
            known = wider
    return trust.plus(known.certificates).evidence(paths)


def _purpose(signed: object) -> str | None:
    content = signed['encap_content_info']['content_type'].native  # type: ignore[index]
    return 'time_stamping' if content == 'tst_info' else None
