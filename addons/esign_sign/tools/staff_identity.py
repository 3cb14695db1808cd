"""Staff of the platform acting for an internal enterprise."""

from __future__ import annotations

from dataclasses import dataclass

from odoo.addons.esign_base.identity import Identity


@dataclass(frozen=True)
class StaffIdentity(Identity):
    """An operator who drives the contracts of an internal enterprise; he signs and refuses nothing.

    Made by ``esign.identity._staff`` alone, which checks group and enterprise. ``person`` is the
    empty record: traces name the login instead.
    """

    @property
    def actor(self) -> str:
        """Name and login of the member of staff, and for whom."""
        return f'{self.user.name} <{self.user.login}> ({self.label})'
