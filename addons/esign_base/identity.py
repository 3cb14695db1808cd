"""The identity worn on the portal: a person alone, or for one of their enterprises.

A value object. Where identities come from and which one is worn is the business of the model
``esign.identity``; everything else only reads this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PERSON = 'person'
ENTERPRISE = 'enterprise'
DEPARTMENT = 'department'
STAFF = 'staff'
SESSION_KEY = 'esign_identity'


@dataclass(frozen=True)
class Identity:
    """Who somebody acts as.

    :param key: stable text key, ``person:ID``, ``enterprise:ID`` or ``department:ID``.
    :param kind: ``person``, ``enterprise`` or ``department``.
    :param user: the login (``res.users``).
    :param person: the natural person behind it (``esign.person``), always there.
    :param enterprise: the enterprise acted for, or None.
    :param department: the department acted for, or None.
    :param member: the membership in that enterprise, or None.
    :param roles: what the person is in that enterprise.
    :param label: what the header shows.
    """

    key: str
    kind: str
    user: Any
    person: Any
    enterprise: Any = None
    department: Any = None
    member: Any = None
    roles: frozenset[str] = field(default_factory=frozenset)
    label: str = ''

    @property
    def is_person(self) -> bool:
        """True when the person acts for nobody else."""
        return self.kind == PERSON

    @property
    def is_staff(self) -> bool:
        """True for staff who act for an internal enterprise: they drive contracts and never sign."""
        return self.kind == STAFF

    @property
    def actor(self) -> str:
        """Who acts, as traces name them: the person, and for whom."""
        name = self.person.name or ''
        return f'{name} ({self.label})' if self.enterprise else name

    def has_role(self, *roles: str) -> bool:
        """True when at least one of the roles is held."""
        return not self.roles.isdisjoint(roles)


def choose(identities: list[Identity], key: str | None) -> Identity | None:
    """Return the identity with that key, else the first one: a lost right falls back to the person."""
    return next((one for one in identities if one.key == key), identities[0] if identities else None)
