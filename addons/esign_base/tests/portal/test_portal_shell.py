import os
import re
from unittest.mock import patch

from lxml import etree, html

from odoo import http
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ...controllers.portal import FLASH_KEY, EsignPortal
from ...tools.development import ENVIRONMENT
from ...tools.portal import HomeAction, HomeCard, HomeTask, Inbox, MenuEntry
from ..common import our_addons
from ..people.common_people import PASSWORD, PeopleMixin
from ..test_access_gate import _listed

# Pages whose address has a parameter that can be known here.
MORE_PAGES = ('/esign/agreement/service',)
GALLERY = """
<t t-name="gallery">
    <t t-call="esign_base.portal_shell" title.f="Gallery" active_menu.f="home" narrow="True">
        <t t-call="esign_base.page_header" title.f="Header" lead.f="Lead" back.f="/my/esign">
            <b id="beside"/>
        </t>
        <t t-call="esign_base.stepper" steps="['One', 'Two', 'Three']" current="2"/>
        <t t-call="esign_base.notice" tone.f="bad" title.f="Trouble">Mend it</t>
        <t t-call="esign_base.tabs" tabs="[('a', 'All', '/a', 3), ('b', 'None', '/b', 0)]" active.f="a"/>
        <t t-call="esign_base.card" title.f="Card" lead.f="Lead">
            <t t-call="esign_base.state_badge" label.f="Signed" tone.f="ok"/>
            <t t-call="esign_base.key_values" rows="[('Name', 'Zhang'), ('Mobile', None)]"/>
            <t t-call="esign_base.empty_state" title.f="Empty" text.f="Do this" url.f="/do" action.f="Do"/>
        </t>
        <form>
            <t t-call="esign_base.form_field" name.f="mobile" label.f="Mobile" type.f="tel" required="True"
               value="'&lt;1&gt;'" error.f="Wrong" hint.f="11 digits" attrs="{'autocomplete': 'tel'}"/>
            <t t-call="esign_base.form_field" name.f="kind" label.f="Kind" type.f="select" value="2"
               options="[(1, 'A'), (2, 'B')]"/>
            <t t-call="esign_base.form_field" name.f="note" label.f="Note" type.f="textarea" value.f="text"/>
            <t t-call="esign_base.form_field" name.f="password" label.f="Password" type.f="password"
               value.f="kept?"/>
        </form>
        <t t-call="esign_base.dialog" id.f="ask" title.f="Sure?">Body</t>
        <t t-call="esign_base.pager" pager="pager"/>
    </t>
</t>
"""


@tagged('post_install', '-at_install')
class TestHooks(TransactionCase):
    def test_hooks_run_with_the_rights_of_a_visitor(self):
        portal = self.env['esign.portal'].with_user(self.env.ref('base.public_user'))
        self.assertIsNone(portal._esign_identity())
        shell = portal._esign_shell(None)
        self.assertNotIn('home', [entry.key for entry in shell['menu']])
        self.assertEqual((shell['account_menu'], shell['identities']), ([], []))

    def test_entries_come_in_order(self):
        user = new_test_user(self.env, 'order', groups='base.group_portal')
        portal = self.env['esign.portal'].with_user(user)
        entries = [MenuEntry('z', 'Z', '/z', 'help', 5), MenuEntry('a', 'A', '/a', 'help', 90)]
        with patch.object(type(portal), '_esign_menu', lambda self, identity: entries[::-1]):
            self.assertEqual(portal._esign_shell(portal._esign_identity())['menu'], entries)

    def test_only_staff_see_the_way_to_management(self):
        for groups, expected in (('base.group_portal', False), ('base.group_user', True)):
            user = new_test_user(self.env, f'staff_{expected}', groups=groups)
            portal = self.env['esign.portal'].with_user(user)
            keys = [entry.key for entry in portal._esign_account_menu(portal._esign_identity())]
            self.assertEqual('staff' in keys, expected)


@tagged('post_install', '-at_install')
class TestShell(PeopleMixin, HttpCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, 'shell_portal', groups='base.group_portal', name='Shell & <Portal>')
        self.rendered = set()
        model = self.env.registry['ir.qweb']
        compile_template, rendered = model._compile, self.rendered

        def record(qweb, template):
            if isinstance(template, int | str):
                rendered.add(template)
            return compile_template(qweb, template)

        self.startPatcher(patch.object(model, '_compile', record))

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.content)

    def test_home_needs_a_login(self):
        response = self.url_open('/my/esign', allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn('/web/login', response.headers['Location'])

    def test_home(self):
        self.authenticate('shell_portal', 'shell_portal')
        page = self._page('/my/esign')
        self.assertEqual(page.xpath('count(//main)'), 1)
        self.assertEqual(page.xpath('count(//h1)'), 1)
        self.assertTrue(page.get('lang'))
        self.assertEqual(page.xpath('//nav[@aria-label]//a[@aria-current="page"]/@href'), ['/my/esign'])
        self.assertIn('Shell & <Portal>', page.xpath('string(//h1)'))
        self.assertFalse(page.xpath('//a[@href="#"]'), 'a link that leads nowhere')
        self.assertTrue(page.xpath('//*[contains(@class, "es-empty")]'))

    def test_answers_are_not_cached(self):
        self.authenticate('shell_portal', 'shell_portal')
        self.assertEqual(self.url_open('/my/esign').headers['Cache-Control'], 'no-store')

    def test_home_with_everything_other_addons_may_add(self):
        self.authenticate('shell_portal', 'shell_portal')
        portal = type(self.env['esign.portal'])
        for hook, value in (
            ('_esign_home_cards', [HomeCard('c', 'Waiting', 12, '/my/c', 'pen')]),
            ('_esign_home_tasks', [HomeTask('t', 'Verify', 'Your name', '/my/t', 'Start')]),
            ('_esign_home_actions', [HomeAction('l', 'Launch', '/my/l')]),
            ('_esign_inbox', Inbox('/my/inbox', 120)),
        ):
            self.startPatcher(patch.object(portal, hook, lambda self, identity, value=value: value))
        page = self._page('/my/esign')
        for url in ('/my/c', '/my/t', '/my/l', '/my/inbox'):
            self.assertEqual(len(page.xpath(f'//a[@href="{url}"]')), 1, url)
        self.assertEqual(page.xpath('string(//header//span[contains(@class, "es-count")])').strip(), '99+')
        self.assertFalse(page.xpath('//*[contains(@class, "es-empty")]'))

    def test_flash_is_shown_once(self):
        self.authenticate('shell_portal', 'shell_portal')
        self.session[FLASH_KEY] = [{'text': '<b>done</b>', 'tone': 'ok'}]
        http.root.session_store.save(self.session)
        shown = self._page('/my/esign').xpath('string(//*[contains(@class, "es-toast__text")])')
        self.assertEqual(shown, '<b>done</b>')
        self.assertFalse(self._page('/my/esign').xpath('//*[contains(@class, "es-toast__text")]'))

    def test_an_unknown_tone_is_an_error_of_the_programmer(self):
        with self.assertRaises(ValueError):
            EsignPortal()._flash('text', 'pink')

    def test_entry_on_the_portal_home(self):
        """Of staff: Odoo's portal home leads external signers to ours at once."""
        new_test_user(self.env, 'shell_home', groups='base.group_user')
        self.authenticate('shell_home', 'shell_home')
        entry = self._page('/my/home').xpath('//a[@href="/my/esign"]')
        self.assertTrue(entry)
        self.assertNotIn('d-none', entry[0].getparent().get('class').split())

    def test_components(self):
        page = self._gallery()
        self.assertEqual(page.xpath('//li[@aria-current="step"]//span[2]/text()'), ['Two'])
        field = page.xpath('//input[@name="mobile"]')[0]
        self.assertEqual(
            (field.get('value'), field.get('aria-invalid'), field.get('autocomplete')), ('<1>', 'true', 'tel')
        )
        for name in field.get('aria-describedby').split():
            self.assertTrue(page.xpath(f'//*[@id="{name}"]'), name)
        for control in page.xpath('//form//*[self::input or self::select or self::textarea]'):
            self.assertTrue(page.xpath(f'//label[@for="{control.get("id")}"]'), control.get('name'))
        self.assertEqual(page.xpath('//select/option[@selected]/text()'), ['B'])
        self.assertIsNone(page.xpath('//input[@type="password"]')[0].get('value'))
        self.assertEqual(page.xpath('//dialog/@aria-labelledby'), ['ask-title'])
        self.assertTrue(page.xpath('//*[@role="alert"]'))

    def test_style_sheets_compile(self):
        """A style sheet that does not compile takes the layout of every page with it, at status 200."""
        for bundle in ('web.assets_frontend', 'web.assets_backend'):
            with self.subTest(bundle=bundle):
                assets = self.env['ir.qweb']._get_asset_bundle(bundle, js=False)
                assets.preprocess_css()
                self.assertEqual(assets.css_errors, [])

    def test_every_icon_used_is_drawn(self):
        drawn = set(self._gallery().xpath('//symbol/@id'))
        used = set()
        for view in self._our_templates():
            arch = view.arch_db or ''
            used |= set(re.findall(r'esign_base\.icon" name\.f="(\w+)"', arch))
        self.assertEqual({f'es-icon-{name}' for name in used} - drawn, set())

    def test_every_template_renders(self):
        """Walk all pages of our addons as everybody who may come; what no page shows is listed."""
        self._gallery()
        for login, password in self._visitors():
            self.authenticate(login, password)
            for url in (*self._pages(), *MORE_PAGES):
                with self.subTest(login=login, url=url):
                    self.assertLess(self.url_open(url).status_code, 500)
        self._everything_on_the_home_page()
        names = self._names()
        seen = {names[key] for key in self._rendered_ids() if key in names}
        elsewhere = _listed(self.env, 'templates_rendered_elsewhere.txt')
        self.assertEqual(sorted(set(names.values()) - seen - elsewhere), [], 'render it in a test and list it')

    def _visitors(self):
        """(login, password): nobody, logins without a person, persons in each state of verification."""
        new_test_user(self.env, 'shell_staff', groups='base.group_user')
        yield from ((None, None), ('shell_portal', 'shell_portal'), ('shell_staff', 'shell_staff'))
        for number, state in enumerate(('draft', 'pending', 'verified', 'rejected', 'frozen')):
            account = self.open_account(f'1391234010{number}')
            if state == 'pending':
                self.submit(account)
            else:
                account.person_id.sudo().state = state
            yield account.user_id.login, PASSWORD

    def _everything_on_the_home_page(self):
        self.authenticate('shell_portal', 'shell_portal')
        with patch.object(type(self.env['esign.portal']), '_esign_inbox', lambda self, identity: Inbox('/my/inbox')):
            self._page('/my/esign')

    def _gallery(self):
        """Every component once, rendered in a request."""
        pager = {
            'page_count': 2,
            'page': {'num': 1, 'url': '/'},
            'page_previous': {'num': 1, 'url': '/'},
            'page_next': {'num': 2, 'url': '/2'},
            'pages': [{'num': 1, 'url': '/'}, {'num': 2, 'url': '/2'}],
        }  # fmt: skip
        with patch.dict(os.environ, {ENVIRONMENT: '1'}):  # production takes no templates
            view = self.env['ir.ui.view'].create(
                {'name': 'gallery', 'type': 'qweb', 'key': 'esign_base.test_gallery', 'arch': GALLERY}
            )
        portal = type(self.env['esign.portal'])
        home = portal._esign_home
        self.authenticate('shell_portal', 'shell_portal')
        with (
            patch.object(portal, '_esign_home', lambda self, identity: {**home(self, identity), 'pager': pager}),
            patch.object(
                EsignPortal,
                '_render',
                lambda self, template, values, render=EsignPortal._render: render(self, view.id, values),
            ),
        ):
            page = self._page('/my/esign')
        view.unlink()
        return page

    def _our_templates(self):
        data = self.env['ir.model.data'].search([('model', '=', 'ir.ui.view'), ('module', 'in', our_addons(self.env))])
        return self.env['ir.ui.view'].browse(data.mapped('res_id')).exists().filtered(lambda view: view.type == 'qweb')

    def _names(self):
        """Id → name of our templates that render by themselves (extensions render with their base)."""
        views = self._our_templates().filtered(lambda view: view.mode == 'primary' and not _is_report(view))
        return {view.id: view.key for view in views}

    def _rendered_ids(self):
        views = self.env['ir.ui.view']
        keys = [key for key in self.rendered if isinstance(key, str)]
        ids = {key for key in self.rendered if isinstance(key, int)}
        return ids | set(views.search([('key', 'in', keys)]).ids)

    def _pages(self):
        """Addresses of our GET pages that need no parameter."""
        for rule in self.env['ir.http'].routing_map().iter_rules():
            module = getattr(rule.endpoint.func, '__module__', '')
            routing = rule.endpoint.routing
            if not module.startswith(tuple(f'odoo.addons.{addon}.' for addon in our_addons(self.env))):
                continue
            if not rule.arguments and routing['type'] == 'http' and 'GET' in (routing.get('methods') or ['GET']):
                yield rule.rule


def _is_report(view):
    return bool(etree.fromstring(view.arch_db.encode()).xpath('//*[@t-call="web.html_container"]'))
