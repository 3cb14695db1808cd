"""One signature value between its two halves: the file is written with its container open, then closed.

:meth:`Session.open` gives the exact bytes that the key signs, :meth:`Session.close` embeds the signature and
checks the result. Between the two lies a moment, or somebody's way to a UKey and back. What has to be kept then
is a :class:`State` (JSON) and the tail of the file behind its base revision; the base itself is on record.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import IO, Any

from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

from ..errors import PrepareError, RemoteSessionError, ResultInvalid, RevisionMoved
from ..pages.placements import FieldPlan
from .act import Act, lock_groups
from .check import check_result
from .revision import Revision, signature_object
from .running import boundary, settle
from .signatory import Signatory


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one signature value says, and where it stands.

    :param fields: names of all fields that hold it.
    :param consent: SHA-256 of the consent record, or None.
    :param certify: certify the document (DocMDP, form filling).
    :param pending: fields that further values of the same act will fill.
    :param name: signer's name for /Name; the others for /Reason, /Location, /ContactInfo.
    """

    fields: tuple[str, ...]
    consent: bytes | None = None
    certify: bool = False
    pending: frozenset[str] = frozenset()
    name: str | None = None
    reason: str | None = None
    location: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is kept of an open session beside its tail. Bytes are hexadecimal.

    :param base_sha256: of the revision below the tail.
    :param base_revision: number of that revision, 0-based.
    :param tail_sha256: of the tail, its container left open.
    :param document_digest: of the byte range, by the key's algorithm.
    :param region: where in the file the container stands: first byte, and the byte behind it.
    :param attributes: DER of the signed attributes: what the key signs.
    :param fields: as in :class:`Value`; so ``consent`` and ``pending``.
    """

    base_sha256: str
    base_revision: int
    tail_sha256: str
    document_digest: str
    region: tuple[int, int]
    attributes: str
    fields: tuple[str, ...]
    consent: str | None
    pending: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """JSON-like values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: object) -> 'State':
        """Return the state again.

        :raises RemoteSessionError: ``state_invalid``.
        """
        if not isinstance(values, Mapping) or set(values) != {one.name for one in fields(cls)}:
            raise RemoteSessionError('state_invalid', 'The kept state is not one of this version.')
        kept: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in values.items()}
        return cls(**kept)


class Session:
    """An open session; made by :meth:`open`, or again by :meth:`resumed`.

    :param output: the whole file with its container left open; the session writes into it.
    :param to_sign: DER of the signed attributes: what the key signs, with its own digest.
    """

    def __init__(
        self,
        output: IO[bytes],
        base: tuple[int, int],
        region: PreparedByteRangeDigest,
        to_sign: bytes,
        value: Value,
    ) -> None:
        """Hold the parts; ``base`` is size and number of the revision below."""
        self.output, self.to_sign = output, to_sign
        self._size, self._revision = base
        self._region, self._value = region, value

    @classmethod
    def open(cls, revision: Revision, value: Value, signatory: Signatory) -> 'Session':
        """Write ``revision``, whose fields are placed, for a signature by ``signatory``.

        :raises PrepareError: ``cannot_write``.
        """
        if signatory.level.lasting:
            revision.store(signatory.evidence)
        placeholder = signature_object(
            signatory.room, name=value.name, reason=value.reason, location=value.location, contact=value.contact
        )
        revision.value(value.fields, placeholder, signatory.key.algorithm.digest, certify=value.certify)
        with boundary(PrepareError, 'cannot_write'):
            region, output = revision.write()
        to_sign = signatory.attributes(region.document_digest, value.consent)
        return cls(output, (revision.size, revision.base), region, to_sign, value)

    def close(self, signature: bytes, signatory: Signatory) -> IO[bytes]:
        """Embed a signature over :attr:`to_sign`, stamped where asked, and hold the file against what was meant.

        :return: the finished file.
        :raises TimestampError: no trusted time; the session stays open.
        :raises ResultInvalid: the result does not validate.
        """
        with boundary(ResultInvalid, 'signing_failed'):
            container = settle(signatory.wrap(self.to_sign, signature))
            self._region.fill_with_cms(self.output, container)
        check_result(
            self.output,
            fields=self._value.fields,
            certificate=signatory.certificate,
            consent=self._value.consent,
            base_revision=self._revision,
            trust=signatory.evidence,
            stamped=signatory.level.stamped,
            pending=self._value.pending,
        )
        return self.output

    def sign(self, signatory: Signatory) -> IO[bytes]:
        """Close the session by a key that is here, with one operation.

        :raises ResultInvalid: ``signing_failed``, or as :meth:`close`.
        """
        with boundary(ResultInvalid, 'signing_failed'):
            signature = signatory.key.sign(self.to_sign)
        return self.close(signature, signatory)

    def kept(self) -> tuple[State, bytes]:
        """Return what has to be kept while the signature is made elsewhere: the state, and the file's tail."""
        self.output.seek(0)
        base, tail = self.output.read(self._size), self.output.read()
        value, region = self._value, self._region
        state = State(
            base_sha256=hashlib.sha256(base).hexdigest(),
            base_revision=self._revision,
            tail_sha256=hashlib.sha256(tail).hexdigest(),
            document_digest=region.document_digest.hex(),
            region=(region.reserved_region_start, region.reserved_region_end),
            attributes=self.to_sign.hex(),
            fields=value.fields,
            consent=value.consent.hex() if value.consent else None,
            pending=tuple(sorted(value.pending)),
        )
        return state, tail

    @classmethod
    def resumed(cls, state: State, base: bytes, tail: bytes) -> 'Session':
        """Return the session again that was :meth:`kept`.

        :param base: the document's newest revision as it is known now.
        :raises RevisionMoved: it is not the one the session began with.
        :raises RemoteSessionError: ``prepared_changed``: the tail is not what it was.
        """
        if hashlib.sha256(base).hexdigest() != state.base_sha256:
            raise RevisionMoved('revision_moved', 'The document has moved on since the session began.')
        if hashlib.sha256(tail).hexdigest() != state.tail_sha256:
            raise RemoteSessionError('prepared_changed', 'The prepared file is not what it was.')
        region = PreparedByteRangeDigest(bytes.fromhex(state.document_digest), *state.region)
        consent = bytes.fromhex(state.consent) if state.consent else None
        value = Value(fields=state.fields, consent=consent, pending=frozenset(state.pending))
        output = io.BytesIO(base + tail)
        return cls(output, (len(base), state.base_revision), region, bytes.fromhex(state.attributes), value)


def open_act(stream: IO[bytes], act: Act, plans: tuple[FieldPlan, ...], signatory: Signatory) -> Session:
    """Open the session of one signature value of an act; ``stream`` is extended in place.

    :param plans: the fields that hold the value: all of the act's, or those of one placement.
    :raises PrepareError: the document cannot take this signature; ``code`` says why.
    """
    value = Value(
        fields=tuple(plan.name for plan in plans),
        consent=act.consent,
        pending=frozenset(plan.name for plan in act.plans),
        name=act.name,
        reason=act.reason,
        location=act.location,
        contact=act.contact,
    )
    with boundary(PrepareError, 'unreadable'):
        revision = Revision(stream)
        if act.per_placement:
            # The group and all its fields come with the first value: a group may not grow later.
            missing = [plan for plan in act.plans if plan.name not in revision.known]
            revision.place(missing, None, {plan.name: (plan.name,) for plan in missing})
        locks = lock_groups(plans, act.group)
        revision.place(plans, act.artworks, {plan.name: locks for plan in plans})
        return Session.open(revision, value, signatory)
