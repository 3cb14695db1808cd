"""Notes without an appearance of their own, drawn as viewers draw them (ISO 32000-1, 12.5.6).

An appearance is optional in a file; readers draw such marks themselves. What is not in the table here is
refused by its caller: a mark is never left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pikepdf
from reportlab.lib.colors import Color, black

from .geometry import Rect
from .mark_style import Border, TextStyle, colour_of, numbers, rectangle
from .mark_text import write
from .sheet import Sheet

Node: TypeAlias = Any
Point: TypeAlias = tuple[float, float]
_NOTE = 20.0  # a note's icon, user space units
_ARROW = 3.0  # lengths of line endings in line widths


def draw(mark: Node) -> Sheet | None:
    """Draw a mark by its entries; None for a kind that is not drawn here.

    :raises ValueError: its entries make no sense, or ask for what is not drawn here.
    :raises GlyphMissing: its text cannot be written.
    """
    drawer = _DRAWERS.get(str(mark.get('/Subtype')))
    return drawer(mark) if drawer else None


def _sheet(mark: Node, points: Sequence[Point], width: float) -> Sheet:
    """Return a sheet over all points and what a line of this width and its endings add around them."""
    around = width * (1 + 3 * _ARROW)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = Rect(min(xs) - around, min(ys) - around, max(xs) + around, max(ys) + around)
    return Sheet(box, float(mark.get('/CA', 1)))


def _pen(sheet: Sheet, mark: Node, border: Border) -> bool:
    """Set stroke and fill; tell whether there is a fill."""
    border.apply(sheet)
    sheet.canvas.setStrokeColor(colour_of(mark.get('/C')) or black)
    fill = colour_of(mark.get('/IC'))
    if fill is not None:
        sheet.canvas.setFillColor(fill)
    return fill is not None


def _transparent(mark: Node) -> bool:
    """Tell whether nothing is stroked: an empty colour array; without any, viewers take black."""
    return '/C' in mark and colour_of(mark.C) is None


def _pairs(array: Node) -> list[Point]:
    values = numbers(array)
    points = list(zip(values[::2], values[1::2], strict=True))
    if not points:
        raise ValueError('no points')
    return points


def _line(mark: Node) -> Sheet:
    if any(key in mark for key in ('/LL', '/LLE', '/LLO')) or mark.get('/Cap'):
        raise ValueError('leader lines or a caption')
    return _path(mark, _pairs(mark.L))


def _path(mark: Node, points: list[Point], *, close: bool = False) -> Sheet:
    border = Border.of(mark)
    sheet = _sheet(mark, points, border.width)
    filled = _pen(sheet, mark, border)
    if border.width and not _transparent(mark):
        names = [] if close or '/LE' not in mark else [str(name) for name in mark.LE]
        ends = [(points[0], points[1]), (points[-1], points[-2])] if len(points) > 1 else []
        shown = list(points)
        for place, (name, (tip, behind)) in enumerate(zip(names, ends, strict=False)):
            _ending(sheet, name, tip, behind, border.width, filled=filled)
            if name == '/ClosedArrow':  # the line ends at the arrow's base
                shown[-place] = _between(tip, behind, min(1.0, 2 * _ARROW * border.width / math.dist(tip, behind)))
        border.apply(sheet)
        sheet.polyline(shown, close=close, fill=filled and close)
    elif filled and close:
        sheet.canvas.setStrokeAlpha(0)
        sheet.polyline(points, close=True, fill=True)
    return sheet


def _ending(sheet: Sheet, name: str, tip: Point, behind: Point, width: float, *, filled: bool) -> None:
    """Draw a line ending (table 176) at ``tip`` of a line that comes from ``behind``."""
    if name == '/None':
        return
    half = _ARROW * width
    size = 2 * half / math.cos(math.radians(30))
    angle = math.atan2(behind[1] - tip[1], behind[0] - tip[0])
    sheet.canvas.setDash()

    def at(turn: float, length: float) -> Point:
        return tip[0] + length * math.cos(angle + turn), tip[1] + length * math.sin(angle + turn)

    spread = math.radians(30)
    shapes: dict[str, tuple[list[Point], bool]] = {
        '/OpenArrow': ([at(spread, size), tip, at(-spread, size)], False),
        '/ClosedArrow': ([at(spread, size), tip, at(-spread, size)], True),
        '/ROpenArrow': ([at(math.pi - spread, size), tip, at(math.pi + spread, size)], False),
        '/RClosedArrow': ([at(math.pi - spread, size), tip, at(math.pi + spread, size)], True),
        '/Butt': ([at(math.pi / 2, half), at(-math.pi / 2, half)], False),
        '/Slash': ([at(math.pi / 3, half), at(math.pi / 3 + math.pi, half)], False),
        '/Diamond': ([at(turn * math.pi / 2, half) for turn in range(4)], True),
        '/Square': ([at(math.pi / 4 + turn * math.pi / 2, half * math.sqrt(2)) for turn in range(4)], True),
    }
    if name == '/Circle':
        sheet.canvas.circle(*tip, half, stroke=1, fill=int(filled))
    elif name in shapes:
        points, closed = shapes[name]
        sheet.polyline(points, close=closed, fill=closed and filled)
    else:
        raise ValueError('line ending')


def _inner(mark: Node, width: float) -> Rect:
    """Return the rectangle less its differences (/RD) and half the line."""
    box = rectangle(mark.Rect)
    left, bottom, right, top = numbers(mark.RD, 4) if '/RD' in mark else (0.0, 0.0, 0.0, 0.0)
    half = width / 2
    inner = Rect(box.llx + left + half, box.lly + bottom + half, box.urx - right - half, box.ury - top - half)
    if inner.width <= 0 or inner.height <= 0:
        raise ValueError('no area')
    return inner


def _square(mark: Node) -> Sheet:
    border = Border.of(mark)
    box = _inner(mark, border.width)
    sheet = Sheet(rectangle(mark.Rect), float(mark.get('/CA', 1)))
    filled = _pen(sheet, mark, border)
    lined = int(border.width > 0 and not _transparent(mark))
    if mark.Subtype == '/Circle':
        sheet.canvas.ellipse(box.llx, box.lly, box.urx, box.ury, stroke=lined, fill=int(filled))
    else:
        sheet.canvas.rect(box.llx, box.lly, box.width, box.height, stroke=lined, fill=int(filled))
    return sheet


def _ink(mark: Node) -> Sheet:
    strokes = [_pairs(stroke) for stroke in mark.InkList]
    border = Border.of(mark)
    sheet = _sheet(mark, [point for stroke in strokes for point in stroke], border.width)
    _pen(sheet, mark, border)
    sheet.canvas.setLineCap(1)
    sheet.canvas.setLineJoin(1)
    for stroke in strokes:
        sheet.polyline(stroke if len(stroke) > 1 else stroke * 2)
    return sheet


def _quads(mark: Node) -> list[list[Point]]:
    """Each quadrilateral as upper left, upper right, lower left, lower right, as all writers put them."""
    if '/QuadPoints' not in mark:
        box = rectangle(mark.Rect)
        return [[(box.llx, box.ury), (box.urx, box.ury), (box.llx, box.lly), (box.urx, box.lly)]]
    points = _pairs(mark.QuadPoints)
    if len(points) % 4:
        raise ValueError('quadrilaterals')
    return [points[start : start + 4] for start in range(0, len(points), 4)]


def _markup(mark: Node) -> Sheet:
    quads = _quads(mark)
    heights = [math.dist(quad[0], quad[2]) for quad in quads]
    sheet = _sheet(mark, [point for quad in quads for point in quad], max(heights) / 4)
    kind = str(mark.Subtype)
    colour = colour_of(mark.get('/C')) or (Color(1, 1, 0) if kind == '/Highlight' else black)
    sheet.canvas.setStrokeColor(colour)
    sheet.canvas.setFillColor(colour)
    if kind == '/Highlight':
        sheet.canvas.setBlendMode('Multiply')
    for quad, height in zip(quads, heights, strict=True):
        _marked_line(sheet, kind, quad, height)
    return sheet


def _marked_line(sheet: Sheet, kind: str, quad: Sequence[Point], height: float) -> None:
    upper_left, upper_right, lower_left, lower_right = quad
    if kind == '/Highlight':
        _bar(sheet, quad)
        return
    sheet.canvas.setLineWidth(1)
    share = 0.5 if kind == '/StrikeOut' else 0.0
    start, end = _between(lower_left, upper_left, share), _between(lower_right, upper_right, share)
    if kind != '/Squiggly':
        sheet.polyline([start, end])
        return
    steps = max(2, round(math.dist(start, end) / max(height / 6, 1.0)))
    low, high = (start, end), (_between(lower_left, upper_left, 0.16), _between(lower_right, upper_right, 0.16))
    sheet.polyline([_between(*(high if step % 2 else low), step / steps) for step in range(steps + 1)])


def _bar(sheet: Sheet, quad: Sequence[Point]) -> None:
    """Fill a quadrilateral whose ends are rounded outwards."""
    upper_left, upper_right, lower_left, lower_right = quad
    up = ((upper_left[0] - lower_left[0]) / 4, (upper_left[1] - lower_left[1]) / 4)
    along = (up[1], -up[0])

    def moved(point: Point, right: int, higher: int) -> Point:
        x, y = point
        return x + right * along[0] + higher * up[0], y + right * along[1] + higher * up[1]

    path = sheet.canvas.beginPath()
    path.moveTo(*lower_left)
    path.curveTo(*moved(lower_left, -1, 1), *moved(upper_left, -1, -1), *upper_left)
    path.lineTo(*upper_right)
    path.curveTo(*moved(upper_right, 1, -1), *moved(lower_right, 1, 1), *lower_right)
    path.close()
    sheet.canvas.drawPath(path, stroke=0, fill=1)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _note(mark: Node) -> Sheet:
    """Draw a note that opens on a click: its icon, at the upper left corner."""
    box = rectangle(mark.Rect)
    icon = Rect(box.llx, box.ury - _NOTE, box.llx + _NOTE, box.ury)
    sheet = Sheet(icon, float(mark.get('/CA', 1)))
    sheet.canvas.setFillColor(colour_of(mark.get('/C')) or Color(1, 0.85, 0.3))
    sheet.canvas.setStrokeColor(black)
    sheet.canvas.setLineWidth(1)
    sheet.canvas.rect(icon.llx + 2, icon.lly + 2, _NOTE - 4, _NOTE - 4, fill=1)
    for height in (6, 10, 14):
        sheet.polyline([(icon.llx + 5, icon.lly + height), (icon.urx - 5, icon.lly + height)])
    return sheet


def _free_text(mark: Node) -> Sheet:
    border = Border.of(mark)
    box = _inner(mark, border.width)
    sheet = Sheet(rectangle(mark.Rect), float(mark.get('/CA', 1)))
    style = TextStyle.of(str(mark.get('/DA', '')))
    border.apply(sheet)
    ground = colour_of(mark.get('/C'))
    sheet.canvas.setStrokeColor(style.colour)
    if ground is not None:
        sheet.canvas.setFillColor(ground)
    typewriter = mark.get('/IT') == '/FreeTextTypeWriter'
    if ground is not None or (border.width and not typewriter):
        stroke = int(border.width > 0 and not typewriter)
        sheet.canvas.rect(box.llx, box.lly, box.width, box.height, stroke=stroke, fill=int(ground is not None))
    if '/CL' in mark:
        raise ValueError('a call-out line')
    write(sheet, box, str(mark.get('/Contents', '')), style, align=int(mark.get('/Q', 0)), wrap=True)
    return sheet


def _polygon(mark: Node) -> Sheet:
    return _path(mark, _pairs(mark.Vertices), close=mark.Subtype == '/Polygon')


_DRAWERS: dict[str, Callable[[Node], Sheet]] = {
    '/FreeText': _free_text,
    '/Line': _line,
    '/Square': _square,
    '/Circle': _square,
    '/Polygon': _polygon,
    '/PolyLine': _polygon,
    '/Ink': _ink,
    '/Highlight': _markup,
    '/Underline': _markup,
    '/StrikeOut': _markup,
    '/Squiggly': _markup,
    '/Text': _note,
}


def has_look(mark: Node) -> bool:
    """Tell whether a mark brings the appearance that is to be shown (12.5.5)."""
    looks = mark.get('/AP')
    normal = looks.get('/N') if isinstance(looks, pikepdf.Dictionary) else None
    if isinstance(normal, pikepdf.Stream):
        return True
    state = mark.get('/AS')
    if not isinstance(normal, pikepdf.Dictionary) or not isinstance(state, pikepdf.Name):
        return False
    return isinstance(normal.get(str(state)), pikepdf.Stream)
