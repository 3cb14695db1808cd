"""From what was placed on the pages to signature fields, their rectangles and appearances.

The planning is pure arithmetic on page frames; :class:`Appearances` writes form XObjects into a
pyHanko writer and :func:`place_fields` the fields themselves, without the cost of one search of
the page tree per field. All fields of one act share one signature value, so slices are cheap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..errors import PlacementError
from .geometry import Box, PageFrame, Rect

MIN_GROUP = 10
MAX_GROUP = 20
_LAST = -1


class PlacementKind(StrEnum):
    """What a placement puts on the paper."""

    SEAL = 'seal'
    DATE = 'date'
    CROSS_PAGE = 'cross_page'


@dataclass(frozen=True, slots=True)
class Placement:
    """One thing placed by a person.

    :param kind: seal, date, or a seal spread over the right edges of several pages.
    :param page: 1-based, -1 for the last. For cross-page seals the page on which ``box`` was chosen.
    :param box: where, mm from the top-left of the displayed page. For cross-page seals the box of
        the whole seal: its ``y`` counts, its ``x`` does not, since slices cling to the right edge.
    :param art: key of the artwork.
    :param first_page: first page of a cross-page seal, 1-based.
    :param last_page: last page of a cross-page seal, 1-based, -1 for the last.
    """

    kind: PlacementKind
    page: int
    box: Box
    art: str
    first_page: int = 1
    last_page: int = _LAST


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One signature field to be made.

    :param name: fully qualified field name.
    :param page_index: 0-based.
    :param rect: in user space units of that page, never outside its visible box.
    :param art: key of the artwork.
    :param slice: ``(index, count)`` of a cross-page seal from left to right, None for the whole.
    :param width_mm: width on paper of the whole seal (all slices together).
    :param height_mm: height on paper.
    """

    name: str
    page_index: int
    rect: Rect
    art: str
    slice: tuple[int, int] | None = None
    width_mm: float = 0.0
    height_mm: float = 0.0


def plan_fields(frames: Sequence[PageFrame], placements: Sequence[Placement], *, prefix: str) -> list[FieldPlan]:
    """Turn placements into fields, in the order given.

    :param frames: of all pages of the document.
    :param prefix: hierarchical name of the group of fields; must be new in the document.
    :raises PlacementError: ``page_missing``, ``outside_page``, ``box_invalid``, ``page_range``,
        ``prefix_invalid``; ``details`` name the placement (0-based) and what would fit.
    """
    if not prefix or any(not part or not part.isprintable() for part in prefix.split('.')):
        raise PlacementError('prefix_invalid', 'the field name prefix is empty or has an empty part')
    plans: list[FieldPlan] = []
    numbers: dict[PlacementKind, int] = {}
    for index, placement in enumerate(placements):
        number = numbers[placement.kind] = numbers.get(placement.kind, 0) + 1
        name = f'{prefix}.{placement.kind.value}{number}'
        if placement.kind is PlacementKind.CROSS_PAGE:
            plans.extend(_cross_page(frames, placement, name, index))
        else:
            plans.append(_single(frames, placement, name, index))
    return plans


def slice_groups(pages: int) -> list[int]:
    """Split a number of pages into groups that each get a whole seal, 10–20 pages where possible.

    Thinner slices than a twentieth of a seal prove nothing, so longer documents repeat it.
    """
    groups = max(1, -(-pages // MAX_GROUP))
    size, larger = divmod(pages, groups)
    return [size + 1] * larger + [size] * (groups - larger) if pages else []


def _single(frames: Sequence[PageFrame], placement: Placement, name: str, index: int) -> FieldPlan:
    page = _resolve(placement.page, len(frames), index)
    frame = frames[page]
    _require_inside(frame, placement.box, page, index)
    rect = frame.to_user(placement.box).clamped(frame.visible)
    box = placement.box
    return FieldPlan(name, page, rect, placement.art, None, box.width, box.height)


def _cross_page(frames: Sequence[PageFrame], placement: Placement, name: str, index: int) -> Iterator[FieldPlan]:
    first = _resolve(placement.first_page, len(frames), index)
    last = _resolve(placement.last_page, len(frames), index)
    if first > last:
        raise PlacementError('page_range', 'the first page comes after the last', {'placement': index})
    reference = frames[_resolve(placement.page, len(frames), index)]
    box = placement.box
    edge = Box(max(0.0, reference.width_mm - box.width), box.y, box.width, box.height)
    _require_inside(reference, edge, _resolve(placement.page, len(frames), index), index)
    page = first
    for count in slice_groups(last - first + 1):
        for position in range(count):
            rect = _slice_rect(frames[page], box, count, page, index)
            plan_name = f'{name}_p{page + 1}'
            yield FieldPlan(plan_name, page, rect, placement.art, (position, count), box.width, box.height)
            page += 1


def _slice_rect(frame: PageFrame, box: Box, count: int, page: int, index: int) -> Rect:
    """Place one slice at the right edge, moved up on pages too short for the height chosen."""
    width = box.width / count
    y = max(0.0, min(box.y, frame.height_mm - box.height))
    piece = Box(frame.width_mm - width, y, width, box.height)
    _require_inside(frame, piece, page, index)
    return frame.to_user(piece).clamped(frame.visible)


def _resolve(page: int, pages: int, index: int) -> int:
    number = pages if page == _LAST else page
    if not 1 <= number <= pages:
        details = {'placement': index, 'page': page, 'pages': pages}
        raise PlacementError('page_missing', f'there is no page {page} of {pages}', details)
    return number - 1


def _require_inside(frame: PageFrame, box: Box, page: int, index: int) -> None:
    if frame.contains(box):
        return
    details: dict[str, object] = {
        'placement': index,
        'page': page + 1,
        'box': (box.x, box.y, box.width, box.height),
        'page_size': (frame.width_mm, frame.height_mm),
    }
    if box.width > 0 and box.height > 0:
        raise PlacementError('outside_page', f'placement {index} leaves page {page + 1}', details)
    raise PlacementError('box_invalid', f'placement {index} has no area', details)
