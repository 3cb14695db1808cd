"""Who may do what with every model, as one table.

Letters: r read own or everything, w write, c create, u unlink; '-' nothing. ``own`` rows are the
enterprise's of the administrator; the outsider belongs to another enterprise.
"""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import EnterpriseCase, pdf

ROLES = ('public', 'stranger', 'member', 'operator_of', 'admin', 'other_admin', 'viewer', 'operator', 'administrator',
         'template_manager', 'auditor', 'integration', 'employee')  # fmt: skip
# model: the letters in the order of ROLES
MATRIX = {
    'esign.enterprise':              ('-', '-', 'r', 'r', 'r', '-', 'r', 'r', 'r', 'r', 'r', '-', '-'),
    'esign.enterprise.certification': ('-', '-', '-', '-', 'r', '-', 'r', 'rc', 'rc', 'r', 'r', '-', '-'),
    'esign.department':              ('-', '-', 'r', 'r', 'r', '-', 'r', 'rwc', 'rwc', 'r', 'r', '-', '-'),
    'esign.enterprise.member':       ('-', '-', '-', '-', 'r', '-', 'r', 'r', 'r', 'r', 'r', '-', '-'),
    'esign.enterprise.join':         ('-', '-', '-', '-', 'r', '-', 'r', 'r', 'r', 'r', 'r', '-', '-'),
    'esign.enterprise.admin.change': ('-', '-', '-', '-', 'r', '-', 'r', 'r', 'r', 'r', 'r', '-', '-'),
    'esign.enterprise.role':         ('-', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r', '-', '-'),
}  # fmt: skip
PUBLIC_ACTS = {
    'esign.enterprise': ('action_freeze', 'action_unfreeze', 'action_revoke'),
    'esign.enterprise.certification': ('action_submit', 'action_agree', 'action_approve', 'action_reject'),
    'esign.enterprise.admin.change': ('action_approve', 'action_reject'),
}


class _Undo(Exception):
    """Takes back what an allowed act did, so that the next role starts from the same rows."""


@tagged('post_install', '-at_install')
class TestAccess(EnterpriseCase):
    # R1.3 R1.4 R1.8 R1.9 R6.1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben, cls.ole, cls.eve, cls.sam = (
            cls.make_person(n) for n in ('安娜', '本杰明', '奥勒', '伊芙', '陌生人')
        )
        cls.enterprise = cls.certified(cls.anna, kind='internal', name='机密内部企业有限公司')
        cls.other = cls.certified(cls.eve, name='另一家企业有限公司')
        cls.department = cls.env['esign.department']._add(cls.enterprise, cls.anna.user_id, '机密部')
        cls.join(cls.ben, cls.enterprise, cls.anna, department=cls.department)
        cls.join(cls.ole, cls.enterprise, cls.anna, ['seal_operator'])
        third = cls.make_person('第三人')
        member = cls.join(third, cls.enterprise, cls.anna)
        application = cls.env['esign.enterprise.join']._apply(cls.make_person('申请者').user_id, cls.enterprise)
        change = cls.env['esign.enterprise.admin.change'].create(
            {
                'enterprise_id': cls.enterprise.id, 'kind': 'transfer', 'state': 'waiting',
                'former_member_id': cls.enterprise._administrators().id, 'member_id': member.id,
            }
        )  # fmt: skip
        cls.records = {
            'esign.enterprise': cls.enterprise,
            'esign.enterprise.certification': cls.enterprise.certification_id,
            'esign.department': cls.department,
            'esign.enterprise.member': member,
            'esign.enterprise.join': application,
            'esign.enterprise.admin.change': change,
            'esign.enterprise.role': cls.env.ref('esign_enterprise.role_member'),
        }
        staff = {
            name: new_test_user(cls.env, f'ent_{name}', groups=f'esign_base.group_esign_{name}')
            for name in ('viewer', 'administrator', 'template_manager', 'auditor', 'integration')
        }
        cls.users = {
            'public': cls.env.ref('base.public_user'),
            'stranger': cls.sam.user_id,
            'member': cls.ben.user_id,
            'operator_of': cls.ole.user_id,
            'admin': cls.anna.user_id,
            'other_admin': cls.eve.user_id,
            'operator': cls.operator,
            'employee': new_test_user(cls.env, 'ent_employee', groups='base.group_user'),
            **staff,
        }
        cls.env.flush_all()

    def allowed(self, act):
        with mute_logger('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.models'):
            try:
                with self.cr.savepoint():
                    act()
                    self.env.flush_all()
                    raise _Undo
            except UserError:
                return False
            except _Undo:
                return True

    def values(self, model):
        return {
            'esign.department': {'name': '新部门', 'enterprise_id': self.enterprise.id},
            'esign.enterprise.certification': {'person_id': self.ben.id},
        }.get(model, {})

    def changes(self, model):
        record = self.records[model]
        return {
            'esign.department': {'name': '改了名'},
            'esign.enterprise.role': {'name': 'x'},
            'esign.enterprise.member': {'work_number': 'x'},
            'esign.enterprise.join': {'note': 'x'},
            'esign.enterprise.admin.change': {'note': 'x'},
        }.get(model) or {'name': f'{record.name}x'}

    def test_matrix(self):
        for model, row in MATRIX.items():
            for role, expected in zip(ROLES, row, strict=True):
                record = self.records[model].with_user(self.users[role])
                record.invalidate_recordset()
                found = {
                    'r': self.allowed(lambda: record.read(['display_name', 'create_date'])),  # noqa: B023
                    'w': self.allowed(lambda: record.write(self.changes(model))),  # noqa: B023
                    'c': self.allowed(lambda: record.create(self.values(model))),  # noqa: B023
                    'u': self.allowed(record.unlink),
                }
                letters = ''.join(k for k in 'rwcu' if found[k]) or '-'
                with self.subTest(model=model, role=role):
                    self.assertEqual(letters, expected)

    def test_searches_show_only_ones_own(self):
        for model in MATRIX:
            if model == 'esign.enterprise.role':
                continue
            for role in ('stranger', 'other_admin'):
                found = self.env[model].with_user(self.users[role]).search([])
                with self.subTest(model=model, role=role):
                    self.assertNotIn(self.records[model].id, found.ids)

    def test_relations_are_no_way_round(self):
        # Own records of the outsider, filtered by what belongs to others.
        eve = self.eve.user_id
        model = self.env['esign.enterprise'].with_user(eve)
        self.assertEqual(model.search([]).ids, [self.other.id])
        with mute_logger('odoo.addons.base.models.ir_rule'), self.assertRaises(AccessError):
            self.enterprise.with_user(eve).read(['name'])
        self.assertFalse(self.env['res.partner'].with_user(eve).search([('name', '=', self.enterprise.name)]))

    def test_public_methods(self):
        for model, methods in PUBLIC_ACTS.items():
            for method in methods:
                for role in ROLES:
                    if role in ('operator', 'administrator'):
                        continue
                    record = self.records[model].with_user(self.users[role])
                    with self.subTest(method=f'{model}.{method}', role=role):
                        self.assertFalse(self.allowed(getattr(record, method)))

    def test_nothing_else_is_public(self):
        for model in MATRIX:
            ours = {
                name
                for cls in type(self.env[model]).__mro__
                if 'esign_enterprise' in cls.__module__
                for name, value in vars(cls).items()
                if callable(value) and not name.startswith('_') and not getattr(value, '_api_private', False)
            }
            self.assertEqual(ours - {'create', 'write'}, set(PUBLIC_ACTS.get(model, ())), model)

    def test_state_is_not_written_by_anybody(self):
        for model in ('esign.enterprise', 'esign.enterprise.certification', 'esign.enterprise.admin.change'):
            for role in ('operator', 'administrator', 'admin'):
                record = self.records[model].with_user(self.users[role])
                self.assertFalse(self.allowed(lambda: record.write({'state': 'certified'})), (model, role))  # noqa: B023
        model = self.env['esign.enterprise.certification'].with_user(self.operator)
        self.assertFalse(self.allowed(lambda: model.create({'person_id': self.ben.id, 'state': 'certified'})))
        sly = model.with_context(default_state='certified', default_enterprise_id=self.other.id)
        record = sly.create({'person_id': self.ben.id})
        self.assertEqual((record.state, record.enterprise_id.id), ('draft', False))

    def test_operator_does_not_change_what_an_applicant_states(self):
        record = self.draft(self.sam).with_user(self.operator)
        self.assertFalse(self.allowed(lambda: record.write({'uscc': False})))
        self.assertFalse(self.allowed(lambda: record.write({'person_id': self.eve.id})))

    def test_files_and_numbers_are_for_reviewers(self):
        certification = self.enterprise.certification_id
        for role, can in (('admin', False), ('viewer', False), ('operator', True), ('auditor', True)):
            record = certification.with_user(self.users[role])
            for name in ('licence', 'letter', 'legal_mobile'):
                # Numbers in clear are for those who compare them with papers; an auditor reads masked ones.
                reads = can and (name != 'legal_mobile' or role == 'operator')
                with self.subTest(role=role, field=name):
                    self.assertEqual(self.allowed(lambda: record.read([name])), reads)  # noqa: B023
        for role in ('operator', 'administrator', 'admin'):
            for name in ('legal_id_cipher', 'legal_id_hash'):
                self.assertFalse(self.allowed(lambda: certification.with_user(self.users[role]).read([name])))  # noqa: B023
        attachments = (
            self.env['ir.attachment']
            .sudo()
            .search([('res_model', '=', certification._name), ('res_field', '!=', False)])
        )
        self.assertTrue(attachments)
        for role in ('public', 'admin', 'other_admin', 'viewer'):
            mine = attachments.with_user(self.users[role])
            self.assertFalse(self.allowed(lambda: mine.read(['datas'])), role)  # noqa: B023

    def test_removed_member_sees_nothing_from_the_next_query_on(self):
        user = self.ben.user_id
        self.assertTrue(self.env['esign.enterprise'].with_user(user).search([]))
        self.assertTrue(self.env['esign.department'].with_user(user).search([]))
        self.enterprise._member_of(self.ben).with_user(self.anna.user_id)._remove(self.anna.user_id, '离职')
        self.assertFalse(self.env['esign.enterprise'].with_user(user).search([]))
        self.assertFalse(self.env['esign.department'].with_user(user).search([]))

    def test_letters_of_applications(self):
        self.join(self.sam, self.other, self.eve)
        change = self.env['esign.enterprise.admin.change']._apply(self.sam.user_id, self.other, pdf(), 'x.pdf')
        self.assertFalse(self.allowed(lambda: change.with_user(self.eve.user_id).read(['letter'])))
        self.assertTrue(self.allowed(lambda: change.with_user(self.operator).read(['letter'])))
