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


@pytest.mark.parametrize('screen', ['desktop'])
def test_what_the_policy_of_a_page_stops_fails_the_journey(visit):
    """A script that somebody brought into a page does not run, and the browser's complaint is an error of the visit."""
    page = visit.page
    page.goto('/esign/login')
    for brought in (
        '<img src="x:" onerror="window.brought = 1">',
        '<b onclick="window.brought = 1" id="lure">x</b>',
    ):
        page.evaluate('html => document.querySelector("main").insertAdjacentHTML("beforeend", html)', brought)
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.brought = 1";
            document.body.append(script);
        }"""
    )
    page.locator('#lure').dispatch_event('click')
    page.evaluate('() => fetch("http://127.0.0.1:9/").catch(() => {})')
    assert page.evaluate('() => window.brought') is None
    page.goto('/esign/login')  # what the console said of the page before has arrived
    stopped = [error for error in visit.errors if 'Content Security Policy' in error]
    assert len(stopped) >= 4, visit.errors
    assert len(stopped) >= len(visit.errors) - 1, visit.errors  # and the picture that is none
    visit.errors.clear()  # this visit came to be stopped
