"""Pages of every geometry: turned, cropped, shifted, scaled, mixed."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pikepdf

MM = 72 / 25.4


@dataclass(frozen=True)
class Geometry:
    """How one page is set up; boxes in user space units."""

    media: tuple[float, float, float, float] = (0, 0, 595.276, 841.89)
    crop: tuple[float, float, float, float] | None = None
    rotate: int | None = None
    user_unit: float | None = None


A4 = Geometry()
LANDSCAPE = Geometry(media=(0, 0, 841.89, 595.276))
A3 = Geometry(media=(0, 0, 841.89, 1190.55))
LETTER = Geometry(media=(0, 0, 612, 792))

GEOMETRIES: dict[str, Geometry] = {
    'plain': A4,
    'landscape': LANDSCAPE,
    'rotate_90': Geometry(rotate=90),
    'rotate_180': Geometry(rotate=180),
    'rotate_270': Geometry(rotate=270),
    'rotate_minus_90': Geometry(rotate=-90),
    'rotate_450': Geometry(rotate=450),
    'crop': Geometry(crop=(50, 60, 500, 700)),
    'crop_beyond_media': Geometry(crop=(-100, 30, 400, 2000)),
    'crop_rotate_90': Geometry(crop=(50, 60, 500, 700), rotate=90),
    'crop_rotate_180': Geometry(crop=(50, 60, 500, 700), rotate=180),
    'crop_rotate_270': Geometry(crop=(50, 60, 500, 700), rotate=270),
    'offset': Geometry(media=(-200, 300, 395.276, 1141.89)),
    'offset_rotate_90': Geometry(media=(-200, 300, 395.276, 1141.89), rotate=90),
    'offset_crop_rotate_270': Geometry(media=(100, -50, 700, 800), crop=(150, 0, 650, 700), rotate=270),
    'reversed_box': Geometry(media=(595.276, 841.89, 0, 0)),
    'user_unit': Geometry(media=(0, 0, 297.638, 420.945), user_unit=2),
    'user_unit_rotate_90': Geometry(media=(10, 20, 307.638, 440.945), crop=(20, 30, 300, 430), rotate=90, user_unit=2),
    'a3': A3,
    'letter': LETTER,
}

# Mixed sizes and rotations, as scanned annexes are.
MIXED = (A4, LANDSCAPE, GEOMETRIES['rotate_90'], A3, GEOMETRIES['crop_rotate_270'], GEOMETRIES['user_unit'])


def blank(geometries: list[Geometry], *, inherited: bool = False) -> bytes:
    """Return a PDF with blank pages of these geometries.

    :param inherited: put the first page's box and rotation on the page tree, not on the pages.
    """
    pdf = pikepdf.new()
    for geometry in geometries:
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=pikepdf.Array([round(v, 4) for v in geometry.media]),
            Resources=pikepdf.Dictionary(),
            Contents=pdf.make_stream(b' '),
        )
        if geometry.crop:
            page.CropBox = pikepdf.Array(list(geometry.crop))
        if geometry.rotate is not None:
            page.Rotate = geometry.rotate
        if geometry.user_unit:
            page.UserUnit = geometry.user_unit
        pdf.pages.append(pikepdf.Page(page))
    if inherited:
        for key in ('/MediaBox', '/CropBox', '/Rotate'):
            if key in pdf.pages[0].obj:
                pdf.Root.Pages[key] = pdf.pages[0].obj[key]
                for item in pdf.pages:
                    del item.obj[key]
    out = io.BytesIO()
    pdf.save(out, min_version='1.6')
    return out.getvalue()
