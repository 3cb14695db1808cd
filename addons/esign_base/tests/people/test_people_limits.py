import datetime as dt
import os
from unittest.mock import patch

import psycopg2

from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, freeze_time, get_db_name, tagged
from odoo.tools import mute_logger

from ...errors import CodeRefused, RateLimited, SecretKeyMissing
from ...rules import otp as otp_rule
from ...tools import vault
from .common_people import CODE, MOBILE, PeopleCase


# R1.1
@tagged('post_install', '-at_install')
class TestLimits(PeopleCase):
    def test_limit_counts_locks_and_ends(self):
        limit = self.env['esign.rate.limit']
        with freeze_time('2026-11-23 10:00:00'):
            self.assertEqual([limit._take('t', 'a', 3, 60, lock=600) for _ in range(3)], [2, 1, 0])
            with self.refused(RateLimited) as caught:
                limit._take('t', 'a', 3, 60, lock=600)
            self.assertEqual(caught.exception.details['wait'], 600)
            self.assertEqual(limit._take('t', 'b', 3, 60), 2, 'another subject has its own counter')
            self.assertGreater(limit._wait('t', 'a', 3), 0)
        with freeze_time('2026-11-23 10:09:59'), self.refused(RateLimited):
            limit._take('t', 'a', 3, 60, lock=600)
        with freeze_time('2026-11-23 10:10:01'):
            self.assertEqual(limit._take('t', 'a', 3, 60, lock=600), 2, 'thaws by itself')
            limit._clear('t', 'a')
            self.assertEqual(limit._left('t', 'a', 3), 3)

    def test_counters_hold_no_plain_subject(self):
        self.env['esign.rate.limit']._take('t', MOBILE, 3, 60)
        self.env.cr.execute('SELECT count(*) FROM esign_rate_limit WHERE key_hash LIKE %s', [f'%{MOBILE}%'])
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def issue(self, purpose='login', number=MOBILE, subject=''):
        self.env['esign.otp']._issue(purpose, number, subject)

    def check(self, purpose='login', number=MOBILE, code=CODE, subject=''):
        return self.env['esign.otp']._check(purpose, number, code, subject)

    def test_code_works_once(self):
        self.issue()
        self.assertIn(CODE, self.sent[0][2])
        self.assertTrue(self.check())
        with self.refused(CodeRefused):
            self.check()

    def test_code_is_bound_to_purpose_number_and_subject(self):
        self.issue('sign', MOBILE, 'document-a')
        for wrong in (
            {'purpose': 'login', 'subject': 'document-a'},
            {'purpose': 'sign', 'subject': 'document-b'},
            {'purpose': 'sign', 'subject': ''},
            {'purpose': 'sign', 'number': '13912340002', 'subject': 'document-a'},
        ):
            with self.refused(CodeRefused):
                self.check(**wrong)
        self.assertTrue(self.check('sign', subject='document-a'))

    def test_five_wrong_codes_void_the_right_one(self):
        self.issue()
        for _ in range(5):
            with self.refused(CodeRefused):
                self.check(code='000000')
        with self.refused(CodeRefused) as caught:
            self.check()
        self.assertEqual(caught.exception.code, 'CODE_VOID')

    def test_code_expires(self):
        with freeze_time('2026-11-23 10:00:00'):
            self.issue()
        with freeze_time('2026-11-23 10:05:01'), self.refused(CodeRefused):
            self.check()

    def test_resend_and_daily_limits(self):
        start = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
        with freeze_time(start):
            self.issue()
            with self.refused(RateLimited) as caught:
                self.issue()
            self.assertLessEqual(caught.exception.details['wait'], 60)
        for minute in (2, 4):
            with freeze_time(start + dt.timedelta(minutes=minute)):
                self.issue()
        with freeze_time(start + dt.timedelta(minutes=6)), self.refused(RateLimited):
            self.issue()  # three an hour
        for minute in (61, 63, 65):
            with freeze_time(start + dt.timedelta(minutes=minute)):
                self.issue()
        with freeze_time(start + dt.timedelta(hours=3)), self.refused(RateLimited):
            self.issue()  # six a day
        with freeze_time(start + dt.timedelta(hours=25)):
            self.issue()

    def test_a_new_code_voids_the_former(self):
        with freeze_time('2026-11-23 10:00:00'):
            self.issue()
        with freeze_time('2026-11-23 10:01:30'), patch.object(otp_rule, 'new_code', lambda: '135791'):
            self.issue()
            with self.refused(CodeRefused):
                self.check()
            self.assertTrue(self.check(code=' 135 791 '))

    def test_only_hashes_are_stored(self):
        self.issue()
        otp = self.env['esign.otp'].sudo().search([], limit=1)
        stored = ' '.join(str(value) for value in otp.read()[0].values())
        self.assertNotIn(CODE, stored)
        self.assertNotIn(MOBILE, stored)

    def test_no_secret_key_is_a_clear_refusal(self):
        with patch.dict(os.environ), self.refused(SecretKeyMissing):
            del os.environ['ESIGN_SECRET_KEY']
            self.issue(number='13912340009')


# R1.1
@tagged('post_install', '-at_install')
class TestLimitsForReal(BaseCase):
    """Real cursors and commits: what a roll-back must not erase, and two users of one code."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        key = {'ESIGN_SECRET_KEY': vault.new_key_line('real')}
        patcher = patch.dict(os.environ, key)
        patcher.start()
        self.addCleanup(patcher.stop)
        os.environ.pop('ESIGN_SECRET_KEY_FILE', None)
        self.number = '19912340077'
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env['esign.otp'].search([('purpose', '=', 'real')]).unlink()
            for purpose, key in (
                ('real', 'a'),
                ('otp.resend', f'real:{self.number}'),
                ('otp.try', f'real:{self.number}'),
                ('otp.day', self.number),
                ('otp.strangers', self.number),
                ('otp.hour', f'real:{self.number}'),
                ('otp.purpose', f'real:{self.number}'),
            ):
                env['esign.rate.limit']._clear(purpose, key)

    def test_tries_survive_a_roll_back(self):
        for left in (1, 0):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                self.assertEqual(env['esign.rate.limit']._take('real', 'a', 2, 60), left)
                cr.rollback()
        with self.registry.cursor() as cr, self.assertRaises(RateLimited):
            api.Environment(cr, api.SUPERUSER_ID, {})['esign.rate.limit']._take('real', 'a', 2, 60)

    def test_two_simultaneous_uses_of_a_code(self):
        sent = []
        with (
            patch.object(self.registry['esign.otp'], '_deliver', lambda _self, number, text: sent.append(text)),
            patch.object(otp_rule, 'new_code', lambda: CODE),
            self.registry.cursor() as cr,
        ):
            api.Environment(cr, api.SUPERUSER_ID, {})['esign.otp']._issue('real', self.number)
            self.assertEqual(sent, [], 'nothing leaves before commit')
        self.assertEqual(len(sent), 1)
        with self.registry.cursor() as one, self.registry.cursor() as two:
            first = api.Environment(one, api.SUPERUSER_ID, {})['esign.otp']
            second = api.Environment(two, api.SUPERUSER_ID, {})['esign.otp']
            second.search_count([])  # the second transaction has begun before the first one is over
            first._check('real', self.number, CODE)
            one.commit()
            with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.SerializationFailure):
                second._check('real', self.number, CODE)
            two.rollback()
            with self.assertRaises(CodeRefused):  # the replayed request
                second._check('real', self.number, CODE)
