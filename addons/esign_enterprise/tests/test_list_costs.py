"""Lists of the web client ask the database as often for a thousand rows as for ten."""

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.esign_base.tests.list_costs import FEW, MANY, ListCosts

from .common import make_uscc
from .seal_common import SealFixtures

FLOORS = ('esign_base', 'esign_enterprise')
# Vocabularies and what the platform itself has: never long.
SHORT = {
    'esign.seal.kind', 'esign.agreement', 'esign.verification.provider', 'esign.business.type', 'esign.authority',
}  # fmt: skip


# What is kept about business systems has a test of its own.
APART = ('esign.callback', 'esign.api')


@tagged('post_install', '-at_install')
class TestListCosts(ListCosts, SealFixtures, TransactionCase):
    # R6.1
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        cls._set_up_fixtures()
        cls._set_up_seals()
        cls.kind = cls.seal.kind_id
        cls.number = 0

    def test_every_list_and_kanban(self):
        lists = self.lists(FLOORS, lambda model: not model.startswith(APART))
        self.assertGreater(len(lists), 18)
        self.fill(FEW)
        few = self.costs(lists)
        self.fill(MANY - FEW)
        for model in {model for model, _kind, _spec in lists} - SHORT:
            self.assertGreaterEqual(self.env[model].search_count([]), MANY, f'fill() makes none of {model}')
        many = self.costs(lists)
        self.assertEqual({key: (few[key], cost) for key, cost in many.items() if cost > few[key]}, {})

    def fill(self, count):
        """``count`` more of everything, each of another person and enterprise."""
        numbers = range(self.number, self.number + count)
        self.number += count
        env = self.env(context={**self.env.context, 'tracking_disable': True, 'no_reset_password': True})
        portal = env.ref('base.group_portal').ids
        users = (
            env['res.users']
            ._esign_own_account()
            .create([{'name': f'人{n}', 'login': f'1361{n:07d}', 'group_ids': [(6, 0, portal)]} for n in numbers])
        )
        persons = env['esign.person'].create(
            [{'user_id': u.id, 'partner_id': u.partner_id.id, 'name': u.name, 'mobile': u.login, 'state': 'verified'}
             for u in users]
        )  # fmt: skip
        self.fill_people(env, persons)
        enterprises = self.fill_enterprises(env, persons, numbers)
        self.fill_seals(env, persons, enterprises)
        env.flush_all()

    def fill_people(self, env, persons):
        env['esign.account'].create([{'user_id': p.user_id.id, 'person_id': p.id, 'mobile': p.mobile} for p in persons])
        env['esign.person.verification'].create(
            [{'person_id': p.id, 'method': 'manual', 'name': p.name, 'id_type': 'passport', 'reviewer_id': env.uid}
             for p in persons]
        )  # fmt: skip
        env['esign.consent'].create(
            [{'person_id': p.id, 'method': 'sms', 'reference': f'x,{p.id}', 'digest': 'ab' * 32} for p in persons]
        )
        env['esign.rate.limit'].create(
            [{'purpose': 'x', 'key_hash': str(p.id), 'hits': 1, 'ends_at': fields.Datetime.now()} for p in persons]
        )
        chains = env['esign.trace.chain'].create([{'key': f'esign.person,{p.id}'} for p in persons])
        self.assertEqual(len(chains), len(persons))

    def fill_enterprises(self, env, persons, numbers):
        partners = env['res.partner'].create([{'name': f'企业{n}', 'is_company': True} for n in numbers])
        enterprises = env['esign.enterprise'].create(
            [{'partner_id': p.id, 'name': f'{p.name}有限公司', 'uscc': make_uscc(700000 + n),
              'kind': 'internal'}
             for p, n in zip(partners, numbers, strict=True)]
        )  # fmt: skip
        stated = [
            {'person_id': p.id, 'name': e.name, 'uscc': e.uscc, 'legal_name': p.name}
            for p, e in zip(persons, enterprises, strict=True)
        ]
        for certification, enterprise in zip(
            env['esign.enterprise.certification'].create(stated), enterprises, strict=True
        ):
            certification.write({'state': 'certified', 'enterprise_id': enterprise.id, 'decided_by': env.uid})
            enterprise.certification_id = certification
        certifications = env['esign.enterprise.certification'].create(stated)
        certifications.write({'state': 'pending'})
        for certification in certifications:
            certification.activity_schedule('esign_enterprise.activity_review', user_id=env.ref('base.user_admin').id)
        env['esign.department'].create([{'enterprise_id': e.id, 'name': '法务部'} for e in enterprises])
        role = env.ref('esign_enterprise.role_administrator')
        members = env['esign.enterprise.member'].create(
            [{'enterprise_id': e.id, 'person_id': p.id, 'role_ids': [(6, 0, role.ids)],
              'department_id': e.department_ids[:1].id} for p, e in zip(persons, enterprises, strict=True)]
        )  # fmt: skip
        env['esign.enterprise.join'].create(
            [{'enterprise_id': self.other.id, 'person_id': p.id, 'note': 'x'} for p in persons]
        )
        env['esign.enterprise.admin.change'].create(
            [{'enterprise_id': m.enterprise_id.id, 'kind': 'transfer', 'state': 'done', 'member_id': m.id,
              'former_member_id': m.id} for m in members]
        )  # fmt: skip
        return enterprises

    def fill_seals(self, env, persons, enterprises):
        artwork = self.seal.artwork_id
        seals = env['esign.seal'].create(
            [{'name': '公章', 'kind_id': self.kind.id, 'owner_kind': 'enterprise', 'owner_key': f'enterprise:{e.id}',
              'enterprise_id': e.id, 'state': 'active', 'artwork_id': artwork.id} for e in enterprises]
        )  # fmt: skip
        env['esign.seal.request'].create(
            [{'seal_id': s.id, 'act': 'enable', 'requested_by': env.uid, 'artwork_id': artwork.id} for s in seals]
        )
        env['esign.seal.grant'].create(
            [{'seal_id': s.id, 'date_from': fields.Date.today(), 'member_ids': [(6, 0, s.enterprise_id.member_ids.ids)]}
             for s in seals]
        )  # fmt: skip
        env['esign.seal.usage'].create(
            [{'at': fields.Datetime.now(), 'seal_id': s.id, 'seal_name': s.name, 'owner_name': p.name,
              'result': 'ok', 'person_id': p.id}
             for s, p in zip(seals, persons, strict=True)]
        )  # fmt: skip
        env['esign.certificate'].create(
            [{'kind': 'long_term', 'state': 'cancelled', 'holder_name': e.name, 'uscc': e.uscc, 'enterprise_id': e.id}
             for e in enterprises]
        )  # fmt: skip
