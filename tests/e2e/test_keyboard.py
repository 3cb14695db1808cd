"""Whole journeys by the keyboard alone: from the list to the result, and from the first step of a launch to its end."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visitors
from .room_support import SIGNER, newest_code
from .staff import Staff
from .test_journeys import act_as
from .test_launch import ENTERPRISE, LAUNCHER, contract, wear

FARTHEST = 90  # presses of Tab


class Keys:
    """Somebody without a mouse. What he reaches is focused, and the focus is seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, *, back: bool = False) -> None:
        """Tab on to an element."""
        self.page.wait_for_selector(selector)
        for _press in range(FARTHEST):
            if self.page.evaluate('(selector) => document.activeElement?.matches(selector)', selector):
                return
            self.page.keyboard.press('Shift+Tab' if back else 'Tab')
        raise AssertionError(f'{selector} cannot be reached by Tab')

    def press(self, selector: str, key: str = 'Enter', *, back: bool = False) -> None:
        self.reach(selector, back=back)
        self.page.keyboard.press(key)

    def write(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.press('Control+a')
        self.page.keyboard.type(text)


def says_what_is_missing(keys: Keys, part: str) -> None:
    """Enter with no code, and with a part of it: the field says what to mend, and has the focus."""
    page, code = keys.page, keys.page.locator('#es-room-code')
    for typed, said in (('', '请输入短信验证码'), (part, '验证码为6位数字')):
        page.keyboard.type(typed)
        page.keyboard.press('Enter')
        expect(page.locator('.es-field__error')).to_contain_text(said)
        expect(code).to_have_attribute('aria-invalid', 'true')
        expect(code).to_have_accessible_description(re.compile(said))
        expect(code).to_be_focused()


# R3.1 R3.2 R3.3 R3.4
@pytest.mark.parametrize('placed', [True, False], ids=['positions', 'free'])
def test_sign(visitors: Visitors, staff: Staff, placed: bool):
    visit = visitors.signed_in(*SIGNER)
    act_as(visit.page, '张晓明')
    group = staff.group(f'键盘 {time.time_ns()}', ['服务合同'], placed=placed)
    page, keys = visit.page, Keys(visit.page)
    page.goto('/my/esign/files/sign')
    keys.press(f'a.btn[href$="/my/esign/sign/{group}"]')
    page.wait_for_selector('.es-board__canvas canvas')
    if placed:
        keys.press('[data-act=fill]')
    else:
        keys.press('[data-entry^="seal"]')
        expect(page.locator('.es-board__item')).to_be_focused()
        page.keyboard.press('ArrowDown')
        page.keyboard.press('Escape')
    keys.press('[data-act=confirm]', back=True)
    keys.press('[data-act=next]')
    expect(page.locator('.es-room__sent')).to_be_visible()
    since = time.time() - 30
    expect(page.locator('#es-room-code')).to_be_focused()
    code = newest_code(since)
    says_what_is_missing(keys, code[:3])
    page.keyboard.type(code)
    page.keyboard.press('Enter')  # in the same instant
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    keys.press('[data-act=home]')
    page.wait_for_url('**/my/esign/files/sign')
    assert staff.state(group) == 'done'


# R3.8 R3.9
def test_reasons_and_days_are_asked_for(visitors: Visitors, staff: Staff):
    """Refuse, revoke, extend: an empty field says what it wants, in Chinese, and gets the focus; filled in, it goes."""
    refused, revoked = (staff.group(f'键盘 {time.time_ns()}', ['协议'], placed=True) for _times in range(2))
    visit = visitors.signed_in(*SIGNER)
    act_as(visit.page, '张晓明')
    page, keys = visit.page, Keys(visit.page)
    page.goto(f'/my/esign/sign/{refused}')
    page.wait_for_selector('.es-board__canvas canvas')
    keys.press('.btn-outline-danger')
    reason = page.locator('#es-room-reason')
    expect(reason).to_be_focused()
    keys.press('[data-act=refuse]')
    expect(reason).to_be_focused()
    expect(reason).to_have_accessible_description(re.compile('请填写原因'))
    page.keyboard.type('金额有误')
    keys.press('[data-act=refuse]')
    expect(page.locator('.es-room__nothing')).to_be_visible()
    assert staff.state(refused) == 'refused'

    office = visitors.signed_in(*LAUNCHER)
    wear(office.page, ENTERPRISE)
    page, keys = office.page, Keys(office.page)
    ask_in_the_list(keys, revoked, 'extend')
    day = page.locator('dialog[open] input[type=date]')
    expect(day).to_have_accessible_description(re.compile('请选择.*年.*日至.*日之间的日期'))
    day.fill(day.get_attribute('max'))  # no keyboard types dates alike everywhere
    keys.press('dialog[open] [type=submit]')
    expect(page.locator('.es-toast--ok')).to_be_visible()
    ask_in_the_list(keys, revoked, 'revoke')
    page.keyboard.type('   ')
    keys.press('dialog[open] [type=submit]')
    expect(page.locator('dialog[open] textarea')).to_be_focused()
    expect(page.locator('dialog[open] .es-field__error')).to_contain_text('请填写原因')
    page.keyboard.type('项目取消')
    expect(page.locator('dialog[open] .es-field__error')).to_be_hidden()
    keys.press('dialog[open] [type=submit]')
    expect(page.locator('.es-toast--ok')).to_be_visible()
    assert staff.state(revoked) == 'revoked'


def ask_in_the_list(keys: Keys, group: int, action: str) -> None:
    """Opens the dialog of an action by the menu of a row, and sends it empty."""
    keys.page.goto('/my/esign/files/others')
    keys.page.wait_for_function("odoo.loader.modules.has('@esign_sign/files/files')")
    keys.page.wait_for_timeout(500)  # its interactions start after it
    row = keys.page.locator('.es-files__item', has=keys.page.locator(f'[data-es-open="es-{action}-{group}"]'))
    row.locator('[data-bs-toggle]').focus()
    keys.page.keyboard.press('Enter')
    keys.press(f'[data-es-open="es-{action}-{group}"]', 'Enter')
    keys.press('dialog[open] [type=submit]')
    field = keys.page.locator('dialog[open] [required]')
    expect(field).to_be_focused()
    expect(field).to_have_attribute('aria-invalid', 'true')


# R2.2 R2.3 R2.4 R2.5 R2.6
def test_launch(visitors: Visitors, staff: Staff):
    name = f'键盘发起 {time.time_ns()}'
    visit = visitors.signed_in(*LAUNCHER)
    page, keys = visit.page, Keys(visit.page)
    wear(page, ENTERPRISE)
    page.goto('/my/esign')
    keys.press('a.btn[href="/my/esign/launch"]')
    keys.press('.es-way')
    page.wait_for_url('**/files')
    with page.expect_file_chooser() as chooser:  # from here on: the browser needs a moment to hear of it
        keys.write('.es-launch input[type=text]', name)
        keys.reach('.es-drop button, .es-drop label')
        expect(page.locator('.es-launch__saved')).to_have_text('已保存')
        expect(page.locator('.es-drop button')).to_be_focused()
        page.keyboard.press('Enter')
    chooser.value.set_files({'name': '合同.pdf', 'mimeType': 'application/pdf', 'buffer': contract('Contract')})
    expect(page.locator('.es-papers__name')).to_have_count(1)
    keys.press('.es-launch__foot .btn-primary')
    page.wait_for_url('**/parties')
    keys.press('.es-launch__cardhead .btn-primary')
    keys.write('dialog[open] input[type=search]', SIGNER[0])
    page.keyboard.press('Enter')
    expect(page.locator('.es-picker__row')).to_have_count(1)
    keys.press('dialog[open] .es-picker__row')
    expect(page.locator('.es-people__item')).to_have_count(1)
    if page.locator('dialog[open]').count():
        page.keyboard.press('Escape')
    keys.press('input[role=switch]', 'Space')
    keys.press('.es-launch__foot .btn-primary')
    page.wait_for_url('**/order')
    keys.reach('input[name=sequential]')
    page.keyboard.press('ArrowDown')
    keys.press('.es-launch__foot .btn-primary')
    page.wait_for_url('**/places')
    page.wait_for_selector('.es-board__canvas canvas')
    keys.press('.es-board__entry')
    expect(page.locator('.es-board__item')).to_be_focused()
    page.keyboard.press('Escape')
    keys.press('.es-launch__foot .btn-primary')
    page.wait_for_url('**/my/esign/files/sign', timeout=90_000)
    assert staff.state(staff.newest(name)) == 'pending'
