"""First journeys in a real browser. Any error in the console fails them."""

from odoo.tests import HttpCase, new_test_user, tagged

CODE = """
    const wait = async (test, what) => {
        for (let i = 0; i < 100; i++) {
            const found = test();
            if (found) { return found; }
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error("not seen: " + what);
    };
    (async () => { %s; console.log("test successful"); })().catch((error) => console.error(error.message));
"""

STAFF = """
    const app = await wait(() => [...document.querySelectorAll(".o_app, .o_menu_brand")].find(
        (el) => el.textContent.includes("电子合同"))
        || document.querySelector(".o_navbar_apps_menu button"), "navbar");
    if (!app.textContent.includes("电子合同")) {
        app.click();
        (await wait(() => [...document.querySelectorAll(".o_app")].find(
            (el) => el.textContent.includes("电子合同")), "menu entry")).click();
    } else { app.click(); }
    await wait(() => document.querySelector(".o_menu_brand")?.textContent.includes("电子合同"), "menu opened")
"""

ENTRY = """
    const entry = await wait(() => document.querySelector('a[href="/my/esign"]'), "entry");
    await wait(() => entry.getBoundingClientRect().height > 20, "visible entry");
    if (!entry.textContent.includes("电子合同")) { throw new Error("not Chinese: " + entry.textContent); }
    if (entry.getBoundingClientRect().right > window.innerWidth) { throw new Error("cut off"); }
    entry.click()
"""

SHELL = """
    const nav = await wait(() => document.querySelector(".es-nav"), "menu");
    if (!nav.textContent.includes("首页")) { throw new Error("not Chinese"); }
    if (document.documentElement.scrollWidth > window.innerWidth) { throw new Error("scrolls sideways"); }
    const box = nav.getBoundingClientRect();
    const phone = window.innerWidth < 768;
    if (phone && Math.abs(box.bottom - window.innerHeight) > 1) { throw new Error("no bottom bar"); }
    if (!phone && box.width > 260) { throw new Error("no side bar"); }
    const button = [...document.querySelectorAll('.es-top [data-bs-toggle="dropdown"]')].at(-1);
    const opened = () => {
        // Scripts load lazily: a click before that is lost.
        if (button.getAttribute("aria-expanded") === "false") { button.click(); }
        return document.querySelector(".es-menu.show")?.textContent.includes("退出登录");
    };
    await wait(opened, "account menu")
"""


class Journeys(HttpCase):
    def setUp(self):
        super().setUp()
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module'].search([('name', '=', 'esign_base')])._update_translations(['zh_CN'])

    def _user(self, login, groups):
        return new_test_user(self.env, login, groups=groups, lang='zh_CN', name='张晓明')

    def _portal_user_finds_the_entry(self):
        user = self._user('journey_portal', 'base.group_portal')
        self.browser_js('/my/home', CODE % ENTRY, login=user.login)
        self.browser_js('/my/esign', CODE % SHELL, ready='Boolean(document.querySelector(".es-nav"))', login=user.login)


@tagged('post_install', '-at_install')
class TestOnComputer(Journeys):
    browser_size = '1400x860'

    # R6.1
    def test_staff_opens_the_menu_in_chinese(self):
        user = self._user('journey_staff', 'esign_base.group_esign_administrator,base.group_system')
        self.browser_js('/odoo', CODE % STAFF, ready='Boolean(document.querySelector(".o_navbar"))', login=user.login)

    def test_portal_user_finds_the_entry(self):
        self._portal_user_finds_the_entry()


@tagged('post_install', '-at_install')
class TestOnPhone(Journeys):
    browser_size = '390x844'
    touch_enabled = True

    def test_portal_user_finds_the_entry(self):
        self._portal_user_finds_the_entry()
