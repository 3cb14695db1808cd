"""Slow and broken networks, impatient fingers, two tabs, an expired login: nothing lost, nothing doubled, a way on."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Visit, Visitors
from .room_support import SIGNER, Room, newest_code
from .staff import Staff
from .test_journeys import Launching, act_as
from .test_launch import LAUNCHER, contract

SLOW = {'offline': False, 'latency': 400, 'downloadThroughput': 60_000, 'uploadThroughput': 30_000}


@pytest.fixture
def signer(visitors: Visitors, screen: str) -> Visit:
    visit = visitors.signed_in(*SIGNER, screen)
    act_as(visit.page, '张晓明')
    return visit


@pytest.fixture
def room(signer: Visit, staff: Staff, request) -> Room:
    """The room of a new contract on which nothing is placed yet."""
    opened = Room(signer, staff.group(f'网络 {request.node.name} {time.time_ns()}', ['服务合同'], placed=False))
    opened.enter()
    return opened


class Line:
    """A line that fails once: before the request leaves, or after it has arrived."""

    def __init__(self, page: Page, path: str, *, arrives: bool) -> None:
        self.arrives, self.broken = arrives, 0
        page.route(path, self.carry)

    def carry(self, route: Route) -> None:
        if self.broken:
            route.continue_()
            return
        self.broken += 1
        if self.arrives:
            route.fetch()
        route.abort()


def forgive(visit: Visit) -> None:
    """What the browser says of the lines that were cut is no fault of the page."""
    visit.errors[:] = [text for text in visit.errors if 'ERR_FAILED' not in text and 'ERR_INTERNET' not in text]


def acts(staff: Staff, room: Room) -> list[str]:
    """States of the group's signing acts that were not given up."""
    found = staff.call(
        'esign.signing.act', 'search_read', [('group_id', '=', room.group), ('state', '!=', 'cancelled')], ['state']
    )
    return [one['state'] for one in found]


def choosing(visit: Visit, name: str) -> Launching:
    """A launch of one file that has come to its parties."""
    launching = Launching(visit, f'{name} {time.time_ns()}')
    launching.begin(1)
    launching.onward('parties')
    return launching


# R2.3 R2.10
@pytest.mark.parametrize('arrives', [False, True], ids=['cut', 'answer lost'])
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_upload_is_cut(visitors: Visitors, screen: str, arrives: bool):
    """The page offers to try again; the file is there once, whether or not it had arrived."""
    visit = visitors.signed_in(*LAUNCHER, screen)
    page, launching = visit.page, Launching(visit, f'上传 {time.time_ns()}')
    launching.begin(1)
    line = Line(page, '**/upload', arrives=arrives)
    paper = {'name': '附件.pdf', 'mimeType': 'application/pdf', 'buffer': contract('Annex')}
    page.locator('input[type=file]').set_input_files(paper)
    broken = page.locator('.es-papers__item', has_text='附件.pdf')
    expect(broken).to_contain_text('无法连接')
    assert line.broken == 1
    visit.shoot('cut')
    broken.get_by_role('button', name='重试').click()
    expect(page.locator('.es-papers__name')).to_have_count(2)
    page.reload()
    expect(page.locator('.es-papers__name')).to_have_count(2)
    forgive(visit)


# R3.4 R3.14
@pytest.mark.parametrize('arrives', [False, True], ids=['cut', 'answer lost'])
@pytest.mark.parametrize('screen', ['phone'], indirect=True)
def test_confirmation_is_cut(room: Room, staff: Staff, signer: Visit, arrives: bool):
    """What was confirmed gets lost: the sheet says so and asks again; one code is sent, and one act is signed."""
    page = room.page
    room.place('seal', 70, 90)
    room.confirm()
    line, since = Line(page, '**/freeze', arrives=arrives), time.time() - 1
    page.locator('[data-act=next]').click()
    expect(page.locator('[data-dialog=confirm] [role=alert]')).to_contain_text('无法连接')
    assert line.broken == 1
    signer.shoot('cut')
    page.locator('[data-act=next]').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    assert page.locator('.es-field__error').count() == 0
    page.fill('#es-room-code', newest_code(since))
    page.locator('[data-act=sign]').dblclick()
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    assert acts(staff, room) == ['done']
    assert staff.state(room.group) == 'done'
    forgive(signer)


# R3.4 R3.14
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_another_code_within_the_minute(room: Room, staff: Staff, signer: Visit):
    """Who changes something needs another code: he is told to wait, and asks for it later, also after a reload."""
    page = room.page
    room.place('seal', 70, 90)
    room.confirm()
    page.locator('[data-act=next]').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    page.get_by_role('button', name='返回文件').click()
    room.place('date', 70, 150)
    room.confirm()
    page.locator('[data-act=next]').click()
    expect(page.locator('.es-field__error')).to_contain_text('验证码刚刚发送过')
    expect(page.locator('[data-act=resend]')).to_be_disabled()
    expect(page.locator('[data-act=resend]')).to_contain_text('秒')
    assert page.locator('.es-room__sent').count() == 0, 'the code of before is not for this'
    signer.shoot('wait')
    staff.forget_codes(SIGNER[0])  # a minute passes
    page.reload()
    line, since = Line(page, '**/act/*/consent', arrives=False), time.time() - 1
    page.locator('[data-act=resend]').click()
    expect(page.locator('.es-field__error')).to_contain_text('无法连接')
    assert line.broken == 1
    page.locator('[data-act=resend]').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    page.fill('#es-room-code', newest_code(since))
    page.locator('[data-act=sign]').click()
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    assert acts(staff, room) == ['done']
    forgive(signer)


# R3.2 R3.14
def test_slow_network(room: Room, staff: Staff, signer: Visit):
    """At 60 kB/s with 400 ms of delay the whole signing works, and a code that is pressed twice signs once."""
    page = room.page
    line = page.context.new_cdp_session(page)
    line.send('Network.enable')
    line.send('Network.emulateNetworkConditions', SLOW)
    page.goto(room.address)
    page.wait_for_selector('.es-board__canvas canvas', timeout=120_000)
    room.place('seal', 70, 90)
    room.confirm()
    since = time.time() - 1
    page.locator('[data-act=next]').dblclick()
    expect(page.locator('.es-room__sent')).to_be_visible(timeout=30_000)
    page.fill('#es-room-code', newest_code(since))
    page.locator('[data-act=sign]').dblclick()
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    assert acts(staff, room) == ['done']


# R3.2 R3.14
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_expired_login(room: Room, signer: Visit):
    """The login ends while seals are placed: the page says so, leads to the login, and everything is still there."""
    page = room.page
    room.place('seal', 70, 90)
    kept = page.context.cookies()
    page.context.clear_cookies()
    room.confirm()
    page.locator('[data-act=next]').click()
    expect(page.locator('[data-dialog=confirm] [role=alert]')).to_contain_text('登录')
    signer.shoot('expired')
    page.locator('[data-dialog=confirm]').get_by_role('link', name='重新登录').click()
    page.wait_for_url('**/esign/login**')
    page.context.add_cookies(kept)  # he logs in
    page.goto(room.address)
    expect(page.locator('.es-board__item')).to_be_visible()
    expect(page.locator('[data-act=confirm]')).to_contain_text('1')


# R2.10 R3.2 R3.14
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_two_tabs_and_the_way_back(room: Room, staff: Staff, signer: Visit):
    """What is signed in one tab is refused in the other, with the reason; going back shows what is so now."""
    page, other = room.page, signer.page.context.new_page()
    room.place('seal', 70, 90)
    other.goto(room.address)
    other.wait_for_selector('.es-board__canvas canvas')
    other.locator('[data-entry^="seal"]').first.focus()
    other.keyboard.press('Enter')
    room.confirm()
    room.sign()
    other.locator('[data-act=confirm]').click()
    other.locator('[data-act=next]').click()
    expect(other.locator('[data-dialog=confirm] [role=alert]')).to_be_visible()
    other.close()
    assert acts(staff, room) == ['done']
    page.locator('[data-act=home]').click()
    page.wait_for_url('**/my/esign/files/sign')
    page.go_back()
    expect(page.locator('.es-room__notice--ok')).to_be_visible()
    assert page.locator('[data-act=confirm]').count() == 0


# R2.10
@pytest.mark.parametrize('screen', ['phone'], indirect=True)
def test_going_back_while_launching(visitors: Visitors, screen: str):
    """The browser's own way back goes one step back, and loses nothing."""
    visit = visitors.signed_in(*LAUNCHER, screen)
    page, launching = visit.page, choosing(visit, '返回')
    page.go_back()
    expect(page.get_by_label('任务名称')).to_have_value(launching.name)
    page.go_forward()
    expect(page.get_by_role('button', name='添加签约方')).to_be_visible()


# R2.4
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_searching_before_the_last_answer(visitors: Visitors, screen: str):
    """Enter counts while an earlier answer is on its way, and that one does not take the place of the new one."""
    visit = visitors.signed_in(*LAUNCHER, screen)
    choosing(visit, '搜索')
    page = visit.page
    held: list[Route] = []

    def carry(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route('**/search', carry)
    with page.expect_request('**/search'):  # for the suggestions
        page.get_by_role('button', name='添加签约方').first.click()
    field = page.locator('dialog.es-picker input[type=search]')
    field.fill(SIGNER[0])
    field.press('Enter')
    rows = page.locator('.es-picker__row')
    expect(rows).to_have_count(1)
    with page.expect_event('requestfinished', lambda request: request.url.endswith('/search')):
        held[0].continue_()
    page.wait_for_timeout(300)  # it would have been shown by now
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text('明138')  # a number tells the last sign of the name alone
