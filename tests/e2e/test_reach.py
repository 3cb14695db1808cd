"""Staff below the administrator in the web client: everything of theirs opens, notes are kept, nothing leaves."""

import time

import pytest
from playwright.sync_api import expect

from .staff import Staff
from .test_journeys import Launching
from .test_launch import LAUNCHER

LISTS = ('esign-accounts', 'esign-persons', 'esign-verifications', 'esign-certifications', 'esign-enterprises',
         'esign-seals', 'esign-certificates')  # fmt: skip
PASSWORD = 'Reach-2026'


def member_of_staff(staff: Staff, role: str) -> str:
    """A login with one role; its name."""
    login = f'reach-{role}-{time.time_ns()}'
    group = staff.call('ir.model.data', 'search_read', [('name', '=', f'group_esign_{role}')], ['res_id'])[0]['res_id']
    staff.call(
        'res.users', 'create',
        {'name': f'员工 {role}', 'login': login, 'password': PASSWORD, 'lang': 'zh_CN', 'group_ids': [(6, 0, [group])]},
    )  # fmt: skip
    return login


# R6.1
@pytest.mark.parametrize('screen', ['desktop'])
@pytest.mark.parametrize('role', ['viewer', 'operator'])
def test_the_web_client_of_a_role(visitors, staff, screen, role):
    visit = visitors.come(screen, role)
    visit.sign_in(member_of_staff(staff, role), PASSWORD)
    page = visit.page
    for address in LISTS:
        page.goto(f'/odoo/{address}')
        expect(page.locator('.o_view_controller .o_content')).to_be_visible(timeout=20_000)
        expect(page.locator('.o_error_dialog, .modal')).to_have_count(0)
    page.goto('/odoo/esign-persons')
    with page.expect_response(lambda answer: 'scheduledMessages' in (answer.request.post_data or '')) as chatter:
        page.locator('.o_data_row', has_text='张晓明').first.click()
    assert 'error' not in chatter.value.json()
    expect(page.locator('.o_form_view')).to_contain_text('z***@example.com')
    expect(page.locator('.o_form_view')).to_contain_text('138****0001')
    expect(page.locator('.o-mail-Chatter')).to_be_visible()
    visit.shoot(f'reach-{role}-person')
    expect(page.locator('.o_error_dialog, .modal')).to_have_count(0)
    if role == 'operator':
        note = f'备注 {time.time_ns()}'
        page.locator('.o-mail-Chatter-logNote').click()
        page.locator('.o-mail-Composer-input').fill(note)
        page.locator('.o-mail-Composer-send').click()
        expect(page.locator('.o-mail-Message', has_text=note)).to_be_visible()
        visit.shoot(f'reach-{role}-note')


# R2.4
def test_a_number_tells_no_name(visitors, screen):
    """What the search by number shows, and the whole name once the person is chosen."""
    visit = visitors.signed_in(*LAUNCHER, screen)
    page = visit.page
    launching = Launching(visit, f'按号码查找 {screen} {time.time_ns()}')
    launching.begin(1)
    launching.onward('parties')
    page.get_by_role('button', name='添加签约方').first.click()
    dialog = page.locator('dialog.es-picker')
    dialog.locator('input[type=search]').fill('13800000003')
    dialog.get_by_role('button', name='搜索').click()
    found = dialog.locator('.es-picker__row', has_text='**川')
    expect(found).to_be_visible()
    visit.shoot('reach-picker')
    assert not visit.scrolls_sideways()
    found.click()
    expect(page.locator('.es-people__item', has_text='顾明川').first).to_be_visible()
