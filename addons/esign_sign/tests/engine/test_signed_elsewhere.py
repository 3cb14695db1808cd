"""A file that was signed elsewhere: taken in, told of, launched in the free mode, signed, archived, genuine."""

import sys
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import tagged

from odoo.addons.esign_base.signing.acts.verify import verify
from odoo.addons.esign_base.tools.signing_messages import CoreRefused

from ...tools.room_address import OWN
from ..common import EngineCase, contract_pdf


@tagged('post_install', '-at_install')
class TestSignedElsewhere(EngineCase):  # R2.3 R4.1
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tools of the core's tests lie beside the addons, in the same repository.
        root = Path(get_module_path('esign_sign')).resolve().parents[1]
        sys.path += [str(one) for one in (root, root / 'addons' / 'esign_base') if str(one) not in sys.path]
        from tests.signing import acts_elsewhere, acts_forgeries

        cls.elsewhere, cls.forgeries = acts_elsewhere, acts_forgeries
        stranger = acts_elsewhere.Stranger()
        cls.source = acts_elsewhere.signed_elsewhere(stranger, contract_pdf(2), 'Sig1', visible=True, stamped=True)
        cls.source = acts_elsewhere.signed_elsewhere(stranger, cls.source, 'Sig2', number=61)
        cls.stranger = stranger

    def signed_draft(self, data=None, **values):
        group = self.group_draft([], placed=True, **values)
        contract = group.contract_ids
        contract._take_file('signed.pdf', data or self.source)
        for order, who in enumerate((self.own, self.carol), 1):
            self.party(group, who, order)
        return group

    def zh(self, record):
        return record.with_context(lang='zh_CN')

    def seal_on(self, party, owner):
        seal = self.env['esign.seal']._owned(owner)[:1]
        return {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 20 + 60 * party.order, 'y': 100}

    def test_from_upload_to_archive(self):
        group = self.signed_draft()
        contract = group.contract_ids
        self.assertFalse(contract.placed)
        self.assertEqual(contract._newest()._bytes(), self.source)
        told = self.zh(contract)._draft_json()['earlier']
        self.assertEqual(len(told), 2, told)
        self.assertIn('不能确认签署人身份', told[0])
        self.assertIn('别处Sig1', told[0])
        self.launch(group)
        self.assertEqual(group.state, 'pending', group.problem)
        for party, identity, owner in (
            (group.party_ids[0], self.identity(self.alice, self.own), self.own),
            (group.party_ids[1], self.identity(self.carol), self.carol),
        ):
            self.sign(party, identity, items={contract.id: [self.seal_on(party, owner)]})
        self.assertEqual(group.state, 'done')
        self.assertTrue(contract.archived_at)
        data = contract._newest()._bytes()
        self.assertTrue(data.startswith(self.source))
        expected = self.env['esign.evidence']._expected(contract._newest())
        self.assertEqual(expected.given, {'Sig1', 'Sig2'})
        verdict = verify(data, self.env['esign.signing']._trust(), expected)
        self.assertTrue(verdict.genuine, (verdict.reason, verdict.changes))
        earlier = [one for one in verdict.signatures if set(one.fields) & expected.given]
        self.assertEqual([(one.intact, one.holds, one.sound) for one in earlier], [(True, True, False)] * 2)
        room = self.zh(contract)._room_facts(contract.signer_ids[:1], contract._newest(), OWN)
        self.assertEqual(room['earlier'], told)

    def test_positions_cannot_be_set_beforehand(self):
        group = self.signed_draft()
        group.contract_ids.placed = True
        faults = [fault.reason for fault in group.contract_ids._launch_faults('contracts[0]')]
        self.assertTrue(any('is signed already' in text for text in faults), faults)

    def test_refused_by_the_true_reason(self):
        sign, permissions = self.elsewhere.signed_elsewhere, self.elsewhere.MDP
        source = contract_pdf(1)
        table = (
            (sign(self.stranger, source, permission=permissions.NO_CHANGES), '禁止再签名的认证'),
            (sign(self.stranger, source, permission=permissions.FILL_FORMS), '只允许在其自带的签名域中签名'),
            (sign(self.stranger, source, locks=()), '锁定了文件'),
            (self.forgeries.edited(self.source, self.forgeries.edit_content), '在签署后被修改过'),
            (b'\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02' + source, '签名信封'),
        )
        documents = self.zh(self.env['esign.document'])
        for data, words in table:
            with self.subTest(words), self.assertRaises(CoreRefused) as refused:
                documents._take_in('x.pdf', documents._as_pdf('x.pdf', data)[0])
            self.assertIn(words, str(refused.exception))

    def test_a_copy_for_another_use_knows_as_much(self):
        document, _codes = self.env['esign.document']._take_in('x.pdf', self.source)
        self.assertEqual(document._again()._earlier_fields(), {'Sig1', 'Sig2'})
