import datetime as dt

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import EsignError, IllegalMove

from ...models.engine.esign_contract_group_launch import LaunchRefused
from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestStates(EngineCase):
    """Ways in which a group ends, and what is said when something is not possible."""

    def setUp(self):
        super().setUp()
        self.me = self.identity(self.alice, self.own)

    def texts(self, person):
        """SMS queued for a person."""
        return self.env['sms.sms'].search([('partner_id', '=', person.partner_id.id)]).mapped('body')

    # R3.8
    def test_refusal_ends_the_group(self):
        group = self.launch(self.group_draft([self.own, self.other, self.carol]))
        other = group.party_ids[1]
        with self.assertRaises(EsignError) as refused:
            other._refuse(self.identity(self.bob, self.other), '  ')
        self.assertEqual(refused.exception.code, 'REASON')
        other._refuse(self.identity(self.bob, self.other), '条款有误')
        self.assertEqual(group.state, 'refused')
        self.assertEqual([one.state for one in group.party_ids], ['revoked', 'refused', 'revoked'])
        self.assertTrue(any('条款有误' in text for text in self.texts(self.alice)))
        with self.assertRaises(EsignError):
            group._download()

    # R3.8
    def test_no_right_to_refuse(self):
        group = self.group_draft([self.own])
        self.party(group, self.carol, 2, can_refuse=False)
        self.launch(group)
        with self.assertRaises(EsignError) as refused:
            group.party_ids[1]._refuse(self.identity(self.carol), 'x')
        self.assertEqual(refused.exception.code, 'NO_REFUSAL')

    # R2.10
    def test_revocation(self):
        group = self.launch(self.group_draft([self.own, self.carol], sequential=True))
        self.sign(group.party_ids[0], self.me)
        group._revoke(self.me, '不再需要')
        self.assertEqual((group.state, group.reason), ('revoked', '不再需要'))
        self.assertEqual([one.state for one in group.party_ids], ['signed', 'revoked'])
        with self.assertRaises(EsignError):
            group._revoke(self.me, 'again')
        with self.assertRaises(EsignError):
            group._revoke(self.identity(self.bob, self.other), 'not mine')

    # R2.2 R3.12
    def test_expiry_at_24_00_in_shanghai(self):
        group = self.launch(self.group_draft([self.own, self.carol]))
        end = fields.Datetime.to_datetime(group.deadline) + dt.timedelta(days=1) - dt.timedelta(hours=8)
        self.assertEqual(group.expires_at, end)
        with freeze_time(end - dt.timedelta(seconds=1)):
            self.assertFalse(group._expire())
            self.assertTrue(group.party_ids[0]._may_sign(self.me))
        with freeze_time(end):
            self.assertEqual(group.party_ids[0]._may_sign(self.me).outcome, 'EXPIRED')
            self.assertTrue(group._expire())
        self.assertEqual(group.state, 'expired')
        self.assertEqual({one.state for one in group.party_ids}, {'expired'})

    def test_extension(self):
        group = self.launch(self.group_draft([self.carol]))
        later = group.deadline + dt.timedelta(days=5)
        group._extend(self.me, later)
        self.assertEqual(group.deadline, later)
        for day in (group.deadline, later + dt.timedelta(days=400)):
            with self.assertRaises(EsignError):
                group._extend(self.me, day)

    # R3.9
    def test_reminders_are_limited(self):
        group = self.launch(self.group_draft([self.carol]))
        party = group.party_ids
        self.assertEqual(party._may_be_reminded().outcome, 'TOO_SOON')
        now = fields.Datetime.now()
        for turn in range(3):
            with freeze_time(now + dt.timedelta(minutes=31 + 11 * turn)):
                done, left = group._remind(self.me)
            self.assertEqual((done, left), (['王五'], []))
        with freeze_time(now + dt.timedelta(hours=20)):
            self.assertEqual(party._may_be_reminded().outcome, 'USED_UP')

    # R3.9
    def test_reminders_by_the_clock(self):
        group = self.launch(self.group_draft([self.carol]))
        before = len(self.texts(self.carol))
        with freeze_time(group.expires_at - dt.timedelta(days=2)):
            group._remind_all(3)
        with freeze_time(group.expires_at - dt.timedelta(hours=12)):
            group._remind_all(1)
        self.assertEqual(len(self.texts(self.carol)), before + 2)

    # R2.4
    def test_copies_are_told_at_completion(self):
        group = self.launch(self.group_draft([self.own], copies=[self.carol]))
        self.assertFalse(self.texts(self.carol))
        self.sign(group.party_ids, self.me)
        self.assertTrue(group.copy_ids.told_at)
        self.assertTrue(self.texts(self.carol))

    # R2.1 R2.2
    def test_all_faults_at_once(self):
        group = self.group_draft([self.own], name=' ')
        group.deadline = group._today() - dt.timedelta(days=1)
        group.contract_ids.signer_ids.placement_ids.unlink()
        self.env['esign.contract'].sudo().create({'group_id': group.id, 'name': '空'})
        with self.assertRaises(LaunchRefused) as refused:
            self.launch(group)
        paths = [path for path, _reason in refused.exception.details['faults']]
        self.assertEqual(paths, ['name', 'deadline', 'contracts[0].parties[0]', 'contracts[1]'])
        self.assertEqual(group.state, 'draft')

    # R2.6
    def test_positions_outside_the_page(self):
        group = self.group_draft([self.own])
        group.contract_ids.signer_ids.placement_ids.x = 205
        with self.assertRaises(LaunchRefused) as refused:
            self.launch(group)
        self.assertEqual(refused.exception.details['faults'][0][0], 'contracts[0].parties[0].placements[0]')

    def test_launching_twice_changes_nothing(self):
        group = self.launch(self.group_draft([self.carol]))
        number, events = group.number, len(group.event_ids)
        self.launch(group)
        self.assertEqual((group.number, len(group.event_ids)), (number, events))

    def test_illegal_moves_raise(self):
        group = self.group_draft([self.carol])
        for target in ('pending', 'signing', 'done', 'refused', 'revoked', 'expired'):
            with self.assertRaises(IllegalMove):
                group._move(target)

    def test_only_drafts_are_deleted(self):
        group = self.launch(self.group_draft([self.carol]))
        with self.assertRaises(EsignError):
            group.unlink()
        self.group_draft([self.carol]).unlink()

    def test_numbers_count_without_gaps(self):
        first, second = (self.launch(self.group_draft([self.carol])) for _ in range(2))
        self.assertEqual(int(second.number[-4:]), int(first.number[-4:]) + 1)
