"""axe-core on every page of the portal, at a desk and on a phone: nothing serious is found."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit, Visitors, environment
from .room_support import SIGNER, Staff
from .test_launch import ENTERPRISE, LAUNCHER, contract, wear

SERIOUS = {'serious', 'critical'}
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map(
    ({id, impact, help, nodes}) => ({id, impact, help, where: nodes.map(({target, failureSummary}) =>
        target.join(' ') + ': ' + failureSummary.replaceAll('\\n', ' '))})))"""
VISITOR = ('/esign/login', '/esign/register', '/esign/reset', '/esign/verify')
PERSON = (
    '/my/esign', '/my/esign/files/sign', '/my/esign/files/others', '/my/esign/files/done', '/my/esign/files/void',
    '/my/esign/files/copies', '/my/esign/me', '/my/esign/me/email', '/my/esign/me/mobile', '/my/esign/me/password',
    '/my/esign/seals', '/my/enterprises', '/my/enterprises/join', '/esign/verify',
)  # fmt: skip
ENTERPRISE_PAGES = (
    '/my/esign', '/my/esign/files/others', '/my/esign/files/drafts', '/my/esign/launch', '/my/enterprise',
    '/my/enterprise/members', '/my/enterprise/departments', '/my/enterprise/joins', '/my/enterprise/transfer',
    '/my/enterprise/seals',
)  # fmt: skip


class Examiner:
    """Runs axe on what a visitor sees and keeps what it found, by page."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page
        self.page.emulate_media(reduced_motion='reduce')  # colours half-way of a transition are no colours
        self.axe = Path(environment('ESIGN_AXE')).read_text(encoding='utf-8')
        self.found: dict[str, list] = {}

    def go(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer.status == 200, f'{path}: {answer.status}'
        self.page.wait_for_load_state('networkidle')
        self.look(path)

    def look(self, label: str) -> None:
        if not self.page.evaluate('"axe" in window'):
            self.page.evaluate(self.axe)
        bad = [one for one in self.page.evaluate(RUN) if one['impact'] in SERIOUS]
        if bad:
            self.found[label] = bad
        if self.visit.scrolls_sideways():
            self.found[f'{label} (sideways)'] = [self.page.evaluate('document.documentElement.scrollWidth')]

    def close(self) -> None:
        assert not self.found, '\n'.join(
            f'{label}: {one}' for label, ones in self.found.items() for one in ones
        )  # fmt: skip


@pytest.fixture(scope='session')
def staff(server: str) -> Staff:
    return Staff(server)


@pytest.fixture
def examined(visitors: Visitors, screen: str):
    """Lets somebody in; what axe found on his pages fails the journey at its end."""
    made = []

    def examine(login: tuple[str, str] | None = None) -> Examiner:
        visit = visitors.signed_in(*login, screen) if login else visitors.come(screen)
        made.append(Examiner(visit))
        return made[-1]

    yield examine
    for examiner in made:
        examiner.close()


def test_pages_of_visitors(examined):
    examiner = examined()
    for path in VISITOR:
        examiner.go(path)


def test_pages_of_a_person(examined):
    examiner = examined(SIGNER)
    examiner.page.goto('/my/esign')
    for path in PERSON:
        examiner.go(path)


def test_drawers_and_preview(examined):
    examiner = examined(SIGNER)
    page = examiner.page
    page.goto('/my/esign/files/done')
    for name in ('轨迹', '印章数据'):
        page.wait_for_function("odoo.loader.modules.has('@esign_sign/files/files')")
        page.wait_for_timeout(500)  # before its script runs, the link opens a page
        page.get_by_role('link', name=name).first.click()
        expect(page.locator('.es-drawer[open] li, .es-drawer[open] dl').first).to_be_visible()
        examiner.look(name)
        page.keyboard.press('Escape')
    page.locator('.es-filters__more summary').click()
    examiner.look('filters')
    page.get_by_role('link', name='预览').first.click()
    page.wait_for_url('**/preview')
    examiner.look('preview')


def test_pages_of_an_enterprise(examined):
    examiner = examined(LAUNCHER)
    wear(examiner.page, ENTERPRISE)
    for path in ENTERPRISE_PAGES:
        examiner.go(path)


# R2.6
def test_launch_and_board(examined):
    examiner = examined(LAUNCHER)
    page, phone = examiner.page, examiner.visit.screen == 'phone'
    wear(page, ENTERPRISE)
    page.goto('/my/esign/launch')
    page.locator('.es-way').first.click()
    page.wait_for_url('**/files')
    page.get_by_role('button', name='下一步').click()
    expect(page.locator('.es-fault').first).to_be_visible()
    examiner.look('files, with faults')
    page.get_by_label('任务名称').fill('无障碍检查')
    page.locator('input[type=file]').set_input_files(
        {'name': '合同.pdf', 'mimeType': 'application/pdf', 'buffer': contract('Contract')}
    )
    expect(page.locator('.es-papers__name')).to_have_count(1)
    examiner.look('files')
    page.get_by_role('button', name='下一步').click()
    page.get_by_role('button', name='添加签约方').first.click()
    expect(page.locator('dialog.es-picker')).to_be_visible()
    examiner.look('picker')
    page.locator('.es-picker__row:not([disabled])').first.click()
    expect(page.locator('.es-people__item')).to_have_count(1)
    page.get_by_role('switch').first.check()
    examiner.look('parties')
    page.get_by_role('button', name='下一步').click()
    page.get_by_label(re.compile('顺序签署')).last.check()
    examiner.look('order')
    page.get_by_role('button', name='下一步').click()
    page.wait_for_selector('.es-board__canvas canvas')
    if phone:
        page.locator('.es-board__bar button').first.click()
        examiner.look('palette')
    page.locator('.es-board__entry').first.focus()
    page.keyboard.press('Enter')
    expect(page.locator('.es-board__item')).to_be_visible()
    examiner.look('board')


# R3.2 R3.4 R3.8
def test_signing_room(examined, staff):
    examiner = examined(SIGNER)
    page, phone = examiner.page, examiner.visit.screen == 'phone'
    group = staff.group(f'无障碍 {examiner.visit.screen}', ['采购框架合同'], placed=True)
    page.goto(f'/my/esign/sign/{group}')
    page.wait_for_selector('.es-board__canvas canvas')
    examiner.look('room')
    page.get_by_role('button', name='拒签').click()
    examiner.look('refuse')
    page.keyboard.press('Escape')
    page.locator('[data-act=fill]').click()
    examiner.look('filled')
    if phone:
        page.locator('.es-board__bar-button').first.click()
        examiner.look('list')
        page.keyboard.press('Escape')
    page.locator('[data-act=confirm]').click()
    examiner.look('confirm')
    page.locator('[data-act=next]').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    examiner.look('consent')


def test_nothing_there(examined):
    examiner = examined(SIGNER)
    page: Page = examiner.page
    page.goto('/my/esign/sign/999999')
    expect(page.locator('.es-empty')).to_be_visible()
    examiner.look('no such room')
    examiner.visit.errors[:] = [text for text in examiner.visit.errors if '404' not in text]
