"""The board of a draft in the launch: what is done on it, and what the server has of it in millimetres."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from .conftest import Visit
from .staff import Staff
from .test_launch import contract

PAGES = 5
WIDTH, HEIGHT = 595 / 72 * 25.4, 842 / 72 * 25.4  # of the pages of `contract`, mm
MAKE = """
demo = env['esign.demo'].with_context(lang='zh_CN')
group = demo._demo_group(name, 'general', files, [demo._enterprise('external_1'), demo._person(1)], placed=True)
group.contract_ids.signer_ids.placement_ids.unlink()
for contract in group.contract_ids:
    contract._take_file('contract.pdf', b64decode(pdf))
"""


@dataclass(frozen=True)
class Placed:
    """One position as the server has it; lengths in mm."""

    kind: str
    page: int
    x: float
    y: float
    width: float
    height: float
    last_page: int
    style: str

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


class DraftBoard:
    """The step of positions of a draft whose files have five pages, for an enterprise and a person."""

    def __init__(self, visit: Visit, staff: Staff, name: str, files: tuple[str, ...] = ('板上合同',)) -> None:
        self.visit, self.page, self.staff = visit, visit.page, staff
        self.phone = visit.screen == 'phone'
        pdf = base64.b64encode(contract('Board', PAGES)).decode()
        staff.run(f'name, files, pdf = {name!r}, {list(files)!r}, {pdf!r}\n{MAKE}')
        self.group = staff.newest(name)
        self.page.goto(f'/my/esign/launch/{self.group}/places')
        expect(self.page.locator('.es-board__canvas canvas').first).to_be_visible()

    # What is done -----------------------------------------------------------------------------

    def entry(self, what: str) -> Locator:
        """An entry of the palette by what its key contains."""
        return self.page.locator(f'[data-entry*="{what}"]').first

    @property
    def items(self) -> Locator:
        return self.page.locator('.es-board__item:not(.is-ghost)')

    def button(self, name: str) -> Locator:
        return self.page.get_by_role('button', name=name, exact=True)

    def at(self, page: int, x: float, y: float) -> tuple[float, float]:
        """A point of a page (mm) in the window."""
        box = self.page.locator(f'[data-page="{page}"]').bounding_box()
        scale = box['width'] / WIDTH
        return box['x'] + x * scale, box['y'] + y * scale

    def sheet(self, number: int) -> None:
        """On a phone: the palette (0) or the list (1)."""
        self.page.locator('.es-board__bar-button').nth(number).tap()

    def place(self, what: str, x: float, y: float, page: int = 1) -> None:
        """An entry with its middle at (x, y) mm: dragged with the mouse, tapped on a phone."""
        if self.phone:
            self.sheet(0)
            self.entry(what).tap()
            self.page.touchscreen.tap(*self.at(page, x, y))
            return
        self.entry(what).hover()
        self.page.mouse.down()
        end = self.at(page, x, y)
        self.page.mouse.move(end[0] - 40, end[1] - 40, steps=4)
        self.page.keyboard.down('Alt')  # nothing is pulled to anything
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()
        self.page.keyboard.up('Alt')

    # What the server has ----------------------------------------------------------------------

    def placed(self) -> list[Placed]:
        """All positions, in reading order."""
        rows = self.staff.call(
            'esign.placement', 'search_read', [('signer_id.contract_id.group_id', '=', self.group)],
            ['kind', 'page', 'x', 'y', 'width', 'height', 'last_page', 'date_style'],
        )  # fmt: skip
        found = [
            Placed(
                row['kind'], row['page'], row['x'], row['y'], row['width'], row['height'],
                row['last_page'], row['date_style'],
            )
            for row in rows
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.page, one.y, one.x))

    def saved(self, right: Callable[[list[Placed]], bool], what: str) -> list[Placed]:
        """The positions on the server, as soon as they are right."""
        end = time.monotonic() + 10
        while not right(found := self.placed()):
            assert time.monotonic() < end, f'{what}: the server has {found}'
            time.sleep(0.1)
        return found

    def count(self, number: int) -> list[Placed]:
        return self.saved(lambda found: len(found) == number, f'{number} positions')

    def same(self, before: list[Placed]) -> None:
        self.saved(lambda found: found == before, f'as before: {before}')


def near(one: float, two: float, mm: float = 0.02) -> bool:
    return abs(one - two) <= mm
