"""Signing links through HTTP: what they open, and everything they must not."""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError

from ...models.room.esign_sign_link import GUESSES, LIVE, OPENINGS
from ...tools import quiet_links
from ..common import CODE
from .link_common import KEY, LinkCase

PAGES = ('/my', '/my/esign', '/my/esign/files/sign', '/my/esign/me/verify', '/my/enterprises', '/my/security')


@tagged('-at_install', 'post_install')
class TestSignLink(LinkCase):
    """Carol signs by links that the own enterprise's system hands out; Bob is somebody else."""

    # R7.1 R3.4
    def test_the_whole_way(self):
        group = self.group(files=2)
        link, token = self.link(group)
        page = self.url_open('/esign/sign')
        self.assertEqual((page.status_code, page.headers['Referrer-Policy']), (200, 'no-referrer'))
        self.enter(token)
        page = self.url_open('/esign/sign/room')
        self.assertEqual(page.status_code, 200)
        self.assertIn('esign_sign.signing_room', page.text)
        self.assertNotIn('/my/esign/files', page.text)
        room = self.call(f'{group.id}/room')
        self.assertEqual((room['may_sign']['outcome'], room['base'], room['home']), ('OK', '/esign/sign/', ''))
        for contract in room['contracts']:
            self.assertEqual(self.url_open(contract['url']).content[:5], b'%PDF-')
        self.assertEqual(self.url_open(room['seals'][0]['image_url']).headers['Content-Type'], 'image/png')
        act = self.link_freeze(group)
        self.assertEqual(act['outcome'], 'OK', act)
        self.clear_limits()
        self.assertTrue(self.call(f'act/{act["id"]}/consent')['consent'])
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code='000000')['outcome'], 'CODE_REFUSED')
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code=CODE)['state'], 'consented')
        self.env['esign.signing.act'].browse(act['id'])._perform()
        self.assertEqual(self.call(f'act/{act["id"]}/status')['state'], 'done')
        self.assertEqual(group.state, 'done')
        consent = self.env['esign.signing.act'].browse(act['id']).consent_id
        self.assertEqual((consent.method, consent.state, consent.person_id), ('sms', 'used', self.carol))
        # the session that signed may look at what it signed (see below); nobody opens the link again
        self.assertEqual(self.call(f'{group.id}/room')['group']['state'], 'done')
        self.authenticate(None, None)
        self.assertNotIn('url', self.call('enter', token=token))
        kinds = group.event_ids.mapped('kind')
        self.assertEqual([kinds.count(one) for one in ('linked', 'link_opened', 'opened')], [1, 1, 1])
        group.chain_id._check()
        self.assertEqual(link.openings, 1)

    def test_a_link_that_was_changed_on_its_way(self):
        """Some programs write %23 for #: the page says what to do, and nothing keeps the secret."""
        _link, token = self.link(self.group())
        ways = [f'{slash}{mark}' for slash in ('', '/') for mark in ('%23', '%2523', '%252523', '%EF%BC%83', '＃')]
        for changed in (f'/esign/sign{way}' for way in ways):
            page = self.url_open(f'{changed}{token}')
            with self.subTest(way=changed):
                self.check_changed(page, token)
        for end in ('.', ',', '。', '，', ')', '）', '>', '/', '/more', '?from=singlemessage', '%E3%80%82'):
            with self.subTest(end=end):
                self.check_changed(self.url_open(f'/esign/sign/%23{token}{end}'), token)
        for start in ('/zh_CN', '/en', '/fr_FR', '/zh', '//zh_CN', '/'):
            for mark in ('%23', '/%23', '%2523', '＃'):
                with self.subTest(start=start, mark=mark):
                    self.check_redirect(f'{start}/esign/sign{mark}{token}', token)
        self.check_redirect(f'/zh_CN//esign//sign%23{token}', token)
        self.assertEqual(self.url_open('/esign/sign/').status_code, 200, 'a slash before # changes nothing')
        self.assertEqual(self.call('enter', token=token)['url'], '/esign/sign/code', 'the link still works')

    def check_redirect(self, path, token):
        """The first answer already: no language step repeats the path."""
        with self.assertLogs('werkzeug') as log:
            answer = self.opener.get(self.base_url() + path, allow_redirects=False)
            logging.getLogger('werkzeug').info('end')
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(urlsplit(answer.headers['Location']).path, '/esign/sign/changed')
        self.assertNotIn(token, str(answer.headers) + answer.text + str(log.output))
        self.assertEqual(answer.headers['Referrer-Policy'], 'no-referrer')
        self.assertEqual(answer.headers['X-Frame-Options'], 'SAMEORIGIN')

    def check_changed(self, page, token):
        self.assertEqual((page.status_code, page.headers['Referrer-Policy']), (400, 'no-referrer'))
        self.assertTrue(page.url.endswith('/esign/sign/changed'), page.url)
        self.assertIn('%23', page.text)
        self.assertNotIn(token, page.text + page.url)

    def test_the_log_holds_no_secret_of_a_link(self):
        for line in (
            '"GET /esign/sign%23s3cret HTTP/1.1" 303 -',
            '"GET /zh_CN/esign/sign#s3cret?a=b"',
            '/esign/sign%2523s3cret',
            '"GET /esign/sign/%23s3cret HTTP/1.1" 303 -',
            '"GET /esign/sign//%252523s3cret。/s3cret HTTP/1.1" 303 -',
            '/esign/sign/%EF%BC%83s3cret%E3%80%82',
            '/esign/sign＃s3cret）s3cret',
            '"GET /zh_CN//esign//sign%23s3cret HTTP/1.1" 303 -',
        ):
            record = logging.LogRecord('werkzeug', logging.INFO, '', 0, '%s', (line,), None)
            self.assertTrue(quiet_links.QuietLinks().filter(record))
            self.assertNotIn('s3cret', record.getMessage())
        record = logging.LogRecord('werkzeug', logging.INFO, '', 0, '/esign/sign/room', (), None)
        quiet_links.QuietLinks().filter(record)
        self.assertEqual(record.getMessage(), '/esign/sign/room')

    def test_without_the_code_nothing_is_shown(self):
        group = self.group()
        _link, token = self.link(group)
        self.call('enter', token=token)
        page = self.url_open('/esign/sign/code')
        self.assertIn(self.carol.mobile_masked, page.text)
        for hidden in (group.name, group.number, self.carol.name, self.own.name, self.carol.mobile):
            self.assertNotIn(hidden, page.text)
        self.closed(group)
        for wrong in ('', '000000', 'x' * 500):
            self.assertEqual(self.give(wrong).status_code, 200)
        self.closed(group)

    def test_it_opens_no_other_page_group_party_or_act(self):
        group, other, bobs = self.group(), self.group(), self.group(self.bob)
        self.enter(self.link(group)[1])
        for page in PAGES:
            answer = self.url_open(page, allow_redirects=False)
            self.assertIn(answer.status_code, (303, 403, 404), page)
        foreign = self.env['esign.signing.act']._freeze(
            other.party_ids, self.identity(self.carol), other.contract_ids, key='other-group-key'
        )
        seal = self.env['esign.seal']._owned(self.bob)[:1]
        self.assertEqual(self.url_open(f'/esign/sign/seal/{seal.id}').status_code, 404)
        for path in ('consent', 'confirm', 'status'):
            given = {'code': CODE} if path == 'confirm' else {}
            self.refused(self.call(f'act/{foreign.id}/{path}', **given))
            self.refused(self.call(f'act/{10**6}/{path}', **given))
        for elsewhere in (other, bobs):
            contract = elsewhere.contract_ids
            number = contract.document_id.revision_number
            self.refused(self.call(f'{elsewhere.id}/room'))
            self.refused(self.link_freeze(elsewhere))
            for number_of in (group, elsewhere):
                address = f'/esign/sign/{number_of.id}/file/{contract.id}/{number}'
                self.assertEqual(self.url_open(address).status_code, 404)
        answer = self.call(f'{group.id}/freeze', key=KEY, contracts=other.contract_ids.ids)
        self.assertEqual(answer['outcome'], 'CONTRACTS')
        # the rooms of those who have logged in stay closed, too
        self.assertNotEqual(self.url_open(f'/my/esign/sign/{group.id}', allow_redirects=False).status_code, 200)

    def test_expired_and_revoked_links_close_for_those_inside(self):
        def expired(link):
            link.expires_at -= timedelta(days=2)

        def revoked(link):
            link.with_user(self.env.ref('base.user_admin')).action_revoke()

        def withdrawn(link):
            link.group_id._revoke(self.identity(self.alice, self.own), 'x')

        def forbidden(link):
            link.group_id.business_type_id.link_access = 'none'

        def frozen(link):
            self.carol._move('frozen')

        for end in (expired, revoked, withdrawn, forbidden, frozen):
            with self.subTest(end=end.__name__):
                savepoint = self.env.cr.savepoint()
                group = self.group()
                link, token = self.link(group)
                self.authenticate(None, None)
                self.clear_limits()
                self.enter(token)
                self.assertEqual(self.call(f'{group.id}/room')['outcome'], 'OK')
                end(link)
                self.env.flush_all()
                if end is frozen:
                    self.assertEqual(self.link_freeze(group)['outcome'], 'NOT_VERIFIED')
                else:
                    self.closed(group)
                    self.authenticate(None, None)
                    self.assertNotIn('url', self.call('enter', token=token))
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_a_code_opens_one_link(self):
        one, two = self.group(), self.group()
        _link, first = self.link(one)
        _link, second = self.link(two)
        self.call('enter', token=first)
        self.call('code/send')
        self.call('enter', token=second)
        self.assertEqual(self.give(CODE).status_code, 200)
        self.closed(two)
        # nor does the code for reading sign anything
        self.clear_limits()
        self.enter(first)
        act = self.link_freeze(one)
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code=CODE)['outcome'], 'CONSENT_MISSING')

    def test_codes_are_limited(self):
        link, token = self.link(self.group())
        self.call('enter', token=token)
        self.call('code/send')
        self.assertEqual(self.call('code/send')['outcome'], 'RATE_LIMITED')
        codes = [self.code_of(link._check_code, '000000') for _try in range(5)]
        self.assertEqual(set(codes), {'CODE_REFUSED'})
        self.assertEqual(self.code_of(link._check_code, CODE), 'CODE_VOID', 'the sixth try is none, even a right one')

    def code_of(self, method, *args):
        """The code of a refusal. No savepoint around it: what was counted stays counted."""
        try:
            method(*args)
        except EsignError as error:
            return error.code
        return 'OK'

    def test_guessing_is_limited(self):
        group = self.group()
        token = self.link(group)[1]
        wrong = self.env['esign.sign.link']._by_token
        codes = [self.code_of(wrong, f'{number:043d}', '198.51.100.7') for number in range(GUESSES)]
        self.assertEqual(set(codes), {'LINK_REFUSED'})
        self.assertEqual(self.code_of(wrong, 'x' * 43, '198.51.100.7'), 'RATE_LIMITED')
        for odd in (token[:-1], token + 'x', 'x' * 500):
            self.assertNotIn('url', self.call('enter', token=odd))
        for odd in (None, 7, ['a'], {'a': 1}, 'x' * 100_000):
            with self.assertRaises(JsonRpcException), mute_logger('odoo.http'):
                self.call('enter', token=odd)
        self.assertIn('url', self.call('enter', token=token), 'a right link is not locked out by guesses of others')

    def test_openings_are_counted(self):
        link, token = self.link(self.group())
        link.openings = OPENINGS - 1
        self.assertIn('url', self.call('enter', token=token))
        self.assertEqual(link.openings, OPENINGS)
        self.assertNotIn('url', self.call('enter', token=token))

    def test_a_few_live_links(self):
        group = self.group()
        links = [self.link(group) for _number in range(LIVE + 1)]
        self.assertEqual([link.revoked for link, _token in links], [True] + [False] * LIVE)
        self.assertNotIn('url', self.call('enter', token=links[0][1]))
        self.assertIn('url', self.call('enter', token=links[1][1]))

    def test_open_links_read_but_do_not_sign(self):
        group = self.group()
        group.business_type_id.link_access = 'open'
        self.assertEqual(self.call('enter', token=self.link(group)[1])['url'], '/esign/sign/room')
        self.assertEqual(self.call(f'{group.id}/room')['outcome'], 'OK')
        act = self.link_freeze(group)
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code=CODE)['outcome'], 'CONSENT_MISSING')
        self.assertEqual(self.call(f'act/{act["id"]}/consent')['outcome'], 'OK')
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code=CODE)['state'], 'consented')

    def test_who_is_logged_in(self):
        group = self.group()
        token = self.link(group)[1]
        self.authenticate(self.bob.user_id.login, self.bob.user_id.login)
        self.assertNotIn('url', self.call('enter', token=token))
        self.authenticate(self.carol.user_id.login, self.carol.user_id.login)
        self.assertEqual(self.call('enter', token=token)['url'], f'/my/esign/sign/{group.id}')

    def test_for_whom_links_are_made(self):
        group = self.group(self.other, self.carol, sequential=True)
        enterprise, person = group.party_ids
        links = self.env['esign.sign.link']
        self.assertEqual(links._may_make(enterprise).outcome, 'NOT_PERSON')
        self.assertEqual(links._may_make(person).outcome, 'NOT_YOUR_TURN')
        self.sign(enterprise, self.identity(self.bob, self.other))
        self.assertTrue(links._may_make(person))
        group.business_type_id.link_access = 'none'
        self.assertEqual(links._may_make(person).outcome, 'NOT_ALLOWED')
        group.business_type_id.link_access = 'code'
        self.sign(person, self.identity(self.carol))
        self.assertEqual(links._may_make(person).outcome, 'WRONG_STATE')
        with self.assertRaises(EsignError):
            links._make(person)

    def test_lifetime(self):
        group = self.group()
        group.business_type_id.link_minutes = 10
        link, _token = self.link(group)
        self.assertAlmostEqual((link.expires_at - fields.Datetime.now()).total_seconds(), 600, delta=30)
        group.sudo().expires_at = fields.Datetime.now() + timedelta(minutes=2)
        self.assertEqual(self.link(group)[0].expires_at, group.expires_at)

    @mute_logger('odoo.addons.base.models.ir_model')
    def test_rights_and_secrets(self):
        link, token = self.link(self.group())
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM esign_sign_link WHERE id = %s', [link.id])
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        for index, group in enumerate(('base.group_portal', 'esign_base.group_esign_integration')):
            user = new_test_user(self.env, f'link{index}', groups=group)
            self.assertFalse(link.with_user(user).has_access('read'))
            self.assertRaises(AccessError, link.with_user(user).action_revoke)
        operator = new_test_user(self.env, 'link-operator', groups='esign_base.group_esign_operator')
        self.assertNotIn('token_hash', link.with_user(operator).read()[0])
        self.assertFalse(link.with_user(operator).has_access('write'))
        link.with_user(operator).action_revoke()
        self.assertTrue(link.revoked)
