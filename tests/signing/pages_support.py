"""Helpers of the page tests: artwork whose corners can be told apart, and rendered pages."""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing.apart.intake import DEFAULT_LIMITS, Intake, Limits, _intake
from signing.apart.jobs import answer
from signing.errors import FileRefused
from signing.pages.appearances import Appearances
from signing.pages.artwork import Artwork
from signing.pages.fields import place_fields
from signing.pages.geometry import frames_of
from signing.pages.placements import Placement, plan_fields

DPI = 144
PX_PER_MM = DPI / 25.4
MM = 72 / 25.4


def corner_art(width_mm: float = 40, height_mm: float = 30) -> Artwork:
    """A red field whose top left corner is green and bottom right corner blue: tells every turn."""
    w, h = width_mm * MM, height_mm * MM
    content = (
        f'1 0 0 rg 0 0 {w:.4f} {h:.4f} re f '
        f'0 1 0 rg 0 {h * 0.7:.4f} {w * 0.3:.4f} {h * 0.3:.4f} re f '
        f'0 0 1 rg {w * 0.7:.4f} 0 {w * 0.3:.4f} {h * 0.3:.4f} re f'
    )
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(w, h))
    pdf.pages[0].Contents = pdf.make_stream(content.encode())
    out = io.BytesIO()
    pdf.save(out)
    return Artwork(out.getvalue(), width_mm, height_mm)


def stamp(data: bytes, placements: list[Placement], arts: dict[str, Artwork], prefix: str = 'p1.a1') -> bytes:
    """Write fields and appearances as one incremental revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=True)
    frames = frames_of(writer)
    plans = plan_fields(frames, placements, prefix=prefix)
    references = place_fields(writer, plans)
    make = Appearances(writer, frames)
    for plan, reference in zip(plans, references, strict=True):
        reference.get_object()['/AP'] = DictionaryObject({'/N': make.normal(plan, arts[plan.art])})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def render(data: bytes, page: int, dpi: int = DPI) -> np.ndarray:
    """Return the displayed page as an array of RGB, annotations included."""
    with pikepdf.open(io.BytesIO(data)) as raw:
        unit = float(raw.pages[page].obj.get('/UserUnit', 1))  # PDFium ignores it
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()  # without it PDFium leaves widgets out
        return np.asarray(document[page].render(scale=dpi / 72 * unit).to_pil().convert('RGB')).astype(int)
    finally:
        document.close()


def ink_box(pixels: np.ndarray, px_per_mm: float = PX_PER_MM) -> tuple[float, float, float, float]:
    """Return x, y, right, bottom of everything not white, in mm."""
    rows, columns = np.nonzero((pixels < 200).any(axis=2))
    return (
        columns.min() / px_per_mm,
        rows.min() / px_per_mm,
        (columns.max() + 1) / px_per_mm,
        (rows.max() + 1) / px_per_mm,
    )


def poppler_pages(data: bytes, dpi: int = 72) -> list[Image.Image]:
    """Every page as poppler draws it: a renderer that has no part in the core."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, 'source.pdf')
        source.write_bytes(data)
        command = ['pdftoppm', '-r', str(dpi), '-png', str(source), f'{folder}/page']
        subprocess.run(command, check=True, capture_output=True)
        return [Image.open(io.BytesIO(file.read_bytes())).convert('RGB') for file in sorted(Path(folder).glob('*.png'))]


def run_here(data: bytes, *, limits: Limits = DEFAULT_LIMITS, **options: bool) -> Intake:
    """Intake with the sandbox's job in this process: quicker, and seen by the coverage."""
    request = {'job': 'examine', 'limits': asdict(limits), 'unlock': False, 'flatten': True, **options}
    head, _, body = answer(request, data).partition(b'\n')
    reply = json.loads(head)
    if 'refused' in reply:
        raise FileRefused(*reply['refused'])
    return _intake(data, body or data, reply['facts'])
