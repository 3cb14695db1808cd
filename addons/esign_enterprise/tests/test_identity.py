from odoo.tests import tagged

from .common import EnterpriseCase


@tagged('post_install', '-at_install')
class TestIdentity(EnterpriseCase):
    # R1.5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben = cls.make_person('安娜'), cls.make_person('本杰明')
        cls.external = cls.certified(cls.anna)
        cls.internal = cls.certified(cls.anna, kind='internal')

    def keys(self, person):
        return [identity.key for identity in self.env['esign.identity']._available(person.user_id)]

    def test_one_identity_a_membership(self):
        self.assertEqual(
            self.keys(self.anna),
            [f'person:{self.anna.id}', *sorted(f'enterprise:{e.id}' for e in (self.external, self.internal))],
        )
        self.assertEqual(self.keys(self.ben), [f'person:{self.ben.id}'])

    def test_department_of_an_internal_enterprise(self):
        department = self.env['esign.department']._add(self.internal, self.anna.user_id, '研发部')
        self.join(self.ben, self.internal, self.anna, ['seal_operator'], department)
        found = self.env['esign.identity']._available(self.ben.user_id)
        self.assertEqual([i.kind for i in found], ['person', 'enterprise', 'department'])
        self.assertEqual(found[2].department, department.sudo())
        self.assertEqual(found[2].roles, {'member', 'seal_operator'})

    def test_removed_frozen_and_unverified_lose_it_at_once(self):
        member = self.join(self.ben, self.external, self.anna)
        self.assertEqual(len(self.keys(self.ben)), 2)
        self.external._freeze('核查')
        self.assertEqual(len(self.keys(self.ben)), 1)
        self.external._unfreeze()
        self.ben._move('frozen')
        self.assertEqual(len(self.keys(self.ben)), 1)
        self.ben._move('verified')
        self.assertEqual(len(self.keys(self.ben)), 2)
        member.with_user(self.anna.user_id)._remove(self.anna.user_id, '离职')
        self.assertEqual(len(self.keys(self.ben)), 1)
