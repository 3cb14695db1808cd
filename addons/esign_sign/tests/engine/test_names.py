from odoo.tests import tagged

from odoo.addons.esign_base.signing.acts.verdict import Conclusion
from odoo.addons.esign_enterprise.rules import names

from ..common import EngineCase

PERSONS = (
    '阿卜杜热合曼·阿卜杜热西提·麦麦提明江·艾力·吐尔逊',
    '王𬭊𰻞',
    'محەممەد ئىمىن',
    "Anna Maria O'Neill-Hohenlohe",
)
ENTERPRISES = ('Shanghai Example Information Technology (Group) Company Ltd', 'A/S Østfold & Søn #1!', 'شركة الاتحاد')


@tagged('-at_install', 'post_install')
class TestNames(EngineCase):
    """Names of many kinds go the whole way: certified, given seals, signing."""

    # R1.2 R1.3 R3.2 R3.3
    def test_names_of_many_kinds_sign(self):
        people = [self.make_person(name) for name in PERSONS]
        for person in people:
            self.assertEqual(self.env['esign.seal']._make_name_seal(person).state, 'active', person.name)
        companies = []
        for person, name in zip(people, ENTERPRISES, strict=False):
            self.assertEqual((names.normalise(name), names.problem(name)), (name, None))
            companies.append(self.certified(person, name=name))
            seals = self.env['esign.seal'].search([('enterprise_id', '=', companies[-1].id)])
            self.assertEqual(seals.mapped('state'), ['active', 'active'], name)
            self.assertTrue(all(seal.preview for seal in seals))
            self.env['esign.certificate'].search([('uscc', '=', companies[-1].uscc)])._issue()
            self.authorise(companies[-1], person)
        group = self.launch(self.group_draft([(one, 1) for one in (*people, *companies)]))
        for party in group.party_ids:
            person = party.person_id or party.enterprise_id._administrators().person_id
            self.sign(party, self.identity(person, party.enterprise_id))
        self.assertEqual(group.state, 'done')
        verdict = self.verdict(group.contract_ids)
        self.assertEqual(verdict.conclusion, Conclusion.GENUINE, verdict.reason)
        signers = {one.signer for one in verdict.signatures[1:]}
        self.assertLessEqual({*PERSONS, *ENTERPRISES}, signers)
        actors = ' '.join(event.actor or '' for event in group.event_ids)
        self.assertEqual([name for name in PERSONS if name not in actors], [], 'the trace has the whole name')

    # R1.3
    def test_an_enterprise_is_found_by_other_spellings(self):
        company = self.certified(self.make_person('检索者'), name='Acme (Far East) Trading')
        chinese = self.certified(self.make_person('检索人'), name='云帆(上海)信息技术有限公司')
        self.assertEqual(chinese.name, '云帆（上海）信息技术有限公司')
        self.assertEqual(company.name, 'Acme (Far East) Trading')
        search = self.env['esign.enterprise']._search_certified
        for text in ('acme (far', 'ACME（FAR EAST', 'ａｃｍｅ (far'):
            self.assertEqual([one['id'] for one in search(text, self.alice.user_id)], [company.id], text)
        for text in ('云帆(上海)', '云帆（上海）信息', '云帆 （上海）'):
            self.assertEqual([one['id'] for one in search(text, self.alice.user_id)], [chinese.id], text)
        picked = self.env['esign.party']._pick_search(self.identity(self.alice, self.own), '云帆(上海)')
        self.assertEqual([one['name'] for one in picked], [chinese.name])
