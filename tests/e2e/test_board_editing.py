"""Every command of the board, and what the server has after it: millimetres, not pictures."""

import re
import time

import pytest
from playwright.sync_api import Route, expect
from reportlab.pdfbase.pdfmetrics import stringWidth

from .board_support import HEIGHT, PAGES, WIDTH, DraftBoard, Placed, near
from .conftest import Visitors
from .staff import Staff
from .test_journeys import act_as
from .test_launch import ENTERPRISE, LAUNCHER

ALIGN = ('左对齐', '水平居中', '右对齐', '顶端对齐', '垂直居中', '底端对齐')
KEYWORD = 'Party A (seal):'


@pytest.fixture
def board(visitors: Visitors, screen: str, staff: Staff, request) -> DraftBoard:
    visit = visitors.signed_in(*LAUNCHER, screen)
    act_as(visit.page, ENTERPRISE)
    return DraftBoard(visit, staff, f'板 {request.node.name} {time.time_ns()}')


def aligned(item: Placed, how: str, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """Where an item stands (mm) after it was aligned to a box."""
    across = {'左对齐': x, '水平居中': x + (width - item.width) / 2, '右对齐': x + width - item.width}
    down = {'顶端对齐': y, '垂直居中': y + (height - item.height) / 2, '底端对齐': y + height - item.height}
    return across.get(how, item.x), down.get(how, item.y)


# R2.6
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_align(board: DraftBoard) -> None:
    """Each alignment: one item to its page, two to the one that was selected first; undo brings each back."""
    page = board.page
    board.place('seal:official', 60, 80)
    [seal] = before = board.count(1)
    assert near(seal.middle[0], 60, 0.3)
    assert near(seal.middle[1], 80, 0.3)
    for how in ALIGN:
        page.locator('.es-board__facts').get_by_role('button', name=how, exact=True).click()
        x, y = aligned(seal, how, 0, 0, WIDTH, HEIGHT)
        board.saved(lambda found, x=x, y=y: near(found[0].x, x) and near(found[0].y, y), how)
        board.button('撤销').click()
        board.same(before)

    board.place('date::arabic', 130, 160)
    seal, date = before = board.count(2)
    board.items.first.click()
    page.keyboard.down('Shift')
    board.items.last.click()
    page.keyboard.up('Shift')
    chosen = page.locator('.es-board__chosen')
    expect(chosen).to_contain_text('已选择2个位置')
    board.visit.shoot('two-selected')
    for how in ALIGN:
        chosen.get_by_role('button', name=how, exact=True).click()
        x, y = aligned(date, how, seal.x, seal.y, seal.width, seal.height)
        board.saved(
            lambda found, x=x, y=y: (
                seal in found and any(one.kind == 'date' and near(one.x, x) and near(one.y, y) for one in found)
            ),
            how,
        )
        page.keyboard.press('Control+z')
        board.same(before)
    chosen.get_by_role('button', name='删除').click()
    board.count(0)
    page.keyboard.press('Control+z')
    board.same(before)


# R2.6
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_duplicate_delete_undo(board: DraftBoard) -> None:
    """By the buttons beside an item and by keys; undone and done again."""
    page = board.page
    board.place('seal:official', 60, 80)
    [seal] = board.count(1)
    board.button('复制').click()
    first, copy = both = board.count(2)
    assert first == seal
    assert near(copy.x - seal.x, 5)
    assert near(copy.y - seal.y, 5)
    assert (copy.kind, copy.page, copy.width, copy.height) == (seal.kind, seal.page, seal.width, seal.height)
    board.visit.shoot('duplicated')
    page.keyboard.press('Control+d')
    three = board.count(3)
    assert near(three[2].x - copy.x, 5)
    page.keyboard.press('Delete')
    board.same(both)
    page.locator('.es-board__list').get_by_role('button', name='定位').first.click()
    page.locator('.es-board__menu').get_by_role('button', name='删除').click()
    board.same([copy])
    board.button('撤销').click()
    board.same(both)
    page.keyboard.press('Control+z')
    board.same(three)
    board.button('重做').click()
    board.same(both)
    page.keyboard.press('Control+y')
    board.same([copy])
    page.reload()
    expect(board.items).to_have_count(1)


# R2.6
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_keyword(board: DraftBoard) -> None:
    """A seal on one match, then on all of them: its middle is the middle of the words on the paper."""
    page = board.page
    search = page.locator('.es-board__keyword')

    def find(text: str) -> None:
        search.get_by_role('searchbox').fill(text)
        search.get_by_role('button', name='搜索').click()

    find('没有这句话')
    expect(page.locator('.es-board__problem')).to_contain_text('没有找到')
    find(KEYWORD)
    matches = page.locator('.es-board__matches li')
    expect(matches).to_have_count(PAGES)
    matches.nth(2).get_by_role('button', name='放在此处').click()
    expect(page.locator('.es-board__problem')).to_contain_text('请先在上方选择')
    assert board.placed() == []
    board.entry('seal:official').click()
    matches.nth(2).get_by_role('button', name='第 3 页').click()
    board.visit.shoot('keyword')
    matches.nth(2).get_by_role('button', name='放在此处').click()
    [seal] = board.count(1)
    assert seal.page == 3
    assert on_the_words(seal)
    page.keyboard.press('Control+z')
    board.count(0)
    board.entry('seal:contract').click()
    page.get_by_role('button', name=f'全部放置（{PAGES}）').click()
    found = board.count(PAGES)
    assert [one.page for one in found] == list(range(1, PAGES + 1))
    assert all(on_the_words(one) for one in found)
    board.visit.shoot('keyword-all')
    page.keyboard.press('Control+z')  # all of them in one step
    board.count(0)


# R2.6
@pytest.mark.parametrize('late', [False, True], ids=['found', 'answer on its way'])
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_keyword_of_another_file(visitors: Visitors, screen: str, staff: Staff, late: bool) -> None:
    """What was found in one file is not offered in the next one, also when the answer comes after the change."""
    visit = visitors.signed_in(*LAUNCHER, screen)
    act_as(visit.page, ENTERPRISE)
    DraftBoard(visit, staff, f'板 两份 {late} {time.time_ns()}', ('甲文件', '乙文件'))
    page, matches = visit.page, visit.page.locator('.es-board__matches li')
    search = page.locator('.es-board__keyword')
    search.get_by_role('searchbox').fill(KEYWORD)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    if late:
        page.route('**/keyword', hold)
    with page.expect_request('**/keyword'):
        search.get_by_role('button', name='搜索').click()
    if not late:
        expect(matches).to_have_count(PAGES)
    page.locator('.es-places__file', has_text='乙文件').click()
    expect(page.locator('.es-places__file[aria-current=true]')).to_have_text(re.compile('乙文件'))
    if late:
        with page.expect_event('requestfinished', lambda request: request.url.endswith('/keyword')):
            held[0].continue_()
        page.wait_for_timeout(300)  # it would have been shown by now
    expect(matches).to_have_count(0)
    expect(search.get_by_role('button', name='搜索')).to_have_attribute('aria-busy', 'false')


def on_the_words(seal: Placed) -> bool:
    """`contract` writes them at (72, 140) points from the lower left in 12 pt Helvetica."""
    middle = 72 + stringWidth(KEYWORD, 'Helvetica', 12) / 2, 842 - 140 - 4
    return near(seal.middle[0], middle[0] / 72 * 25.4, 1) and near(seal.middle[1], middle[1] / 72 * 25.4, 1.5)


# R2.6 R3.6
def test_across_a_range_of_pages(board: DraftBoard) -> None:
    """A cross-page seal over pages 2 to 4 shows its slices there alone."""
    page = board.page
    board.place('cross_page:official', 190, 120)
    [seal] = board.count(1)
    assert (seal.kind, seal.page, seal.last_page) == ('cross_page', 1, -1)
    assert near(seal.middle[1], 120, 0.6)
    if board.phone:
        board.sheet(1)
    page.get_by_label('起始页').fill('2')
    page.get_by_label('起始页').press('Tab')
    page.get_by_label('结束页').fill('4')
    page.get_by_label('结束页').press('Tab')
    page.get_by_label('距上边（毫米）').fill('40')
    page.get_by_label('距上边（毫米）').press('Tab')
    board.saved(lambda found: [(one.page, one.last_page, one.y) for one in found] == [(2, 4, 40.0)], 'a range')
    expect(page.locator('.es-board__row-where').first).to_contain_text('第 2–4 页')
    board.visit.shoot('range')
    if board.phone:
        page.locator('.es-board__sheet-head').get_by_role('button', name='关闭').tap()
    for number in range(1, PAGES + 1):
        page.locator('.es-board__page-input').fill(str(number))
        page.keyboard.press('Enter')
        sheet = page.locator(f'[data-page="{number}"]')
        expect(sheet.locator('canvas')).to_be_visible()
        slices = sheet.locator('.es-board__item--cross_page')
        expect(slices).to_have_count(1 if 2 <= number <= 4 else 0)
        if 2 <= number <= 4:
            scale = sheet.bounding_box()['width'] / WIDTH
            box = slices.bounding_box()
            edge = sheet.bounding_box()
            assert near(box['width'] / scale, seal.width / 3, 0.5)
            assert near((box['x'] + box['width'] - edge['x']) / scale, WIDTH, 0.6), 'not at the edge'
            assert near((box['y'] - edge['y']) / scale, 40, 0.6)
    assert not board.visit.scrolls_sideways()


# R2.6
def test_dates(board: DraftBoard) -> None:
    """A date in figures and one in Chinese characters, each where it was put, with today's picture."""
    drawn = board.staff.told("str(env['esign.placement'].sudo()._dates_json()['pictures'])")
    board.place('date::arabic', 60, 60)
    board.count(1)
    board.place('date::chinese', 130, 80)
    figures, characters = board.count(2)
    shown = [image.get_attribute('src') for image in board.page.locator('.es-board__picture img').all()]
    assert len(set(shown)) == 2 and all(f"'{one}'" in drawn for one in shown)
    assert [one.kind for one in (figures, characters)] == ['date', 'date']
    assert [figures.style, characters.style] == ['arabic', 'chinese']
    for date, (x, y) in ((figures, (60, 60)), (characters, (130, 80))):
        assert near(date.middle[0], x, 0.6)
        assert near(date.middle[1], y, 0.6)
    board.visit.shoot('dates')
    assert not board.visit.scrolls_sideways()
