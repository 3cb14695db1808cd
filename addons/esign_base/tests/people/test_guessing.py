"""Nobody guesses his way in, at no door, and nobody is kept out for ever by those who try."""

import contextlib
import json
import re
import threading
from unittest.mock import patch

from odoo import api
from odoo.exceptions import AccessDenied, AccessError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tests.common import JsonRpcException

from ...models.odoo import ir_config_parameter
from ...tools import visitor
from .common_people import CODE, MOBILE, PASSWORD
from .guessing_common import SECRET, STAFF, GuessingCase


# R1.1 R6.1 R7.1
@tagged('post_install', '-at_install')
class TestGuessing(GuessingCase):
    def test_the_web_log_in(self):
        self.assertFalse(self.attack(self.by_web_login, STAFF, SECRET))

    def test_the_remote_log_in(self):
        self.assertFalse(self.attack(self.by_common, STAFF, SECRET))

    def test_remote_calls(self):
        self.assertFalse(self.attack(self.by_object, STAFF, SECRET))

    def test_an_account_of_the_portal(self):
        account = self.open_account()
        self.assertFalse(self.attack(self.by_common, MOBILE, PASSWORD))
        account.invalidate_recordset(['locked'])
        self.assertTrue(account.locked)

    def test_all_doors_have_one_limit(self):
        for number, door in enumerate((*self.doors(), self.by_common, self.by_common)):
            with self.at('198.51.100.1'):
                self.assertFalse(door(STAFF, f'Wrong-{number}'))
        for door in self.doors():
            with self.at('198.51.100.1'):
                self.assertFalse(door(STAFF, SECRET), door.__name__)
            self.leave()
        with self.at('203.0.113.9'):
            self.assertTrue(self.by_common(STAFF, SECRET), 'from elsewhere its owner comes in')

    def test_an_address_is_refused_over_all_logins(self):
        with self.at('198.51.100.1'):
            for number in range(100):
                self.by_common(f'name-{number}', 'Wrong-1')
            self.assertFalse(self.by_common(STAFF, SECRET))
        with self.at('198.51.100.2'):
            self.assertTrue(self.by_common(STAFF, SECRET))

    def test_addresses_of_one_network_count_as_one(self):
        for number in range(5):
            with self.at(f'2001:db8:1:2:{number:x}::{number}'):
                self.by_common(STAFF, 'Wrong-1')
        with self.at('2001:db8:1:2:ffff::1'):
            self.assertFalse(self.by_common(STAFF, SECRET))
        for number in range(5):
            with self.at(('192.0.2.4', '::ffff:192.0.2.4')[number % 2]):
                self.by_common(STAFF, 'Wrong-1')
        with self.at('::ffff:192.0.2.4'):
            self.assertFalse(self.by_common(STAFF, SECRET))

    def test_where_the_owner_works_he_is_not_locked_out(self):
        with self.at('203.0.113.9'):
            self.assertTrue(self.by_common(STAFF, SECRET))
        self.leave()
        self.assertFalse(self.attack(self.by_common, STAFF, SECRET, 60))
        with self.at('203.0.113.9'):
            self.assertTrue(self.by_common(STAFF, SECRET))

    def test_an_hour_later_he_comes_in_from_anywhere(self):
        self.assertFalse(self.attack(self.by_common, STAFF, SECRET))
        with self.at('203.0.113.77'):
            self.assertFalse(self.by_common(STAFF, SECRET))
            self.pass_time(1)
            self.assertTrue(self.by_common(STAFF, SECRET))

    def test_his_device_is_known_wherever_it_is(self):
        with self.at('203.0.113.9'):
            self.assertTrue(self.by_web_login(STAFF, SECRET))
            mark = self.answer.cookies[visitor.DEVICE_COOKIE]
        self.assertFalse(self.attack(self.by_common, STAFF, SECRET, 60))
        self.leave()
        self.opener.cookies[visitor.DEVICE_COOKIE] = mark
        with self.at('198.51.100.7'):
            self.assertTrue(self.by_web_login(STAFF, SECRET))
        self.leave()
        other = new_test_user(self.env, 'other_staff', 'base.group_user', password=SECRET)
        self.assertFalse(self.attack(self.by_common, other.login, SECRET, 60))
        self.opener.cookies[visitor.DEVICE_COOKIE] = mark
        with self.at('203.0.113.78'):
            self.assertFalse(self.by_web_login(other.login, SECRET), 'a device is known to those who used it')

    def test_success_does_not_clear_the_guesses_of_others(self):
        for number in range(4):
            with self.at('198.51.100.1'):
                self.by_common(STAFF, f'Wrong-{number}')
        with self.at('198.51.100.1'):
            self.assertTrue(self.by_common(STAFF, SECRET))
            self.assertFalse(self.by_common(STAFF, 'Wrong-5'))
            self.assertFalse(self.by_common(STAFF, SECRET))

    def test_staff_lift_a_lock(self):
        self.attack(self.by_common, STAFF, SECRET, 40)
        with self.refused(AccessError):
            self.staff.with_user(self.operator).action_esign_lift_locks()
        administrator = self.env.ref('base.user_admin')
        self.assertTrue(self.staff.with_user(administrator).esign_locked)
        self.staff.with_user(administrator).action_esign_lift_locks()
        with self.at('203.0.113.77'):
            self.assertTrue(self.by_common(STAFF, SECRET))

    def test_the_operator_sets_other_numbers(self):
        with patch.object(ir_config_parameter, '_logger') as log:
            self.env['ir.config_parameter'].set_param('esign.limit.login.place', '2')
        self.assertIn('esign.limit.login.place', log.info.call_args.args)
        with self.at('198.51.100.1'):
            for number in range(2):
                self.by_common(STAFF, f'Wrong-{number}')
            self.assertFalse(self.by_common(STAFF, SECRET))

    # ---- names ---------------------------------------------------------------------------------

    def test_names_cannot_be_told_apart(self):
        invited = new_test_user(self.env, 'no_password', 'base.group_user')
        self.env.cr.execute('UPDATE res_users SET password = NULL WHERE id = %s', [invited.id])
        self.env['ir.config_parameter'].set_param('esign.staff_password_only', False)  # remote calls by key alone
        for door in self.doors():
            seen = set()
            for place, login in enumerate((STAFF, 'nobody_at_all', 'no_password', MOBILE, 'x' * 200)):
                with self.at(f'198.51.100.{place}'), self.hashes() as done:
                    self.answer = ''
                    self.assertFalse(door(login, 'Wrong-1'))
                shown = re.search(r'alert-danger[^>]*>\s*([^<]+)', getattr(self.answer, 'text', ''))
                seen.add((len(done), shown[1] if shown else str(self.answer)))
            self.assertEqual(len(seen), 1, (door.__name__, seen))
            self.assertEqual(seen.pop()[0], 1, 'every wrong password is one hash')

    def test_other_spellings_tell_nothing(self):
        for place, login in enumerate((STAFF, 'nobody_at_all')):
            with self.at(f'198.51.100.{place}'):
                for number in range(5):
                    self.by_common(login, f'Wrong-{number}')
                locked = self.words(login.upper())
                self.assertNotEqual(locked, self.words('never_tried'))
                self.assertEqual(self.words(login), locked, 'a name and its capitals are one, there or not')

    def words(self, login):
        """What the page of the log-in says to a wrong password."""
        self.assertFalse(self.by_web_login(login, 'Wrong-7'))
        return re.search(r'alert-danger[^>]*>\s*([^<]+)', self.answer.text)[1]

    def test_a_second_factor_does_not_come_first(self):
        for login in (STAFF, 'nobody_at_all'):
            for kind in ('totp', 'totp_mail', 'x', 'webauthn'):
                self.assertFalse(self.by_web_login(login, 'Wrong-1', type=kind))
                self.assertEqual(self.answer.status_code, 200, kind)

    def test_locked_names_say_the_same(self):
        texts = set()
        for login in (STAFF, 'nobody_at_all'):
            with self.at(f'198.51.100.{len(login)}'), self.hashes() as done:
                for number in range(6):
                    self.by_common(login, f'Wrong-{number}')
                texts.add((self.words(login), len(done)))
        self.assertEqual(len(texts), 1)

    def test_a_wish_for_a_new_password_tells_nothing(self):
        self.staff.email = 'staff@example.com'
        self.staff.partner_id.flush_recordset()
        seen = set()
        jobs = self.env['queue.job'].sudo()
        for login in (STAFF, 'nobody_at_all', 'staff@example.com', 'no@example.com'):
            before = jobs.search_count([])
            mails = self.env['mail.mail'].sudo().search_count([])
            page = self.url_open('/web/reset_password')
            token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
            answer = self.url_open('/web/reset_password', data={'login': login, 'csrf_token': token})
            shown = answer.text.replace(login, '').partition('oe_reset_password_form')[2] or answer.text
            alert = shown.partition('alert')[2][:200]
            seen.add((answer.status_code, alert, jobs.search_count([]) - before))
            self.assertEqual(self.env['mail.mail'].sudo().search_count([]), mails, 'no mail while he waits')
        self.assertEqual(len(seen), 1, seen)
        self.assertEqual(seen.pop()[2], 1)
        before = self.env['mail.mail'].sudo().search_count([])
        self.env['res.users'].sudo()._esign_send_reset('nobody_at_all')
        self.assertEqual(self.env['mail.mail'].sudo().search_count([]), before)
        self.staff.partner_id.signup_type = False
        self.env['res.users'].sudo()._esign_send_reset(STAFF)
        self.assertEqual(self.staff.partner_id.signup_type, 'reset')

    def test_the_page_for_a_new_password_names_no_login(self):
        self.staff.email = 'staff@example.com'
        answer = self.url_open('/web/reset_password?signup_email=staff@example.com', allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn(STAFF, answer.text)

    def test_what_no_form_sends_is_a_wrong_password(self):
        for login in (7, ['admin'], {'a': 1}, 'y' * 10**5):
            self.assertFalse(self.by_common(login, SECRET))
        for secret in (7, ['x'], 'x' * 10**5):
            self.assertFalse(self.by_common(STAFF, secret))

    # ---- those who are logged in ---------------------------------------------------------------

    def call(self, model, method, *args, ids=None, **kwargs):
        params = {'model': model, 'method': method, 'args': [*([ids] if ids is not None else []), *args]}
        return self.make_jsonrpc_request('/web/dataset/call_kw', {**params, 'kwargs': kwargs})

    def test_the_password_asked_for_again(self):
        self.authenticate(STAFF, STAFF)
        check = self.env['res.users.identitycheck'].with_user(self.staff).sudo().create({'request': '[]'})
        check = check.sudo()
        check.request = json.dumps([{}, 'res.users', self.staff.ids, 'preference_change_password', [], {}])
        for secret in (*(f'Wrong-{number}' for number in range(5)), SECRET):
            with self.refused(JsonRpcException):
                self.call('res.users.identitycheck', 'run_check', ids=check.ids, context={'password': secret})

    def test_a_change_of_the_password(self):
        self.authenticate(STAFF, STAFF)
        for secret in (*(f'Wrong-{number}' for number in range(5)), SECRET):
            with self.refused(JsonRpcException):
                self.call('res.users', 'change_password', secret, 'New-secret-1')

    # ---- keys ----------------------------------------------------------------------------------

    def json2(self, key):
        headers = {'Authorization': f'bearer {key}', 'Content-Type': 'application/json'}
        return self.url_open('/json/2/esign.api/templates', data='{}', headers=headers).status_code

    def test_an_address_that_sends_wrong_keys_is_heard_no_more(self):
        system = new_test_user(self.env, 'guessed_system', 'esign_base.group_esign_integration')
        key = self.env['res.users.apikeys'].with_user(system).sudo()._generate('rpc', 'test', None)
        self.env.flush_all()
        with self.at('198.51.100.1'):
            self.assertEqual(self.json2(key), 422, 'heard')
            for number in range(60):
                self.assertIn(self.json2(f'{number:040x}'), (401, 403))
            self.assertIn(self.json2(key), (401, 403))
        with self.at('198.51.100.2'):
            self.assertEqual(self.json2(key), 422, 'nobody else is kept out')

    # ---- codes ---------------------------------------------------------------------------------

    def test_whoever_was_attacked_logs_in_by_code(self):
        account = self.open_account()
        self.assertFalse(self.attack(self.by_common, MOBILE, PASSWORD, 60))
        with self.at('203.0.113.77'):
            self.assertFalse(self.by_common(MOBILE, PASSWORD))
            self.env['esign.account']._request_login_code(MOBILE)
            answer = self.env['res.users']._login({'type': 'esign_sms', 'login': MOBILE, 'code': CODE}, {})
            self.assertEqual(answer['uid'], account.user_id.id)


# R1.1 R6.1
@tagged('post_install', '-at_install')
class TestGuessingAtOnce(BaseCase):
    """Real cursors: twenty transactions that have all begun before the first try is over."""

    def test_twenty_at_once_are_five(self):
        registry = Registry(get_db_name())
        cursors = [registry.cursor() for _ in range(20)]
        subject, through = 'name:twenty-at-once', 0
        try:
            for cr in cursors:
                cr.execute('SELECT count(*) FROM esign_rate_limit')  # the snapshot of each is taken
            with patch(
                'odoo.addons.esign_base.models.people.esign_login_guard.visitor_network', lambda: '198.51.100.1'
            ):
                for cr in cursors:
                    try:
                        api.Environment(cr, api.SUPERUSER_ID, {})['esign.login.guard']._begin(subject)
                        through += 1
                    except AccessDenied:
                        continue
                    finally:
                        cr.rollback()
        finally:
            for cr in cursors:
                cr.close()
            with registry.cursor() as cr:
                cr.execute("DELETE FROM esign_rate_limit WHERE purpose LIKE 'login.%%'")
        self.assertEqual(through, 5)

    def test_many_right_ones_at_once_lock_nobody(self):
        """They come in, and leave nothing behind."""
        registry, number = Registry(get_db_name()), 12
        start, failed, guard = threading.Barrier(number), [], 'odoo.addons.esign_base.models.people.esign_login_guard.'
        credential = {'type': 'password', 'login': 'admin', 'password': 'admin'}

        def come_in(user):
            try:
                start.wait(60)
                user._check_credentials(dict(credential), {'interactive': True})
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is told below
                failed.append(error)

        with contextlib.ExitStack() as stack:
            stack.enter_context(patch(f'{guard}visitor_network', lambda: '198.51.100.1'))
            stack.enter_context(patch(f'{guard}device', lambda: None))
            stack.enter_context(patch(f'{guard}give_device', lambda: None))
            threads = []
            for _ in range(number):  # made here: while tests run, other threads cannot ask for the registry
                cr = stack.enter_context(registry.cursor())
                user = api.Environment(cr, api.SUPERUSER_ID, {})['res.users'].search([('login', '=', 'admin')])
                threads.append(threading.Thread(target=come_in, args=[user.with_user(user).env.user], daemon=True))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            failed += [thread for thread in threads if thread.is_alive()]
        with registry.cursor() as cr:
            cr.execute("SELECT max(hits) FROM esign_rate_limit WHERE purpose IN ('login.place', 'login.address')")
            [left] = cr.fetchone()
            cr.execute("DELETE FROM esign_rate_limit WHERE purpose LIKE 'login.%%'")
        self.assertEqual((failed, left), ([], 0))

    def test_what_is_refused_unseen_counts_nowhere(self):
        """Of other processes: twenty at once, five of them checked and right."""
        registry, subject, taken = Registry(get_db_name()), 'name:twenty-right', []
        with (
            patch('odoo.addons.esign_base.models.people.esign_login_guard.visitor_network', lambda: '198.51.100.1'),
            patch('odoo.addons.esign_base.models.people.esign_login_guard.device', lambda: None),
            registry.cursor() as cr,
        ):
            guard = api.Environment(cr, api.SUPERUSER_ID, {})['esign.login.guard']
            try:
                for _ in range(20):
                    with contextlib.suppress(AccessDenied):
                        taken.append(guard._begin(subject))
                self.assertEqual(len(taken), 5)
                for one in taken:
                    guard._right(subject, one, complete=False, interactive=False)
                guard._begin(subject)
                # And those that were wrong keep the place shut, however often it is tried.
                for _ in range(4):
                    guard._begin(subject)
                for _ in range(20):
                    with self.assertRaises(AccessDenied):
                        guard._begin(subject)
            finally:
                with registry.cursor() as own:
                    own.execute("DELETE FROM esign_rate_limit WHERE purpose LIKE 'login.%%'")
