"""Where something goes on a document: between pages, business systems, records and the core. Units: millimetres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import EsignError
from ..signing.pages.dates import DateStyle
from ..signing.pages.geometry import Box, PageFrame
from ..signing.pages.placements import FieldPlan, Placement, PlacementKind, plan_fields

KINDS = frozenset(kind.value for kind in PlacementKind)
STYLES = frozenset(style.value for style in DateStyle)
# A date seal at 14 points is about this large.
DATE_SIZE = (42.0, 6.0)
FARTHEST = 20_000.0


@dataclass(frozen=True, slots=True)
class Position:
    """One place for a seal, a date or a cross-page seal.

    :param kind: ``seal``, ``date`` or ``cross_page``.
    :param seal_kind: code of the type of seal; empty for a date.
    :param page: 1-based, −1 is the last; of a cross-page seal the first page of its range.
    :param x: from the left of the page as displayed.
    :param y: from its top.
    :param last_page: of a cross-page seal, −1 is the last page.
    :param style: of a date.
    """

    kind: str
    seal_kind: str
    page: int
    x: float
    y: float
    width: float
    height: float
    last_page: int = -1
    style: str = DateStyle.ARABIC.value

    @classmethod
    def read(cls, env: Any, given: Any, seal_kind: str, size: tuple[float, float], pages: int = 0) -> Position:
        """What a page sent; nothing of it is trusted.

        :param seal_kind: code of the type of the seal that was named, empty when none was.
        :param size: of that seal; a date has its own.
        :param pages: of the document; 0 where its frames are asked later.
        :raises EsignError: ``ITEM`` when something is missing, no number, or there is no such page.
        """
        try:
            kind, style = str(given['kind']), str(given.get('style') or DateStyle.ARABIC.value)
            page, last = int(given['page']), int(given.get('last_page') or -1)
            x, y = float(given.get('x') or 0), float(given['y'])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise unreadable(env) from error
        inside = abs(x) < FARTHEST and abs(y) < FARTHEST  # NaN is not
        if (
            kind not in KINDS
            or style not in STYLES
            or not inside
            or not (_is_page(page, pages) and _is_page(last, pages))
        ):
            raise unreadable(env)
        if (kind == PlacementKind.DATE) == bool(seal_kind):
            raise EsignError(env._('Choose a seal for each place.'), 'ITEM')
        width, height = DATE_SIZE if kind == PlacementKind.DATE else size
        return cls(kind, seal_kind, page, round(x, 2), round(y, 2), width, height, last, style)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Position:
        """As :meth:`as_json` gave it."""
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        """JSON values, for records and for the board."""
        return asdict(self)

    @property
    def box(self) -> Box:
        """The rectangle."""
        return Box(self.x, self.y, self.width, self.height)

    @property
    def exact_box(self) -> list[str]:
        """The rectangle as text, for digests."""
        return [f'{value:.2f}' for value in (self.x, self.y, self.width, self.height)]

    def placement(self, art: str) -> Placement:
        """For the core.

        :param art: key of the picture that goes there.
        """
        first = max(self.page, 1)
        page = first if self.kind == PlacementKind.CROSS_PAGE else self.page
        return Placement(PlacementKind(self.kind), page, self.box, art, first_page=first, last_page=self.last_page)


def plans_at(frames: Sequence[PageFrame], positions: Sequence[Position], prefix: str) -> list[FieldPlan]:
    """Field plans of positions whose pictures are not chosen yet.

    :raises PlacementError: outside the page, or no such page.
    """
    return plan_fields(frames, [one.placement(one.seal_kind or one.style) for one in positions], prefix=prefix)


def _is_page(number: int, pages: int) -> bool:
    return number == -1 or (1 <= number <= pages if pages else number != 0)


def unreadable(env: Any) -> EsignError:
    """The refusal of a position that makes no sense."""
    return EsignError(env._('A seal was placed in a way that cannot be read. Place it again.'), 'ITEM')
