"""Log-ins of the portal end: after a day, on shared devices after half an hour; and logs do not name them."""

import logging
import re
import time
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from ...hooks import mask_numbers
from ...models.odoo.ir_http_sessions import IDLE, LONGEST, SEEN, SHARED, SINCE
from ...rules import captcha as captcha_rule
from .. import answers
from .common_people import CODE, MOBILE, PASSWORD, PeopleMixin

ANSWER = 7


@tagged('post_install', '-at_install')
class TestSessions(PeopleMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(captcha_rule, 'ROUNDS', 1))
        self.startPatcher(patch.object(captcha_rule, 'new_answer', lambda span: ANSWER))
        self.open_account()
        self.authenticate(None, None)

    def _log_in(self, way, **values):
        page = self.url_open(f'/esign/login?way={way}')
        self.assertIn('name="shared"', page.text)
        csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
        puzzle = {'purpose': 'login' if way == 'code' else 'password', 'mobile': MOBILE}
        token = answers.given(self.make_jsonrpc_request('/esign/captcha', puzzle))['token']
        if way == 'code':
            params = {'purpose': 'login', 'mobile': MOBILE, 'token': token, 'captcha': str(ANSWER)}
            self.assertEqual(answers.given(self.make_jsonrpc_request('/esign/code', params)), {'wait': 60})
        given = {'password': PASSWORD, 'token': token, 'captcha': ANSWER} if way == 'password' else {'code': CODE}
        data = {'csrf_token': csrf, 'way': way, 'mobile': MOBILE, **given, **values}
        answer = self.url_open('/esign/login', data=data, allow_redirects=False)
        self.assertEqual(answer.status_code, 303, answer.text[:500])

    def _session(self):
        return http.root.session_store.get(self.opener.cookies['session_id'])

    def _is_in(self, *, later=0):
        """Whether the log-in is still good, some seconds from now."""
        now = time.time()
        with patch('odoo.addons.esign_base.models.odoo.ir_http_sessions.time.time', lambda: now + later):
            return self.url_open('/my/esign', allow_redirects=False).status_code == 200

    # R1.1
    def test_a_day_is_the_longest(self):
        for way in ('password', 'code'):
            self.authenticate(None, None)
            self._log_in(way)
            self.assertFalse(self._session()[SHARED])
            self.assertTrue(self._is_in(later=LONGEST - 60))
            self.assertFalse(self._is_in(later=LONGEST + 1))
            self.assertFalse(self._is_in(), 'the log-in is gone, not only refused')

    def test_a_shared_device_is_left_after_half_an_hour(self):
        for way in ('password', 'code'):
            self.authenticate(None, None)
            self._log_in(way, shared='1')
            self.assertTrue(self._session()[SHARED])
            self.assertTrue(self._is_in(later=IDLE - 60))
            self.assertTrue(self._is_in(later=2 * IDLE - 120), 'it was used in between')
            self.assertFalse(self._is_in(later=3 * IDLE))
            self.assertFalse(self._is_in())

    def test_the_choice_does_not_outlive_the_log_in(self):
        self._log_in('password', shared='1')
        self.url_open('/web/session/logout?redirect=/esign/login')
        self._log_in('code')
        self.assertFalse(self._session()[SHARED])
        self.assertTrue(self._is_in(later=IDLE + 60))

    def test_the_way_back_leads_to_the_log_in(self):
        self._log_in('password', shared='1')
        self._session()
        with patch(
            'odoo.addons.esign_base.models.odoo.ir_http_sessions.time.time', lambda: time.time_ns() / 1e9 + LONGEST
        ):
            page = self.url_open('/my/esign/me')
        self.assertIn('/esign/login', page.url)

    def test_a_log_in_from_before_counts_from_its_next_use(self):
        self._log_in('password')
        session = self._session()
        for name in (SINCE, SEEN, SHARED):
            session.pop(name)
        http.root.session_store.save(session)
        self.assertTrue(self._is_in())
        self.assertFalse(self._is_in(later=LONGEST + 1))

    def test_staff_stay(self):
        new_test_user(self.env, 'session_staff', 'base.group_user')
        self.authenticate('session_staff', 'session_staff')
        with patch(
            'odoo.addons.esign_base.models.odoo.ir_http_sessions.time.time', lambda: time.time_ns() / 1e9 + 2 * LONGEST
        ):
            self.assertEqual(self.url_open('/odoo', allow_redirects=False).status_code, 200)

    # ---- logs ----------------------------------------------------------------------------------

    def test_no_number_stands_in_the_log(self):
        """Whoever writes it: every handler of the server's log hides four digits, in texts and in tracebacks."""
        for handler in logging.getLogger().handlers:
            self.assertIn(mask_numbers, handler.filters, handler)
        lines = []
        keeper = logging.Handler()
        keeper.emit = lambda record: lines.append(logging.Formatter().format(record))
        keeper.addFilter(mask_numbers)
        logging.getLogger().addHandler(keeper)
        self.addCleanup(logging.getLogger().removeHandler, keeper)
        self._log_in('password')
        for number in (f'+86{MOBILE}', f'+86 {MOBILE}', MOBILE):
            try:
                raise ValueError(f'Key (login)=({number}) already exists')
            except ValueError:
                logging.getLogger('odoo.sql_db').info('bad query: %s', number, exc_info=True)
        text = '\n'.join(lines)
        self.assertIn('Login successful for login:139****0001', text)
        self.assertIn('=(+86139****0001)', text)
        self.assertNotIn(MOBILE, text)
