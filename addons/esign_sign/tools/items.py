"""What an act puts on a page, between the page (JSON), the records and the core. Units: millimetres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.pages.dates import DateStyle
from odoo.addons.esign_base.signing.pages.geometry import Box, PageFrame
from odoo.addons.esign_base.signing.pages.placements import FieldPlan, Placement, PlacementKind, plan_fields

KINDS = frozenset({'seal', 'date', 'cross_page'})
STYLES = frozenset(style.value for style in DateStyle)
# A date seal at 14 points is about this large.
DATE_SIZE = (42.0, 6.0)
FARTHEST = 20_000.0


@dataclass(frozen=True, slots=True)
class Item:
    """One seal, date or cross-page seal.

    :param seal: id of the seal; 0 for a date.
    :param page: 1-based, −1 is the last.
    :param last_page: of a cross-page seal.
    """

    kind: str
    seal: int
    page: int
    x: float
    y: float
    width: float
    height: float
    last_page: int = -1
    style: str = 'arabic'

    @property
    def art(self) -> str:
        """Key of the picture that it shows."""
        return f'date:{self.style}' if self.kind == 'date' else f'seal:{self.seal}'

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Item:
        """As it was stored by :meth:`as_json`."""
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        """JSON values that give the same item back."""
        return asdict(self)

    @classmethod
    def from_page(cls, env: Any, given: Any) -> Item:
        """From what a page sent; nothing of it is trusted, and sizes come from the seal.

        :raises EsignError: something is missing or no number.
        """
        try:
            kind, style = str(given['kind']), str(given.get('style') or 'arabic')
            page, last = int(given['page']), int(given.get('last_page') or -1)
            x, y = float(given.get('x') or 0), float(given['y'])
            seal = env['esign.seal'].sudo().browse(int(given.get('seal') or 0)).exists()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EsignError(
                env._('A seal was placed in a way that cannot be read. Place it again.'), 'ITEM'
            ) from error
        if kind not in KINDS or style not in STYLES or not (abs(x) < FARTHEST and abs(y) < FARTHEST) or page == 0:
            raise EsignError(env._('A seal was placed in a way that cannot be read. Place it again.'), 'ITEM')
        if (kind == 'date') == bool(seal):
            raise EsignError(env._('Choose a seal for each place.'), 'ITEM')
        width, height = (seal.width_mm, seal.height_mm) if seal else DATE_SIZE
        return cls(kind, seal.id or 0, page, round(x, 2), round(y, 2), width, height, last, style)

    @classmethod
    def from_placement(cls, env: Any, placement: Any, usable: Sequence[Any], chosen: Mapping[str, Any]) -> Item:
        """From a position set at launch, with the seal that goes there.

        :param usable: seals that the identity may use now.
        :param chosen: seal type code → seal id, where the signer chose.
        :raises EsignError: there is no usable seal of the type.
        """
        seal_id = 0
        if placement.kind != 'date':
            code = placement.seal_kind_id.code
            fitting = [seal for seal in usable if fits(seal.kind_code, code)]
            wanted = chosen.get(code)
            seal = next((one for one in fitting if one.id == wanted or not wanted), None)
            if seal is None:
                raise EsignError(
                    env._('You have no seal of the type “%s” that can be used here.', placement.seal_kind_id.name),
                    'NO_SEAL',
                )
            seal_id = seal.id
        width, height = placement._extent()
        return cls(
            placement.kind,
            seal_id,
            placement.page,
            placement.x,
            placement.y,
            width,
            height,
            placement.last_page,
            placement.date_style or 'arabic',
        )

    def description(self, seals: Mapping[int, Any]) -> dict[str, Any]:
        """What goes into the digest that is consented to; measures as text, so that they are exact."""
        seal = seals.get(self.seal)
        return {
            'kind': self.kind,
            'seal': self.seal or None,
            'seal_name': seal.name if seal else None,
            'picture': seal.artwork_id.sha256 if seal else None,
            'page': self.page,
            'last_page': self.last_page if self.kind == 'cross_page' else None,
            'box': [f'{value:.2f}' for value in (self.x, self.y, self.width, self.height)],
            'style': self.style if self.kind == 'date' else None,
        }

    def placement(self) -> Placement:
        """For the core."""
        return Placement(
            PlacementKind(self.kind),
            self.page if self.kind != 'cross_page' else max(self.page, 1),
            Box(self.x, self.y, self.width, self.height),
            self.art,
            first_page=max(self.page, 1),
            last_page=self.last_page,
        )


# A person may use the handwritten signature where a name seal is asked for.
_INSTEAD = {'name': frozenset({'name', 'handwriting'}), 'handwriting': frozenset({'handwriting'})}


def fits(kind: str, wanted: str) -> bool:
    """Whether a seal of one type may stand where another is asked for."""
    return kind in _INSTEAD.get(wanted, frozenset({wanted}))


def plans_of(frames: Sequence[PageFrame], items: Iterable[Item], prefix: str) -> list[FieldPlan]:
    """Field plans of items on pages.

    :raises PlacementError: outside the page, or no such page.
    """
    return plan_fields(frames, [item.placement() for item in items], prefix=prefix)
