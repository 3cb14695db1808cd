"""Reports on A4: headings, tables of facts, pictures; Chinese in an embedded font.

Nothing is drawn as an empty box: a character that the font lacks is written as its code point.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import qrcode
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from odoo.addons.esign_base.signing.pages.glyphs import Face, FontStyle, face

FONT = 'EsignText'
_LOCK = threading.Lock()
_INK, _SOFT, _LINE, _BAND = (colors.HexColor(one) for one in ('#1d2733', '#55616f', '#c9d0d8', '#f1f4f8'))
TONES = {
    'ok': colors.HexColor('#1b6b3a'),
    'wait': colors.HexColor('#7d4c00'),
    'bad': colors.HexColor('#a3211b'),
    'quiet': colors.HexColor('#4a5563'),
}
_WIDTH = A4[0] - 40 * mm
_PICTURE = 24 * mm


def _font() -> Face:
    """Make the font known to the PDF library once; return its face."""
    found = face(FontStyle.KAI)
    with _LOCK:
        if FONT not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(FONT, str(found.path)))
    return found


def _style(size: float, *, leading: float | None = None, **options: object) -> ParagraphStyle:
    values = {'textColor': _INK, 'wordWrap': 'CJK', **options}
    return ParagraphStyle(f's{size}', fontName=FONT, fontSize=size, leading=leading or size * 1.5, **values)


class Paper:
    """A report that grows from top to bottom.

    :param title: shown at the top of the first page and kept in the file's facts.
    :param number: of the report; stands at the foot of every page.
    :param foot: one line at the foot, before the number.
    """

    def __init__(self, title: str, number: str, foot: str) -> None:
        """Start with the title."""
        self._face = _font()
        self._title, self._number, self._foot = title, number, foot
        self._story: list[Flowable] = [
            Paragraph(self._text(title), _style(20, alignment=TA_CENTER)),
            Spacer(1, 2 * mm),
            Paragraph(self._text(number), _style(10, alignment=TA_CENTER, textColor=_SOFT)),
            Spacer(1, 5 * mm),
        ]

    def _text(self, value: object) -> str:
        text = str(value).replace('\r', '').replace('\n', ' ')
        for char in self._face.missing(text):
            text = text.replace(char, f'[U+{ord(char):04X}]')
        return escape(text)

    def heading(self, text: str, *, level: int = 1) -> None:
        """Start a section."""
        size = 14 if level == 1 else 11.5
        self._story += [Spacer(1, 4 * mm), Paragraph(self._text(text), _style(size, keepWithNext=1)), Spacer(1, 1 * mm)]

    def line(self, text: str, tone: str = '', size: float = 10) -> None:
        """Write a paragraph."""
        self._story.append(Paragraph(self._text(text), _style(size, textColor=TONES.get(tone, _INK))))

    def stamp(self, text: str, tone: str) -> None:
        """Write the one sentence that matters, in a box."""
        style = _style(18, alignment=TA_CENTER, textColor=TONES[tone])
        box = Table([[Paragraph(self._text(text), style)]], colWidths=[_WIDTH])
        box.setStyle([('BOX', (0, 0), (-1, -1), 1.2, TONES[tone]), ('BOTTOMPADDING', (0, 0), (-1, -1), 10)])
        self._story += [box, Spacer(1, 3 * mm)]

    def facts(self, rows: Iterable[tuple[str, object]], *, size: float = 9.5) -> None:
        """A table of labels and values; rows without a value are left out."""
        label, value = _style(size, textColor=_SOFT), _style(size)
        cells = [
            [Paragraph(self._text(name), label), Paragraph(self._text(text), value)]
            for name, text in rows
            if text not in (None, '', False)
        ]
        if cells:
            self._grid(cells, [38 * mm, _WIDTH - 38 * mm], band_column=True)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float]) -> None:
        """A table with a head; ``widths`` are shares of the page."""
        style, total = _style(8.5), sum(widths)
        cells = [[Paragraph(self._text(one), style) for one in row] for row in (head, *rows)]
        self._grid(cells, [_WIDTH * one / total for one in widths], band_row=True)

    def _grid(self, cells: list, widths: list[float], *, band_row: bool = False, band_column: bool = False) -> None:
        table = Table(cells, colWidths=widths, repeatRows=1 if band_row else 0)
        style = [
            ('GRID', (0, 0), (-1, -1), 0.4, _LINE),
            ('VALIGN', (0, 0), (-1, -1), 'TOP'),
            ('TOPPADDING', (0, 0), (-1, -1), 2),
            ('BOTTOMPADDING', (0, 0), (-1, -1), 3),
        ]
        if band_row:
            style.append(('BACKGROUND', (0, 0), (-1, 0), _BAND))
        if band_column:
            style.append(('BACKGROUND', (0, 0), (0, -1), _BAND))
        table.setStyle(style)
        self._story += [table, Spacer(1, 2 * mm)]

    def pictures(self, pictures: Iterable[tuple[str, bytes]]) -> None:
        """Pictures (name, PNG) in a row, each with its name below."""
        style = _style(8, alignment=TA_CENTER, textColor=_SOFT)
        cells = [[self._picture(data), Paragraph(self._text(name), style)] for name, data in pictures if data]
        for start in range(0, len(cells), 4):
            row = cells[start : start + 4]
            table = Table(
                [[one[0] for one in row], [one[1] for one in row]], colWidths=[_WIDTH / 4] * len(row), hAlign='LEFT'
            )
            self._story.append(KeepTogether([table]))

    def _picture(self, data: bytes) -> Image:
        image = Image(io.BytesIO(data))
        scale = _PICTURE / max(image.imageWidth, image.imageHeight)
        image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
        return image

    def sheets(self, sheets: Sequence[Mapping[str, Any]]) -> None:
        """Outlines of pages with marked places (mm, from the top left), each with its title below."""
        style = _style(8, alignment=TA_CENTER, textColor=_SOFT)
        for start in range(0, len(sheets), 4):
            row = sheets[start : start + 4]
            table = Table(
                [[_outline(one) for one in row], [Paragraph(self._text(one['title']), style) for one in row]],
                colWidths=[_WIDTH / 4] * len(row),
                hAlign='LEFT',
            )
            table.setStyle([('VALIGN', (0, 0), (-1, 0), 'BOTTOM')])
            self._story.append(KeepTogether([table]))

    def code(self, address: str, caption: str) -> None:
        """A QR code of an address, its caption beside it."""
        style = _style(9, textColor=_SOFT)
        table = Table(
            [[_qr(address, 28 * mm), Paragraph(self._text(caption), style)]], colWidths=[32 * mm, _WIDTH - 32 * mm]
        )
        table.setStyle([('VALIGN', (0, 0), (-1, -1), 'MIDDLE')])
        self._story.append(KeepTogether([table]))

    def pdf(self) -> bytes:
        """The finished file, unsigned."""
        out = io.BytesIO()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=20 * mm,
            rightMargin=20 * mm,
            topMargin=18 * mm,
            bottomMargin=20 * mm,
            title=f'{self._title} {self._number}',
            author=self._foot,
        )
        foot = f'{self._foot}  {self._number}'

        class Numbered(_NumberedCanvas):
            foot_line = foot

        document.build(self._story, canvasmaker=Numbered)
        return out.getvalue()


class _NumberedCanvas(Canvas):
    """Writes the foot when the number of pages is known."""

    foot_line = ''

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._pages: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 - name given by reportlab
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._pages)
        for number, state in enumerate(self._pages, 1):
            self.__dict__.update(state)
            self.setFont(FONT, 8)
            self.setFillColor(_SOFT)
            self.drawString(20 * mm, 11 * mm, self.foot_line)
            self.drawRightString(A4[0] - 20 * mm, 11 * mm, f'{number} / {total}')
            Canvas.showPage(self)
        Canvas.save(self)


def _outline(sheet: Mapping[str, Any]) -> Drawing:
    scale = min(34 * mm / sheet['width'], 48 * mm / sheet['height'])
    height = sheet['height'] * scale
    drawing = Drawing(sheet['width'] * scale, height)
    drawing.add(Rect(0, 0, drawing.width, height, fillColor=colors.white, strokeColor=_LINE, strokeWidth=0.6))
    for one in sheet['marks']:
        below = height - (one['y'] + one['height']) * scale
        place = Rect(one['x'] * scale, below, one['width'] * scale, one['height'] * scale)
        place.fillColor, place.fillOpacity = TONES['bad'], 0.18
        place.strokeColor, place.strokeWidth = TONES['bad'], 1
        drawing.add(place)
    return drawing


def _qr(text: str, side: float) -> Drawing:
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    unit = side / len(rows)
    drawing = Drawing(side, side)
    for y, row in enumerate(reversed(rows)):
        for x, dark in enumerate(row):
            if dark:
                drawing.add(
                    Rect(x * unit, y * unit, unit, unit, fillColor=colors.black, strokeWidth=0, strokeColor=None)
                )
    return drawing
