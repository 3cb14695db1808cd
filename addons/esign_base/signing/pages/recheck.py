"""After a rewrite: opens strictly elsewhere, same pages, same look."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import pypdfium2
from PIL import Image, ImageChops, ImageStat
from pyhanko.pdf_utils.reader import PdfFileReader

from ..errors import FileRefused
from .geometry import PageFrame, frames_of, walk_pages
from .pdfium import PDFIUM_LOCK

SAMPLES = 8
_SIDE = 420  # pixels of the longer side when comparing
_MEAN_DIFFERENCE = 1.5  # of 255, per page


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
        _touch_pages(reader)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused('damaged', f'the file does not open strictly: {type(error).__name__}') from error


def _close(found: Sequence[PageFrame], expected: Sequence[PageFrame]) -> bool:
    return len(found) == len(expected) and all(
        a.rotation == b.rotation and abs(a.width_mm - b.width_mm) < 0.01 and abs(a.height_mm - b.height_mm) < 0.01
        for a, b in zip(found, expected, strict=True)
    )


def _touch_pages(reader: PdfFileReader) -> None:
    """Resolve what signing will touch: each page, its content, its annotations; and all signatures."""
    for _, reference in walk_pages(reader):
        page = reference.get_object()
        for key in ('/Contents', '/Annots', '/Resources'):
            if key in page:
                _ = page[key]
    _ = reader.embedded_signatures


def require_same_look(before: bytes, after: bytes, pages: int) -> None:
    """Render samples of both files and compare.

    :raises FileRefused: ``changed_by_rewrite``, or ``damaged`` when the original cannot be shown.
    """
    wanted = sorted({round(step * (pages - 1) / max(1, SAMPLES - 1)) for step in range(SAMPLES)})
    first, second = _render(before, wanted), _render(after, wanted)
    for number, one, other in zip(wanted, first, second, strict=True):
        if one.size != other.size:
            raise FileRefused('changed_by_rewrite', 'a page changed its size', {'page': number + 1})
        difference = ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
        if difference > _MEAN_DIFFERENCE:
            raise FileRefused('changed_by_rewrite', 'a page looks different', {'page': number + 1})


def _render(data: bytes, pages: Sequence[int]) -> list[Image.Image]:
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'the file cannot be displayed') from error
        try:
            document.init_forms()
            images = []
            for index in pages:
                page = document[index]
                scale = _SIDE / max(page.get_width(), page.get_height(), 1.0)
                images.append(page.render(scale=min(scale, 4.0)).to_pil().convert('L'))
            return images
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'a page cannot be displayed') from error
        finally:
            document.close()


def page_texts(data: bytes) -> list[bool]:
    """Tell for every page whether it has text that can be searched."""
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'the file cannot be displayed') from error
        try:
            return [document[index].get_textpage().count_chars() > 0 for index in range(len(document))]
        except pypdfium2.PdfiumError as error:
            raise FileRefused('damaged', 'a page cannot be displayed') from error
        finally:
            document.close()
