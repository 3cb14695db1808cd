"""One mark's picture under way: drawn with reportlab in the page's own coordinates, then a form XObject."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import pikepdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ..errors import GlyphMissing
from .geometry import Rect
from .glyphs import FontStyle, face

Node: TypeAlias = Any  # pikepdf hands out native types for scalars


class Sheet:
    """A canvas over ``box``; what it becomes has exactly that box."""

    def __init__(self, box: Rect, opacity: float = 1.0) -> None:
        """Begin with an empty sheet.

        :param box: user space units of the page.
        :param opacity: 0 to 1, of all that is drawn.
        """
        self._out = io.BytesIO()
        self.box = box
        self.canvas = Canvas(self._out, pagesize=(box.width, box.height), invariant=1)
        self.canvas.translate(-box.llx, -box.lly)
        if opacity < 1:
            self.canvas.setFillAlpha(opacity)
            self.canvas.setStrokeAlpha(opacity)

    def polyline(self, points: Sequence[tuple[float, float]], *, close: bool = False, fill: bool = False) -> None:
        """Stroke the lines between points; close and fill where asked."""
        path = self.canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        if close:
            path.close()
        self.canvas.drawPath(path, stroke=1, fill=int(fill))

    def form(self, pdf: pikepdf.Pdf) -> Node:
        """Return the finished sheet as a form XObject of ``pdf``."""
        self.canvas.showPage()
        self.canvas.save()
        with pikepdf.open(self._out) as drawn:
            form = drawn.make_indirect(drawn.pages[0].as_form_xobject())
            return pdf.copy_foreign(form)


def font_for(text: str, wanted: str = 'Helvetica') -> str:
    """Name the font a text is drawn in: ``wanted`` of the fourteen that viewers have, else one that is embedded.

    :raises GlyphMissing: neither has all its characters.
    """
    try:
        text.encode('cp1252')
    except UnicodeEncodeError:
        face(FontStyle.KAI).require(text)
        return _embedded()
    return wanted


@lru_cache(maxsize=1)
def _embedded() -> str:
    try:
        pdfmetrics.registerFont(TTFont('Marks', str(face(FontStyle.KAI).path)))
    except OSError as error:
        raise GlyphMissing('font_missing', 'the font for texts cannot be read', {'characters': []}) from error
    return 'Marks'


def width_of(text: str, font: str, size: float) -> float:
    """Width of one line, user space units."""
    return float(pdfmetrics.stringWidth(text, font, size))
