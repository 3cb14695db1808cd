"""Where a signing room stands: below the portal's pages, or behind a signing link."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomAddress:
    """Addresses of one room, for what it shows and asks for.

    :param root: path below which the room's requests go, without a slash at its end.
    :param home: where the way back leads; '' for who came by a link and has nowhere to go back to.
    :param seals: path of a seal's picture, ``{}`` for its number.
    """

    root: str
    home: str
    seals: str

    @property
    def base(self) -> str:
        """What a request of the page begins with."""
        return f'{self.root}/'

    def file(self, group: int, contract: int, revision: int) -> str:
        """One revision of a contract."""
        return f'{self.root}/{group}/file/{contract}/{revision}'

    def seal(self, number: int, artwork: int) -> str:
        """The picture of a seal; another picture has another address, so that browsers may keep it."""
        return f'{self.seals.format(number)}?v={artwork}'


OWN = RoomAddress('/my/esign/sign', '/my/esign/files', '/my/esign/seals/{}/image')
LINKED = RoomAddress('/esign/sign', '', '/esign/sign/seal/{}')
# What to do with a link that was changed on its way.
CHANGED = f'{LINKED.root}/changed'
