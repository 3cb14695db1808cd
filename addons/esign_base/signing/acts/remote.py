"""Signing in two steps, for keys that are elsewhere: on a UKey in the signer's hand.

The server prepares the file and hands out the DER of the signed attributes; the signer's machine
signs them; the server checks the answer against the certificate it pinned at the beginning and
embeds it. What lies between the steps is a plain JSON value that the *server* keeps (it is not
for the signer to hold), beside the prepared file.

Rules kept: a session is answered once; only with the pinned certificate's key; only within its
time; only for the prepared file and the base revision it began with; only with a signature over
its own attributes, which hold the digest of that file.
"""

import hashlib
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from asn1crypto import x509
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.timestamps import TimeStamper

from ..errors import PrepareError, RemoteSessionError, ResultInvalid, RevisionMoved
from ..keys.elsewhere import KeyElsewhere
from .act import Act, Signed
from .archive import stamp_stream
from .check import check_result
from .revision import invisible
from .running import boundary, settle
from .sign import begin as begin_revision
from .signatory import Level, Signatory
from .trust import Trust

SESSION_SECONDS = 600
_VERSION = 1


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What the server keeps between the two steps. Bytes are hexadecimal, times ISO 8601 in UTC."""

    version: int
    session: str
    level: str
    base_sha256: str
    base_revision: int
    prepared_sha256: str
    document_digest: str
    reserved_start: int
    reserved_end: int
    attributes: str
    certificate: str
    chain: tuple[str, ...]
    fields: tuple[str, ...]
    consent: str | None
    expires: str
    used: bool = False

    def to_json(self) -> dict[str, object]:
        """JSON-like values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> 'RemoteState':
        """Return the state again.

        :raises RemoteSessionError: ``state_invalid``.
        """
        names = {one.name for one in fields(cls)}
        if set(values) != names or values['version'] != _VERSION:
            raise RemoteSessionError('state_invalid', 'The kept state is not one of this version.')
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Pending:
    """The first step's outcome.

    :param state: to keep on the server.
    :param prepared: the file with its container left open, to keep on the server.
    :param to_sign: DER of the signed attributes: what the signer's key signs (with SHA-256).
    """

    state: RemoteState
    prepared: bytes
    to_sign: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back from the signer's machine.

    :param session: the session it answers.
    :param signature: raw signature; for elliptic curves DER or the two numbers side by side.
    :param certificate: DER of the certificate of the key that signed, or None where not told.
    """

    session: str
    signature: bytes
    certificate: bytes | None = None


def begin(
    source: bytes,
    act: Act,
    certificate: bytes,
    chain: Sequence[bytes],
    trust: Trust,
    *,
    level: Level = Level.B_LT,
    timestamper: TimeStamper | None = None,
    now: datetime | None = None,
    seconds: int = SESSION_SECONDS,
) -> Pending:
    """Prepare ``source`` for a signature by the key of ``certificate`` (DER).

    :raises RevisionMoved: not the revision the act was decided on.
    :raises PrepareError: the document cannot take it; ``per_placement`` is not possible here.
    :raises CertificateError: the certificate does not validate.
    """
    base = hashlib.sha256(source).hexdigest()
    if base != act.base_sha256:
        raise RevisionMoved('revision_moved', 'The document is not the one the act was decided on.')
    if act.per_placement:
        raise PrepareError('per_placement', 'A remote act has one signature for all its placements.')
    signatory = Signatory(KeyElsewhere(certificate, chain), trust, level, timestamper)
    signatory.ready()
    plans = act.plans or (invisible(act.name_if_bare),)
    revision, base_revision = begin_revision(io.BytesIO(source), act, plans, signatory)
    with boundary(PrepareError, 'cannot_write'):
        digest, output = revision.digest()
        output.seek(0)
        prepared = output.read()
    attributes = signatory.attributes(digest.document_digest, act.consent)
    state = RemoteState(
        version=_VERSION,
        session=secrets.token_urlsafe(24),
        level=level.value,
        base_sha256=base,
        base_revision=base_revision,
        prepared_sha256=hashlib.sha256(prepared).hexdigest(),
        document_digest=digest.document_digest.hex(),
        reserved_start=digest.reserved_region_start,
        reserved_end=digest.reserved_region_end,
        attributes=attributes.hex(),
        certificate=certificate.hex(),
        chain=tuple(one.hex() for one in chain),
        fields=tuple(plan.name for plan in plans),
        consent=act.consent.hex() if act.consent else None,
        expires=((now or datetime.now(UTC)) + timedelta(seconds=seconds)).isoformat(),
    )
    return Pending(state, prepared, attributes)


def complete(
    state: RemoteState,
    prepared: bytes,
    answer: Answer,
    trust: Trust,
    *,
    newest_sha256: str,
    timestamper: TimeStamper | None = None,
    now: datetime | None = None,
) -> tuple[Signed, RemoteState]:
    """Check the answer, embed it, validate the result.

    :param newest_sha256: of the document's newest revision as the server knows it now.
    :return: the new revision and the state marked as used. Store that mark in the same
        transaction as the revision, with the row of the session locked: it is what refuses a replay.
    :raises RemoteSessionError: ``used``, ``expired``, ``session_mismatch``, ``prepared_changed``,
        ``wrong_certificate``, ``wrong_signature``.
    :raises RevisionMoved: the document has moved on since.
    :raises TimestampError: no trusted time; the session stays open.
    :raises ResultInvalid: the result does not validate.
    """
    _require_open(state, answer, now or datetime.now(UTC))
    if newest_sha256 != state.base_sha256:
        raise RevisionMoved('revision_moved', 'The document has moved on since the session began.')
    if hashlib.sha256(prepared).hexdigest() != state.prepared_sha256:
        raise RemoteSessionError('prepared_changed', 'The prepared file is not what it was.')
    certificate = bytes.fromhex(state.certificate)
    if answer.certificate not in {None, certificate}:
        raise RemoteSessionError('wrong_certificate', 'The answer comes from another certificate.')
    attributes = bytes.fromhex(state.attributes)
    key = KeyElsewhere(certificate, [bytes.fromhex(one) for one in state.chain])
    signature = key.accepted(answer.signature, attributes)
    signatory = Signatory(key, trust, Level(state.level), timestamper)
    signatory.ready()
    output = io.BytesIO(prepared)
    with boundary(ResultInvalid, 'embedding_failed'):
        container = settle(signatory.wrap(attributes, signature))
        region = PreparedByteRangeDigest(bytes.fromhex(state.document_digest), state.reserved_start, state.reserved_end)
        region.fill_with_cms(output, container)
    check_result(
        output,
        fields=state.fields,
        certificate=x509.Certificate.load(certificate),
        consent=bytes.fromhex(state.consent) if state.consent else None,
        base_revision=state.base_revision,
        trust=signatory.evidence,
        stamped=signatory.level.stamped,
    )
    if signatory.level is Level.B_LTA:
        stamp_stream(output, timestamper, trust, signatory.evidence, in_place=True)
    content = output.getvalue()
    signed = Signed(
        content=content,
        path=None,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        base_sha256=state.base_sha256,
        fields=(state.fields,),
        serial=f'{signatory.certificate.serial_number:x}',
        fingerprint=hashlib.sha256(certificate).hexdigest(),
        level=state.level,
    )
    return signed, replace(state, used=True)


def _require_open(state: RemoteState, answer: Answer, now: datetime) -> None:
    if state.used:
        raise RemoteSessionError('used', 'The session has been answered before.')
    if not secrets.compare_digest(answer.session.encode(), state.session.encode()):
        raise RemoteSessionError('session_mismatch', 'The answer belongs to another session.')
    if now >= datetime.fromisoformat(state.expires):
        raise RemoteSessionError('expired', 'The session has expired.')
