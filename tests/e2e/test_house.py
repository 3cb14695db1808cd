"""The first journeys: the doors of the house open, in Chinese, on a computer and on a phone."""

import pytest
from playwright.sync_api import expect

PRODUCT = '电子合同'
ACCENT = 'rgb(26, 86, 168)'  # --es-accent of tokens.scss


def test_login_page_is_chinese(visit):
    visit.page.goto('/web/login')
    expect(visit.page.locator('form.oe_login_form')).to_contain_text('密码')
    expect(visit.page.locator('form.oe_login_form button[type=submit]').first).to_contain_text('登录')
    assert not visit.scrolls_sideways()


@pytest.mark.parametrize('screen', ['desktop'])  # staff work at a desk
def test_staff_opens_our_menu(visit):
    """The menu of all apps shows ours by its Chinese name, and it opens."""
    visit.sign_in('admin', 'admin')
    page = visit.page
    page.locator('.o_navbar_apps_menu button').click()
    entry = page.locator('.o_app', has_text=PRODUCT)
    expect(entry).to_be_visible()
    visit.shoot('apps')
    entry.click()
    expect(page.locator('.o_menu_brand')).to_contain_text(PRODUCT)


def test_portal_user_finds_the_entry(visit):
    """The portal's home leads to our pages; they fit the screen."""
    visit.sign_in('13800000001', 'signer-demo', '/my')
    page = visit.page
    entry = page.locator('a[href$="/my/esign"]').first
    expect(entry).to_be_visible()
    expect(entry).to_contain_text(PRODUCT)
    assert not visit.scrolls_sideways()
    visit.shoot('entry')
    entry.click()
    page.wait_for_url('**/my/esign')
    expect(page.locator('body')).to_contain_text('首页')
    assert not visit.scrolls_sideways()


def test_odoos_own_pages_wear_our_colour(visit):
    """Not the purple of Odoo's palette: buttons, and what takes its colour from the theme."""
    page = visit.page
    page.goto('/web/login')
    button = page.locator('form.oe_login_form button[type=submit]').first
    expect(button).to_be_visible()
    expect(button).to_have_css('background-color', ACCENT)
    page.evaluate('document.body.insertAdjacentHTML(\'beforeend\', \'<b class="text-primary" id="probe">x</b>\')')
    expect(page.locator('#probe')).to_have_css('color', ACCENT)
    page.evaluate("document.getElementById('probe').remove()")
