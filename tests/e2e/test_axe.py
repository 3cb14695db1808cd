"""axe-core on every page of the portal, at a desk and on a phone: nothing serious is found."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.corpus import kinds
from tests.signing.acts_forgeries import add_annotation, edit_content, edited

from .conftest import Visit, Visitors, environment
from .room_support import SIGNER, newest_code
from .test_journeys import COPY, READER, act_as
from .test_launch import ENTERPRISE, LAUNCHER, contract, wear
from .test_seals import _new_code, _write_name
from .test_verify import FILES, report_of, upload

SERIOUS = {'serious', 'critical'}
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map(
    ({id, impact, help, nodes}) => ({id, impact, help, where: nodes.map(({target, failureSummary}) =>
        target.join(' ') + ': ' + failureSummary.replaceAll('\\n', ' '))})))"""
VISITOR = (
    '/esign/login', '/esign/register', '/esign/reset', '/esign/verify', '/esign/agreement/service',
    '/esign/agreement/privacy', '/esign/agreement/sensitive',
)  # fmt: skip
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

    def forgive(self, *codes: str) -> None:
        """What the browser says of pages that are refused as they must be is no fault."""
        errors = self.visit.errors
        errors[:] = [text for text in errors if not any(f'status of {code}' in text for code in codes)]

    def close(self) -> None:
        assert not self.found, '\n'.join(
            f'{label}: {one}' for label, ones in self.found.items() for one in ones
        )  # fmt: skip


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


def test_certification(examined):
    """Every step as it is opened, and the first as it comes back; what was handed in, and the letter."""
    examiner = examined(SIGNER)
    page = examiner.page
    page.goto('/my/enterprises')
    page.locator('form[action="/my/enterprises/certify"] button').click()
    page.wait_for_url('**/data')
    draft = page.url.rpartition('/')[0]
    for name, text in {'name': '杭州样例有限公司', 'uscc': '123', 'address': '路', 'term_from': '2020-01-01'}.items():
        page.fill(f'input[name={name}]', text)
    page.locator('button[name=go][value=next]').click()
    expect(page.locator('.es-field__error').first).to_be_visible()
    examiner.look('data, with faults')
    examiner.visit.shoot('faults')
    examiner.forgive('422')
    for step in ('data', 'legal', 'proof', 'confirm'):
        examiner.go(f'{draft}/{step}')
        examiner.visit.shoot(step)
    examiner.go('/my/enterprises?tab=running')
    for address in page.locator('a[href^="/my/enterprises/certification/"]').evaluate_all(
        'all => all.map(a => a.href)'
    ):
        examiner.go(address)
    examiner.visit.shoot('certification')
    examiner.go('/my/enterprises/letter')


def test_pages_of_a_seal(examined):
    examiner = examined(LAUNCHER)
    page = examiner.page
    wear(page, ENTERPRISE)
    page.goto('/my/enterprise/seals')
    seal = page.locator('a[href^="/my/enterprise/seals/"]:not([href*=grant]):not([href$=new])').first
    address = re.search(r'/my/enterprise/seals/\d+', seal.get_attribute('href'))[0]
    for path in (address, f'{address}/grant', f'{address}/change', '/my/enterprise/seals/new'):
        examiner.go(path)
        examiner.visit.shoot(path.rpartition('/')[2] if path != address else 'seal')


# R1.7
def test_handwriting(examined, visitors: Visitors, screen: str):
    """The page with the code, the pad empty, refused and written upon, and the signature that comes back."""
    examiner = examined(SIGNER)
    act_as(examiner.page, '张晓明')
    wait, link = _new_code(examiner.visit)
    examiner.look('code')
    pad = examined()
    pad.page.goto(link)
    expect(pad.page.locator('[data-es-pad]')).to_have_attribute('data-state', 'ready')
    pad.look('pad')
    expect(wait).to_have_attribute('data-state', 'opened')
    examiner.look('opened')
    pad.page.locator('[data-act=done]').click()
    expect(pad.page.locator('.es-pad__error')).not_to_be_empty()
    pad.look('nothing written')
    pad.visit.shoot('pad-empty')
    _write_name(pad.page)
    pad.page.locator('[data-act=done]').click()
    expect(pad.page.locator('[data-es-pad]')).to_have_attribute('data-state', 'done')
    pad.look('written')
    expect(wait).to_have_attribute('data-state', 'written')
    examiner.look('signature')
    pad.page.goto('about:blank')
    pad.page.goto(link)
    expect(pad.page.locator('[data-es-pad]')).to_have_attribute('data-state', 'refused')
    pad.look('refused')
    pad.visit.shoot('pad-refused')


# R4.1
def test_verdicts(examined):
    """Signed elsewhere, issued here, changed since; a file that is none."""
    examiner = examined()
    page = examiner.page

    def judge(label: str, data: bytes) -> None:
        page.goto('/esign/verify')
        page.wait_for_selector('form.es-verify.is-enhanced')
        upload(page, data)
        for summary in page.locator('main summary').all():
            summary.click()
        examiner.look(label)
        examiner.visit.shoot(label)

    for label, data in FILES.items():
        judge(label, data)
    judge('unsigned', kinds.text_pdf())
    issued = report_of(page)
    judge('genuine', issued)
    judge('changed', edited(edited(issued, edit_content), add_annotation))


# R7.1
def test_signing_link(examined, staff):
    """The way in by a link: the code, a wrong code, the room; a link that is none, and one that has ended."""
    examiner = examined()
    page = examiner.page
    group = staff.group(f'链接 {time.time_ns()}', ['采购框架合同'], placed=True)
    page.goto(staff.link(group))
    page.wait_for_url('**/esign/sign/code')
    examiner.look('code')
    examiner.visit.shoot('code')
    staff.forget_codes(SIGNER[0])
    since = time.time() - 1
    page.locator('[data-es-code]').click()
    expect(page.locator('[data-es-code]')).to_contain_text('秒')
    page.fill('input[name=code]', '000000')
    page.locator('form.es-form button[type=submit]').click()
    expect(page.locator('.es-field__error')).to_be_visible()
    examiner.look('wrong code')
    page.fill('input[name=code]', newest_code(since))
    page.locator('form.es-form button[type=submit]').click()
    page.wait_for_url('**/esign/sign/room')
    page.wait_for_selector('.es-board__canvas canvas')
    examiner.look('room')
    examiner.visit.shoot('room')
    staff.run(f"env['esign.sign.link'].sudo().search([('group_id', '=', {group})])._revoke()")
    assert page.goto('/esign/sign/room').status == 404
    examiner.look('ended')
    examiner.visit.shoot('ended')
    page.goto('/esign/sign#nonsense')
    expect(page.locator('[data-link-state=refused]')).to_be_visible()
    examiner.look('no link')
    examiner.visit.shoot('no-link')
    examiner.forgive('404')


# R3.1
def test_preview_with_a_mark(examined):
    examiner = examined(READER)
    act_as(examiner.page, COPY)
    examiner.page.goto('/my/esign/files/copies')
    examiner.page.get_by_role('link', name='预览').first.click()
    examiner.page.wait_for_function("() => document.querySelector('.es-reader__page img')?.naturalWidth > 0")
    examiner.look('preview')


def test_what_cannot_be_shown(examined):
    """Pages that are not there, not his, or too old: they say so in Chinese and lead back."""
    examiner = examined(SIGNER)
    page: Page = examiner.page
    for path in (
        '/my/esign/sign/999999',
        '/my/esign/files/999999/preview',
        '/my/esign/launch/999999/files',
        '/nowhere',
    ):
        assert page.goto(path).status == 404, path
        expect(page.locator('.es-empty__title')).to_have_text(re.compile('[\u4e00-\u9fff]{4}'))
        expect(page.locator('.es-empty .btn')).to_be_visible()
        examiner.look(path)
    examiner.visit.shoot('404')
    page.locator('.es-empty .btn').click()
    page.wait_for_url('**/my/esign')
    # A form without the token of its session, as after a long night.
    page.evaluate("""() => {
        const form = document.createElement('form');
        Object.assign(form, {method: 'POST', action: '/my/esign/files/remind'});
        document.body.append(form);
        form.submit();
    }""")
    expect(page.locator('.es-empty__title')).to_have_text(re.compile('[\u4e00-\u9fff]{4}'))
    examiner.look('400')
    examiner.visit.shoot('400')
    visitor = examined()
    assert visitor.page.goto('/esign/agreement/nothing').status == 404
    visitor.look('404 of a visitor')
    visitor.page.locator('.es-empty .btn').click()
    visitor.page.wait_for_url('**/esign/login')
    for one in (examiner, visitor):
        one.forgive('404', '400')
