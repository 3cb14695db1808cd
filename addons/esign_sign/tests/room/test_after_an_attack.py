"""Whoever was attacked at every door logs in an hour later, and signs."""

import contextlib
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.esign_base.errors import RateLimited
from odoo.addons.esign_base.tests.answers import flat, given
from odoo.addons.esign_base.tests.people.guessing_common import ADDRESSES, GUESSES, FromOutside

from ..common import CODE, EngineCase
from .link_common import LinkCase

PASSWORD = 'Carol-9876'
HOME = '203.0.113.77'


@tagged('-at_install', 'post_install')
class TestAfterAnAttack(FromOutside, EngineCase, HttpCase):
    """Carol has a contract to sign; strangers guess her password and codes, and use up what can be sent to her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = cls.carol.user_id
        cls.env['esign.account'].sudo().create(
            {'user_id': user.id, 'person_id': cls.carol.id, 'mobile': cls.carol.mobile, 'state': 'active'}
        )
        user._esign_own_account().write({'login': cls.carol.mobile, 'password': PASSWORD})
        cls.startClassPatcher(patch.object(type(cls.env['esign.otp']), '_send_after_commit', lambda *_args: None))
        cls.startClassPatcher(
            patch.object(type(cls.env['esign.signing.act']), '_perform_after_commit', lambda _act: None)
        )
        # Whoever guesses does the work of the puzzles as well.
        cls.startClassPatcher(patch.object(type(cls.env['esign.captcha']), '_solve', lambda *_args: None))

    def post(self, **data):
        if not self.token:
            self.token = self.url_open('/esign/login').text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {'csrf_token': self.token, 'mobile': self.carol.mobile, **data}
        return self.url_open('/esign/login', data=form, allow_redirects=False).status_code == 303

    def ask_for_codes(self):
        """What strangers do until nothing is sent any more."""
        account, sent = self.env['esign.account'], 0
        for _hour in range(3):
            for ask in (account._request_login_code, account._request_reset_code, account._request_register_code):
                for _again in range(4):
                    try:
                        ask(self.carol.mobile)
                        sent += 1
                    except RateLimited:
                        pass
                    self.count("DELETE FROM esign_rate_limit WHERE purpose = 'otp.resend'")
            self.pass_time(1)
        return sent

    # R1.1 R3.4 R6.1
    def test_an_hour_later_a_whole_contract_is_signed(self):
        group = self.launch(self.group_draft([self.carol]))
        self.assertGreaterEqual(self.ask_for_codes(), 9)
        self.assertFalse(self.attack(lambda _, secret: self.post(password=secret), '', PASSWORD))
        codes = (f'{number:06d}' for number in range(10**6))
        self.assertFalse(self.attack(
            lambda _, given: self.post(way='code', code=CODE if given == CODE else next(codes)), '', CODE))  # fmt: skip
        for number in range(GUESSES):
            with self.at(f'198.51.100.{number % ADDRESSES}'):
                answer = flat(self.make_jsonrpc_request('/esign/sign/enter', {'token': f'guess-{number}'}))
                self.assertNotIn('url', answer)
        self.leave()
        with self.at(HOME):
            self.assertFalse(self.post(password=PASSWORD), 'now he has to wait, where he has never been')
            self.pass_time(1)
            self.assertTrue(self.post(password=PASSWORD))
            self.assertEqual(self.sign_in_the_room(group), 'done')
        self.assertEqual(group.state, 'done')
        group.chain_id._check()

    def sign_in_the_room(self, group):
        """The page, the act, the code, the signature; answers the act's state."""
        self.assertEqual(self.url_open(f'/my/esign/sign/{group.id}').status_code, 200)

        def call(path, **params):
            return flat(self.make_jsonrpc_request(f'/my/esign/sign/{path}', params))

        act = call(f'{group.id}/freeze', key='a1' * 16, contracts=group.contract_ids.ids)
        self.assertEqual(act['outcome'], 'OK', act)
        self.assertTrue(call(f'act/{act["id"]}/consent')['consent'])
        self.assertEqual(call(f'act/{act["id"]}/confirm', code=CODE)['state'], 'consented')
        self.env['esign.signing.act'].browse(act['id'])._perform()
        return call(f'act/{act["id"]}/status')['state']

    # R3.4
    def test_codes_to_sign_are_not_guessed(self):
        """Two hundred guesses in the room itself, the right code last; with a new code it is signed."""
        group = self.launch(self.group_draft([self.carol]))
        self.leave()
        with self.at(HOME):
            self.assertTrue(self.post(password=PASSWORD))
        path = '/my/esign/sign/'
        key = {'key': 'a1' * 16, 'contracts': group.contract_ids.ids}
        act = given(self.make_jsonrpc_request(f'{path}{group.id}/freeze', key))
        self.assertTrue(given(self.make_jsonrpc_request(f'{path}act/{act["id"]}/consent', {}))['consent'])
        codes = (f'{number:06d}' for number in range(10**6))

        def door(_whose, tried):
            code = CODE if tried == CODE else next(codes)
            return (
                flat(self.make_jsonrpc_request(f'{path}act/{act["id"]}/confirm', {'code': code})).get('state')
                == 'consented'
            )

        self.assertFalse(self.attack(door, '', CODE))
        self.pass_time(1)
        self.assertTrue(given(self.make_jsonrpc_request(f'{path}act/{act["id"]}/consent', {}))['consent'])
        self.assertTrue(door('', CODE))


# R1.1 R3.4 R7.1
@tagged('-at_install', 'post_install')
class TestLinkGuessing(FromOutside, LinkCase):
    """A link was passed on: whoever has it guesses the code that opens the room, and asks for more."""

    def test_the_code_of_a_link(self):
        group = self.group()
        _link, token = self.link(group)
        self.call('enter', token=token)
        self.assertEqual(self.call('code/send')['wait'], 60)
        codes = (f'{number:06d}' for number in range(10**6))

        def door(_whose, given):
            return self.give(CODE if given == CODE else next(codes)).status_code == 303

        self.assertFalse(self.attack(door, '', CODE))
        self.closed(group)
        self.pass_time(1)
        self.assertEqual(self.call('code/send')['wait'], 60)
        self.assertTrue(door('', CODE), 'with a new code its owner comes in')

    def test_a_link_takes_no_codes_from_signing(self):
        group = self.group()
        link, _token = self.link(group)
        sent = 0
        for _again in range(30):
            self.count("DELETE FROM esign_rate_limit WHERE purpose = 'otp.resend'")
            with contextlib.suppress(RateLimited):
                link._send_code()
                sent += 1
        self.assertEqual(sent, 6)
        self.count("DELETE FROM esign_rate_limit WHERE purpose = 'otp.resend'")
        act = self.freeze(group.party_ids, self.identity(self.carol))
        for _again in range(5):
            act._ask_consent(self.identity(self.carol))
            self.count("DELETE FROM esign_rate_limit WHERE purpose = 'otp.resend'")
        act._confirm(self.identity(self.carol), CODE)
        self.assertEqual(act.state, 'consented')
