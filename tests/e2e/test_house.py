"""The first journeys: the doors of the house open, in Chinese, on a computer and on a phone."""

import re

from playwright.sync_api import expect

PRODUCT = '电子合同'


def test_login_page_is_chinese(visit):
    visit.page.goto('/web/login')
    expect(visit.page.locator('html')).to_have_attribute('lang', 'zh-CN')
    expect(visit.page.locator('form.oe_login_form button[type=submit]').first).to_contain_text(re.compile('登录|登入'))
    assert not visit.scrolls_sideways()


def test_staff_opens_our_menu(visit):
    """The menu of all apps shows ours by its Chinese name, and it opens."""
    visit.sign_in('admin', 'admin')
    page = visit.page
    page.locator('.o_navbar').wait_for()
    if visit.screen == 'phone':
        page.locator('.o_mobile_menu_toggle').click()
        menu = page.locator('.o_burger_menu, .o_sidebar_topbar').first
        menu.wait_for()
    page.locator('.o_navbar_apps_menu button, .o_burger_menu .o_sidebar_topbar').first.click()
    entry = page.get_by_role('menuitem', name=PRODUCT).or_(page.locator('.o_app', has_text=PRODUCT)).first
    visit.shoot('apps')
    entry.click()
    expect(page.locator('.o_menu_brand, .o_burger_menu').first).to_contain_text(PRODUCT)


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
