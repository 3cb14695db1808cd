"""Proofs that nothing in the database can make: of consents, of heads of traces, of the witness log.

A proof is an HMAC-SHA-256 (RFC 2104) over canonical JSON (RFC 8785), with a key that is derived for
its purpose by HKDF (RFC 5869) from the secret key file (see :mod:`.vault`). Whoever holds the
database alone can neither make nor mend one. This module is the whole interface, so that the making
and checking can move into a service of its own: callers give statements and get proofs.

A proof of consent is made in two places only. :func:`by_code` wants the plain code that the person
was sent, beside the keyed hash that was stored when it was sent; :func:`by_warrants` wants standing
authorisations with proofs of their own. Neither believes a row, nor an argument that is not proven.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..signing import trace
from . import vault

CONSENT = 'consent'
WARRANT = 'warrant'
HEAD = 'trace head'
WITNESS = 'witness'
CODE_CONTEXT = 'esign.otp.code'
NUMBER_CONTEXT = 'esign.consent.number'


class NotProvenError(Exception):
    """What was given does not prove the statement."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A statement (canonical JSON) and the proof of it."""

    body: bytes
    proof: str

    @property
    def sha256(self) -> str:
        """Digest of the statement, hex."""
        return hashlib.sha256(self.body).hexdigest()


def code_hash(purpose: str, number: str, subject: str, code: str) -> str:
    """The keyed hash that is stored of a code; no method of a model computes it.

    :raises VaultError: the server has no key.
    """
    return vault.keyed_hash('\x1f'.join((purpose, number, subject or '', code)), CODE_CONTEXT)


def code_fits(stored: str, purpose: str, number: str, subject: str, code: str) -> bool:
    """Whether this is the code of which ``stored`` was kept."""
    return bool(stored and code) and hmac.compare_digest(stored, code_hash(purpose, number, subject, code))


def by_code(statement: Mapping[str, object], stored: str, purpose: str, number: str, subject: str, code: str) -> Proven:
    """Prove a consent by the code that was sent for it.

    :param stored: keyed hash kept when the code was sent; its digest goes into the statement.
    :param subject: what the code was sent for; the statement's ``digest`` must be the same.
    :raises NotProvenError: another code, or one that was sent for something else.
    """
    if not subject or statement.get('digest') != subject or not code_fits(stored, purpose, number, subject, code):
        raise NotProvenError('the code does not prove this')
    shown = {'method': 'sms', 'number': number_hash(number), 'code': hashlib.sha256(stored.encode()).hexdigest()}
    return _attest(CONSENT, {**statement, **shown})


def number_hash(number: str) -> str:
    """What a proof keeps of the number to which the code went: comparable, not readable."""
    return vault.keyed_hash(number, NUMBER_CONTEXT)


def by_warrants(statement: Mapping[str, object], warrants: Iterable[Proven]) -> Proven:
    """Prove a consent by standing authorisations, each of which is proven itself.

    :raises NotProvenError: none, or one that does not hold.
    """
    given = tuple(warrants)
    if not given or not all(holds(WARRANT, one.body, one.proof) for one in given):
        raise NotProvenError('no proven authorisation')
    return _attest(CONSENT, {**statement, 'method': 'silent', 'warrants': sorted(one.sha256 for one in given)})


def warrant(statement: Mapping[str, object]) -> Proven:
    """Attest a standing authorisation at the moment it is put into force."""
    return _attest(WARRANT, statement)


def head(statement: Mapping[str, object]) -> Proven:
    """Attest the head of a trace."""
    return _attest(HEAD, statement)


def witness(statement: Mapping[str, object]) -> Proven:
    """Attest a line of the witness log."""
    return _attest(WITNESS, statement)


def holds(purpose: str, body: bytes, proof: str) -> bool:
    """Whether a proof was made here over exactly this statement.

    :raises VaultError: the server has no key.
    """
    return bool(body and proof) and vault.keyring().attested(body, proof, purpose)


def _attest(purpose: str, statement: Mapping[str, object]) -> Proven:
    body = trace.canonical(dict(statement))
    return Proven(body, vault.keyring().attest(body, purpose))
