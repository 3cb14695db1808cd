"""Codes that anybody may ask for never use up those of their owner; limits of public services."""

import datetime as dt
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, freeze_time, tagged

from ...errors import FormRefused, RateLimited
from ...rules import captcha as captcha_rule
from .common_people import CODE, MOBILE, PASSWORD, PeopleCase, PeopleMixin

STRANGERS = ('login', 'reset', 'register', 'mobile.new')
START = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


# R1.1 R3.4
@tagged('post_install', '-at_install')
class TestCodesForStrangers(PeopleCase):
    def ask(self, purpose, **options):
        self.env['esign.otp']._issue(purpose, MOBILE, **options)

    def use_up(self, hours=24):
        """A stranger asks for all he can get, of every purpose, every two minutes."""
        got = 0
        for minute in range(0, hours * 60, 2):
            with freeze_time(START + dt.timedelta(minutes=minute)):
                for purpose in STRANGERS:
                    try:
                        self.ask(purpose)
                        got += 1
                    except RateLimited:
                        continue
                if minute > 8 and got and not minute % 60 and got >= 10:
                    break
        return got, START + dt.timedelta(minutes=minute)

    def test_a_stranger_never_takes_the_codes_to_sign(self):
        got, now = self.use_up()
        self.assertEqual(got, 10, 'half of a day')
        for turn in range(10):
            with freeze_time(now + dt.timedelta(minutes=2 * turn)):
                self.ask('esign.consent', subject_digest=str(turn), own=True)
                self.assertTrue(self.env['esign.otp']._check('esign.consent', MOBILE, CODE, str(turn)))
        with freeze_time(now + dt.timedelta(minutes=30)), self.refused(RateLimited):
            self.ask('esign.consent', own=True)  # what the gateway costs a day has an end

    def test_who_asks_again_within_a_minute_is_told_how_long_to_wait(self):
        self.env['res.lang']._activate_lang('zh_CN')
        for purpose in ('login', 'register', 'reset', 'esign.consent', 'esign.link'):
            with freeze_time(START):
                self.ask(purpose)
            with freeze_time(START + dt.timedelta(seconds=13)), self.refused(RateLimited) as caught:
                self.env['esign.otp'].with_context(lang='zh_CN')._issue(purpose, MOBILE, own=True)
            self.assertEqual(caught.exception.details['wait'], 47)
            self.assertEqual(str(caught.exception), '验证码刚刚发送过，请 47 秒后再重新获取。')

    def test_one_purpose_does_not_take_from_another(self):
        with freeze_time(START), self.refused(RateLimited):
            for _ in range(9):
                self.env['esign.rate.limit']._clear('otp.resend', f'register:{MOBILE}')
                self.ask('register')
        with freeze_time(START):
            self.ask('login')

    def test_an_hour_later_the_owner_gets_a_code_to_log_in(self):
        account = self.open_account()
        for minute in range(0, 8, 2):
            with freeze_time(START + dt.timedelta(minutes=minute)):
                try:
                    self.env['esign.account']._request_login_code(MOBILE)
                except RateLimited:
                    self.assertGreaterEqual(minute, 6)
        with freeze_time(START + dt.timedelta(minutes=8)):
            answer = self.env['res.users']._login({'type': 'password', 'login': MOBILE, 'password': PASSWORD}, {})
            self.assertEqual(answer['uid'], account.user_id.id, 'by password at once')
        with freeze_time(START + dt.timedelta(minutes=62)):
            self.env['esign.account']._request_login_code(MOBILE)
            answer = self.env['res.users']._login({'type': 'esign_sms', 'login': MOBILE, 'code': CODE}, {})
            self.assertEqual(answer['uid'], account.user_id.id)

    def test_every_code_to_an_own_number_says_so(self):
        """What a login sends to its own number is never counted as a stranger's."""
        account = self.open_account()
        account._request_mobile_code('old')
        limits = self.env['esign.rate.limit']
        self.assertEqual(limits._read('otp.strangers', MOBILE)[0], 0)
        account._request_mobile_code('new', '13912340002')
        self.assertEqual(limits._read('otp.strangers', '13912340002')[0], 1)


# R1.1
@tagged('post_install', '-at_install')
class TestPuzzles(PeopleCase):
    def puzzle(self, purpose='login', mobile=MOBILE, address='192.0.2.7'):
        return self.env['esign.captcha']._new(purpose, mobile, address)

    def solve(self, puzzle):
        """As a browser does: count up."""
        shown = captcha_rule.shown
        return next(n for n in range(puzzle['span']) if shown(puzzle['salt'], n) == puzzle['wanted'])

    def give(self, puzzle, answer, purpose='login', mobile=MOBILE):
        return self.env['esign.captcha']._solve(purpose, mobile, puzzle['token'], answer)

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(captcha_rule, 'ROUNDS', 1))

    def test_the_work_is_taken_once(self):
        puzzle = self.puzzle()
        answer = self.solve(puzzle)
        self.assertIsNone(self.give(puzzle, str(answer)))
        with self.refused(FormRefused):
            self.give(puzzle, str(answer))

    def test_a_wrong_answer_uses_it_up(self):
        puzzle = self.puzzle()
        answer = self.solve(puzzle)
        with self.refused(FormRefused):
            self.give(puzzle, answer + 1)
        with self.refused(FormRefused):
            self.give(puzzle, answer)

    def test_it_is_for_one_purpose_and_number_and_five_minutes(self):
        for changed in ({'purpose': 'reset'}, {'mobile': '13912340002'}):
            puzzle = self.puzzle()
            answer = self.solve(puzzle)
            with self.refused(FormRefused):
                self.give(puzzle, answer, **changed)
            self.assertIsNone(self.give(puzzle, answer), 'who has the wrong form has used nothing up')
        with freeze_time(START):
            puzzle = self.puzzle()
        with freeze_time(START + dt.timedelta(seconds=302)), self.refused(FormRefused):
            self.give(puzzle, self.solve(puzzle))

    def test_what_was_not_made_here_is_refused_and_not_kept(self):
        puzzle = self.puzzle()
        salt, until, signature = puzzle['token'].split('.')
        before = self.env['esign.captcha'].search_count([])
        for token in (
            '',
            None,
            7,
            'x',
            'a.b.c',
            f'{"0" * 96}.{until}.{signature}',
            f'{salt}.{int(until) + 9}.{signature}',
            '汉.1.汉',
        ):
            with self.refused(FormRefused):
                self.env['esign.captcha']._solve('login', MOBILE, token, '1')
        self.assertEqual(self.env['esign.captcha'].search_count([]), before)

    def test_the_pattern_of_a_puzzle_does_not_tell_its_answer(self):
        puzzle = self.puzzle()
        self.assertEqual(set(puzzle), {'token', 'salt', 'rounds', 'span', 'wanted'})
        answers = {self.solve(self.puzzle(address=f'192.0.2.{n}')) for n in range(8)}
        self.assertGreater(len(answers), 4)

    def test_more_tries_are_more_work(self):
        first = self.puzzle()['span']
        for _ in range(40):
            last = self.puzzle()['span']
        self.assertEqual((first, last), (captcha_rule.SPAN, captcha_rule.SPAN * 4))
        for number in range(8):
            puzzle = self.puzzle(address=f'192.0.2.{100 + number}')
            self.give(puzzle, self.solve(puzzle))
        self.assertEqual(self.puzzle(address='192.0.2.99')['span'], captcha_rule.SPAN * 4)
        self.assertEqual(self.puzzle(mobile='13912340003', address='192.0.2.98')['span'], captcha_rule.SPAN)
        with self.refused(RateLimited):
            for _ in range(301):
                self.puzzle()


# R8.1
@tagged('post_install', '-at_install')
class TestPublicServices(PeopleMixin, HttpCase):
    def ask(self, path, number, **options):
        for turn in range(number):
            address = f'2001:db8:0:7:{turn:x}::1'
            with patch.object(http.HTTPRequest, 'remote_addr', address):
                answer = self.url_open(path, **options)
        return answer

    def test_stamps_and_answers_of_one_network_have_an_end(self):
        authority = type(self.env['esign.authority'])
        answers = {'_tsa_der': lambda _one, _asked: b'stamp', '_ocsp_der': lambda _one, _asked: b'answer'}
        for name, path, mimetype in (
            ('pki.tsa', '/pki/tsa', 'application/timestamp-query'),
            ('pki.ocsp', '/pki/ocsp', 'application/ocsp-request'),
        ):
            self.env['ir.config_parameter'].set_param(f'esign.limit.{name}', '5')
            self.env.flush_all()
            asked = {'data': b'x', 'headers': {'Content-Type': mimetype}}
            with patch.multiple(authority, **answers):
                self.assertEqual(self.ask(path, 5, **asked).status_code, 200)
                answer = self.ask(path, 1, **asked)
            self.assertEqual(answer.status_code, 429)
            self.assertGreater(int(answer.headers['Retry-After']), 0)
        self.assertEqual(self.ask('/pki/ocsp/AAAA', 1).status_code, 429)
