"""Answers, and the one way to run an act."""

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..errors import EsignError, FormRefused, RateLimited
from ..tools.answer import OPEN, PAGE, Answer, attempt
from .answers import flat, given


@tagged('post_install', '-at_install')
class TestAnswer(TransactionCase):
    def attempt(self, error, **differs):
        """The answer to an act that writes something and then fails."""
        partner = self.env['res.partner'].create({'name': 'before'})

        def act():
            partner.name = 'after'
            self.env.flush_all()
            raise error

        answer = attempt(self.env, act, **differs)
        self.assertEqual(partner.name, 'before', 'a refused act leaves nothing behind')
        return answer

    def test_what_was_done(self):
        answer = attempt(self.env, lambda: {'id': 7})
        self.assertTrue(answer)
        self.assertEqual(given(answer.as_json()), {'id': 7})
        self.assertEqual((answer.errors, answer.wait), ({}, 0))
        self.assertEqual(given(attempt(self.env, lambda: None).as_json()), {})
        self.assertTrue(OPEN)

    def test_what_was_refused(self):
        answer = self.attempt(EsignError('Mend it', 'WRONG', secret='x'))
        self.assertEqual(answer.as_json(), {'outcome': 'WRONG', 'message': 'Mend it', 'data': {}})
        self.assertEqual(answer.errors, {PAGE: 'Mend it'})
        with self.assertRaises(EsignError) as again:
            answer.require()
        self.assertEqual((again.exception.code, str(again.exception)), ('WRONG', 'Mend it'))

    def test_what_helps_to_mend_it(self):
        answer = self.attempt(FormRefused({'code': 'Wrong code', 'name': 'Too long'}))
        self.assertEqual(answer.errors, {'code': 'Wrong code', 'name': 'Too long'})
        limited = self.attempt(RateLimited('Later', wait=30, repeated=True))
        self.assertEqual((limited.wait, limited.data), (30, {'wait': 30}))
        self.assertEqual(flat(limited.as_json()), {'outcome': 'RATE_LIMITED', 'message': 'Later', 'wait': 30})

    def test_a_second_click_beside_the_first(self):
        answer = self.attempt(psycopg2.IntegrityError())
        self.assertEqual(answer.outcome, 'DONE_ALREADY')
        self.assertTrue(answer.message)

    def test_callers_say_what_a_refusal_is_and_what_it_is_told_as(self):
        for error in (UserError('x'), AccessError('x'), ValueError('x')):
            with self.assertRaises(type(error)), mute_logger('odoo.http'):
                self.attempt(error)
        self.assertEqual(self.attempt(UserError('x'), refused=UserError).as_json()['outcome'], 'REFUSED')
        told = []

        def tell(error):
            told.append(error)
            return Answer.no('TOLD', 'as I say')

        self.assertEqual(self.attempt(ValueError('x'), refused=Exception, told=tell).message, 'as I say')
        self.assertEqual(len(told), 1)
