"""After a rewrite: opens strictly elsewhere, same pages, same look."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pikepdf
import pypdfium2
from PIL import Image, ImageChops, ImageFilter, ImageStat
from pyhanko.pdf_utils.reader import PdfFileReader

from ..errors import FileRefused
from .geometry import PageFrame, frames_of
from .pdfium import PDFIUM_LOCK

SAMPLES = 8
_MOST_ALSO = 24
_SIDE = 842  # pixels of the longer side when comparing: one a point on A4
_FINE_SIDE = 1684
TILE = 24  # pixels
_PALER = 2.5  # times
_FAINT = 48  # of 255
_LOST = 1.0  # full pixels in a tile


def require_strict(data: bytes, frames: Sequence[PageFrame]) -> None:
    """Open strictly with pikepdf and pyHanko and compare the pages' frames.

    :raises FileRefused: ``damaged``.
    """
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            if frames_of(pdf) != list(frames):
                raise FileRefused('damaged', 'the pages differ between two readings')
            sound = not pdf.get_warnings()
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        if not _close(frames_of(reader), frames) or reader.encrypted or not sound:
            raise FileRefused('damaged', 'the file does not open strictly')
        _ = reader.embedded_signatures
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused('damaged', f'the file does not open strictly: {type(error).__name__}') from error


def _close(found: Sequence[PageFrame], expected: Sequence[PageFrame]) -> bool:
    return len(found) == len(expected) and all(
        a.rotation == b.rotation and abs(a.width_mm - b.width_mm) < 0.01 and abs(a.height_mm - b.height_mm) < 0.01
        for a, b in zip(found, expected, strict=True)
    )


def require_same_look(before: bytes, after: bytes, pages: int, *, also: Sequence[int] = (), marks: bool = True) -> None:
    """Render samples of both files and compare them place by place.

    :param also: indexes of pages that were drawn upon: these are looked at with double sharpness.
    :param marks: whether notes and fields are drawn.
    :raises FileRefused: ``changed_by_rewrite``, or ``damaged`` when the original cannot be shown.
    """
    wanted = {round(step * (pages - 1) / max(1, SAMPLES - 1)): _SIDE for step in range(SAMPLES)}
    wanted |= dict.fromkeys(also[:_MOST_ALSO], _FINE_SIDE)
    for number, one, other in zip(
        wanted,
        render_pages(before, pages, wanted, marks=marks),
        render_pages(after, pages, wanted, marks=marks),
        strict=True,
    ):
        if one.size != other.size:
            raise FileRefused('changed_by_rewrite', 'a page changed its size', {'page': number + 1})
        if looks_differ(one, other):
            raise FileRefused('changed_by_rewrite', 'a page looks different', {'page': number + 1})


def looks_differ(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether ink stands on one picture of a page where there is none, or another colour, on the other.

    A renderer weighs thin lines by chance of their position: ink counts as kept when some is within a
    pixel of it and not much paler. What is then left over is added up in small tiles, so that a short
    stroke counts as much on a full page as on an empty one.
    """
    changed = ImageChops.difference(one, other).getbbox()
    if changed is None:
        return False
    left, top, right, bottom = changed
    place = (max(0, left - 2), max(0, top - 2), min(one.width, right + 2), min(one.height, bottom + 2))
    negatives = ImageChops.invert(one.crop(place)), ImageChops.invert(other.crop(place))
    return any(_lost(*pair) > _LOST for pair in (negatives, negatives[::-1]))


def _lost(ink: Image.Image, other: Image.Image) -> float:
    """Return the most ink in a tile, in full pixels of one colour, that the other picture lacks."""
    near = other.filter(ImageFilter.MaxFilter(3)).point(
        [min(255, int(value * _PALER) + _FAINT) for value in range(256)] * 3
    )
    missing = ImageChops.subtract(ink, near)
    tiles = missing.resize([-(-side // TILE) for side in missing.size], Image.Resampling.BOX)
    return max(high for _, high in ImageStat.Stat(tiles).extrema) * TILE * TILE / 255


@contextmanager
def _displayed(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF for looking at it; whatever the viewer cannot do is a damaged file."""
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'the file cannot be displayed') from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'a page cannot be displayed') from error
        finally:
            document.close()


def render_pages(data: bytes, pages: int, sides: Mapping[int, int], *, marks: bool) -> Iterator[Image.Image]:
    """Yield pictures of pages, by index and pixels of the longer side; there must be ``pages`` in all."""
    with _displayed(data) as document:
        if len(document) != pages:
            raise FileRefused('damaged', 'the file has other pages for another reader')
        if marks:
            document.init_forms()
        for index, side in sides.items():
            page = document[index]
            scale = side / max(page.get_width(), page.get_height(), 1.0)
            bitmap = page.render(scale=min(scale, 8.0), may_draw_forms=marks, draw_annots=marks)
            yield bitmap.to_pil().convert('RGB')


def page_texts(data: bytes) -> list[bool]:
    """Tell for every page whether it has text that can be searched."""
    with _displayed(data) as document:
        return [document[index].get_textpage().count_chars() > 0 for index in range(len(document))]
