"""Appearance streams of planned fields, written into a pyHanko writer."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Sequence

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    StreamObject,
)
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from ..errors import PlacementError
from .artwork import Artwork
from .geometry import MM_PER_POINT, PageFrame
from .placements import FieldPlan

_PICTURES_KEPT = 16


class _Pictures(threading.local):
    """Artwork as opened lately by this thread: many documents of one signer bear the same seal."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, PdfFileReader] = OrderedDict()

    def opened(self, digest: str, art: Artwork) -> PdfFileReader:
        reader = self._known.pop(digest, None) or PdfFileReader(io.BytesIO(art.pdf))
        self._known[digest] = reader
        if len(self._known) > _PICTURES_KEPT:
            self._known.popitem(last=False)
        return reader


_PICTURES = _Pictures()


def number(value: float) -> FloatObject:
    """Write a number with at most five decimals: enough for a hundredth of a micrometre."""
    return FloatObject(f'{value:.5f}'.rstrip('0').rstrip('.') or '0')


class Appearances:
    """Makes the /AP /N form XObjects of fields; artwork is stored once, equal slices are shared.

    The picture keeps its proportions: it is fitted into the field and centred. Use one instance
    per writer and revision.
    """

    def __init__(self, writer: BasePdfFileWriter, frames: Sequence[PageFrame]) -> None:
        """Bind to a writer and to the frames of its pages."""
        self._writer = writer
        self._frames = frames
        self._arts: dict[str, IndirectObject] = {}
        self._forms: dict[tuple[object, ...], IndirectObject] = {}
        self._state: IndirectObject | None = None

    def normal(self, plan: FieldPlan, art: Artwork) -> IndirectObject:
        """Return the reference of the normal appearance of a field.

        :raises PlacementError: ``art_unreadable`` when the artwork is not a one-page PDF.
        """
        rotation = self._frames[plan.page_index].rotation
        width, height = plan.width_mm / MM_PER_POINT, plan.height_mm / MM_PER_POINT
        digest = art.sha256
        key = (digest, plan.slice, rotation, round(width, 4), round(height, 4))
        if key not in self._forms:
            self._forms[key] = self._form(plan, self._art(digest, art), art, width, height)
        return self._forms[key]

    def _art(self, digest: str, art: Artwork) -> IndirectObject:
        if digest not in self._arts:
            try:
                reader = _PICTURES.opened(digest, art)
                self._arts[digest] = reference = self._writer.import_page_as_xobject(reader)
                # A group of its own: only the finished picture meets the page, not its parts each other.
                reference.get_object()[name('/Group')] = DictionaryObject(
                    {name('/S'): name('/Transparency'), name('/I'): BooleanObject(True)}
                )
            except Exception as error:
                raise PlacementError('art_unreadable', f'artwork: {type(error).__name__}') from error
        return self._arts[digest]

    def _ink(self) -> IndirectObject:
        """Multiply, as stamping ink does: print below a seal stays readable (ISO 32000-2, 11.3.5)."""
        if self._state is None:
            self._state = self._writer.add_object(
                DictionaryObject({name('/Type'): name('/ExtGState'), name('/BM'): name('/Multiply')})
            )
        return self._state

    def _form(self, plan: FieldPlan, ref: IndirectObject, art: Artwork, width: float, height: float) -> IndirectObject:
        index, count = plan.slice or (0, 1)
        step = width / count
        frame = self._frames[plan.page_index]
        a, b, c, d, _, _ = frame.upright(0.0, 0.0)
        # The translation brings the turned slice's lower left corner to the origin.
        left, right = index * step, (index + 1) * step
        corners = [(a * x + c * y, b * x + d * y) for x in (left, right) for y in (0.0, height)]
        matrix = (a, b, c, d, -min(x for x, _ in corners), -min(y for _, y in corners))
        native_w, native_h = art.width_mm / MM_PER_POINT, art.height_mm / MM_PER_POINT
        scale = min(width / native_w, height / native_h)
        dx, dy = (width - native_w * scale) / 2, (height - native_h * scale) / 2
        form = StreamObject(
            {
                name('/Type'): name('/XObject'),
                name('/Subtype'): name('/Form'),
                name('/BBox'): ArrayObject(number(v) for v in (left, 0.0, right, height)),
                name('/Matrix'): ArrayObject(number(v) for v in matrix),
                name('/Resources'): DictionaryObject(
                    {
                        name('/XObject'): DictionaryObject({name('/Art'): ref}),
                        name('/ExtGState'): DictionaryObject({name('/Ink'): self._ink()}),
                    }
                ),
            },
            stream_data=f'q /Ink gs {scale:.5f} 0 0 {scale:.5f} {dx:.5f} {dy:.5f} cm /Art Do Q'.encode('ascii'),
        )
        return self._writer.add_object(form)
