"""From millimetres on the page as a reader sees it to PDF user space, and back.

People place things on what they see: millimetres from the top-left corner of the visible page,
after rotation and cropping. PDF wants user space units (1/72 inch times UserUnit), origin anywhere,
y upwards, before rotation (ISO 32000-2, 8.3.2.3 and 14.11.2). This module alone converts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject

from ..errors import FileRefused

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0
MM_PER_POINT = MM_PER_INCH / POINTS_PER_INCH
MAX_TREE_DEPTH = 64
MAX_PAGES = 20_000

# A document or object of pikepdf or pyHanko, by duck typing.
Node: TypeAlias = Any

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
_INHERITED = ('/MediaBox', '/CropBox', '/Rotate', '/Resources')
_LETTER = (0.0, 0.0, 612.0, 792.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A box in millimetres from the top-left corner of the page as displayed; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge, mm from the left of the displayed page."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The bottom edge, mm from the top of the displayed page."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in PDF user space units, y upwards (ISO 32000-2, 7.9.5), already normalised."""

    llx: float
    lly: float
    urx: float
    ury: float

    @property
    def width(self) -> float:
        """Extent along the user space x axis."""
        return self.urx - self.llx

    @property
    def height(self) -> float:
        """Extent along the user space y axis."""
        return self.ury - self.lly

    def intersection(self, other: Rect) -> Rect | None:
        """Return what both cover, or None when that has no area."""
        llx, lly = max(self.llx, other.llx), max(self.lly, other.lly)
        urx, ury = min(self.urx, other.urx), min(self.ury, other.ury)
        return Rect(llx, lly, urx, ury) if urx > llx and ury > lly else None

    def clamped(self, limit: Rect) -> Rect:
        """Return this rectangle with every edge pulled into ``limit``."""
        return Rect(
            min(max(self.llx, limit.llx), limit.urx),
            min(max(self.lly, limit.lly), limit.ury),
            min(max(self.urx, limit.llx), limit.urx),
            min(max(self.ury, limit.lly), limit.ury),
        )


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The visible part of one page: what of user space is shown, how turned and at which scale.

    :param visible: CropBox ∩ MediaBox in user space units.
    :param rotation: clockwise turn when displayed: 0, 90, 180 or 270 degrees.
    :param user_unit: size of one user space unit in points (1/72 inch).
    """

    visible: Rect
    rotation: int = 0
    user_unit: float = 1.0

    @property
    def _mm(self) -> float:
        return MM_PER_POINT * self.user_unit

    @property
    def sideways(self) -> bool:
        """Whether width and height change places when displayed."""
        return self.rotation in (90, 270)

    @property
    def width_mm(self) -> float:
        """Width of the page as displayed, mm."""
        return (self.visible.height if self.sideways else self.visible.width) * self._mm

    @property
    def height_mm(self) -> float:
        """Height of the page as displayed, mm."""
        return (self.visible.width if self.sideways else self.visible.height) * self._mm

    def _point_to_user(self, x: float, y: float) -> tuple[float, float]:
        x, y, v = x / self._mm, y / self._mm, self.visible
        if self.rotation == 90:
            return v.llx + y, v.lly + x
        if self.rotation == 180:
            return v.urx - x, v.lly + y
        if self.rotation == 270:
            return v.urx - y, v.ury - x
        return v.llx + x, v.ury - y

    def _point_to_display(self, x: float, y: float) -> tuple[float, float]:
        v = self.visible
        if self.rotation == 90:
            right, down = y - v.lly, x - v.llx
        elif self.rotation == 180:
            right, down = v.urx - x, y - v.lly
        elif self.rotation == 270:
            right, down = v.ury - y, v.urx - x
        else:
            right, down = x - v.llx, v.ury - y
        return right * self._mm, down * self._mm

    def to_user(self, box: Box) -> Rect:
        """Convert a displayed box (mm) to a user space rectangle."""
        ax, ay = self._point_to_user(box.x, box.y)
        bx, by = self._point_to_user(box.right, box.bottom)
        return Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def to_display(self, rect: Rect) -> Box:
        """Convert a user space rectangle to a displayed box (mm)."""
        ax, ay = self._point_to_display(rect.llx, rect.lly)
        bx, by = self._point_to_display(rect.urx, rect.ury)
        return Box(min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay))

    def contains(self, box: Box, *, tolerance_mm: float = 0.01) -> bool:
        """Tell whether the box has an area and lies on the visible page (up to rounding)."""
        values = (box.x, box.y, box.width, box.height)
        if not all(math.isfinite(v) for v in values) or box.width <= 0 or box.height <= 0:
            return False
        return (
            box.x >= -tolerance_mm
            and box.y >= -tolerance_mm
            and box.right <= self.width_mm + tolerance_mm
            and box.bottom <= self.height_mm + tolerance_mm
        )

    def upright(self, width: float, height: float) -> Matrix:
        """Return the /Matrix that makes an appearance of this size stand upright when displayed.

        The bounding box of the turned appearance keeps its lower left corner at the origin, so
        viewers that forget to align it with /Rect (ISO 32000-2, 12.5.5, algorithm) still place it.
        """
        if self.rotation == 90:
            return (0.0, 1.0, -1.0, 0.0, height, 0.0)
        if self.rotation == 180:
            return (-1.0, 0.0, 0.0, -1.0, width, height)
        if self.rotation == 270:
            return (0.0, -1.0, 1.0, 0.0, 0.0, width)
        return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

    def display_matrix(self) -> Matrix:
        """Return the matrix from upright millimetres (origin bottom-left, y up) to user space.

        Content drawn under this matrix in page content stands upright for the reader.
        """
        scale = 1.0 / self._mm
        ox, oy = self._point_to_user(0.0, self.height_mm)
        a, b, c, d, _, _ = self.upright(0.0, 0.0)
        return (a * scale, b * scale, c * scale, d * scale, ox, oy)


def frames_of(pdf: Node) -> list[PageFrame]:
    """Read the frame of every page, inherited attributes included.

    :param pdf: a ``pikepdf.Pdf`` or a pyHanko reader or writer.
    :raises FileRefused: ``page_tree`` when the tree is cyclic, too deep or has no usable box.
    """
    return [frame for frame, _ in walk_pages(pdf)]


def walk_pages(pdf: Node) -> list[tuple[PageFrame, Any]]:
    """Return each page's frame and, for pyHanko documents, its reference (else the page object)."""
    root = pdf.Root if hasattr(pdf, 'Root') else pdf.root
    try:
        return [(_frame(attributes), page) for page, attributes in _leaves(root)]
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise FileRefused('page_tree', f'the page tree cannot be read: {type(error).__name__}') from error


def _leaves(root: Node) -> Iterator[tuple[Any, dict[str, Any]]]:
    top = _raw(root, '/Pages')
    stack: list[tuple[Any, dict[str, Any], int]] = [(top, {}, 0)]
    seen: set[object] = set()
    count = 0
    while stack:
        handle, inherited, depth = stack.pop()
        if depth > MAX_TREE_DEPTH or (_identity(handle) in seen) or count > MAX_PAGES:
            raise FileRefused('page_tree', 'the page tree is cyclic, too deep or too large')
        seen.add(_identity(handle))
        node = handle.get_object() if isinstance(handle, IndirectObject) else handle
        attributes = inherited | {key: node[key] for key in _INHERITED if key in node}
        if '/Kids' in node:
            children = _raw_items(node['/Kids'])
            stack.extend((kid, attributes, depth + 1) for kid in reversed(children))
        else:
            if '/UserUnit' in node:
                attributes = attributes | {'/UserUnit': node['/UserUnit']}
            count += 1
            yield handle, attributes


def _identity(handle: Node) -> object:
    if isinstance(handle, IndirectObject):
        return (handle.idnum, handle.generation)
    objgen = getattr(handle, 'objgen', (0, 0))
    return objgen if objgen != (0, 0) else id(handle)


def _raw(node: Node, key: str) -> Node:
    return node.raw_get(key) if isinstance(node, DictionaryObject) else node[key]


def _raw_items(array: Node) -> list[Any]:
    if isinstance(array, ArrayObject):
        return [array.raw_get(index) for index in range(len(array))]
    return list(array)


def _frame(attributes: dict[str, Any]) -> PageFrame:
    media = _rectangle(attributes.get('/MediaBox', _LETTER))
    crop = _rectangle(attributes['/CropBox']) if '/CropBox' in attributes else media
    # A crop box that misses the media box is ignored, as viewers do.
    visible = crop.intersection(media) or media
    unit = float(attributes.get('/UserUnit', 1))
    if visible.width <= 0 or visible.height <= 0 or not math.isfinite(unit) or unit <= 0:
        raise FileRefused('page_tree', 'a page has no area')
    turn = attributes.get('/Rotate', 0)
    rotation = int(turn) % 360
    if rotation % 90:
        raise FileRefused('page_tree', 'a page is turned by an angle that is no multiple of 90 degrees')
    return PageFrame(visible, rotation, unit)


def _rectangle(array: Sequence[Any]) -> Rect:
    x0, y0, x1, y1 = (float(array[index]) for index in range(4))
    if not all(math.isfinite(v) for v in (x0, y0, x1, y1)):
        raise FileRefused('page_tree', 'a page box is not finite')
    return Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
