"""Staff of the platform, or a business system, acting for an enterprise."""

from __future__ import annotations

from dataclasses import dataclass

from odoo.addons.esign_base.identity import Identity


@dataclass(frozen=True)
class StaffIdentity(Identity):
    """An operator, or a business system, that drives contracts of an enterprise. It never signs.

    Made by ``esign.identity`` alone: ``_staff`` checks group and enterprise, ``_system`` is for whoever has
    checked. ``person`` is the empty record: traces name the login instead.
    """

    @property
    def actor(self) -> str:
        """Name and login of the member of staff or of the system, and for whom."""
        return f'{self.user.name} <{self.user.login}> ({self.label})'
