"""Whole journeys by the keyboard alone: from the list to the result, and from the first step of a launch to its end."""

import time

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visitors
from .room_support import SIGNER, Staff, newest_code
from .test_journeys import act_as
from .test_launch import ENTERPRISE, LAUNCHER, contract, wear

FARTHEST = 90  # presses of Tab


@pytest.fixture(scope='session')
def staff(server: str) -> Staff:
    return Staff(server)


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
    page.keyboard.type(newest_code(since))
    expect(page.locator('[data-act=sign]')).to_be_enabled()
    page.keyboard.press('Enter')
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    keys.press('[data-act=home]')
    page.wait_for_url('**/my/esign/files/sign')
    assert staff.state(group) == 'done'


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
    keys.write('.es-launch input[type=text]', name)
    keys.reach('.es-drop button, .es-drop label')
    expect(page.locator('.es-launch__saved')).to_have_text('已保存')
    expect(page.locator('.es-drop button')).to_be_focused()
    with page.expect_file_chooser() as chooser:
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
