"""Staff come in with two factors, business systems by keys, portal accounts by neither remotely."""

import base64
import os
import re
import time
from unittest.mock import patch

from odoo.exceptions import AccessDenied, AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.auth_totp.models.totp import hotp

from ...models.odoo import ir_config_parameter
from ...tools import development
from .common_people import MOBILE, PASSWORD
from .guessing_common import SECRET, STAFF, GuessingCase

SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'


def code(secret, steps=0):
    """What the app shows now, or some steps of 30 seconds later."""
    return f'{hotp(base64.b32decode(secret.replace(" ", "")), int(time.time() / 30) + steps):06d}'


def wrong_codes(secret):
    """Codes that are not the right one of these minutes."""
    right = {code(secret, steps) for steps in range(-3, 9)}
    return (one for one in (f'{number:06d}' for number in range(10**6)) if one not in right)


# R6.1 R6.2
@tagged('post_install', '-at_install')
class TestSecondFactor(GuessingCase):
    def setUp(self):
        super().setUp()
        self.env['ir.config_parameter'].set_param('esign.staff_password_only', False)

    def post(self, path, **data):
        page = self.url_open(path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.url_open(path, data={'csrf_token': token, **data}, allow_redirects=False)

    def inside(self):
        """Whether this browser is logged in."""
        return self.url_open('/odoo', allow_redirects=False).status_code == 200

    def test_staff_without_one_get_one_before_anything_else(self):
        self.assertTrue(self.by_web_login(STAFF, SECRET))
        self.assertIn('/web/login/enrol', self.answer.headers['Location'])
        self.assertFalse(self.inside())
        page = self.url_open('/web/login/enrol')
        secret = re.search(r'<code[^>]*>([A-Z2-7 ]+)</code>', page.text)[1]
        self.assertEqual(page.headers['Cache-Control'], 'no-store')
        for wrong in ('', 'abcdef', next(wrong_codes(secret))):
            self.assertEqual(self.post('/web/login/enrol', token=wrong).status_code, 422)
        self.assertFalse(self.inside())
        self.assertEqual(self.post('/web/login/enrol', token=code(secret)).status_code, 303)
        self.assertTrue(self.inside())
        self.assertTrue(self.staff.totp_enabled)
        self.leave()
        self.assertTrue(self.by_web_login(STAFF, SECRET))
        self.assertIn('/web/login/totp', self.answer.headers['Location'])
        self.assertFalse(self.inside())
        self.assertEqual(self.post('/web/login/totp', totp_token=code(secret, 1)).status_code, 303)
        self.assertTrue(self.inside())

    def test_nobody_enrols_without_the_password(self):
        answer = self.url_open('/web/login/enrol', allow_redirects=False)
        self.assertTrue(answer.headers['Location'].endswith('/web/login'))
        self.staff.totp_secret = SEED
        self.assertTrue(self.by_web_login(STAFF, SECRET))
        answer = self.url_open('/web/login/enrol', allow_redirects=False)
        self.assertTrue(answer.headers['Location'].endswith('/web/login'), 'nor beside the one that is there')

    def test_a_passkey_is_not_left_aside(self):
        self.env['auth.passkey.key'].with_user(self.staff).sudo().create(
            {'name': 'key', 'credential_identifier': 'abc'}
        )
        self.assertTrue(self.staff.auth_passkey_key_ids)
        self.assertFalse(self.by_web_login(STAFF, SECRET))

    def test_second_factors_are_not_guessed(self):
        self.staff.totp_secret = SEED
        wrong = wrong_codes(SEED)
        for number in range(24):
            with self.at(f'198.51.100.{number // 4}'):
                if number % 4 == 0:
                    self.leave()
                    self.assertTrue(self.by_web_login(STAFF, SECRET))
                self.assertEqual(self.post('/web/login/totp', totp_token=next(wrong)).status_code, 200)
        self.assertEqual(self.post('/web/login/totp', totp_token=code(SEED)).status_code, 200)
        self.assertFalse(self.inside())
        self.pass_time(1)
        self.assertEqual(self.post('/web/login/totp', totp_token=code(SEED)).status_code, 303)

    def test_a_code_by_mail_is_no_second_factor(self):
        self.env['ir.config_parameter'].set_param('auth_totp.policy', 'employee_required')
        self.assertTrue(self.by_web_login(STAFF, SECRET))
        self.assertIn('/web/login/enrol', self.answer.headers['Location'])

    def test_passwords_of_staff_open_no_remote_door(self):
        for door in (self.by_common, self.by_object):
            self.assertFalse(door(STAFF, SECRET), door.__name__)

    def test_an_administrator_may_do_without_and_is_named(self):
        with patch.object(ir_config_parameter, '_logger') as log:
            self.env['res.config.settings'].create({'esign_staff_password_only': True}).execute()
        self.assertEqual(log.info.call_args.args[-1], self.env.uid)
        self.assertTrue(self.by_web_login(STAFF, SECRET))
        self.assertTrue(self.inside())

    def test_development_is_two_marks(self):
        with patch.dict(os.environ, {development.ENVIRONMENT: '1'}):
            self.env['ir.config_parameter'].set_param(development.PARAMETER, False)
            self.assertTrue(self.staff._esign_needs_second())
            self.env['ir.config_parameter'].set_param(development.PARAMETER, 'demo')
            self.assertFalse(self.staff._esign_needs_second())
        self.assertTrue(self.staff._esign_needs_second(), 'the mark of the database alone is not enough')


# R7.1 R6.1
@tagged('post_install', '-at_install')
class TestDoorsOfKinds(GuessingCase):
    def setUp(self):
        super().setUp()
        self.system = new_test_user(
            self.env, 'kind_system', 'esign_base.group_esign_integration', password='System-secret-1'
        )

    def key(self, user):
        made = self.env['res.users.apikeys'].with_user(user).sudo()._generate('rpc', 'test', None)
        self.env.flush_all()
        return made

    def by_bearer(self, key, method='res.users/context_get'):
        headers = {'Authorization': f'bearer {key}', 'Content-Type': 'application/json'}
        answer = self.url_open(f'/json/2/{method}', data='{}', headers=headers)
        return answer.status_code in (200, 422)  # 422: heard, and refused in words

    def test_a_business_system_comes_by_key_and_remotely_only(self):
        for door in self.doors():
            self.assertFalse(door('kind_system', 'System-secret-1'), door.__name__)
        key = self.key(self.system)
        self.assertTrue(self.by_common('kind_system', key))
        self.assertTrue(self.by_object('kind_system', key))
        self.assertTrue(self.by_bearer(key, 'esign.api/templates'))
        self.assertFalse(self.by_web_login('kind_system', key))

    def test_portal_accounts_have_no_remote_door(self):
        account = self.open_account()
        self.env['ir.config_parameter'].set_param('portal.allow_api_keys', 'True')
        key = self.key(account.user_id)
        self.assertFalse(self.by_bearer(key))
        self.assertFalse(self.by_object(MOBILE, key))
        self.assertFalse(self.by_object(MOBILE, PASSWORD))
        with self.assertRaises(AccessError):
            self.env['res.users.apikeys.description'].with_user(account.user_id).check_access_make_key()

    def test_staff_have_keys_where_an_administrator_says_so(self):
        key = self.key(self.staff)
        self.assertFalse(self.by_bearer(key))
        with self.assertRaises(AccessError):
            self.env['res.users.apikeys.description'].with_user(self.staff).check_access_make_key()
        self.env['ir.config_parameter'].set_param('esign.staff_api_keys', 'True')
        self.assertTrue(self.by_bearer(key))
        self.assertIsNone(self.env['res.users.apikeys.description'].with_user(self.staff).check_access_make_key())

    def test_a_key_of_somebody_else_fits_no_login(self):
        key = self.key(self.system)
        with self.assertRaises(AccessDenied):
            self.env['res.users']._check_uid_passwd(self.staff.id, key)
