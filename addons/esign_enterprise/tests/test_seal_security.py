from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .seal_common import SealCase

READ = {'read'}
NONE = set()
# model → role → operations that the access rows allow
MATRIX = {
    'esign.seal.grant': {
        'public': NONE, 'portal': READ, 'viewer': READ, 'operator': READ, 'administrator': READ, 'auditor': READ,
        'integration': NONE,
    },
    'esign.seal.request': {
        'public': NONE, 'portal': READ, 'viewer': READ, 'operator': READ, 'administrator': READ, 'auditor': READ,
        'integration': NONE,
    },
}  # fmt: skip


@tagged('post_install', '-at_install')
class TestEnterpriseSealSecurity(SealCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.given = cls.grant()
        cls.asked = cls.env['esign.seal']._request_new(cls.enterprise, cls.admin.user_id, {'kind': 'hr'})
        cls.usage = cls.env['esign.seal.usage']._log(cls.seal, 'ok', cls.worn(cls.operator_person), document='HT')
        cls.certificate = cls.env['esign.certificate'].search([('enterprise_id', '=', cls.enterprise.id)])

    # R6.1
    def test_access_matrix(self):
        from odoo.tests import new_test_user

        users = {'public': self.env.ref('base.public_user'), 'portal': self.member.user_id}
        for role in ('viewer', 'operator', 'administrator', 'auditor', 'integration'):
            users[role] = new_test_user(self.env, f'sealx-{role}', f'esign_base.group_esign_{role}')
        for model, rows in MATRIX.items():
            for role, allowed in rows.items():
                for operation in ('read', 'write', 'create', 'unlink'):
                    self.assertEqual(
                        self.env[model].with_user(users[role]).has_access(operation), operation in allowed,
                        f'{role} {operation} {model}',
                    )  # fmt: skip

    # R1.10
    def test_who_sees_what(self):
        """Person → (seal, grant, request, usage, certificate) visible."""
        table = {
            'admin': (1, 1, 1, 1, 1),
            'keeper': (1, 1, 1, 1, 1),
            'auditor': (1, 1, 1, 1, 1),
            'operator_person': (1, 1, 0, 1, 0),
            'member': (0, 0, 0, 0, 0),
            'stranger': (0, 0, 0, 0, 0),
        }
        records = (self.seal, self.given, self.asked, self.usage, self.certificate)
        for name, expected in table.items():
            user = getattr(self, name).user_id
            seen = tuple(
                self.env[record._name].with_user(user).search_count([('id', '=', record.id)]) for record in records
            )
            self.assertEqual(seen, expected, name)

    def test_a_removed_operator_sees_nothing_at_once(self):
        self.operator_member._remove(self.admin.user_id, '离职')
        seals = self.env['esign.seal'].with_user(self.operator_person.user_id)
        self.assertFalse(seals.search([('enterprise_id', '=', self.enterprise.id)]))

    def test_pictures_of_another_tenant(self):
        theirs = self.worn(self.stranger, self.other)
        self.assertFalse(self.env['esign.seal']._picture_for(theirs, self.seal.id))
        self.assertFalse(self.env['esign.seal']._seen(theirs, self.seal.id))
        self.assertFalse(self.env['esign.seal']._picture_for(self.worn(self.member), self.seal.id))
        self.assertTrue(self.env['esign.seal']._picture_for(self.worn(self.operator_person), self.seal.id))
        picture = self.env['ir.attachment'].sudo().search(
            [('res_model', '=', 'esign.seal.artwork'), ('res_field', '=', 'preview'),
             ('res_id', '=', self.seal.artwork_id.id)]
        )  # fmt: skip
        for person in (self.stranger, self.member, self.admin):
            with self.assertRaises(AccessError):
                picture.with_user(person.user_id).read(['raw'])

    def test_rpc_cannot_write(self):
        for record, vals in (
            (self.seal, {'state': 'active'}), (self.given, {'date_to': False}), (self.asked, {'state': 'approved'}),
            (self.usage, {'document': 'x'}), (self.certificate, {'state': 'valid'}),
        ):  # fmt: skip
            for user in (self.admin.user_id, self.operator):
                with self.assertRaises(UserError):
                    record.with_user(user).write(vals)
