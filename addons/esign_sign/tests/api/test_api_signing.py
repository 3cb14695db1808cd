"""Links and silent signing as a business system asks for them, by both interfaces."""

from datetime import datetime
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.esign_base.tests.api.api_common import ApiCalls, Refused

from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestApiSigning(ApiCalls, EngineCase, HttpCase):
    # R7.1
    def setUp(self):
        super().setUp()
        self.use_system()

    def group(self, *parties, ref='order-1', user=None, **values):
        """A launched group that the system made under a key, its parties p1, p2, …"""
        group = self.launch(self.group_draft(list(parties), **values))
        for number, party in enumerate(group.party_ids, 1):
            party.ref = f'p{number}'
        self.env['esign.api.reference'].sudo().create(
            {'user_id': (user or self.system).id, 'kind': 'group', 'ref': ref, 'res_id': group.id}
        )
        return group

    def silent_grant(self):
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.own.id), ('kind_code', '=', 'official')])
        member = self.own._member_of(self.alice)
        return self.env['esign.seal.grant']._propose(seal, self.alice.user_id, member, silent=True)

    def test_links(self):
        group = self.group(self.carol)
        for number, call in enumerate((self.json2, self.xmlrpc), 1):
            answer = call('sign_link', {'group': 'order-1', 'party': 'p1'})
            self.assertEqual(sorted(answer), ['expires_at', 'url'])
            self.assertRegex(answer['url'], r'^http://[^/]+/esign/sign#[\w-]{43}$')
            self.assertEqual(datetime.fromisoformat(answer['expires_at']).utcoffset().total_seconds(), 8 * 3600)
            self.assertEqual(len(group.party_ids.link_ids), number)
        self.assertEqual(group.party_ids.link_ids.create_uid, self.system)

    def test_silent_signing(self):
        self.silent_grant()
        self.group(self.own)
        first = self.json2('auto_sign', {'group': 'order-1', 'party': 'p1'})
        self.assertEqual(first['state'], 'signing')
        self.assertTrue(self.env['queue.job'].search([('uuid', '=', first['job'])]))
        self.assertEqual(self.xmlrpc('auto_sign', {'group': 'order-1', 'party': 'p1'}), first)
        act = self.env['esign.signing.act'].search([('job', '=', first['job'])])
        self.assertIn(self.system.login, act.group_id.event_ids.sorted('number')[-1].payload)
        act._perform()
        done = self.json2('auto_sign', {'group': 'order-1', 'party': 'p1'})
        self.assertEqual(done, {'state': 'signed', 'job': first['job']})

    def test_refusals(self):
        other = new_test_user(self.env, 'another-system', groups='esign_base.group_esign_integration')
        self.group(self.carol, ref='theirs', user=other)
        group = self.group(self.own, self.carol, ref='mine')
        free = self.group(self.own, ref='free', placed=False)
        table = [
            ('sign_link', 'theirs', 'p1', 'ESIGN_NOT_FOUND'),
            ('auto_sign', 'theirs', 'p1', 'ESIGN_NOT_FOUND'),
            ('sign_link', 'nothing', 'p1', 'ESIGN_NOT_FOUND'),
            ('sign_link', 'mine', 'p9', 'ESIGN_NOT_FOUND'),
            ('sign_link', 'mine', 'p1', 'ESIGN_INVALID'),
            ('auto_sign', 'mine', 'p2', 'ESIGN_INVALID'),
            ('auto_sign', 'mine', 'p1', 'ESIGN_STATE'),
            ('auto_sign', 'free', 'p1', 'ESIGN_INVALID'),
            ('sign_link', 7, 'p1', 'ESIGN_INVALID'),
            ('auto_sign', 'mine', ['p1'], 'ESIGN_INVALID'),
            ('auto_sign', 'mine', '', 'ESIGN_INVALID'),
        ]
        with patch.object(type(self.env['esign.signing.act']), '_perform_later', lambda _act: 'none'):
            for method, ref, party, code in table:
                for call in (self.json2, self.xmlrpc):
                    with self.subTest(method=method, ref=ref, party=party, call=call.__name__):
                        with self.assertRaises(Refused) as refused:
                            call(method, {'group': ref, 'party': party})
                        self.assertEqual(refused.exception.code, code, refused.exception.text)
        self.assertFalse((group | free).act_ids)
        self.assertFalse((group | free).party_ids.link_ids)
