"""What a signing link shows after its person has signed, to whom, and for how long."""

from datetime import timedelta

from odoo import fields, http
from odoo.tests import tagged

from odoo.addons.esign_base.rules.clock import local
from odoo.addons.esign_base.tests.answers import flat

from ...controllers.link import LINK_KEY
from ...models.room.esign_sign_link_result import RESULT
from ..common import CODE
from .link_common import LinkCase


@tagged('-at_install', 'post_install')
class TestLinkResult(LinkCase):
    """Carol has signed by a link, Bob has yet to sign another contract of the same group."""

    # R7.1 R3.4
    def setUp(self):
        super().setUp()
        self.task = self.launched()
        self.own_file, self.others_file = self.task.contract_ids
        self.carols = self.task.party_ids.filtered(lambda one: one.person_id == self.carol)

    def launched(self):
        """Two contracts; Carol signs the first, Bob both."""
        group = self.group_draft([self.bob, self.carol], files=2)
        carols = group.party_ids.filtered(lambda one: one.person_id == self.carol)
        carols.signer_ids.filtered(lambda one: one.contract_id == group.contract_ids[1]).unlink()
        return self.launch(group)

    def sign_by(self, token, group=None):
        """Enter, freeze, confirm and sign; the number of the act."""
        group = group or self.task
        self.clear_limits()
        self.enter(token)
        act = self.call(f'{group.id}/freeze', key='b2' * 16, contracts=group.contract_ids[:1].ids)['id']
        self.clear_limits()
        self.assertEqual(self.call(f'act/{act}/consent')['outcome'], 'OK')
        self.assertEqual(self.call(f'act/{act}/confirm', code=CODE)['state'], 'consented')
        self.env['esign.signing.act'].browse(act)._perform()
        self.env.flush_all()
        return act

    def file(self, contract, number, group=None):
        return self.url_open(f'/esign/sign/{(group or self.task).id}/file/{contract.id}/{number}')

    def over(self, act, group=None):
        """Nothing of the room or of the result answers this session."""
        self.closed(group or self.task)
        for path in ('confirm', 'status'):
            self.refused(self.call(f'act/{act}/{path}', **({'code': CODE} if path == 'confirm' else {})))

    def test_the_session_that_signed_sees_what_it_signed(self):
        link, token = self.link(self.task)
        prepared = self.own_file.prepared_id.number
        act = self.sign_by(token)
        self.assertEqual((self.carols.state, self.task.state), ('signed', 'signing'))
        status = self.call(f'act/{act}/status')
        self.assertEqual(status['state'], 'done')
        room = self.call(f'{self.task.id}/room')
        self.assertEqual(
            flat({'outcome': 'OK', 'message': '', 'data': status['room']}), room, 'no more than the result'
        )
        self.assertEqual(self.call(f'act/{act}/confirm', code=CODE)['state'], 'done', 'an answer that was lost')
        room = self.call(f'{self.task.id}/room')
        signed = self.own_file.document_id.revision_number
        self.assertEqual([one['id'] for one in room['contracts']], self.own_file.ids)
        self.assertTrue(room['contracts'][0]['url'].endswith(f'/file/{self.own_file.id}/{signed}'))
        until = local(link._result_until())
        self.assertIn(until.strftime('%H:%M'), room['result'])
        self.assertEqual((room['seals'], room['may_sign']['outcome'], room['may_refuse']), ([], 'ALREADY', False))
        self.assertEqual(self.url_open('/esign/sign/room').status_code, 200)
        answer = self.file(self.own_file, signed)
        self.assertEqual((answer.status_code, answer.content), (200, self.own_file._newest()._bytes()))
        self.assertEqual(answer.headers['Cache-Control'], 'private, no-store')
        # neither another revision nor the contract that others sign
        self.assertEqual(self.file(self.own_file, prepared).status_code, 404)
        self.assertEqual(self.file(self.others_file, self.others_file.document_id.revision_number).status_code, 404)
        # nor what Bob makes of it afterwards
        bobs = self.task.party_ids - self.carols
        self.sign(bobs, self.identity(self.bob))
        newest = self.own_file.document_id.revision_number
        self.assertGreater(newest, signed)
        self.assertEqual((self.file(self.own_file, newest).status_code, self.file(self.own_file, signed).status_code),
                         (404, 200))  # fmt: skip
        self.assertIn(f'/{signed}', self.call(f'{self.task.id}/room')['contracts'][0]['url'])

    def test_nothing_is_done_in_the_result(self):
        act = self.sign_by(self.link(self.task)[1])
        for path, given in {
            'freeze': {'key': 'c3' * 16, 'contracts': self.own_file.ids},
            'refuse': {'reason': 'x'},
            'read': {},
            'find': {'contract': self.own_file.id, 'keyword': 'page'},
        }.items():
            with self.subTest(path=path):
                self.refused(self.call(f'{self.task.id}/{path}', **given))
        self.refused(self.call(f'act/{act}/consent'))
        seal = self.env['esign.seal']._owned(self.carol)[:1]
        self.assertEqual(self.url_open(f'/esign/sign/seal/{seal.id}').status_code, 404)
        self.assertEqual(self.call('code/send')['outcome'], 'LINK_REFUSED')
        self.assertEqual(self.url_open('/esign/sign/code').status_code, 404)
        self.assertEqual(len(self.task.act_ids), 1)

    def test_another_group_party_or_act_is_not_shown(self):
        other = self.launched()
        first = self.sign_by(self.link(other)[1], other)
        act = self.sign_by(self.link(self.task)[1])
        newest = other.contract_ids[0].document_id.revision_number
        self.refused(self.call(f'{other.id}/room'))
        self.assertEqual(self.file(other.contract_ids[0], newest, other).status_code, 404)
        self.assertEqual(self.file(other.contract_ids[0], newest).status_code, 404)
        self.refused(self.call(f'act/{first}/status'))
        self.refused(self.call(f'act/{first}/confirm', code=CODE))
        bobs = self.task.party_ids - self.carols
        foreign = self.env['esign.signing.act']._freeze(
            bobs, self.identity(self.bob), self.task.contract_ids, key='another-party-key'
        )
        for number in (foreign.id, 10**6):
            self.refused(self.call(f'act/{number}/status'))
            self.refused(self.call(f'act/{number}/confirm', code=CODE))
        self.assertEqual(self.call(f'act/{act}/status')['state'], 'done')

    def test_the_used_link_opens_nothing(self):
        _link, token = self.link(self.task)
        _link, spare = self.link(self.task)
        act = self.sign_by(token)
        for again in (token, spare):
            self.assertNotIn('url', self.call('enter', token=again), 'in the session that signed')
        self.assertEqual(self.call(f'{self.task.id}/room')['outcome'], 'OK', 'a refused link takes nothing away')
        self.authenticate(None, None)
        for again in (token, spare):
            self.assertNotIn('url', self.call('enter', token=again), 'in another session')
        self.over(act)

    def test_sessions_that_did_not_sign_see_nothing(self):
        _link, token = self.link(self.task)
        self.enter(token)
        self.assertEqual(self.call(f'{self.task.id}/room')['outcome'], 'OK')
        waiting, self.session = (self.opener, self.session), None  # kept: a new log-in drops the former one's
        self.authenticate(None, None)
        act = self.sign_by(self.link(self.task)[1])
        self.assertEqual(self.call(f'{self.task.id}/room')['outcome'], 'OK')
        # the first session was inside, by a link and a code of its own, and has signed nothing
        self.opener, self.session = waiting
        self.assertTrue(http.root.session_store.get(self.session.sid)[LINK_KEY]['inside'])
        self.over(act)

    def test_it_ends(self):
        def late(link):
            self.env.cr.execute(
                'UPDATE esign_party SET signed_at = signed_at - %s WHERE id = %s', [RESULT, link.party_id.id]
            )

        def expired(link):
            link.expires_at = fields.Datetime.now() - timedelta(seconds=1)

        def revoked(link):
            link.with_user(self.env.ref('base.user_admin')).action_revoke()

        def withdrawn(link):
            link.group_id._revoke(self.identity(self.alice, self.own), 'x')

        def forbidden(link):
            link.group_id.business_type_id.link_access = 'none'

        for end in (late, expired, revoked, withdrawn, forbidden):
            with self.subTest(end=end.__name__):
                savepoint = self.env.cr.savepoint()
                self.authenticate(None, None)
                link, token = self.link(self.task)
                act = self.sign_by(token)
                self.assertEqual(self.call(f'{self.task.id}/room')['outcome'], 'OK')
                end(link)
                self.env.flush_all()
                self.env.invalidate_all()
                self.over(act)
                self.assertEqual(self.file(self.own_file, self.own_file.document_id.revision_number).status_code, 404)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_never_longer_than_the_link(self):
        link, token = self.link(self.task)
        self.sign_by(token)
        self.assertEqual(link._result_until(), self.carols.signed_at + RESULT)
        link.expires_at = self.carols.signed_at + timedelta(minutes=3)
        self.assertEqual(link._result_until(), link.expires_at)

    def test_who_refuses_sees_that_he_did(self):
        self.enter(self.link(self.task)[1])
        answer = self.call(f'{self.task.id}/refuse', reason='价格有误')
        self.assertEqual((answer['outcome'], answer['room']['group']['state']), ('OK', 'refused'))
        self.assertEqual({one['url'] for one in answer['room']['contracts']}, {''})
        self.closed(self.task)
