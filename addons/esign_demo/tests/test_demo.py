from odoo.tests import HttpCase, tagged

from odoo.addons.esign_base.tools import development


@tagged('post_install', '-at_install')
class TestDemo(HttpCase):
    """The demo database as the README promises it. Needs demo data."""

    def setUp(self):
        super().setUp()
        if not development.database_marked(self.env):
            self.skipTest('no demo data')

    def _login(self, login):
        return self.env['res.users'].search([('login', '=', login)])

    def test_logins(self):
        for login, password in (
            ('admin', 'admin'),
            ('integration', 'integration'),
            ('13800000001', 'signer-demo'),
        ):
            with self.subTest(login=login):
                self.authenticate(login, password)
                self.assertEqual(self.session.uid, self._login(login).id)

    def test_no_other_door_stands_open(self):
        for xmlid in ('base.user_demo', 'base.demo_user0'):
            self.assertFalse(self.env.ref(xmlid).active)

    def test_integration_has_the_groups_of_systems_only(self):
        ours = self.env['res.groups'].search(
            [('privilege_id.category_id', '=', self.env.ref('esign_base.module_category_esign').id)]
        )
        user = self._login('integration')
        vouching = self.env.ref('esign_base.group_esign_vouch')
        self.assertEqual(user.all_group_ids & ours, self.env.ref('esign_base.group_esign_integration') | vouching)
        self.assertFalse(user.has_group('base.group_system'))

    def test_signer_is_a_portal_user(self):
        self.assertEqual(self._login('13800000001')._is_portal(), True)

    def test_chinese_and_shanghai(self):
        for user in self.env['res.users'].search([]):
            self.assertEqual((user.lang, user.tz), ('zh_CN', 'Asia/Shanghai'), user.login)
        partner = self.env['res.partner'].create({'name': 'x'})
        self.assertEqual((partner.lang, partner.tz), ('zh_CN', 'Asia/Shanghai'))
        menu = self.env.ref('esign_base.menu_esign_root').with_context(lang='zh_CN')
        self.assertEqual(menu.name, '电子合同')

    def test_login_page_is_chinese(self):
        for asked in ('zh-CN', 'en-US', None):
            with self.subTest(asked=asked):
                response = self.url_open('/web/login', headers={'Accept-Language': asked})
                self.assertEqual(response.status_code, 200)
                self.assertIn('密码', response.text)

    def test_a_visitor_may_choose_english(self):
        self.env['res.lang']._activate_lang('en_US')
        for chosen, word in (('en_US', 'Password'), ('zh_CN', '密码'), ('xx_XX', '密码')):
            self.opener.cookies['frontend_lang'] = chosen
            response = self.url_open('/web/login', headers={'Accept-Language': 'fr'})
            self.assertIn(word, response.text, chosen)
