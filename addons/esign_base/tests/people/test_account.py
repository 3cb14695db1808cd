import psycopg2

from odoo.exceptions import AccessDenied, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ...errors import EsignError, FormRefused
from .common_people import CODE, MOBILE, PASSWORD, PeopleCase

INTERACTIVE = {'interactive': True}


# R1.1
@tagged('post_install', '-at_install')
class TestAccount(PeopleCase):
    def register(self, **changed):
        values = {
            'mobile': MOBILE,
            'password': PASSWORD,
            'again': PASSWORD,
            'code': CODE,
            'agreed': True,
            **changed,
        }
        return self.env['esign.account'].with_user(self.env.ref('base.public_user'))._register_account(**values)

    def log_in(self, secret, kind='password', mobile=MOBILE):
        credential = {'type': kind, 'login': mobile, 'password' if kind == 'password' else 'code': secret}
        return self.env['res.users']._login(credential, INTERACTIVE)

    def denied(self, *args, **kwargs):
        with self.refused(AccessDenied) as caught, mute_logger('odoo.addons.base.models.res_users'):
            self.log_in(*args, **kwargs)
        return caught.exception.args[0] if caught.exception.args else ''

    def test_registration_opens_login_person_and_consents(self):
        self.env['esign.account']._request_register_code(MOBILE)
        account = self.register(ip='192.0.2.3', agent='Browser')
        user = account.user_id
        self.assertTrue(user._is_portal())
        self.assertEqual((user.login, account.person_id.state, account.state), (MOBILE, 'draft', 'active'))
        self.assertNotIn(MOBILE, user.name)
        accepted = self.env['esign.agreement.acceptance'].search([('user_id', '=', user.id)])
        self.assertEqual(sorted(accepted.mapped('kind')), ['privacy', 'service'])
        self.assertEqual(set(accepted.mapped('version')), {'1.0'})
        self.assertEqual({len(value) for value in accepted.mapped('sha256')}, {64})
        self.assertEqual(self.log_in(PASSWORD)['uid'], user.id)

    def test_form_says_what_to_mend_and_keeps_the_code(self):
        self.env['esign.account']._request_register_code(MOBILE)
        for changed, field in (
            ({'mobile': '12345'}, 'mobile'),
            ({'password': 'abcdefgh', 'again': 'abcdefgh'}, 'password'),
            ({'again': 'Other-123'}, 'password_again'),
            ({'agreed': False}, 'agree'),
            ({'code': '000000'}, 'code'),
        ):
            with self.refused(FormRefused) as caught:
                self.register(**changed)
            self.assertEqual(list(caught.exception.fields), [field])
        self.assertTrue(self.register())

    def test_known_number_is_told_by_sms_only(self):
        self.open_account()
        self.assertIsNone(self.env['esign.account']._request_register_code(MOBILE))
        [(_purpose, number, text)] = self.sent
        self.assertEqual(number, MOBILE)
        self.assertNotIn(CODE, text)
        with self.refused(FormRefused) as caught:
            self.register()
        with self.refused(FormRefused) as stranger:
            self.register(mobile='13912340009')
        self.assertEqual(caught.exception.fields, stranger.exception.fields)

    def test_login_and_reset_requests_do_not_tell_who_is_known(self):
        self.open_account()
        account = self.env['esign.account']
        for purpose in ('login', 'reset'):
            for mobile in (MOBILE, '13912340009'):
                self.assertIsNone(getattr(account, f'_request_{purpose}_code')(mobile))
        self.assertEqual([number for _purpose, number, _text in self.sent], [MOBILE, '13912340009'] * 2)
        self.assertEqual([CODE in text for _purpose, _number, text in self.sent], [True, False] * 2)
        self.assertEqual(self.denied('000000', 'esign_sms'), self.denied('000000', 'esign_sms', '13912340009'))

    def test_one_account_a_number(self):
        first = self.open_account()
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.UniqueViolation):
            first.copy({'mobile': MOBILE, 'user_id': self.operator.id})
            self.env.flush_all()

    def test_lock_after_five_wrong_passwords(self):
        account = self.open_account()
        with freeze_time('2026-11-23 10:00:00'):
            answers = {self.denied('Wrong-123') for _ in range(5)}
            self.assertEqual(len(answers), 1)
            locked = self.denied(PASSWORD)
            self.assertNotIn(locked, answers)
            account.invalidate_recordset(['locked'])
            self.assertTrue(account.locked)
            strangers = [self.denied('Wrong-123', mobile='13912340009') for _ in range(6)]
            self.assertEqual((set(strangers[:5]), strangers[5]), (answers, locked), 'a stranger sees the same')
        with freeze_time('2026-11-23 10:30:01'):
            self.assertEqual(self.log_in(PASSWORD)['uid'], account.user_id.id)

    def test_sms_code_and_reset_open_a_locked_account(self):
        account = self.open_account()
        for _ in range(6):
            self.denied('Wrong-123')
        self.env['esign.account']._request_login_code(MOBILE)
        self.assertEqual(self.log_in(CODE, 'esign_sms')['uid'], account.user_id.id)
        self.assertTrue(self.denied(CODE, 'esign_sms'), 'the code is used up')
        self.env['esign.account']._request_reset_code(MOBILE)
        self.env['esign.account']._reset_password(MOBILE, CODE, 'New-pass-1', 'New-pass-1')
        self.assertEqual(self.log_in('New-pass-1')['uid'], account.user_id.id)
        self.denied(PASSWORD)

    def test_an_account_opened_for_somebody_is_activated_by_its_number(self):
        accounts = self.env['esign.account']
        one, two = (accounts._open(mobile, 'Unknown-4711', state='pending') for mobile in (MOBILE, '13912340002'))
        self.denied('Guess-4711')
        accounts._request_login_code(one.mobile)
        self.log_in(CODE, 'esign_sms')
        accounts._request_reset_code(two.mobile)
        accounts._reset_password(two.mobile, CODE, 'New-pass-1', 'New-pass-1')
        self.assertEqual((one.state, two.state), ('active', 'active'))
        self.assertEqual(self.log_in('New-pass-1', mobile=two.mobile)['uid'], two.user_id.id)

    def test_a_login_code_is_no_reset_code(self):
        self.open_account()
        self.env['esign.account']._request_login_code(MOBILE)
        with self.refused(FormRefused):
            self.env['esign.account']._reset_password(MOBILE, CODE, 'New-pass-1', 'New-pass-1')

    def test_staff_thaw(self):
        account = self.open_account()
        for _ in range(6):
            self.denied('Wrong-123')
        with self.assertRaises(EsignError):
            account.with_user(self.viewer).action_thaw()
        account.with_user(self.operator).action_thaw()
        self.assertTrue(self.log_in(PASSWORD))

    def test_frozen_account_is_out_at_once(self):
        account = self.open_account()
        user = account.user_id
        before = user._compute_session_token('sid')
        wrong = self.denied('Wrong-123', mobile='13912340009')
        account.with_user(self.operator)._staff_freeze('可疑')
        self.assertFalse(user.active)
        self.env.flush_all()
        self.assertNotEqual(user._compute_session_token('sid'), before)
        self.assertEqual(self.denied(PASSWORD), wrong)
        self.env['esign.account']._request_login_code(MOBILE)
        self.assertNotIn(CODE, self.sent[-1][2])
        self.denied(CODE, 'esign_sms')
        account.with_user(self.operator).action_thaw()
        self.assertTrue(self.log_in(PASSWORD))

    def test_closed_account_frees_its_number(self):
        account = self.open_account()
        account.with_user(self.operator)._staff_close('本人申请')
        self.assertEqual((account.state, account.person_id.state), ('closed', 'revoked'))
        self.denied(PASSWORD)
        self.assertTrue(self.open_account())
        with self.assertRaises(EsignError):
            account._move('active')

    def test_owner_closes_on_the_portal(self):
        account = self.open_account()
        account.user_id.with_user(account.user_id).sudo()._deactivate_portal_user()
        self.assertEqual(account.state, 'closed')

    def test_last_five_passwords_are_refused(self):
        account = self.open_account()
        for number in range(1, 5):
            account._set_new_password(f'Pass-word-{number}', f'Pass-word-{number}')
        for old in (PASSWORD, 'Pass-word-4', 'Pass-word-1'):
            with self.refused(FormRefused):
                account._set_new_password(old, old)
        account._set_new_password('Pass-word-5', 'Pass-word-5')
        account._set_new_password(PASSWORD, PASSWORD)

    def test_policy_holds_for_odoo_s_own_page_and_rpc(self):
        account = self.open_account()
        user = account.user_id.with_user(account.user_id)
        with self.refused(FormRefused):
            user.change_password(PASSWORD, 'weak')
        with self.refused(AccessDenied):
            user.change_password('Wrong-123', 'New-pass-1')
        self.assertTrue(user.change_password(PASSWORD, 'New-pass-1'))
        self.assertTrue(self.log_in('New-pass-1'))

    def test_rpc_counts_too(self):
        account = self.open_account()
        users = self.env['res.users']
        for _ in range(6):
            with self.refused(AccessDenied):
                users._check_uid_passwd(account.user_id.id, 'Wrong-123')
        with self.refused(AccessDenied):
            users._check_uid_passwd(account.user_id.id, PASSWORD)

    def test_mail_is_no_way_around_the_sms(self):
        account = self.open_account()
        account.person_id.partner_id.email = 'somebody@example.com'
        for login in (MOBILE, '13912340009'):
            with self.assertRaises(UserError):
                self.env['res.users'].reset_password(login)
        self.env['res.users']._esign_send_reset('somebody@example.com')
        self.assertFalse(account.user_id.partner_id.signup_type)

    def test_staff_log_in_as_ever(self):
        self.operator.password = 'staff-secret'
        answer = self.log_in('staff-secret', mobile='people_operator')
        self.assertEqual(answer['auth_method'], 'password')


# R1.6
@tagged('post_install', '-at_install')
class TestUserCentre(PeopleCase):
    def setUp(self):
        super().setUp()
        self.account = self.open_account()

    def test_email_needs_the_code_sent_there(self):
        self.account._request_email_code('New@Example.com ')
        self.assertEqual(self.sent[0][:2], ('email', 'new@example.com'))
        with self.refused(FormRefused):
            self.account._change_email('other@example.com', CODE)
        self.account._change_email('new@example.com', CODE)
        self.assertEqual(self.account.person_id.email, 'new@example.com')
        for bad in ('', 'nobody', 'a@b', '<script>@example.com', 'a@example.com\nBcc: x@example.com'):
            with self.refused(FormRefused):
                self.account._request_email_code(bad)

    def test_mobile_needs_both_codes(self):
        new = '13912340005'
        self.account._request_mobile_code('old')
        self.account._request_mobile_code('new', new)
        for old_code, code in (('000000', CODE), (CODE, '000000')):
            with self.assertRaises(FormRefused):
                self.account._change_mobile(new, old_code, code)
        self.account._change_mobile(new, CODE, CODE)
        self.assertEqual((self.account.mobile, self.account.user_id.login), (new, new))
        self.assertEqual(self.account.person_id.mobile, new)
        notice = self.env['sms.sms'].sudo().search([('number', '=', f'+86{MOBILE}')])
        self.assertTrue(notice, 'the old number is warned')

    def test_mobile_of_somebody_else_is_not_told(self):
        other = self.open_account('13912340005')
        self.account._request_mobile_code('old')
        self.assertIsNone(self.account._request_mobile_code('new', other.mobile))
        self.assertNotIn(CODE, self.sent[-1][2])
        with self.refused(FormRefused) as caught:
            self.account._change_mobile(other.mobile, CODE, CODE)
        self.assertEqual(list(caught.exception.fields), ['code'])

    def test_code_of_another_account_is_refused(self):
        other = self.open_account('13912340005')
        other._request_email_code('new@example.com')
        with self.refused(FormRefused):
            self.account._change_email('new@example.com', CODE)

    def test_password_needs_the_present_one(self):
        with self.refused(FormRefused) as caught:
            self.account._change_own_password('Wrong-123', 'New-pass-1', 'New-pass-1')
        self.assertEqual(list(caught.exception.fields), ['old_password'])
        self.account._change_own_password(PASSWORD, 'New-pass-1', 'New-pass-1')
        for _ in range(5):
            with self.refused(FormRefused):
                self.account._change_own_password('Wrong-123', 'Other-pass-1', 'Other-pass-1')
        with self.refused(FormRefused) as caught:
            self.account._change_own_password('New-pass-1', 'Other-pass-1', 'Other-pass-1')
        self.assertIn('30', caught.exception.fields['old_password'])
