"""What an act puts on a page: a position with the seal that goes there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.pages.geometry import PageFrame
from odoo.addons.esign_base.signing.pages.placements import FieldPlan, plan_fields
from odoo.addons.esign_base.tools.positions import Position


@dataclass(frozen=True, slots=True)
class Imprint:
    """One seal, date or cross-page seal of an act.

    :param seal: id of the seal; 0 for a date.
    """

    at: Position
    seal: int

    @property
    def art(self) -> str:
        """Key of the picture that it shows."""
        return f'date:{self.at.style}' if self.at.kind == 'date' else f'seal:{self.seal}'

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Imprint:
        """As it was stored by :meth:`as_json`; before positions knew the type of seal, it was not stored."""
        position = {name: value for name, value in stored.items() if name != 'seal'}
        return cls(Position.from_json({'seal_kind': '', **position}), stored['seal'])

    def as_json(self) -> dict[str, Any]:
        """JSON values that give the same imprint back."""
        return {**self.at.as_json(), 'seal': self.seal}

    @classmethod
    def from_page(cls, env: Any, given: Any) -> Imprint:
        """From what a page sent; nothing of it is trusted, and sizes come from the seal.

        :raises EsignError: something is missing or no number.
        """
        seal = env['esign.seal'].sudo().browse(_number(given, 'seal')).exists()
        return cls(Position.read(env, given, seal.kind_code or '', (seal.width_mm, seal.height_mm)), seal.id or 0)

    @classmethod
    def at_position(cls, env: Any, placement: Any, usable: Sequence[Any], chosen: Mapping[str, Any]) -> Imprint:
        """From a position set at launch, with the seal that goes there.

        :param placement: a record of ``esign.position``.
        :param usable: seals that the identity may use now.
        :param chosen: seal type code → seal id, where the signer chose.
        :raises EsignError: there is no usable seal of the type.
        """
        position = placement._position()
        if not position.seal_kind:
            return cls(position, 0)
        fitting = [seal for seal in usable if fits(seal.kind_code, position.seal_kind)]
        wanted = chosen.get(position.seal_kind)
        seal = next((one for one in fitting if one.id == wanted or not wanted), None)
        if seal is None:
            raise EsignError(
                env._('You have no seal of the type “%s” that can be used here.', placement.seal_kind_id.name),
                'NO_SEAL',
            )
        return cls(position, seal.id)

    def description(self, seals: Mapping[int, Any]) -> dict[str, Any]:
        """What goes into the digest that is consented to; measures as text, so that they are exact."""
        seal, at = seals.get(self.seal), self.at
        return {
            'kind': at.kind,
            'seal': self.seal or None,
            'seal_name': seal.name if seal else None,
            'picture': seal.artwork_id.sha256 if seal else None,
            'page': at.page,
            'last_page': at.last_page if at.kind == 'cross_page' else None,
            'box': at.exact_box,
            'style': at.style if at.kind == 'date' else None,
        }


# A person may use the handwritten signature where a name seal is asked for.
_INSTEAD = {'name': frozenset({'name', 'handwriting'}), 'handwriting': frozenset({'handwriting'})}


def fits(kind: str, wanted: str) -> bool:
    """Whether a seal of one type may stand where another is asked for."""
    return kind in _INSTEAD.get(wanted, frozenset({wanted}))


def plans_of(frames: Sequence[PageFrame], imprints: Iterable[Imprint], prefix: str) -> list[FieldPlan]:
    """Field plans of imprints on pages.

    :raises PlacementError: outside the page, or no such page.
    """
    return plan_fields(frames, [one.at.placement(one.art) for one in imprints], prefix=prefix)


def _number(given: Any, name: str) -> int:
    try:
        return int(given.get(name) or 0)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return 0  # what else is wrong with it is said where the position is read
