"""What contracts tell about their documents, for verification and evidence."""

from odoo.tests import tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import DONE, RUNNING, VOID

from ..common import EngineCase


@tagged('post_install', '-at_install')
class TestEvidenceHooks(EngineCase):  # R3.10 R4.1
    def setUp(self):
        super().setUp()
        self.evidence = self.env['esign.evidence']

    def running(self):
        group = self.launch(self.group_draft([self.carol, self.other]))
        first = group.party_ids[0]
        self.sign(first, self.identity(self.carol))
        return group

    def completed(self):
        group = self.running()
        self.sign(group.party_ids[1], self.identity(self.bob, self.other))
        self.assertEqual(group.state, 'done')
        return group

    def test_while_it_runs(self):
        group = self.running()
        document = group.contract_ids.document_id
        standing = self.evidence._standing(document)
        self.assertEqual((standing.state, standing.number), (RUNNING, group.number))
        self.assertEqual(standing.missing, ((self.other.name, False),))
        with self.assertRaises(EsignError) as refused:
            self.evidence._case(group.chain_id)
        self.assertEqual(refused.exception.code, 'WRONG_STATE')

    def test_a_completed_group(self):
        group = self.completed()
        document = group.contract_ids.document_id
        self.assertEqual(self.evidence._chain_of(document), group.chain_id)
        self.assertEqual(self.evidence._standing(document).state, DONE)
        told = self.evidence._signatures(document)
        self.assertEqual([(one.party, one.personal) for one in told], [('王五', True), (self.other.name, False)])
        self.assertTrue(all(seal.picture.startswith(b'\x89PNG') for one in told for seal in one.seals))
        case = self.evidence._case(group.chain_id)
        self.assertEqual((case.state, case.number, len(case.parties), len(case.files)), (DONE, group.number, 2, 1))
        act = case.parties[0].acts[0]
        self.assertEqual(act.lines[0].after, told and group.act_ids.sorted('id')[0].line_ids.revision_id.sha256)
        self.assertTrue(act.consent.record_sha256 and act.certificate.serial and act.lines[0].before)

    def test_what_is_expected_is_found(self):
        from odoo.addons.esign_base.signing.acts.verify import verify

        document = self.completed().contract_ids.document_id
        trust = self.env['esign.signing']._trust()
        for revision in document.revision_ids.filtered(lambda one: one.kind in ('prepared', 'act', 'archive')):
            verdict = verify(revision._bytes(), trust, self.evidence._expected(revision))
            self.assertTrue(verdict.genuine, verdict.changes)

    def test_a_refused_group_is_void(self):
        group = self.launch(self.group_draft([self.carol, self.other]))
        group.party_ids[0]._refuse(self.identity(self.carol), '价格不对')
        case = self.evidence._case(group.chain_id)
        self.assertEqual(case.state, VOID)
        self.assertIn('价格不对', case.reason)

    def test_who_may_see(self):
        group = self.completed()
        chain = group.chain_id
        for identity, expected in (
            (self.identity(self.carol), True),
            (self.identity(self.bob, self.other), True),
            (self.identity(self.alice, self.own), True),
            (self.identity(self.bob), False),
            (self.identity(self.alice), False),
            (None, False),
        ):
            self.assertEqual(self.evidence._may_see(chain, identity), expected, identity and identity.key)
        self.assertFalse(self.evidence._may_see(chain.browse(), self.identity(self.carol)))
