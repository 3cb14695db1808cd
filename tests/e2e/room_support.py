"""What journeys through the signing room need: codes, the room, and the eye of a ruler."""

import io
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy
import pypdfium2
from PIL import Image
from playwright.sync_api import expect

from .conftest import Visit

SIGNER = ('13800000001', 'signer-demo')
CODE = re.compile(r'(?<!\d)\d{6}(?!\d)')
A4_WIDTH = 210.0
DPI = 200
RED, DARK = 'red', 'dark'


def newest_code(since: float, mobile: str = SIGNER[0]) -> str:
    """The code of the last message to somebody, as he reads it."""
    path, end = Path(os.environ['ESIGN_SMS_FILE']), time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.stat().st_mtime >= since:
            for line in reversed(path.read_text(encoding='utf-8').splitlines()):
                message = json.loads(line)
                if message['to'].endswith(mobile) and (found := CODE.findall(message['text'])):
                    return found[-1]
        time.sleep(0.1)
    raise AssertionError('no code has arrived')


@dataclass(frozen=True)
class Extent:
    """What is red on a page: edges in mm from the top left of the page."""

    left: float
    top: float
    right: float
    bottom: float

    def apart(self, other: 'Extent') -> float:
        """The largest distance of two edges that should be one."""
        pairs = zip(
            (self.left, self.top, self.right, self.bottom),
            (other.left, other.top, other.right, other.bottom),
            strict=True,
        )
        return max(abs(one - two) for one, two in pairs)


def inked_in(picture: numpy.ndarray, ink: str) -> numpy.ndarray:
    """Which pixels of a picture (RGB) are red, or dark."""
    channels = picture.astype(int)
    if ink == RED:
        return (channels[..., 0] > 150) & (channels[..., 1] < 110) & (channels[..., 2] < 110)
    return channels.max(axis=2) < 90


def extent(picture: numpy.ndarray, width_mm: float, ink: str) -> Extent:
    """The extent of red or of dark ink in a picture (RGB) of a page that is so wide."""
    inked = inked_in(picture, ink)
    rows, columns = numpy.flatnonzero(inked.any(axis=1)), numpy.flatnonzero(inked.any(axis=0))
    assert rows.size, f'nothing {ink} is there'
    scale = width_mm / picture.shape[1]
    return Extent(columns[0] * scale, rows[0] * scale, (columns[-1] + 1) * scale, (rows[-1] + 1) * scale)


def drawn(data: bytes, page: int) -> numpy.ndarray:
    """A page as PDFium draws it with its fields (RGB)."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    bitmap = document[page - 1].render(scale=DPI / 72, may_draw_forms=True)
    return numpy.asarray(bitmap.to_pil().convert('RGB'))


def ink_of_pdf(data: bytes, page: int, width_mm: float, ink: str) -> Extent:
    """The extent of ink on a page."""
    return extent(drawn(data, page), width_mm, ink)


def ink_of_picture(png: bytes, width_mm: float, ink: str) -> Extent:
    """The extent of ink in a screenshot of a page."""
    return extent(numpy.asarray(Image.open(io.BytesIO(png)).convert('RGB')), width_mm, ink)


class Room:
    """What a signer does in the room."""

    def __init__(self, visit: Visit, group: int) -> None:
        self.visit, self.page, self.group = visit, visit.page, group
        self.phone = visit.screen == 'phone'

    @property
    def address(self) -> str:
        return f'/my/esign/sign/{self.group}'

    def enter(self) -> None:
        self.page.goto(self.address)
        self.page.wait_for_selector('.es-board__canvas canvas')

    def place(self, kind: str, x: float, y: float, page: int = 1) -> None:
        """Place the first entry of a kind with its middle at (x, y) mm: dragged with a mouse, tapped on a phone."""
        if self.phone:
            self.page.locator('.es-board__bar-button').first.tap()
        entry = self.page.locator(f'[data-entry^="{kind}"]').first
        if self.phone:
            entry.tap()
        target = self.page.locator(f'[data-page="{page}"]')
        scale = target.bounding_box()['width'] / A4_WIDTH
        if self.phone:
            target.tap(position={'x': x * scale, 'y': y * scale})
        else:
            box = target.bounding_box()
            at = box['x'] + x * scale, box['y'] + y * scale
            entry.hover()
            self.page.mouse.down()
            self.page.mouse.move(at[0] - 30, at[1] - 30, steps=4)
            self.page.mouse.move(*at, steps=4)
            self.page.mouse.up()

    def confirm(self) -> None:
        self.page.locator('[data-act=confirm]').click()
        sheet = self.page.locator('[data-dialog=confirm]')
        expect(sheet).to_be_visible()
        box, (width, height) = sheet.bounding_box(), self.page.viewport_size.values()
        if self.phone:
            assert (box['x'], box['width']) == (0, width), 'a sheet has the width of the phone'
            assert abs(box['y'] + box['height'] - height) < 2, 'a sheet rises from below'
        else:
            assert abs(box['x'] + box['width'] / 2 - width / 2) < 20, 'a dialog stands in the middle'
            assert abs(box['y'] + box['height'] / 2 - height / 2) < 20, 'a dialog stands in the middle'

    def sign(self, submit: str = '下一步', mobile: str = SIGNER[0]) -> None:
        """From the sheet to the result, with the code of the SMS."""
        since = time.time() - 1
        self.page.get_by_role('button', name=submit).click()
        expect(self.page.locator('.es-room__sent')).to_contain_text(f'138****{mobile[-4:]}')
        self.page.fill('#es-room-code', newest_code(since, mobile))
        self.page.locator('[data-act=sign]').click()
        expect(self.page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)

    def look(self) -> None:
        self.page.locator('[data-act=look]').click()
        self.page.wait_for_selector('.es-board__canvas canvas')

    def contract(self, number: int = 1) -> dict:
        """One of the contracts, as the page was told of it."""
        return self.page.evaluate(
            """async ([path, place]) => {
                const response = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},
                    body: JSON.stringify({jsonrpc: '2.0', params: {}})});
                return (await response.json()).result.data.contracts[place];
            }""",
            [f'{self.address}/room', number - 1],
        )

    def file(self, number: int = 1) -> bytes:
        """The newest revision of a contract, as the board reads it."""
        return self.page.request.get(self.contract(number)['url']).body()

    def turn_to(self, number: int) -> None:
        """Show a page from its top, drawn."""
        self.page.locator('.es-board__page-input').fill(str(number))
        self.page.keyboard.press('Enter')
        expect(self.page.locator(f'[data-page="{number}"] canvas')).to_be_visible()

    def picture(self, page: int = 1) -> bytes:
        """The page as the board shows it, without what floats above it."""
        self.page.locator('.es-board__scroller').focus()
        self.page.keyboard.press('Escape')
        self.page.mouse.move(2, 2)
        bars = """(seen) => document.querySelectorAll('.es-top, .es-room__head').forEach(
            (bar) => bar.style.visibility = seen)"""
        self.page.evaluate(bars, 'hidden')  # a page higher than the view reaches below them
        shot = self.page.locator(f'[data-page="{page}"]').screenshot()
        self.page.evaluate(bars, 'visible')
        return shot
