"""A finished picture for the paper: one vector page of known size, and its preview."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import pypdfium2

from .pdfium import PDFIUM_LOCK


@dataclass(frozen=True)
class Artwork:
    """A one-page vector PDF with transparent ground, and its size on paper.

    :param pdf: the page; its MediaBox is exactly the artwork.
    :param width_mm: width on paper, millimetres.
    :param height_mm: height on paper, millimetres.
    """

    pdf: bytes
    width_mm: float
    height_mm: float

    @property
    def sha256(self) -> str:
        """Digest of the page: names exactly this picture in records of use."""
        return hashlib.sha256(self.pdf).hexdigest()

    def png(self, dpi: int = 300) -> bytes:
        """Render a preview with transparent ground.

        :param dpi: dots per inch, at least 10 and at most 1200.
        """
        scale = min(max(dpi, 10), 1200) / 72
        with PDFIUM_LOCK:
            document = pypdfium2.PdfDocument(self.pdf)
            try:
                bitmap = document[0].render(scale=scale, fill_color=(255, 255, 255, 0), rev_byteorder=True)
                image = bitmap.to_pil().convert('RGBA')
            finally:
                document.close()
        out = io.BytesIO()
        image.save(out, 'PNG', dpi=(dpi, dpi), optimize=True)
        return out.getvalue()
