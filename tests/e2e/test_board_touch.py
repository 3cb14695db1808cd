"""The board by fingers at 390 px: two zoom it, one moves an item or scrolls; the window stays as it is."""

import time

import pytest
from playwright.sync_api import CDPSession, Page, expect

from .board_support import DraftBoard, near
from .conftest import Visitors
from .staff import Staff
from .test_journeys import act_as
from .test_launch import ENTERPRISE, LAUNCHER

STEPS = 12
Point = tuple[float, float]


@pytest.fixture
def board(visitors: Visitors, staff: Staff, request) -> DraftBoard:
    visit = visitors.signed_in(*LAUNCHER, 'phone')
    act_as(visit.page, ENTERPRISE)
    return DraftBoard(visit, staff, f'触摸 {request.node.name} {time.time_ns()}')


class Fingers:
    """Fingers on the glass, as Chromium gets them from it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.line: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, points: list[Point]) -> None:
        touches = [{'x': x, 'y': y, 'id': number} for number, (x, y) in enumerate(points)]
        self.line.send('Input.dispatchTouchEvent', {'type': kind, 'touchPoints': touches})

    def move(self, starts: list[Point], ends: list[Point], *, hold: bool = False) -> None:
        """All fingers from where they start to where they end."""
        self._send('touchStart', starts)
        for step in range(1, STEPS + 1):
            share = step / STEPS
            self._send(
                'touchMove',
                [
                    (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
                    for (x0, y0), (x1, y1) in zip(starts, ends, strict=True)
                ],
            )
            self.page.wait_for_timeout(16)
        if not hold:
            self.lift()

    def lift(self) -> None:
        self._send('touchEnd', [])


WHERE = """() => ({
    window: [window.scrollX, window.scrollY, window.visualViewport.scale],
    board: document.querySelector('.es-board__scroller').scrollTop,
    width: document.querySelector('[data-page="1"]').getBoundingClientRect().width,
})"""


def fit(page: Page, width: float) -> None:
    """The page as wide as the board again; measured before it is drawn so, its points are elsewhere."""
    page.get_by_role('button', name='适合宽度').tap()
    page.wait_for_function(
        '(width) => Math.abs(document.querySelector(\'[data-page="1"]\').getBoundingClientRect().width - width) < 1',
        arg=width,
    )


# R2.6
def test_pinch(board: DraftBoard) -> None:
    """What is between the fingers stays between them, larger; the window is neither zoomed nor scrolled."""
    page, fingers = board.page, Fingers(board.page)
    before = page.evaluate(WHERE)
    x, y = board.at(1, 105, 80)
    one, two = (x - 40, y - 30), (x + 40, y + 30)
    fingers.move([one, two], [(x - 80, y - 60), (x + 80, y + 60)], hold=True)
    assert page.locator('[data-page="1"]').bounding_box()['width'] > before['width'] * 1.9, (
        'nothing follows the fingers'
    )
    fingers.lift()
    expect(page.locator('[data-page="1"] canvas')).to_be_visible()
    page.wait_for_function(
        '(width) => document.querySelector(\'[data-page="1"] canvas\').width >= width * 1.9', arg=before['width']
    )
    larger = page.evaluate(WHERE)
    assert near(larger['width'] / before['width'], 2, 0.05)
    assert larger['window'] == before['window']
    after = board.at(1, 105, 80)
    assert near(after[0], x, 3)
    assert near(after[1], y, 3)
    board.visit.shoot('larger')
    # The fingers' middle moves while they come together: the page goes with it.
    fingers.move([(x - 90, y), (x + 90, y)], [(x - 60, y + 40), (x + 60, y + 40)])
    smaller = page.evaluate(WHERE)
    assert near(smaller['width'] / larger['width'], 2 / 3, 0.03)
    assert near(board.at(1, 105, 80)[1], y + 40, 4)
    fingers.move([(x - 90, y), (x + 90, y)], [(x - 2, y), (x + 2, y)])
    assert page.evaluate(WHERE)['width'] > 90, 'it vanished'
    fit(page, before['width'])
    assert page.evaluate(WHERE)['window'] == before['window']
    assert not board.visit.scrolls_sideways()


# R2.6
def test_move_by_touch(board: DraftBoard) -> None:
    """An item goes with the finger, on the page and on the server; the page under it does not."""
    page, fingers = board.page, Fingers(board.page)
    board.place('seal:official', 60, 60)
    [seal] = board.count(1)
    before = page.evaluate(WHERE)
    start, end = board.at(1, *seal.middle), board.at(1, seal.middle[0] + 80, seal.middle[1] + 50)
    fingers.move([start], [end], hold=True)
    board.visit.shoot('moving')
    fingers.lift()
    [moved] = board.saved(lambda found: found and not near(found[0].x, seal.x, 1), 'moved')
    assert near(moved.x, seal.x + 80, 0.6)
    assert near(moved.y, seal.y + 50, 0.6)
    assert page.evaluate(WHERE) == before, 'the page was scrolled or zoomed'
    shown = board.items.first.bounding_box()
    assert near(shown['x'] + shown['width'] / 2, end[0], 2)
    board.visit.shoot('moved')

    # Two fingers, one of them on the item: it stays where it is, the board is zoomed.
    x, y = board.at(1, *moved.middle)
    fingers.move([(x, y), (x - 60, y)], [(x + 20, y), (x - 100, y)])
    assert page.evaluate(WHERE)['width'] > before['width'] * 1.5
    board.same([moved])
    fit(page, before['width'])

    # One finger beside the item scrolls the pages, and places nothing.
    paper = board.at(1, 30, 200)
    fingers.move([paper], [(paper[0], paper[1] - 200)])
    page.wait_for_function("() => document.querySelector('.es-board__scroller').scrollTop > 100")
    settled = scrolled = -1
    while settled != (scrolled := page.evaluate(WHERE)['board']):  # it glides on for a while
        settled = scrolled
        page.wait_for_timeout(200)
    board.same([moved])
    page.get_by_role('button', name='撤销', exact=True).tap()
    board.same([seal])


# R2.6
def test_click_later_than_the_finger(board: DraftBoard) -> None:
    """A phone that is busy clicks a while after the finger has left: the seal is taken up, not placed under it."""
    page = board.page
    board.sheet(0)
    entry = board.entry('seal:official')
    box = entry.bounding_box()
    at = {'clientX': box['x'] + box['width'] / 2, 'clientY': box['y'] + box['height'] / 2, 'bubbles': True}
    for kind in ('pointerdown', 'pointerup'):
        entry.dispatch_event(kind, {**at, 'pointerId': 7, 'pointerType': 'touch', 'isPrimary': True})
    page.wait_for_timeout(300)
    under = '({clientX, clientY}) => Boolean(document.elementFromPoint(clientX, clientY)?.closest("[data-entry]"))'
    assert page.evaluate(under, at), 'the click would fall on what is under the sheet'
    entry.dispatch_event('click', {**at, 'detail': 1})
    expect(entry).to_be_hidden()
    board.count(0)
    page.touchscreen.tap(*board.at(1, 60, 60))
    [seal] = board.count(1)
    assert near(seal.middle[0], 60, 1)
    assert near(seal.middle[1], 60, 1)
