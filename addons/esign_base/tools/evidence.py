"""What floors above tell about a document for verification and evidence. Plain values, no rendering.

Times are naive UTC, as Odoo keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SealUse:
    """A seal as it was put on a document.

    :param picture: PNG; b'' when there is none.
    """

    name: str
    sha256: str = ''
    picture: bytes = b''


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """Who stands behind one signature of a document.

    :param fields: names of the signature fields it fills.
    :param party: whom it binds.
    :param person: who acted.
    :param personal: the party is that very person.
    """

    fields: frozenset[str]
    party: str
    person: str
    personal: bool
    seals: tuple[SealUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a document stands.

    :param state: ``running``, ``done`` or ``void``.
    :param label: the state in words of the reader.
    :param missing: names of the parties that have not signed yet, each with whether it is a person.
    """

    number: str
    title: str
    state: str
    label: str
    reason: str = ''
    missing: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class ActLine:
    """One signature of an act: which file, its digests before and after, what was put on it."""

    file: str
    before: str
    after: str
    fields: frozenset[str]
    seals: tuple[SealUse, ...] = ()


@dataclass(frozen=True, slots=True)
class ActFacts:
    """One act of a party.

    :param consent: record of ``esign.consent``; empty when there is none.
    :param certificate: record of ``esign.certificate``.
    """

    operator: str
    at: datetime | None
    silent: bool
    consent: Any
    certificate: Any
    lines: tuple[ActLine, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """One party: who it is, how that was verified, what it did.

    :param verifications: (what, method, reference, when).
    """

    name: str
    kind: str
    identity: str
    state: str
    verifications: tuple[tuple[str, str, str, datetime | None], ...] = ()
    acts: tuple[ActFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of the case; ``document`` is a record of ``esign.document``."""

    name: str
    document: Any


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is kept about one contract group.

    :param state: ``done`` or ``void``.
    :param chain: its trace, a record of ``esign.trace.chain``.
    """

    number: str
    title: str
    business: str
    initiator: str
    launched_by: str
    launched_at: datetime | None
    deadline: date | None
    ended_at: datetime | None
    state: str
    label: str
    reason: str
    chain: Any
    parties: tuple[PartyFacts, ...] = ()
    files: tuple[FileFacts, ...] = field(default=())
