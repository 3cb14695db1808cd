"""Every other door at which a secret is tried: two hundred guesses from fifty addresses, the right one last."""

import itertools
import json
import os
from unittest.mock import patch

from odoo import api
from odoo.exceptions import AccessDenied
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tests.common import JsonRpcException

from ...errors import CodeRefused, EsignError
from ...models.people.esign_login_guard import SECOND
from ...rules import otp as otp_rule
from ...tools import vault
from .common_people import CODE, MOBILE, PASSWORD
from .guessing_common import ADDRESSES, GUESSES, SECRET, STAFF, GuessingCase
from .test_second_factor import SEED, code, wrong_codes

NEW = 'Efgh-5678'
NUMBER = '19912340078'


# R1.1 R6.1 R7.1
@tagged('post_install', '-at_install')
class TestGuessingDoors(GuessingCase):
    def setUp(self):
        super().setUp()
        # Whoever guesses does the work of the puzzles as well.
        self.startPatcher(patch.object(type(self.env['esign.captcha']), '_solve', lambda *_args: None))
        self.wrong = (number for number in (f'{one:06d}' for one in itertools.count()) if number != CODE)

    def post(self, path, **data):
        if not self.token:
            self.token = self.url_open(path).text.split('name="csrf_token" value="')[1].split('"')[0]
        self.answer = self.url_open(path, data={'csrf_token': self.token, **data}, allow_redirects=False)
        self.assertLess(self.answer.status_code, 500, path)
        return self.answer.status_code == 303

    def guess_codes(self, door):
        """Guesses of six digits, the right ones last; answers whether any was let in."""
        return self.attack(lambda _whose, given: door(next(self.wrong) if 'Wrong' in given else given), '', CODE)

    # ---- external signers ----------------------------------------------------------------------

    def test_the_portal_log_in_by_password(self):
        self.open_account()
        self.assertFalse(self.attack(lambda _, secret: self.post('/esign/login', mobile=MOBILE, password=secret),
                                     MOBILE, PASSWORD))  # fmt: skip
        self.pass_time(1)
        with self.at('203.0.113.77'):
            self.assertTrue(self.post('/esign/login', mobile=MOBILE, password=PASSWORD))

    def test_the_portal_log_in_by_code(self):
        self.open_account()
        self.env['esign.account']._request_login_code(MOBILE)
        self.assertFalse(self.guess_codes(lambda one: self.post('/esign/login', way='code', mobile=MOBILE, code=one)))
        self.pass_time(1)
        self.env['esign.account']._request_login_code(MOBILE)
        with self.at('203.0.113.77'):
            self.assertTrue(self.post('/esign/login', way='code', mobile=MOBILE, code=CODE))

    def test_a_new_password_by_code(self):
        self.open_account()
        self.env['esign.account']._request_reset_code(MOBILE)
        new = {'mobile': MOBILE, 'password': NEW, 'password_again': NEW}
        self.assertFalse(self.guess_codes(lambda one: self.post('/esign/reset', code=one, **new)))
        self.pass_time(1)
        self.env['esign.account']._request_reset_code(MOBILE)
        with self.at('203.0.113.77'):
            self.assertTrue(self.post('/esign/reset', code=CODE, **new))

    def test_registration_with_the_number_of_somebody_else(self):
        self.env['esign.account']._request_register_code(MOBILE)
        new = {'mobile': MOBILE, 'password': NEW, 'password_again': NEW, 'agree': '1'}
        self.assertFalse(self.guess_codes(lambda one: self.post('/esign/register', code=one, **new)))
        self.assertFalse(self.env['res.users'].search([('login', '=', MOBILE)]))

    def test_a_screen_that_was_left_alone(self):
        """Its finder guesses the present password, and the code of an address."""
        account = self.open_account()
        self.authenticate(MOBILE, MOBILE)
        new = {'password': NEW, 'password_again': NEW}
        self.assertFalse(self.attack(lambda _, secret: self.post('/my/esign/me/password', old_password=secret, **new),
                                     MOBILE, PASSWORD))  # fmt: skip
        self.token = None
        address = 'new@example.com'
        account.with_user(account.user_id)._request_email_code(address)
        self.assertFalse(self.guess_codes(lambda one: self.post('/my/esign/me/email', email=address, code=one)))
        self.assertNotEqual(account.person_id.email, address)

    # ---- staff ---------------------------------------------------------------------------------

    def test_the_second_factor(self):
        """Whoever knows the password guesses the second one, in as many sessions as he likes."""
        self.env['ir.config_parameter'].set_param('esign.staff_password_only', False)
        self.staff.totp_secret = SEED
        wrong = wrong_codes(SEED)
        for number in range(ADDRESSES):
            with self.at(f'198.51.100.{number}'):
                self.leave()
                self.assertTrue(self.by_web_login(STAFF, SECRET))
                self.token = None
                for last in range(GUESSES // ADDRESSES):
                    right = number == ADDRESSES - 1 and last == GUESSES // ADDRESSES - 1
                    given = code(SEED) if right else next(wrong)
                    self.assertFalse(self.post('/web/login/totp', totp_token=given))
        self.pass_time(1)
        self.assertTrue(self.post('/web/login/totp', totp_token=code(SEED)), 'an hour later its owner comes in')

    def test_the_password_asked_for_again(self):
        self.authenticate(STAFF, STAFF)
        checks = self.env['res.users.identitycheck'].with_user(self.staff).sudo()
        check = checks.create(
            {'request': json.dumps([{}, 'res.users', self.staff.ids, 'preference_change_password', [], {}])}
        )

        def door(_whose, secret):
            params = {'model': 'res.users.identitycheck', 'method': 'run_check', 'args': [check.ids]}
            try:
                return self.make_jsonrpc_request(
                    '/web/dataset/call_kw', {**params, 'kwargs': {'context': {'password': secret}}}
                )
            except JsonRpcException:
                return False

        self.assertFalse(self.attack(door, STAFF, SECRET))
        self.pass_time(1)
        self.assertTrue(door(STAFF, SECRET))

    def test_a_passkey_is_not_made_up(self):
        """The name of a key is no secret; its signature cannot be guessed, and nonsense is refused like a guess."""
        self.env['auth.passkey.key'].with_user(self.staff).sudo().create(
            {'name': 'key', 'credential_identifier': 'abc', 'public_key': 'AAAA'}
        )
        made_up = itertools.cycle([
            {'id': 'abc'},
            {'id': 'abc', 'response': {}},
            {'id': 'abc', 'rawId': 'abc', 'type': 'public-key', 'response': {
                'clientDataJSON': 'AAAA', 'authenticatorData': 'AAAA', 'signature': 'AAAA'}},
            {'id': 'abc', 'response': 7},
            {'id': 'nobody'},
        ])  # fmt: skip

        def door(_whose, _secret):
            return self.by_web_login('', '', type='webauthn', webauthn_response=json.dumps(next(made_up)))

        with self.at('198.51.100.1'):
            self.assertFalse(any(door('', '') for _ in range(10)))
            self.assertEqual(self.answer.status_code, 200)

    # ---- business systems ----------------------------------------------------------------------

    def test_wrong_keys_keep_the_right_one_out_nowhere_else(self):
        """Nobody guesses 160 bits: what ends is the work of the addresses that try, not that of the system."""
        system = new_test_user(self.env, 'guessed_system', 'esign_base.group_esign_integration')
        key = self.env['res.users.apikeys'].with_user(system).sudo()._generate('rpc', 'test', None)
        self.env.flush_all()
        url, body = '/json/2/esign.api/templates', '{}'

        def answers(given):
            headers = {'Authorization': f'bearer {given}', 'Content-Type': 'application/json'}
            return self.url_open(url, data=body, headers=headers).status_code

        for number in range(GUESSES):
            with self.at(f'198.51.100.{number % ADDRESSES}'):
                self.assertIn(answers(f'{number:040x}'), (401, 403))
        with self.at('203.0.113.77'):
            self.assertEqual(answers(key), 422, 'heard')

    # ---- links ---------------------------------------------------------------------------------

    def test_the_link_of_a_pad_is_too_long_to_be_guessed(self):
        """256 bits, kept as a digest; those of signing links and of verifications have tests with their pages."""
        pads = self.env['esign.handwriting']
        person = self.open_account().person_id
        person.sudo().state = 'verified'
        record, token = pads._open(person)
        self.assertGreaterEqual(len(token), 43)
        for number in range(GUESSES):
            with self.refused(EsignError):
                pads._by_token(f'{token[:-1]}{number}')
        self.assertEqual(pads._by_token(token), record)


# R1.1 R6.1
@tagged('post_install', '-at_install')
class TestDoorsAtOnce(BaseCase):
    """Real cursors: twenty transactions that have all begun before the first guess is over; the last one is right."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(patch.dict(os.environ, {'ESIGN_SECRET_KEY': vault.new_key_line('once')}))
        os.environ.pop('ESIGN_SECRET_KEY_FILE', None)
        for name in ('visitor_network', 'device'):
            value = '198.51.100.1' if name == 'visitor_network' else None
            self.enterContext(
                patch(f'odoo.addons.esign_base.models.people.esign_login_guard.{name}', lambda one=value: one)
            )
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM esign_rate_limit WHERE purpose ~ '^(login|totp|otp)[.]'")
            cr.execute("DELETE FROM esign_otp WHERE purpose IN ('login', 'esign.consent')")

    def at_once(self, tries):
        """Carry out each try on a cursor of its own; all have begun before. Answers what each came to."""
        cursors = [self.registry.cursor() for _ in tries]
        try:
            for cr in cursors:
                cr.execute('SELECT count(*) FROM esign_rate_limit')
            return [self.outcome(cr, one) for cr, one in zip(cursors, tries, strict=True)]
        finally:
            for cr in cursors:
                cr.close()

    def outcome(self, cr, one):
        try:
            return one(api.Environment(cr, api.SUPERUSER_ID, {}))
        except (AccessDenied, CodeRefused) as error:
            return error
        finally:
            cr.rollback()

    def test_second_factors(self):
        seen = self.at_once([lambda env: bool(env['esign.login.guard']._begin('name:at-once', SECOND))] * 20)
        self.assertEqual(seen.count(True), 5)

    def test_codes(self):
        """Of every kind: to log in, to reset, to open a link, to sign."""
        self.enterContext(patch.object(otp_rule, 'new_code', lambda: CODE))
        for purpose in ('login', 'esign.consent'):
            with (
                self.registry.cursor() as cr,
                patch.object(self.registry['esign.otp'], '_send_after_commit', lambda *_args: None),
            ):
                api.Environment(cr, api.SUPERUSER_ID, {})['esign.otp']._issue(purpose, NUMBER)
            guesses = [*(f'{number:06d}' for number in range(19)), CODE]
            seen = self.at_once(
                [lambda env, one=one, to=purpose: env['esign.otp']._check(to, NUMBER, one) for one in guesses]
            )
            self.assertNotIn(True, seen, purpose)
            self.assertEqual(sum(one.code == 'CODE_VOID' for one in seen), 15, purpose)
