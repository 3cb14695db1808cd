"""A stranger with a phone becomes a verified person."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from .people import (
    get_code,
    register,
    stranger,
    submit_photos,
    verified_stranger,
)

PORTAL_PAGES = ('/my/esign', '/my/esign/me', '/my/enterprises', '/my/enterprises/join', '/my/enterprise/members')


# R1.1
@pytest.mark.parametrize('screen', ['desktop'])
@pytest.mark.parametrize('address', PORTAL_PAGES)
def test_visitors_come_to_the_log_in_of_the_portal(visit, address):
    visit.page.goto(address)
    assert urlsplit(visit.page.url).path == '/esign/login'
    assert parse_qs(urlsplit(visit.page.url).query)['redirect'][0].removesuffix('?').endswith(address)
    expect(visit.page.locator('h1')).to_have_text('登录')


# R1.1 R1.2 R1.7
def test_a_stranger_registers_and_is_verified_by_staff(visitors, screen):
    visit, person = verified_stranger(visitors, screen)
    page = visit.page
    page.goto('/my/esign/me/verify')
    expect(page.locator('.es-notice--ok')).to_contain_text('您已完成个人实名认证')
    expect(page.locator('.es-facts')).to_contain_text(person.name)
    assert person.id_number not in page.content()
    assert not visit.scrolls_sideways()
    visit.shoot('verified')
    page.goto('/my/esign/seals')  # the name seal was made by itself
    expect(page.locator('.es-seal img').first).to_be_visible()
    assert page.locator('.es-seal img').first.evaluate('img => img.complete && img.naturalWidth > 50')
    visit.shoot('seals')


# R1.1
def test_log_in_by_sms_code(visitors, screen):
    person = stranger()
    visit = visitors.come(screen)
    register(visit, person)
    page = visit.page
    page.goto('/web/session/logout?redirect=/esign/login')
    page.goto('/esign/login?way=code&redirect=/my/esign/me')
    page.fill('input[name=mobile]', person.mobile)
    get_code(page, person.mobile)
    visit.shoot('login')
    page.locator('form.es-form button[type=submit]').click()
    page.wait_for_url('**/my/esign/me')
    shown = page.locator('.es-facts')
    expect(shown).to_contain_text(f'{person.mobile[:3]}****{person.mobile[-4:]}')
    assert person.mobile not in page.content()
    assert not visit.scrolls_sideways()
    visit.shoot('centre')


# R1.1
@pytest.mark.parametrize('page_of_code', ['/esign/register', '/esign/login?way=code', '/esign/reset'])
def test_who_asks_for_a_code_again_is_told_the_seconds(visitors, screen, page_of_code):
    """Whoever lost the page finds the same minute: in words, on the button, and over when it is over."""
    visit, mobile = visitors.come(screen), stranger().mobile
    page = visit.page
    button, told = page.locator('[data-es-code]'), page.locator('[data-es-code-error]')
    for turn in range(2):
        page.goto(page_of_code)
        page.fill('input[name=mobile]', mobile)
        if turn:
            page.clock.install()
        button.click()
        expect(button).to_contain_text('秒')
        expect(button).to_be_disabled()
        expect(told).to_have_count(turn)
    assert re.fullmatch(r'验证码刚刚发送过，请 (60|[1-5]?\d) 秒后再重新获取。', told.inner_text())
    visit.shoot(f'again-{page_of_code[7:10]}')
    assert not visit.scrolls_sideways()
    page.clock.run_for(61_000)
    expect(button).to_be_enabled()
    expect(button).not_to_contain_text('秒')
    expect(told).to_have_count(0)


# R1.2
@pytest.mark.parametrize('screen', ['phone'])
def test_rejected_photos_are_sent_again(visitors, screen):
    """Staff reject with a reason; the person reads it and tries again."""
    person = stranger()
    visit = visitors.come(screen)
    register(visit, person)
    submit_photos(visit, person)
    staff = visitors.staff()
    staff.page.goto('/odoo/esign-verifications')
    staff.page.locator('.o_kanban_record', has_text=person.name).first.click()
    staff.page.locator('button[name=action_reject]').click()
    staff.page.locator('.modal [name=reason] textarea').fill('照片反光，请重新拍摄')
    staff.shoot('reason')
    staff.page.locator('.modal-footer button.btn-primary').click()
    expect(staff.page.locator('.modal')).to_have_count(0)
    page = visit.page
    page.goto('/my/esign')
    expect(page.locator('.es-tasks')).to_contain_text('未通过')
    visit.shoot('task')
    page.goto('/my/esign/me/verify')
    expect(page.locator('.es-notice--bad')).to_contain_text('照片反光，请重新拍摄')
    assert not visit.scrolls_sideways()
    submit_photos(visit, person)
