"""Signing in two steps, for keys that are elsewhere: on a UKey in the signer's hand.

The server opens a session of the act and hands out the DER of the signed attributes; the signer's machine
signs them; the server checks the answer against the certificate it pinned at the beginning and closes the
session. What lies between the steps is a plain JSON value that the *server* keeps (it is not for the signer
to hold), beside the tail of the prepared file.

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
from typing import Any

from pyhanko.sign.timestamps import TimeStamper

from ..errors import PrepareError, RemoteSessionError
from ..keys.elsewhere import KeyElsewhere
from .act import Act, Signed
from .revision import invisible
from .session import Session, State, open_act
from .sign import finish, outcome, require_base
from .signatory import Level, Signatory
from .trust import Trust

SESSION_SECONDS = 600
_VERSION = 2


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What the server keeps between the two steps. Bytes are hexadecimal, times ISO 8601 in UTC.

    :param digest: name of the digest that the key signs with.
    :param opened: the session of the act.
    """

    version: int
    session: str
    level: str
    certificate: str
    chain: tuple[str, ...]
    digest: str
    expires: str
    opened: State
    used: bool = False

    def to_json(self) -> dict[str, object]:
        """JSON-like values."""
        return {**asdict(self), 'chain': list(self.chain), 'opened': self.opened.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> 'RemoteState':
        """Return the state again.

        :raises RemoteSessionError: ``state_invalid``.
        """
        if set(values) != {one.name for one in fields(cls)} or values['version'] != _VERSION:
            raise RemoteSessionError('state_invalid', 'The kept state is not one of this version.')
        kept = {**values, 'chain': tuple(values['chain']), 'opened': State.from_json(values['opened'])}
        return cls(**kept)

    def key(self) -> KeyElsewhere:
        """Return the pinned key."""
        chain = [bytes.fromhex(one) for one in self.chain]
        return KeyElsewhere(bytes.fromhex(self.certificate), chain, digest=self.digest)


@dataclass(frozen=True, slots=True)
class Pending:
    """The first step's outcome.

    :param state: to keep on the server.
    :param tail: of the prepared file, behind the base revision, its container left open; to keep on the server.
    :param to_sign: DER of the signed attributes: what the signer's key signs, with the digest of the state.
    """

    state: RemoteState
    tail: bytes
    to_sign: bytes


@dataclass(frozen=True, slots=True)
class SignedElsewhere:
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
    require_base(act, hashlib.sha256(source).hexdigest())
    if act.per_placement:
        raise PrepareError('per_placement', 'A remote act has one signature for all its placements.')
    signatory = Signatory(KeyElsewhere(certificate, chain), trust, level, timestamper)
    signatory.ready()
    session = open_act(io.BytesIO(source), act, act.plans or (invisible(act.name_if_bare),), signatory)
    opened, tail = session.kept()
    state = RemoteState(
        version=_VERSION,
        session=secrets.token_urlsafe(24),
        level=level.value,
        certificate=certificate.hex(),
        chain=tuple(one.hex() for one in chain),
        digest=signatory.key.algorithm.digest,
        expires=((now or datetime.now(UTC)) + timedelta(seconds=seconds)).isoformat(),
        opened=opened,
    )
    return Pending(state, tail, session.to_sign)


def complete(
    state: RemoteState,
    newest: bytes,
    tail: bytes,
    answer: SignedElsewhere,
    trust: Trust,
    *,
    timestamper: TimeStamper | None = None,
    now: datetime | None = None,
) -> tuple[Signed, RemoteState]:
    """Check the answer, embed it, validate the result.

    :param newest: the document's newest revision as the server knows it now.
    :param tail: as it was kept.
    :return: the new revision and the state marked as used. Store that mark in the same
        transaction as the revision, with the row of the session locked: it is what refuses a replay.
    :raises RemoteSessionError: ``used``, ``expired``, ``session_mismatch``, ``prepared_changed``,
        ``wrong_certificate``, ``wrong_signature``.
    :raises RevisionMoved: the document has moved on since.
    :raises TimestampError: no trusted time; the session stays open.
    :raises ResultInvalid: the result does not validate.
    """
    _require_open(state, answer, now or datetime.now(UTC))
    session = Session.resumed(state.opened, newest, tail)
    key = state.key()
    if answer.certificate not in {None, key.certificate.dump()}:
        raise RemoteSessionError('wrong_certificate', 'The answer comes from another certificate.')
    signature = key.accepted(answer.signature, session.to_sign)
    signatory = Signatory(key, trust, Level(state.level), timestamper)
    signatory.ready()
    output = session.close(signature, signatory)
    finish(output, signatory)
    output.seek(0)
    content = output.read()
    opened, digest = state.opened, hashlib.sha256(content).hexdigest()
    signed = outcome(signatory, [opened.fields], opened.base_sha256, digest, len(content), content=content)
    return signed, replace(state, used=True)


def _require_open(state: RemoteState, answer: SignedElsewhere, now: datetime) -> None:
    if state.used:
        raise RemoteSessionError('used', 'The session has been answered before.')
    if not secrets.compare_digest(answer.session.encode(), state.session.encode()):
        raise RemoteSessionError('session_mismatch', 'The answer belongs to another session.')
    if now >= datetime.fromisoformat(state.expires):
        raise RemoteSessionError('expired', 'The session has expired.')
