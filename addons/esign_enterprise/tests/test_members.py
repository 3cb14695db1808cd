import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError

from .common import EnterpriseCase


@tagged('post_install', '-at_install')
class TestMembers(EnterpriseCase):
    # R1.3 R1.8

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben, cls.cora = (cls.make_person(n) for n in ('安娜', '本杰明', '科拉'))
        cls.external = cls.certified(cls.anna)
        cls.internal = cls.certified(cls.cora, kind='internal')

    def roles(self, enterprise, person):
        return enterprise._member_of(person)._codes()

    def test_database_allows_one_administrator_of_an_external_enterprise(self):
        member = self.join(self.ben, self.external, self.anna)
        role = self.env.ref('esign_enterprise.role_administrator')
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            member.sudo().role_ids += role
            self.env.flush_all()

    def test_roles_of_an_external_enterprise(self):
        member = self.join(self.ben, self.external, self.anna)
        admin = self.external._member_of(self.anna)
        with self.assertRaises(AccessError):
            member.with_user(self.anna.user_id)._assign(self.anna.user_id, ['administrator'])
        with self.assertRaises(AccessError):
            admin.with_user(self.anna.user_id)._assign(self.anna.user_id, ['auditor'])
        member.with_user(self.anna.user_id)._assign(self.anna.user_id, ['seal_operator', 'auditor'], work_number='007')
        self.assertEqual(self.roles(self.external, self.ben), {'seal_operator', 'auditor', 'member'})
        self.assertEqual(member.sudo().work_number, '007')

    def test_internal_enterprise_has_several_administrators_but_never_none(self):
        member = self.join(self.ben, self.internal, self.cora, ['administrator'])
        self.assertEqual(len(self.internal._administrators()), 2)
        first = self.internal._member_of(self.cora)
        first.with_user(self.ben.user_id)._assign(self.ben.user_id, [])
        self.assertEqual(self.roles(self.internal, self.cora), {'member'})
        with self.assertRaises(EsignError) as caught, self.cr.savepoint():
            member.with_user(self.ben.user_id)._assign(self.ben.user_id, [])
        self.assertEqual(caught.exception.code, 'LAST_ADMINISTRATOR')
        with self.assertRaises(EsignError) as caught, self.cr.savepoint():
            member.with_user(self.ben.user_id)._leave(self.ben.user_id)
        self.assertEqual(caught.exception.code, 'LAST_ADMINISTRATOR')

    def test_member_manager_cannot_raise_anybody(self):
        manager = self.join(self.ben, self.external, self.anna, ['member_manager'])
        dora = self.make_person('朵拉')
        application = self.env['esign.enterprise.join']._apply(dora.user_id, self.external)
        with self.assertRaises(AccessError):
            application.with_user(self.ben.user_id)._approve(self.ben.user_id, ['seal_operator'])
        member = application.with_user(self.ben.user_id)._approve(self.ben.user_id)
        with self.assertRaises(AccessError):
            member.with_user(self.ben.user_id)._assign(self.ben.user_id, ['seal_operator'])
        with self.assertRaises(AccessError):
            manager._assign(self.ben.user_id, ['member_manager', 'seal_operator'])
        with self.assertRaises(AccessError):
            self.external._member_of(self.anna).with_user(self.ben.user_id)._remove(self.ben.user_id, '夺权')
        member.with_user(self.ben.user_id)._remove(self.ben.user_id, '离职')
        self.assertEqual(member.sudo().state, 'removed')

    def test_removal_calls_the_hook_and_takes_everything_at_once(self):
        member = self.join(self.ben, self.external, self.anna, ['seal_operator', 'member_manager'])
        removed = []
        self.patch(self.registry['esign.enterprise'], '_on_member_removed', lambda s, m: removed.append((s.id, m.id)))
        with self.assertRaises(UserError):
            member.with_user(self.anna.user_id)._remove(self.anna.user_id, '')
        member.with_user(self.anna.user_id)._remove(self.anna.user_id, '离职')
        self.assertEqual(removed, [(self.external.id, member.id)])
        self.assertFalse(member.sudo().role_ids)
        with self.assertRaises(AccessError):
            self.external._require(self.ben.user_id)
        with self.assertRaises(EsignError):
            member.with_user(self.anna.user_id)._assign(self.anna.user_id, ['auditor'])

    def test_a_hook_that_fails_keeps_the_member(self):
        member = self.join(self.ben, self.external, self.anna)

        def fails(_enterprise, _member):
            raise UserError('a task cannot be reassigned')  # pylint: disable=translation-required

        self.patch(self.registry['esign.enterprise'], '_on_member_removed', fails)
        with self.assertRaises(UserError), self.cr.savepoint():
            member.with_user(self.anna.user_id)._remove(self.anna.user_id, '离职')
        self.assertEqual(member.sudo().state, 'active')

    def test_nobody_of_another_enterprise_acts(self):
        member = self.join(self.ben, self.external, self.anna)
        for act in (
            lambda: member._remove(self.cora.user_id, 'x'),
            lambda: member._assign(self.cora.user_id, []),
        ):
            with self.assertRaises(AccessError):
                act()
        department = self.env['esign.department']._add(self.internal, self.cora.user_id, '研发部')
        with self.assertRaises(EsignError):
            member._assign(self.anna.user_id, [], department)

    def test_legal_representative_follows_the_certification(self):
        member = self.join(self.ben, self.external, self.anna)
        with self.assertRaises(AccessError):
            member.with_user(self.anna.user_id)._assign(self.anna.user_id, ['legal_rep'])
        record = self.env['esign.enterprise.certification']._restart(self.anna.user_id, self.external)
        record._save(self.anna.user_id, {'legal_name': '本杰明', 'legal_id_number': self.ben._id_number()})
        record._agree(self.anna.user_id)
        record._submit(self.anna.user_id)
        record.with_user(self.operator).action_approve()
        self.assertIn('legal_rep', self.roles(self.external, self.ben))

    def test_departments(self):
        user = self.cora.user_id
        model = self.env['esign.department'].with_user(user)
        top = model._add(self.internal, user, '销售部')
        sub = model._add(self.internal, user, '华东(上海)', top)
        self.assertEqual(sub.sudo().complete_name, '销售部 / 华东（上海）')
        with self.assertRaises(UserError):
            model._add(self.internal, user, '销售部')
        with self.assertRaises(UserError):
            top._close(user)
        member = self.join(self.ben, self.internal, self.cora, department=sub)
        with self.assertRaises(UserError):
            sub._close(user)
        member.with_user(user)._assign(user, [], top)
        sub._close(user)
        self.assertFalse(sub.sudo().active)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env['esign.department'].create({'name': '部门', 'enterprise_id': self.external.id})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            model._add(self.internal, user, '<img src=x>')
        with self.assertRaises(AccessError):
            model._add(self.internal, self.ben.user_id, '自立部门')
