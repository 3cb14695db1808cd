import json
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.acts.verdict import Conclusion

from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestSilentSigning(EngineCase):
    """Signing by the system, by an authorisation made for it."""

    # R7.1 R3.4
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env.ref('base.user_admin')

    def silent_grant(self, enterprise=None, person=None, kind='official', **values):
        """Authorise silent signing with one seal."""
        enterprise, person = enterprise or self.own, person or self.alice
        seal = self.env['esign.seal'].search([('enterprise_id', '=', enterprise.id), ('kind_code', '=', kind)])
        member = enterprise._member_of(person)
        return self.env['esign.seal.grant']._propose(seal, person.user_id, member, silent=True, **values)

    def auto(self, party):
        return party._auto_sign(self.system)

    def refused(self, party, code):
        with self.assertRaises(EsignError) as error, self.env.cr.savepoint():
            self.auto(party)
        self.assertEqual(error.exception.code, code)

    def perform_as_job(self, act):
        """Perform as the job runner does, apart from what the test has read."""
        self.env.flush_all()
        act._perform_as_job()
        self.env.invalidate_all()

    def failed(self, act, code):
        """Performing the act is refused, and nothing was signed."""
        before = act.line_ids.contract_id.document_id.mapped('revision_number')
        with self.assertRaises(EsignError) as error, self.env.cr.savepoint():
            act._perform()
        self.assertEqual(error.exception.code, code)
        self.assertEqual(act.line_ids.contract_id.document_id.mapped('revision_number'), before)

    def test_signed_by_a_job_with_a_consent_of_its_own(self):
        grant = self.silent_grant()
        group = self.launch(self.group_draft([self.own, self.carol], files=2))
        party = group.party_ids[0]
        act = self.auto(party)
        self.assertEqual((act.state, party.state), ('consented', 'pending'))
        job = self.env['queue.job'].search([('uuid', '=', act.job)])
        self.assertEqual((job.method_name, job.channel), ('_perform_as_job', 'root.esign'))
        consent = act.consent_id
        self.assertEqual((consent.method, consent.state, consent.authority), ('silent', 'given', grant.reference))
        self.assertEqual((consent.digest, consent.person_id), (act.digest, self.alice))
        self.assertIn(grant.reference, consent.record)
        act._perform()
        self.assertEqual((act.state, party.state, consent.state), ('done', 'signed', 'used'))
        for contract in group.contract_ids:
            verdict = self.verdict(contract)
            self.assertEqual(verdict.conclusion, Conclusion.GENUINE)
            self.assertEqual(len(verdict.signatures), 2)
        kinds = [event.kind for event in group.event_ids]
        self.assertEqual((kinds.count('auto_signed'), kinds.count('signed')), (2, 0))
        given = group.event_ids.filtered(lambda event: event.kind == 'consent_given')
        self.assertIn(self.system.login, str(given.mapped('payload')))
        uses = self.env['esign.seal.usage'].search([('grant_reference', '=', grant.reference)])
        self.assertEqual((len(uses), set(uses.mapped('silent'))), (2, {True}))

    def test_once(self):
        self.silent_grant()
        party = self.launch(self.group_draft([self.own])).party_ids
        act = self.auto(party)
        self.assertEqual(self.auto(party), act)
        jobs = self.env['queue.job'].search([('identity_key', '=', f'esign-act-{act.id}')])
        self.assertEqual(len(jobs), 1)
        act._perform()
        act._perform()
        self.assertEqual(self.auto(party), act)
        self.assertEqual(len(party.group_id.act_ids), 1)
        self.assertEqual(len(self.verdict(party.group_id.contract_ids).signatures), 2)

    def test_the_job_performs_apart(self):
        self.silent_grant()
        act = self.auto(self.launch(self.group_draft([self.own])).party_ids)
        self.perform_as_job(act)
        self.assertEqual(act.state, 'done')

    def test_needs_an_authorisation_made_for_it(self):
        group = self.launch(self.group_draft([self.own, self.carol]))
        own, person = group.party_ids
        self.refused(own, 'NO_SILENT_GRANT')  # alice may use the seal, in person
        self.refused(person, 'NOT_SILENT')
        self.silent_grant(kind='contract')
        self.refused(own, 'NO_SILENT_GRANT')  # another seal than the one asked for
        self.silent_grant(self.other, self.bob)
        self.refused(own, 'NO_SILENT_GRANT')
        free = self.launch(self.group_draft([self.own], placed=False))
        self.silent_grant()
        self.refused(free.party_ids, 'NOT_PLACED')
        self.assertFalse(self.env['esign.signing.act'].search([('silent', '=', True)]))

    def test_a_silent_authorisation_does_not_serve_a_person(self):
        self.env['esign.seal.grant'].search([('enterprise_id', '=', self.own.id)])._end_all('withdrawn')
        self.silent_grant()
        party = self.launch(self.group_draft([self.own])).party_ids
        self.assertEqual(party._may_sign(self.identity(self.alice, self.own)).outcome, 'NO_SEAL')
        self.assertTrue(self.auto(party))

    def test_turns_and_ends(self):
        self.silent_grant()
        group = self.launch(self.group_draft([self.carol, self.own], sequential=True))
        person, own = group.party_ids
        self.refused(own, 'NOT_YOUR_TURN')
        self.sign(person, self.identity(self.carol))
        self.auto(own)._perform()
        self.assertEqual(group.state, 'done')
        revoked = self.launch(self.group_draft([self.own]))
        act = self.auto(revoked.party_ids)
        revoked._revoke(self.identity(self.alice, self.own), '作废')
        self.assertEqual((act.state, act.consent_id.state), ('cancelled', 'void'))
        self.refused(revoked.party_ids, 'WRONG_STATE')

    def test_everything_is_checked_at_the_moment_of_signing(self):
        def withdrawn(grant):
            grant._cancel(self.alice.user_id)

        def over(grant):
            grant.write({'date_from': '2026-01-01', 'date_to': '2026-01-02'})

        def suspended(grant):
            grant.seal_id._suspend('test')

        def uncertified(grant):
            self.env['esign.certificate'].search([('uscc', '=', self.own.uscc)]).write({'state': 'revoked'})

        def frozen(grant):
            self.alice._move('frozen')

        def placed_elsewhere(grant):
            grant.env['esign.placement'].search([], order='id desc', limit=1).sudo().write({'x': 77})

        def unconfirmed(grant):
            self.env['esign.signing.act'].search([], limit=1).consent_id._void()

        table = {
            withdrawn: 'NO_SEAL',
            over: 'NO_SEAL',
            suspended: 'NO_SEAL',
            uncertified: 'NO_SEAL',
            frozen: 'NOT_YOURS',
            placed_elsewhere: 'CHANGED_AFTER_CONSENT',
            unconfirmed: 'CONSENT_MISSING',
        }
        for change, code in table.items():
            with self.subTest(change=change.__name__):
                savepoint = self.env.cr.savepoint()
                grant = self.silent_grant()
                act = self.auto(self.launch(self.group_draft([self.own])).party_ids)
                change(grant)
                self.env.flush_all()
                self.env.invalidate_all()
                self.failed(act, code)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_another_authorisation_is_not_the_one_of_the_consent(self):
        grant = self.silent_grant()
        party = self.launch(self.group_draft([self.own])).party_ids
        act = self.auto(party)
        grant._cancel(self.alice.user_id)
        self.silent_grant()
        self.failed(act, 'AUTHORITY')
        act._note_failure(EsignError('x', 'AUTHORITY'))
        self.assertEqual((act.state, act.consent_id.state), ('failed', 'void'))
        again = self.auto(party)
        self.assertNotEqual(again, act)
        again._perform()
        self.assertEqual(party.state, 'signed')

    def test_departments_name_operators_too(self):
        inside = self.certified(self.alice, kind='internal', name='北京集团内部服务有限公司')
        for certificate in self.env['esign.certificate'].search([('state', '=', 'requested')]):
            certificate._issue()
        department = self.env['esign.department'].create({'name': '行政部', 'enterprise_id': inside.id})
        self.env['esign.enterprise.member']._admit(inside, self.bob, {'member', 'seal_operator'}, department=department)
        seal = self.env['esign.seal'].search([('enterprise_id', '=', inside.id), ('kind_code', '=', 'official')])
        self.env['esign.seal.grant']._propose(seal, self.alice.user_id, departments=department, silent=True)
        party = self.launch(self.group_draft([inside])).party_ids
        act = self.auto(party)
        self.assertEqual((act.person_id, act.identity_key), (self.bob, f'enterprise:{inside.id}'))
        act._perform()
        self.assertEqual(party.state, 'signed')

    def test_a_person_and_the_system_at_one_time(self):
        self.silent_grant()
        party = self.launch(self.group_draft([self.own])).party_ids
        act = self.auto(party)
        # the operator signs in person before the job comes to it
        self.sign(party, self.identity(self.alice, self.own))
        self.assertEqual(act.state, 'cancelled', 'the contract is completed: nothing is left to be signed')
        self.failed(act, 'CONSENT_MISSING')
        self.assertEqual(len(self.verdict(party.group_id.contract_ids).signatures), 2)

    def test_interrupted_jobs_are_taken_up_by_the_clock(self):
        self.silent_grant()
        act = self.auto(self.launch(self.group_draft([self.own])).party_ids)
        with patch.object(type(act), '_perform', side_effect=EsignError('token away', 'TOKEN_MISSING')):
            self.perform_as_job(act)
        self.assertEqual(act.state, 'consented')
        self.perform_as_job(act)
        self.assertEqual(act.state, 'done')
        self.assertTrue(json.loads(act.frozen))
        self.assertLessEqual(act.done_at, fields.Datetime.now())
