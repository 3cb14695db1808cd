"""What the board shows is what is signed: pages turned, cropped, shifted, scaled and mixed, compared as pictures."""

import io

import pikepdf
import pytest

from tests.corpus.geometries import GEOMETRIES, MIXED, Geometry, blank

from .conftest import Visitors
from .room_support import DARK, RED, SIGNER, Room, ink_of_pdf, ink_of_picture
from .staff import Staff

TOLERANCE_MM = 1.0
# Shares of the visible box from its lower left, before any turning: no turn or mirror looks like another.
BLOCKS = ((0.10, 0.08, 0.15, 0.04), (0.40, 0.30, 0.15, 0.06))


def marked(geometries: list[Geometry]) -> bytes:
    """Pages of these geometries, each with two black blocks."""
    with pikepdf.open(io.BytesIO(blank(geometries))) as pdf:
        for page in pdf.pages:
            left, bottom, width, height = seen_box(page)
            blocks = ' '.join(
                f'{left + x * width:.2f} {bottom + y * height:.2f} {w * width:.2f} {h * height:.2f} re f'
                for x, y, w, h in BLOCKS
            )
            page.Contents = pdf.make_stream(f'0 g {blocks}'.encode())
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def seen_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """What is seen of a page: its crop box within its media box."""
    media, crop = ([float(value) for value in box] for box in (page.mediabox, page.cropbox))
    (x0, x1), (y0, y1) = sorted(media[0::2]), sorted(media[1::2])
    (a0, a1), (b0, b1) = sorted(crop[0::2]), sorted(crop[1::2])
    left, bottom = max(x0, a0), max(y0, b0)
    return left, bottom, min(x1, a1) - left, min(y1, b1) - bottom


# R2.6 R3.2
@pytest.mark.parametrize('pages', [list(GEOMETRIES.values()), list(MIXED)], ids=['every', 'mixed'])
def test_board_and_paper_agree(visitors: Visitors, staff: Staff, pages: list[Geometry]) -> None:
    """A seal on every page: its ink and the page's own stand on the paper where the board has them."""
    visit = visitors.signed_in(*SIGNER)
    visit.page.set_viewport_size({'width': 1400, 'height': 1500})  # an A3 page is seen whole
    room = Room(visit, staff.group(f'几何 {len(pages)}', ['几何'], placed=False, pdf=marked(pages)))
    room.enter()
    widths = [frame['width'] for frame in room.contract()['frames']]
    assert len(widths) == len(pages)
    shown = {}
    for number, width in enumerate(widths, 1):
        place(room, number, width)
        shown[number] = room.picture(number)
    room.confirm()
    room.sign()
    signed = room.file()
    apart = {
        (number, ink): ink_of_picture(shown[number], width, ink).apart(ink_of_pdf(signed, number, width, ink))
        for number, width in enumerate(widths, 1)
        for ink in (DARK, RED)
    }
    assert {what: far for what, far in apart.items() if far > TOLERANCE_MM} == {}


def place(room: Room, number: int, width: float) -> None:
    """A seal on a page, on each at another place, by choosing it and then the place."""
    room.turn_to(number)
    room.page.locator('[data-entry^="seal"]').first.click()
    page = room.page.locator(f'[data-page="{number}"]').bounding_box()
    scale = page['width'] / width
    room.page.mouse.click(page['x'] + (35 + number % 4 * 20) * scale, page['y'] + (30 + number % 3 * 12) * scale)
