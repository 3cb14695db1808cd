import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tests.api.callback_common import CallbackCase

from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestContractCallbacks(CallbackCase, EngineCase):
    """What business systems are told of contracts, seals and enterprises."""

    # R7.2
    def told(self, callback, prefix='contract.'):
        """The events written down for a subscriber, in their order."""
        events = callback.event_ids.filtered(lambda event: event.kind.startswith(prefix)).sorted('id')
        return [json.loads(event.body) for event in events]

    def test_a_whole_contract_in_order(self):
        callback = self.subscription()
        group = self.launch(self.group_draft([self.own, self.carol], files=2))
        own, carol = group.party_ids
        own.ref, carol.ref = 'us', 'staff'
        self.env['esign.api.reference'].sudo().create(
            {'user_id': callback.user_id.id, 'kind': 'group', 'ref': 'order-7', 'res_id': group.id}
        )
        self.sign(own, self.identity(self.alice, self.own))
        self.sign(carol, self.identity(self.carol))
        told = self.told(callback)
        self.assertEqual(
            [one['event'] for one in told],
            ['contract.started', 'contract.signed', 'contract.signed', 'contract.completed'],
        )
        self.assertEqual({one['contract_id'] for one in told}, {group.number})
        self.assertEqual([one['biz_no'] for one in told], [None, 'order-7', 'order-7', 'order-7'])
        self.assertEqual([one['party']['ref'] for one in told[1:3]], ['us', 'staff'])
        self.assertEqual([one['status'] for one in told], ['pending', 'signing', 'signing', 'done'])
        self.assertEqual(len({one['event_id'] for one in told}), 4)
        for one in callback.event_ids:
            for secret in (self.carol.mobile, self.carol._id_number(), self.carol.name):
                self.assertNotIn(secret, one.body)
        self.receiver.answers = [500, 500]
        self.deliver(callback)
        received = [one['event'] for one in self.receiver.events() if one['event'].startswith('contract.')]
        self.assertEqual(
            received, ['contract.started'] * 3 + ['contract.signed', 'contract.signed', 'contract.completed']
        )

    def test_the_ends(self):
        callback = self.subscription()
        refused = self.launch(self.group_draft([self.other, self.carol]))
        refused.party_ids[1]._refuse(self.identity(self.carol), '条款不清')
        revoked = self.launch(self.group_draft([self.other]))
        revoked._revoke(self.identity(self.alice, self.own), '作废')
        expired = self.launch(self.group_draft([self.other]))
        expired.sudo().expires_at = fields.Datetime.now() - timedelta(seconds=1)
        expired._expire()
        ends = [one for one in self.told(callback) if one['event'] != 'contract.started']
        self.assertEqual(
            [(one['event'], one['contract_id'], one['status']) for one in ends],
            [
                ('contract.refused', refused.number, 'refused'),
                ('contract.revoked', revoked.number, 'revoked'),
                ('contract.expired', expired.number, 'expired'),
            ],
        )
        self.assertIn('条款不清', ends[0]['reason'])
        self.assertEqual(ends[0]['party']['state'], 'refused')
        self.assertEqual(ends[1]['reason'], '作废')

    def test_failures_of_the_preparation_are_told_each_time(self):
        callback = self.subscription()
        group = self.group_draft([self.other])
        with patch.object(type(group.contract_ids), '_prepare', side_effect=EsignError('token away')):
            self.launch(group)
            self.assertEqual(group.state, 'failed')
            group._retry(self.identity(self.alice, self.own))
        self.assertEqual(group.state, 'failed')
        failed = self.told(callback)
        self.assertEqual([one['event'] for one in failed], ['contract.failed', 'contract.failed'])
        self.assertEqual(failed[0]['reason'], 'token away')

    def test_what_fails_is_not_told(self):
        callback = self.subscription()
        group = self.launch(self.group_draft([self.other]))
        before = len(callback.event_ids)
        with self.assertRaises(EsignError), self.env.cr.savepoint():
            group._revoke(self.identity(self.alice, self.own), '')
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            group._revoke(self.identity(self.alice, self.own), 'x')
            raise ZeroDivisionError
        self.assertEqual(len(callback.event_ids), before)

    def test_authorisations_and_certifications(self):
        callback = self.subscription()
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.own.id), ('kind_code', '=', 'official')])
        grant = self.env['esign.seal.grant']._propose(
            seal, self.alice.user_id, self.own._member_of(self.alice), silent=True
        )
        grant._suspend(self.alice.user_id)
        grant._resume(self.alice.user_id)
        grant._cancel(self.alice.user_id)
        told = self.told(callback, 'seal.')
        self.assertEqual([one['event'] for one in told], ['seal.grant_effective', 'seal.grant_expired'])
        self.assertEqual([one['status'] for one in told], ['active', 'cancelled'])
        self.assertEqual(
            {(one['grant'], one['seal_kind'], one['silent']) for one in told}, {(grant.reference, 'official', True)}
        )
        dora = self.make_person('赵六')
        self.certified(dora, name='广州新认证商贸有限公司')
        self.assertEqual([one['status'] for one in self.told(callback, 'enterprise.')], ['certified'])

    def test_enterprises_are_heard_of_by_those_who_may_act_for_them(self):
        def reference(callback, **values):
            given = {'user_id': callback.user_id.id, 'kind': 'enterprise', 'ref': 'us', **values}
            self.env['esign.api.reference'].sudo().create(given)

        made, known, strange = (self.subscription(scope='own') for _system in range(3))
        reference(made, res_id=self.own.id, origin='made')
        reference(known, res_id=self.own.id, origin='known')
        reference(strange, res_id=self.other.id, origin='made')
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.own.id), ('kind_code', '=', 'official')])
        self.env['esign.seal.grant']._propose(seal, self.alice.user_id, self.own._member_of(self.alice), silent=True)
        self.assertEqual([one['biz_no'] for one in self.told(made, 'seal.')], ['us'])
        self.assertEqual([self.told(one, '') for one in (known, strange)], [[], []])

    def test_a_certification_asked_for_is_told_of(self):
        callback = self.subscription(scope='own')
        dora = self.make_person('赵六')
        for decision, event in (('action_approve', 'enterprise.certified'), ('_staff_reject', 'enterprise.rejected')):
            asked = self.pending(dora)
            self.env['esign.api.reference'].sudo().create(
                {
                    'user_id': callback.user_id.id,
                    'kind': 'enterprise',
                    'ref': event,
                    'certification_id': asked.id,
                    'origin': 'made',
                }
            )
            reviewed = asked.with_user(self.operator)
            getattr(reviewed, decision)(*(['执照不清晰'] if decision == '_staff_reject' else []))
            told = self.told(callback, 'enterprise.')[-1]
            self.assertEqual((told['event'], told['biz_no']), (event, event))
        self.assertEqual(told['reason'], '执照不清晰')
