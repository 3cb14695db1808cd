"""Seals: written by hand on a phone for a page on the computer; drawn from a template for a company."""

import re

import pytest
import qrcode
from playwright.sync_api import expect

from .people import dialog_of, staff_approves, wear

SIGNER = ('13800000001', 'signer-demo')
SIGNERS_COMPANY = '晨曦贸易（上海）有限公司'
STROKES = (
    [(0.15, 0.30), (0.30, 0.28), (0.45, 0.26)],
    [(0.30, 0.15), (0.29, 0.45), (0.25, 0.75), (0.18, 0.70)],
    [(0.55, 0.20), (0.62, 0.35), (0.57, 0.60), (0.70, 0.72), (0.85, 0.66)],
)


def _dark_modules(link: str) -> set[tuple[int, int]]:
    code = qrcode.QRCode(border=3, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(link)
    code.make(fit=True)
    return {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}


def _write_name(page) -> None:
    """Draws strokes with the pointer, as a finger would."""
    expect(page.locator('[data-es-pad]')).to_have_attribute('data-state', 'ready')
    box = page.locator('canvas').bounding_box()
    for stroke in STROKES:
        points = [(box['x'] + x * box['width'], box['y'] + y * box['height']) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=8)
        page.mouse.up()


def _new_code(visit):
    page = visit.page
    page.goto('/my/esign/seals')
    page.locator('form[action$="/handwriting"] button').click()
    wait = page.locator('[data-es-handwriting]')
    expect(wait).to_have_attribute('data-state', 'waiting')
    return wait, page.locator('.es-handwriting__here').get_attribute('href')


# R1.7
@pytest.mark.parametrize('screen', ['desktop'])
def test_handwriting_on_a_phone_appears_on_the_computer(visitors, screen):
    visit = visitors.signed_in(*SIGNER, screen)
    wear_person(visit)
    page = visit.page
    wait, link = _new_code(visit)
    shown = set(re.findall(r'M(\d+) (\d+)h1', wait.locator('svg.es-qr path').get_attribute('d')))
    assert {(int(x), int(y)) for x, y in shown} == _dark_modules(link)  # the code holds this very link
    visit.shoot('code')

    phone = visitors.come('phone', 'pad')  # nobody is logged in there
    phone.page.goto(link)
    expect(wait).to_have_attribute('data-state', 'opened')  # by itself
    visit.shoot('opened')
    _write_name(phone.page)
    phone.shoot('written')
    assert link.split('#')[1] not in phone.page.url  # the secret is gone from the address bar
    phone.page.locator('[data-act=done]').click()
    expect(phone.page.locator('[data-es-pad]')).to_have_attribute('data-state', 'done')

    expect(wait).to_have_attribute('data-state', 'written')
    picture = wait.locator('[data-picture]')
    expect(picture).to_be_visible()
    assert picture.evaluate('img => img.naturalWidth') > 50
    visit.shoot('result')
    page.fill('input[name=name]', '手写签名')
    page.locator('form[action$="/keep"] button').click()
    page.wait_for_url('**/my/esign/seals')
    expect(page.locator('.es-seal', has_text='手写签名').first.locator('img')).to_be_visible()
    visit.shoot('kept')

    again = visitors.come('phone', 'pad-again')  # the link works once
    again.page.goto(link)
    expect(again.page.locator('[data-es-pad]')).to_have_attribute('data-state', 'refused')
    expect(again.page.locator('.es-pad__error')).to_contain_text('已使用')
    again.shoot('refused')


# R1.7
@pytest.mark.parametrize('screen', ['phone'])
def test_handwriting_on_the_same_phone(visitors, screen):
    """Who is on the phone already writes there."""
    visit = visitors.signed_in(*SIGNER, screen)
    wear_person(visit)
    page = visit.page
    wait, link = _new_code(visit)
    visit.shoot('code')
    assert not visit.scrolls_sideways()
    pad = page.context.new_page()
    pad.goto(link)
    _write_name(pad)
    pad.locator('[data-act=done]').click()
    expect(pad.locator('[data-es-pad]')).to_have_attribute('data-state', 'done')
    expect(wait).to_have_attribute('data-state', 'written')
    visit.shoot('result')
    assert not visit.scrolls_sideways()
    page.locator('form[action$="/keep"] button').click()
    page.wait_for_url('**/my/esign/seals')
    visit.shoot('kept')


# R1.10 R6.1
@pytest.mark.parametrize(('screen', 'kind'), [('desktop', 'finance'), ('phone', 'hr')])
def test_a_seal_from_a_template_is_reviewed_authorised_and_suspended(visitors, screen, kind):
    visit = visitors.signed_in(*SIGNER, screen)
    wear(visit, SIGNERS_COMPANY)
    page = visit.page
    page.goto('/my/enterprise/seals/new')
    page.select_option('select[name=kind]', kind)
    name = f'{"财务" if kind == "finance" else "人事"}专用章（{screen}）'
    page.fill('input[name=name]', name)
    preview = page.locator('[data-preview]')
    expect(preview).to_be_visible()  # live, without a button
    before = preview.get_attribute('src')
    page.fill('input[name=text]', '业务专用章')
    expect(preview).not_to_have_attribute('src', before)
    visit.shoot('form')
    assert not visit.scrolls_sideways()
    page.locator('[data-es-seal-form] button[type=submit]').click()
    page.wait_for_url(re.compile(r'/my/enterprise/seals(/\d+)?$'))
    page.goto('/my/enterprise/seals')
    seal = page.locator('.es-seal', has_text=name)
    expect(seal.locator('.es-badge').first).to_have_text('待审批')
    visit.shoot('asked')

    staff_approves(visitors.staff(), '/odoo/esign-seal-requests', name, 'approved', 'seal', asks=False)
    page.goto('/my/enterprise/seals')
    expect(seal.locator('.es-badge').first).to_have_text('已启用')
    seal.locator('a[href$="/grant"]').click()
    operator = page.locator('input[name=member]').first
    operator.check()
    visit.shoot('grant')
    assert not visit.scrolls_sideways()
    page.locator('form.es-form button[type=submit]').click()
    page.wait_for_url(re.compile(r'/my/enterprise/seals/\d+$'))
    expect(page.locator('.es-rows__item').first).to_be_visible()
    visit.shoot('granted')
    dialog = dialog_of(page, page.locator('[data-es-open=seal-suspend]'))
    dialog.locator('input[name=reason]').fill('印章盘点')
    dialog.locator('button[type=submit]').click()
    expect(page.locator('.es-seal-page__side .es-badge').first).to_have_text('已停用')
    visit.shoot('suspended')
    assert not visit.scrolls_sideways()


def wear_person(visit) -> None:
    """The person again, whatever was worn in an earlier journey."""
    visit.page.goto('/my/esign')
    if visit.page.locator('.es-identity--switch').count():
        wear(visit, '张晓明')
