"""What a form's fields say, drawn: the value is shown, or the file is refused; never an outdated appearance.

An appearance is only a picture of a value (ISO 32000-1, 12.7.3.3); with /NeedAppearances readers draw it anew.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import pikepdf
import pypdfium2
from reportlab.lib.colors import black

from ..errors import FileRefused, GlyphMissing
from .geometry import Rect
from .mark_shapes import has_look
from .mark_style import Border, TextStyle, colour_of, rectangle
from .mark_text import write
from .pdfium import PDFIUM_LOCK
from .sheet import Sheet

Node: TypeAlias = Any

_MAX_DEPTH = 40
_MULTILINE, _PASSWORD, _COMB = 1 << 12, 1 << 13, 1 << 24  # /Ff, tables 226–230
_RADIO, _PUSH, _COMBO = 1 << 15, 1 << 16, 1 << 17
_TICK, _DOT = '4', 'l'
# What the codes of ZapfDingbats that readers offer for buttons look like (ISO 32000-1, D.6).
_DINGBATS = {'4': '✔', '3': '✓', '8': '✘', '5': '✕', '6': '✖', 'l': '●', 'n': '■', 'u': '◆', 'H': '★'}


def inherited(node: Node, key: str) -> Node:
    """Return a field's entry, its own or the nearest of its parents' (12.7.3.1)."""
    for _ in range(_MAX_DEPTH):
        if key in node:
            return node[key]
        parent = node.get('/Parent')
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None


def name_of(widget: Node) -> str:
    """Return a field's full name as far as it has one."""
    parts: list[str] = []
    for _ in range(_MAX_DEPTH):
        if '/T' in widget:
            parts.append(str(widget.T))
        parent = widget.get('/Parent')
        if not isinstance(parent, pikepdf.Dictionary):
            break
        widget = parent
    return '.'.join(reversed(parts))


def has_value(widget: Node) -> bool:
    """Tell whether a field holds anything that ought to be seen."""
    value = inherited(widget, '/V')
    return value is not None and str(value) not in {'', '/Off'} and inherited(widget, '/FT') != '/Sig'


class FormValues:
    """The fields of one file."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        """Read the form's defaults."""
        self._pdf = pdf
        form = pdf.Root.get('/AcroForm')
        self._form = form if isinstance(form, pikepdf.Dictionary) else pikepdf.Dictionary()
        self._redraw = bool(self._form.get('/NeedAppearances', False))

    def dress(self, widgets: Sequence[tuple[int, Node]]) -> None:
        """Give each field the appearance that shows its value.

        :param widgets: number of the page, 1-based, and the field's dictionary.
        :raises FileRefused: ``form_not_drawn``, with the field's name and its page.
        """
        texts = [widget for _, widget in widgets if _has_text(widget) and has_look(widget)]
        shown = dict(zip((_key(one) for one in texts), _texts_of(texts), strict=True))
        for page, widget in widgets:
            try:
                self._one(widget, shown.get(_key(widget)))
            except (ValueError, TypeError, KeyError, AttributeError, GlyphMissing) as error:
                details: dict[str, object] = {'field': name_of(widget), 'page': page}
                raise FileRefused('form_not_drawn', f'a value is not shown: {error}', details) from error

    def _one(self, widget: Node, shown: str | None) -> None:
        kind, flags = str(inherited(widget, '/FT')), int(inherited(widget, '/Ff') or 0)
        if kind == '/Btn':
            self._button(widget, flags)
        elif _has_text(widget):
            value = _value(widget)
            if flags & _PASSWORD and kind == '/Tx' and value:
                raise ValueError('a password')
            if shown is None or self._outdated(value, shown):
                self._text(widget, value, flags)

    def _outdated(self, value: str, shown: str) -> bool:
        """Whether an appearance that reads ``shown`` hides the value."""
        wanted, found = _folded(value), _folded(shown)
        if wanted == found:
            return False
        if self._redraw:
            return True
        if not found:
            return True
        readable = all(unicodedata.category(char) not in {'Co', 'Cn', 'Cc'} and char != '\ufffd' for char in found)
        return bool(wanted) and readable and not _same_amount(wanted, found)

    def _text(self, widget: Node, value: str, flags: int) -> None:
        choice = inherited(widget, '/FT') == '/Ch'
        if choice and not flags & _COMBO:
            raise ValueError('a list')
        box = rectangle(widget.Rect)
        if box.width <= 0 or box.height <= 0:
            return
        sheet, inner = _framed(widget, box)
        style = TextStyle.of(str(inherited(widget, '/DA') or self._form.get('/DA', '')))
        comb = int(inherited(widget, '/MaxLen') or 0) if flags & _COMB and not choice else 0
        align = int(inherited(widget, '/Q') or self._form.get('/Q', 0))
        write(sheet, inner, value, style, align=align, wrap=bool(flags & _MULTILINE) and not choice, comb=comb)
        self._put(widget, sheet)

    def _button(self, widget: Node, flags: int) -> None:
        looks = widget.get('/AP')
        states = looks.get('/N') if isinstance(looks, pikepdf.Dictionary) else None
        if flags & _PUSH:
            if states is None:
                self._caption(widget)
            return
        state, value = widget.get('/AS'), inherited(widget, '/V')
        on = isinstance(state, pikepdf.Name) and state != '/Off'
        _require_one_mind(states, state if on else None, value)
        if isinstance(states, pikepdf.Dictionary) and (not on or str(state) in states):
            return
        if not isinstance(states, pikepdf.Stream):
            self._tick(widget, round_=bool(flags & _RADIO), on=on)

    def _tick(self, widget: Node, *, round_: bool, on: bool) -> None:
        box = rectangle(widget.Rect)
        sheet, inner = _framed(widget, box)
        if on:
            char = str(widget.get('/MK', {}).get('/CA', _DOT if round_ else _TICK))
            char = _DINGBATS[char]
            style = TextStyle.of(str(inherited(widget, '/DA') or ''))
            size = style.size or min(inner.width, inner.height)
            sheet.canvas.setFillColor(style.colour)
            sheet.canvas.setFont('ZapfDingbats', size)
            sheet.canvas.drawCentredString((box.llx + box.urx) / 2, (box.lly + box.ury) / 2 - size * 0.35, char)
        state = str(widget.AS) if on else '/Off'
        widget.AP = pikepdf.Dictionary(N=pikepdf.Dictionary({state: sheet.form(self._pdf)}))
        widget.AS = pikepdf.Name(state)

    def _caption(self, widget: Node) -> None:
        box = rectangle(widget.Rect)
        if box.width <= 0 or box.height <= 0:
            return
        sheet, inner = _framed(widget, box)
        style = TextStyle.of(str(inherited(widget, '/DA') or self._form.get('/DA', '')))
        write(sheet, inner, str(widget.get('/MK', {}).get('/CA', '')), style, align=1)
        self._put(widget, sheet)

    def _put(self, widget: Node, sheet: Sheet) -> None:
        widget.AP = pikepdf.Dictionary(N=sheet.form(self._pdf))
        if '/AS' in widget:
            del widget['/AS']


def _has_text(widget: Node) -> bool:
    return inherited(widget, '/FT') in ('/Tx', '/Ch')


def _key(widget: Node) -> object:
    return widget.objgen if widget.is_indirect else id(widget)


def _require_one_mind(states: Node, state: Node, value: Node) -> None:
    """Refuse a box that is ticked in one place of the file and not in another: readers differ on it.

    :param state: the one that is shown, None when it is off.
    """
    if not isinstance(value, pikepdf.Name):
        return
    own = set(states.keys()) if isinstance(states, pikepdf.Dictionary) else set()
    if state is None and str(value) in own - {'/Off'}:
        raise ValueError('the value says ticked, the appearance does not')
    if state is not None and state != value:
        raise ValueError('the appearance says ticked, the value does not')


def _value(widget: Node) -> str:
    """Return the text a field shows: of a choice what its option displays, not what it exports (12.7.4.4)."""
    value = inherited(widget, '/V')
    if value is None:
        return ''
    if isinstance(value, pikepdf.Stream):
        return str(pikepdf.String(value.read_bytes()))
    if isinstance(value, pikepdf.Array):
        return '\n'.join(_displayed(widget, str(one)) for one in value)
    return _displayed(widget, str(value))


def _displayed(widget: Node, value: str) -> str:
    for option in inherited(widget, '/Opt') or ():
        if isinstance(option, pikepdf.Array) and len(option) == 2 and str(option[0]) == value:
            return str(option[1])
    return value


def _framed(widget: Node, box: Rect) -> tuple[Sheet, Rect]:
    """Return a sheet with the field's ground and border, and what is left inside."""
    traits = widget.get('/MK', {})
    if int(traits.get('/R', 0)) % 360:
        raise ValueError('a turned field')
    sheet = Sheet(box)
    ground, line = colour_of(traits.get('/BG')), colour_of(traits.get('/BC'))
    border = Border.of(widget)
    half = border.width / 2
    inner = Rect(box.llx + half, box.lly + half, box.urx - half, box.ury - half)
    if ground is not None:
        sheet.canvas.setFillColor(ground)
    if line is not None and border.width and not border.underline:
        border.apply(sheet)
        sheet.canvas.setStrokeColor(line)
        sheet.canvas.rect(inner.llx, inner.lly, inner.width, inner.height, fill=int(ground is not None))
        sheet.canvas.setDash()
    elif ground is not None:
        sheet.canvas.rect(box.llx, box.lly, box.width, box.height, stroke=0, fill=1)
    if line is not None and border.underline:
        sheet.canvas.setStrokeColor(line)
        sheet.polyline([(box.llx, inner.lly), (box.urx, inner.lly)])
    sheet.canvas.setStrokeColor(black)
    return sheet, inner


def _folded(text: str) -> str:
    """Return a text without what readers lay out as they like: spaces, line ends, hyphens at them."""
    text = unicodedata.normalize('NFKC', text.replace('\x02', '-'))
    return ''.join(char for char in text if not char.isspace() and unicodedata.category(char) != 'Cf').rstrip('\0')


def _same_amount(value: str, shown: str) -> bool:
    """Whether a formatted number or date says the same: 9000 and ¥9,000.00, 20260102 and 2026-01-02."""
    try:
        return Decimal(value) == Decimal(re.sub(r'[^\d.\-]', '', shown))
    except InvalidOperation:
        digits = re.sub(r'\D', '', value)
        return len(digits) >= 6 and digits == re.sub(r'\D', '', shown)


def _texts_of(widgets: Sequence[Node]) -> list[str]:
    """Read what the appearances of some fields say."""
    if not widgets:
        return []
    sheet = pikepdf.new()
    for widget in widgets:
        look = widget.AP.N if isinstance(widget.AP.N, pikepdf.Stream) else widget.AP.N[str(widget.AS)]
        page = sheet.add_blank_page(page_size=(600, 600))
        box = rectangle(look.BBox)
        page.obj.MediaBox = pikepdf.Array([box.llx - 5, box.lly - 5, box.urx + 5, box.ury + 5])
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Look=sheet.copy_foreign(look)))
        page.obj.Contents = sheet.make_stream(b'/Look Do')
    out = io.BytesIO()
    sheet.save(out)
    with PDFIUM_LOCK:
        document = pypdfium2.PdfDocument(out.getvalue())
        try:
            return [document[index].get_textpage().get_text_range() for index in range(len(document))]
        finally:
            document.close()
