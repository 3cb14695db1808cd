import io
import zipfile

from odoo.tests import tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.acts.verdict import Conclusion

from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestSigning(EngineCase):
    """Whole ways from launch to completion on real documents with real signatures."""

    # R2.5 R3.3 R3.4 R3.5 R8.1
    def test_two_enterprises_and_a_person_in_order(self):
        group = self.launch(self.group_draft([self.own, self.other, self.carol], sequential=True))
        self.assertEqual(group.state, 'pending')
        self.assertRegex(group.number, r'^HT\d{8}\d{4}$')
        own, other, carol = group.party_ids
        self.assertEqual([one.state for one in group.party_ids], ['pending', 'waiting', 'waiting'])
        self.sign(own, self.identity(self.alice, self.own))
        self.assertEqual([one.state for one in group.party_ids], ['signed', 'pending', 'waiting'])
        self.assertEqual(group.state, 'signing')
        self.sign(other, self.identity(self.bob, self.other))
        self.sign(carol, self.identity(self.carol))
        self.assertEqual(group.state, 'done')
        contract = group.contract_ids
        self.assertEqual(contract.state, 'signed')
        verdict = self.verdict(contract)
        self.assertEqual(verdict.conclusion, Conclusion.GENUINE, verdict)
        # the platform, two enterprises, one person; then the archive stamp
        self.assertEqual(len(verdict.signatures), 4)
        self.assertEqual(len(verdict.timestamps), 1)
        self.assertTrue(verdict.covered)
        self.assertEqual([one.kind for one in contract.document_id.revision_ids][-4:], ['act', 'act', 'act', 'archive'])
        group.chain_id._check()
        told = [event.kind for event in group.event_ids]
        self.assertEqual(told[0], 'launched')
        self.assertIn('completed', told)
        self.assertEqual(told.count('signed'), 3)

    # R2.5
    def test_unordered_and_equal_numbers(self):
        together = self.launch(self.group_draft([self.own, self.other, self.carol]))
        self.assertEqual({one.state for one in together.party_ids}, {'pending'})
        mixed = self.launch(self.group_draft([(self.own, 1), (self.other, 2), (self.carol, 2)], sequential=True))
        self.sign(mixed.party_ids[0], self.identity(self.alice, self.own))
        self.assertEqual([one.state for one in mixed.party_ids], ['signed', 'pending', 'pending'])

    # R1.10 R3.5
    def test_a_seal_is_not_used_outside_the_scope_of_its_authorisation(self):
        group = self.launch(self.group_draft([self.other]))
        me = self.identity(self.bob, self.other)
        act = self.freeze(group.party_ids, me)
        grants = self.env['esign.seal.grant'].search([('enterprise_id', '=', self.other.id)])
        elsewhere = self.env['esign.business.type'].search([('id', '!=', group.business_type_id.id)], limit=1)
        grants.business_type_ids = elsewhere
        self.assertEqual(group.party_ids._may_sign(me).outcome, 'NO_SEAL')
        for attempt in (lambda: self.freeze(group.party_ids, me), lambda: self.confirm(act, me)):
            with self.assertRaises(EsignError):
                attempt()
        grants.business_type_ids |= group.business_type_id
        self.sign(group.party_ids, me)
        self.assertEqual(group.state, 'done')

    # R3.2 R3.5
    def test_free_placing_continue_and_finish(self):
        group = self.launch(self.group_draft([self.carol], placed=False))
        party, contract = group.party_ids, group.contract_ids
        seal = self.env['esign.seal']._owned(self.carol)[:1]
        put = {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 20, 'y': 30}
        day = {'kind': 'date', 'page': 1, 'x': 70, 'y': 30, 'style': 'chinese'}
        me = self.identity(self.carol)
        self.sign(party, me, items={contract.id: [put, day]}, finish=False)
        self.assertEqual((party.state, group.state), ('pending', 'signing'))
        self.sign(party, me, items={contract.id: [{**put, 'page': 2}]}, finish=True)
        self.assertEqual((party.state, group.state), ('signed', 'done'))
        verdict = self.verdict(contract)
        self.assertEqual(verdict.conclusion, Conclusion.GENUINE, verdict)
        self.assertEqual(len(verdict.signatures), 3)

    # R3.6
    def test_date_and_cross_page_seals_are_one_signature(self):
        group = self.group_draft([self.own], pages=12)
        signer = group.contract_ids.signer_ids
        self.place(signer, 'date')
        self.place(signer, 'cross_page', page=1, y=120)
        self.launch(group)
        act = self.sign(group.party_ids, self.identity(self.alice, self.own))
        self.assertEqual(len(act.line_ids.field_names), 1, 'one signature value')
        self.assertEqual(len(act.line_ids.field_names[0]), 14, 'seal, date and twelve slices')
        self.assertEqual(self.verdict(group.contract_ids).conclusion, Conclusion.GENUINE)

    # R3.4
    def test_several_documents_under_one_consent(self):
        group = self.launch(self.group_draft([self.own, self.carol], files=3))
        act = self.sign(group.party_ids[0], self.identity(self.alice, self.own))
        self.assertEqual(len(act.line_ids.revision_id), 3)
        self.assertEqual(len(self.env['esign.consent'].search([('reference', '=', f'{act._name},{act.id}')])), 1)
        self.sign(group.party_ids[1], self.identity(self.carol))
        self.assertEqual(group.state, 'done')
        for contract in group.contract_ids:
            self.assertEqual(self.verdict(contract).conclusion, Conclusion.GENUINE)
            signatures = self.verdict(contract).signatures
            self.assertEqual([one.consent for one in signatures if one.consent][:1], [act.consent_id.record_sha256])

    # R2.4
    def test_a_department_signs_for_its_enterprise(self):
        inside = self.certified(self.carol, kind='internal', name='广州内部集团有限公司')
        self.env['esign.certificate'].search([('state', '=', 'requested')])._issue()
        department = self.env['esign.department'].sudo().create({'enterprise_id': inside.id, 'name': '法务部'})
        member = inside._member_of(self.carol)
        member._assign(self.carol.user_id, {'administrator', 'seal_operator'}, department)
        self.authorise(inside, self.carol)
        group = self.launch(self.group_draft([department]))
        found = self.env['esign.identity']._available(self.carol.user_id)
        whole = next(one for one in found if one.key == f'enterprise:{inside.id}')
        worn = next(one for one in found if one.key == f'department:{department.id}')
        self.assertFalse(group.party_ids._may_sign(whole))
        self.sign(group.party_ids, worn)
        self.assertEqual(group.state, 'done')

    # R3.11
    def test_downloads(self):
        group = self.launch(self.group_draft([self.carol], files=2))
        self.sign(group.party_ids, self.identity(self.carol))
        name, data = group._download(group.contract_ids[0])
        self.assertEqual(name, f'{group.number}_文件1.pdf')
        self.assertTrue(data.startswith(b'%PDF'))
        name, data = group._download()
        self.assertTrue(name.endswith('.zip'))
        self.assertEqual(
            zipfile.ZipFile(io.BytesIO(data)).namelist(), [f'{group.number}_文件1.pdf', f'{group.number}_文件2.pdf']
        )

    # R1.10
    def test_every_use_of_a_seal_is_logged(self):
        group = self.launch(self.group_draft([self.own]))
        act = self.sign(group.party_ids, self.identity(self.alice, self.own))
        use = self.env['esign.seal.usage'].search([('consent_reference', '=', act.consent_id.record_sha256)])
        self.assertEqual(len(use), 1)
        self.assertEqual(use.sha256_after, act.line_ids.revision_id.sha256)
        self.assertEqual(use.person_id, self.alice)
