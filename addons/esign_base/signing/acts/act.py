"""What one party does on one document, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..pages.artwork import Artwork
from ..pages.placements import FieldPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of one party on one document.

    :param plans: all fields the act fills: seals, date seals, slices. Without any, the act signs
        invisibly in ``name_if_bare``.
    :param artworks: pictures by key; every visible plan needs one.
    :param consent: SHA-256 of the consent record; goes into the signature as a signed attribute.
    :param base_sha256: hexadecimal; the revision the act was decided on. Mandatory, so that nobody
        signs what they have not seen.
    :param group: names that the act locks; default: the groups its fields belong to.
    :param per_placement: one CMS for each placement instead of one for the whole act.
    :param name: signer's name for /Name.
    :param reason: /Reason.
    :param location: /Location.
    :param contact: /ContactInfo.
    :param name_if_bare: field name of an invisible signature.
    """

    plans: tuple[FieldPlan, ...] = ()
    artworks: Mapping[str, Artwork] = field(default_factory=dict)
    consent: bytes | None
    base_sha256: str
    group: tuple[str, ...] = ()
    per_placement: bool = False
    name: str | None = None
    reason: str | None = None
    location: str | None = None
    contact: str | None = None
    name_if_bare: str = 'signature'


@dataclass(frozen=True, slots=True)
class Signed:
    """A new revision that has been validated.

    :param content: the whole file; b'' when it was written to ``path``.
    :param path: where it was written, or None.
    :param sha256: of the whole file, hexadecimal.
    :param size: bytes.
    :param base_sha256: of the revision it continues, hexadecimal.
    :param fields: names of the fields filled, per signature value.
    :param serial: serial number of the signer's certificate, lower-case hexadecimal.
    :param fingerprint: SHA-256 of that certificate, hexadecimal.
    :param level: PAdES level reached.
    """

    content: bytes
    path: Path | None
    sha256: str
    size: int
    base_sha256: str
    fields: tuple[tuple[str, ...], ...]
    serial: str
    fingerprint: str
    level: str


def lock_groups(plans: tuple[FieldPlan, ...], stated: tuple[str, ...]) -> tuple[str, ...]:
    """Names to lock for ``plans``: the stated ones, or the parents of the fields."""
    if stated:
        return stated
    return tuple(sorted({plan.name.rpartition('.')[0] or plan.name for plan in plans}))
