"""Logins that look like mobile numbers are opened by registration alone, and nobody signs up in another way."""

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from ...rules.mobile import normal_mobile
from .common_people import MOBILE, PeopleCase, PeopleMixin

NUMBER = '13911112222'
SPELLED = (
    NUMBER, '+8613911112222', '+86 139-1111-2222', '008613911112222', '139 1111 2222', '１３９１１１１２２２２',
    '＋８６１３９１１１１２２２２', '\u3000139\u00a01111\u20092222',
)  # fmt: skip
OTHER = ('1391111222', '139111122223', '12911112222', 'a13911112222', '13911112222@example.com', '+8513911112222')


@tagged('post_install', '-at_install')
class TestLogins(PeopleCase):
    # R1.1
    def test_nobody_makes_such_a_login_from_outside(self):
        users = self.env['res.users'].with_user(self.env.ref('base.user_admin'))
        other = new_test_user(self.env, 'plain_login')
        forged = users.with_context(esign_own_account=True, install_mode=True)
        for login in SPELLED:
            self.assertEqual(normal_mobile(login), NUMBER)
            with self.subTest(login=login):
                for model in (users, forged):
                    with self.assertRaises(ValidationError):
                        model.create({'name': 'x', 'login': login})
                with self.assertRaises(ValidationError):
                    users.browse(other.id).login = login
                done = users.load(['name', 'login'], [['x', login]])
                self.assertFalse(done['ids'])
                self.assertIn('looks like a mobile number', done['messages'][0]['message'])

    def test_other_logins_stay_possible(self):
        for login in OTHER:
            self.assertFalse(normal_mobile(login))
            new_test_user(self.env, login)

    def test_accounts_get_theirs_and_may_change_it(self):
        account = self.open_account()
        self.assertEqual(account.user_id.login, MOBILE)
        account.user_id.write({'login': MOBILE, 'name': 'saved by staff as it is'})
        with self.assertRaises(ValidationError):
            account.user_id.login = NUMBER

    def test_such_logins_of_before_are_listed_for_staff(self):
        """By the same rule as that for new ones, on all spellings; closed accounts and others are not there."""
        users, strays = self.env['res.users']._esign_own_account(), self.env['res.users']
        for login in SPELLED:
            strays |= new_test_user(users.env, login)
        strays[0].active = False
        for login in OTHER:
            new_test_user(self.env, login)
        account = self.open_account()
        admin = new_test_user(self.env, 'stray_admin', 'esign_base.group_esign_administrator,base.group_system')
        action = self.env.ref('esign_base.res_users_action_stray')
        listed = (
            self.env['res.users'].with_user(admin).with_context(active_test=False).search([('esign_stray', '=', True)])
        )
        self.assertIn('esign_stray', action.domain)
        self.assertEqual(listed & (strays | account.user_id), strays)
        self.assertTrue(strays[1].with_user(admin).esign_stray)


@tagged('post_install', '-at_install')
class TestSignUp(PeopleMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _sign_up(self, **values):
        page = self.url_open('/esign/login').text
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        data = {'login': NUMBER, 'name': 'x', 'password': '1', 'confirm_password': '1', 'csrf_token': csrf, **values}
        return self.url_open('/web/signup', data=data, allow_redirects=False)

    # R1.1
    def test_nobody_signs_up_by_himself_whatever_the_setting_says(self):
        for scope in ('b2b', 'b2c'):
            self.env['ir.config_parameter'].set_param('auth_signup.invitation_scope', scope)
            for token in ({}, {'token': ''}, {'token': 'nonsense'}):
                with self.subTest(scope=scope, token=token):
                    self.assertEqual(self._sign_up(**token).status_code, 404)
                    query = '&'.join(f'{name}={value}' for name, value in token.items())
                    self.assertEqual(self.url_open(f'/web/signup?{query}').status_code, 404)
        self.assertFalse(self.env['res.users'].search([('login', '=', NUMBER)]))

    def test_an_invitation_works_but_gives_no_number(self):
        partner = self.env['res.partner'].create({'name': 'Invited', 'email': 'invited@example.com'})
        partner.signup_prepare()
        token = partner._generate_signup_token()
        self.assertEqual(self.url_open(f'/web/signup?token={token}').status_code, 200)
        answer = self._sign_up(token=token)
        self.assertRegex(answer.text, 'looks like a mobile number|形似手机号')
        self.assertFalse(self.env['res.users'].search([('login', '=', NUMBER)]))
        answer = self._sign_up(
            token=token, login='invited@example.com', password='Long-enough-1', confirm_password='Long-enough-1'
        )
        self.assertEqual(answer.status_code, 303)
