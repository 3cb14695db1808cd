"""Journeys through the signing room, as people in China make them: on a computer and on a phone."""

import re
import time

import pytest
from playwright.sync_api import expect

from .conftest import Visit, Visitors
from .room_support import A4_WIDTH, RED, SIGNER, Room, ink_of_pdf, ink_of_picture, newest_code
from .staff import Staff

TOLERANCE_MM = 1.0
NAME = '二〇二六年度办公用品采购框架合同及其补充协议（含保密条款与廉洁条款）'


@pytest.fixture
def visit(visitors: Visitors, screen: str) -> Visit:
    """The signer, who has signed in."""
    return visitors.signed_in(*SIGNER, screen)


@pytest.fixture
def room(visit: Visit, staff: Staff, request):
    """Makes a group for this journey and lets its signer in."""

    def open_room(files: list[str], *, placed: bool) -> Room:
        name = f'{NAME} {request.node.name} {time.time_ns()}'
        opened = Room(visit, staff.group(name, files, placed=placed))
        opened.enter()
        return opened

    return open_room


# R3.2 R3.4 R3.14
def test_place_continue_and_finish(room, visit, staff):
    """Own seals are placed, signed, added to, finished; the paper shows what the board showed."""
    signing = room(['采购框架合同'], placed=False)
    page = visit.page
    assert not visit.scrolls_sideways()
    signing.place('seal', 70, 90)
    expect(page.locator('[data-act=confirm]')).to_contain_text('1')
    shown = ink_of_picture(signing.picture(), A4_WIDTH, RED)
    visit.shoot('placed')
    page.reload()
    page.wait_for_selector('.es-board__item')
    signing.confirm()
    page.get_by_text('继续签署').click()
    visit.shoot('confirm')
    since = time.time() - 1
    page.get_by_role('button', name='下一步').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    page.fill('#es-room-code', '000000')
    page.locator('[data-act=sign]').click()
    expect(page.locator('.es-field__error')).to_contain_text('验证码')
    expect(page.locator('#es-room-code-note')).to_contain_text('4')
    visit.shoot('wrong')
    page.reload()  # the page finds the act under way
    page.fill('#es-room-code', newest_code(since))
    page.locator('[data-act=sign]').click()
    expect(page.locator('[data-dialog=result]')).to_contain_text('本次印章已签署', timeout=60_000)
    visit.shoot('result')
    signing.look()
    signed = ink_of_pdf(signing.file(), 1, A4_WIDTH, RED)
    assert signed.apart(shown) <= TOLERANCE_MM
    # Finishing adds a date and ends the signing.
    staff.run("env['esign.rate.limit']._clear('otp.resend', 'esign.consent:13800000001')")
    signing.place('date', 70, 130)
    signing.confirm()
    signing.sign()
    expect(page.locator('[data-dialog=result]')).to_contain_text('签署完成')
    assert staff.state(signing.group) == 'done'


# R3.3
def test_fill_the_positions(room, visit, staff):
    """Two documents, one click, one code."""
    signing = room(['技术服务合同', '保密协议'], placed=True)
    page = visit.page
    expect(page.locator('[data-act=fill]')).to_contain_text('一键盖章')
    visit.shoot('open')
    page.locator('[data-act=fill]').click()
    expect(page.locator('[data-act=confirm]')).to_contain_text('4')
    expect(page.locator('[data-page="3"] .es-board__picture img').first).to_be_visible()
    shown = ink_of_picture(signing.picture(3), A4_WIDTH, RED)
    visit.shoot('filled')
    signing.confirm()
    expect(page.locator('[data-dialog=confirm]')).to_contain_text('共 2 份文件，4 枚印章')
    visit.shoot('confirm')
    signing.sign('提交签署')
    visit.shoot('result')
    assert ink_of_pdf(signing.file(), 3, A4_WIDTH, RED).apart(shown) <= TOLERANCE_MM
    assert staff.state(signing.group) == 'done'


# R3.4
def test_a_code_asked_again(room, visit):
    """Whoever adds a seal and confirms anew finds the same minute, in words and on the button."""
    signing = room(['采购框架合同'], placed=False)
    page = visit.page
    for turn in range(2):
        signing.place('seal', 70, 90 + 60 * turn)
        signing.confirm()
        page.get_by_role('button', name='下一步').click()
        expect(page.locator('[data-act=resend]')).to_contain_text(re.compile(r'^\s*[1-5]?\d 秒后重发'))
        if not turn:
            page.get_by_role('button', name='返回').click()
    expect(page.locator('#es-room-code-error')).to_have_text(
        re.compile(r'验证码刚刚发送过，请 [1-5]?\d 秒后再重新获取。')
    )
    visit.shoot('again')


# R3.2 R3.3
def test_names_of_positions(room, visit):
    """What is not filled yet says what goes there, also where a page is as wide as a phone."""
    room(['采购框架合同'], placed=True).turn_to(3)
    names = visit.page.locator('.es-board__item:not(.es-board__item--cross_page) .es-board__name')
    expect(names.first).to_be_visible()
    for name in names.all():
        sides = name.evaluate('el => [el.scrollWidth, el.clientWidth, el.scrollHeight, el.clientHeight]')
        assert sides[0] <= sides[1] and sides[2] <= sides[3], (name.inner_text(), sides)
    visit.shoot('positions')


# R3.2
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)  # a phone has no keyboard
def test_keyboard_alone_places_and_moves(room, visit):
    """Enter places, arrows move by a millimetre, Delete removes, undo brings back; nothing leaves the page."""
    room(['采购框架合同'], placed=False)
    page = visit.page
    page.locator('[data-entry^="seal"]').first.focus()
    page.keyboard.press('Enter')
    item = page.locator('.es-board__item')
    expect(item).to_be_focused()
    where = item.get_attribute('aria-label')
    page.keyboard.press('ArrowRight')
    page.keyboard.press('Shift+ArrowDown')
    expect(item).not_to_have_attribute('aria-label', where)
    for _press in range(40):
        page.keyboard.press('Shift+ArrowLeft')
    expect(item).to_have_attribute('aria-label', re.compile('距左 0 毫米'))
    page.keyboard.press('Delete')
    expect(item).to_have_count(0)
    page.keyboard.press('Control+z')
    expect(item).to_have_count(1)


# R3.14
def test_lost_connection_while_signing(room, visit, staff):
    """The answer to the code is lost; the page asks what became of it and shows the result."""
    signing = room(['采购框架合同'], placed=False)
    page = visit.page
    signing.place('seal', 70, 90)
    signing.confirm()
    since = time.time() - 1
    page.get_by_role('button', name='下一步').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    code = newest_code(since)

    def lose(route):
        route.fetch()  # it reaches the server, and the answer gets lost
        route.abort()

    page.route('**/act/*/confirm', lose)
    page.fill('#es-room-code', code)
    page.locator('[data-act=sign]').click()
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    assert staff.state(signing.group) == 'done'
    visit.errors[:] = [text for text in visit.errors if 'ERR_FAILED' not in text]


# R3.8
def test_refuse(room, visit, staff):
    """With a reason; the document is not handed out any more."""
    signing = room(['采购框架合同'], placed=False)
    page = visit.page
    page.get_by_role('button', name='拒签').click()
    page.locator('[data-act=refuse]').click()
    expect(page.locator('[data-dialog=refuse] [role=alert]')).to_be_visible()
    page.fill('#es-room-reason', '价格条款与约定不符')
    page.locator('[data-act=refuse]').click()
    expect(page.locator('.es-room__nothing')).to_be_visible()
    expect(page.locator('.es-room__notice')).to_contain_text('原因：张晓明')
    expect(page.locator('.es-room')).not_to_contain_text('待签署')
    visit.shoot('refused')
    assert staff.state(signing.group) == 'refused'
