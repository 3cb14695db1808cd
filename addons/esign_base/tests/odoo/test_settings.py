from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ...models.api.esign_api import CALLS, HIGHEST_CALLS


@tagged('post_install', '-at_install')
class TestSettings(TransactionCase):
    # R6.2
    def test_only_a_system_administrator_opens_settings(self):
        administrator = new_test_user(self.env, 'esign_administrator', groups='esign_base.group_esign_administrator')
        operator = new_test_user(self.env, 'esign_operator', groups='esign_base.group_esign_operator')
        for user in administrator | operator:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env['res.config.settings'].with_user(user).create({'esign_sms_gateway': 'http'})

    def test_an_insecure_address_is_refused_and_nothing_is_stored(self):
        settings = self.env['res.config.settings'].create(
            {'esign_sms_gateway': 'http', 'esign_sms_http_url': 'http://sms.example.com/'}
        )
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            settings.execute()
        self.assertFalse(self.env['ir.config_parameter'].get_param('esign.sms_http_url'))

    def test_settings_come_back_as_entered(self):
        values = {
            'esign_product_name': '某某电子签',
            'esign_sms_gateway': 'http',
            'esign_sms_http_url': 'https://sms.example.com/send',
            'esign_sms_http_headers': 'X-App: 1',
            'esign_sms_http_error_map': '7 = limited',
            'esign_sms_http_timeout': 5,
        }
        self.env['res.config.settings'].create(values).execute()
        again = self.env['res.config.settings'].create({})
        self.assertEqual({name: again[name] for name in values}, values)
        self.assertEqual(self.env['esign.portal']._esign_product_name(), '某某电子签')

    def test_calls_of_business_systems(self):  # R7.1 R6.2
        settings, api = self.env['res.config.settings'], self.env['esign.api']
        self.assertEqual(settings.create({}).esign_api_calls_per_minute, CALLS)
        settings.create({'esign_api_calls_per_minute': 25}).execute()
        self.assertEqual((api._calls_per_minute(), settings.create({}).esign_api_calls_per_minute), (25, 25))
        for wrong in (0, -1, HIGHEST_CALLS + 1):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError), self.env.cr.savepoint():
                settings.create({'esign_api_calls_per_minute': wrong}).execute()
        self.assertEqual(api._calls_per_minute(), 25)
        settings.create({'esign_api_calls_per_minute': HIGHEST_CALLS}).execute()
        self.assertEqual(api._calls_per_minute(), HIGHEST_CALLS)

    def test_the_form_opens(self):
        administrator = self.env.ref('base.user_admin')
        with Form(self.env['res.config.settings'].with_user(administrator)) as form:
            form.esign_product_name = 'x'
            form.esign_api_calls_per_minute = 700

    def test_no_field_can_hold_a_secret(self):
        names = [
            name for name in self.env['res.config.settings']._fields if name.startswith('esign_') and 'secret' in name
        ]
        self.assertEqual(names, ['esign_sms_secret_set'])
        self.assertEqual(self.env['res.config.settings']._fields['esign_sms_secret_set'].type, 'boolean')


@tagged('post_install', '-at_install')
class TestMenus(TransactionCase):
    """Which of our menus each group sees."""

    def _visible(self, groups):
        login = 'menu_' + groups.rpartition('.')[2]
        user = new_test_user(self.env, login, groups=groups)
        visible = self.env['ir.ui.menu'].with_user(user)._visible_menu_ids()
        return {
            name
            for name in ('menu_esign_root', 'menu_esign_configuration', 'menu_esign_settings')
            if self.env.ref(f'esign_base.{name}').id in visible
        }

    def test_menus_by_group(self):
        base = 'esign_base.group_esign_'
        for groups, hidden in (
            ('base.group_user', {'menu_esign_root', 'menu_esign_configuration', 'menu_esign_settings'}),
            (base + 'viewer', {'menu_esign_configuration', 'menu_esign_settings'}),
            (base + 'operator', {'menu_esign_configuration', 'menu_esign_settings'}),
            (base + 'auditor', {'menu_esign_configuration', 'menu_esign_settings'}),
            (base + 'template_manager', {'menu_esign_configuration', 'menu_esign_settings'}),
            (base + 'administrator', {'menu_esign_settings'}),
        ):
            with self.subTest(groups=groups):
                self.assertFalse(self._visible(groups) & hidden)

    def test_the_administrator_of_the_system_sees_all(self):
        seen = self._visible('esign_base.group_esign_administrator,base.group_system')
        self.assertEqual(seen, {'menu_esign_root', 'menu_esign_configuration', 'menu_esign_settings'})
