from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...errors import EsignError
from ..common import SealCase

R, W, C, D = 'read', 'write', 'create', 'unlink'
ADMIN_KIND = {R, W, C}
# model → group → what it may; everything that is not here is refused.
MATRIX = {
    'esign.certificate': {'portal': {R}, 'viewer': {R}, 'operator': {R}, 'administrator': {R}, 'auditor': {R}},
    'esign.authority': {'viewer': {R}, 'operator': {R}, 'administrator': {R}, 'auditor': {R}},
    'esign.seal.kind': {
        'portal': {R}, 'viewer': {R}, 'operator': {R}, 'administrator': ADMIN_KIND, 'auditor': {R},
    },
    'esign.seal.size': {
        'portal': {R}, 'viewer': {R}, 'operator': {R}, 'administrator': ADMIN_KIND, 'auditor': {R},
    },
    'esign.seal': {'portal': {R}, 'viewer': {R}, 'operator': {R}, 'administrator': {R}, 'auditor': {R}},
    'esign.seal.artwork': {'viewer': {R}, 'operator': {R}, 'administrator': {R}, 'auditor': {R}},
    'esign.seal.usage': {'portal': {R}, 'operator': {R}, 'administrator': {R}, 'auditor': {R}},
    'esign.handwriting': {},
    'esign.certificate.revoke': {'operator': {R, W, C, D}, 'administrator': {R, W, C, D}},
    'esign.certificate.external': {'administrator': {R, W, C, D}},
}  # fmt: skip
STAFF = ('viewer', 'operator', 'administrator', 'auditor', 'integration', 'template_manager')
IMPLIES_VIEWER = {'template_manager': 'viewer'}


@tagged('post_install', '-at_install')
class TestSealSecurity(SealCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {name: cls._staff(f'seal-{name}', name) for name in STAFF}
        cls.users['portal'] = cls.zhang.user_id
        cls.users['public'] = cls.env.ref('base.public_user')

    # R6.1
    def test_access_matrix(self):
        for model, rows in MATRIX.items():
            for role, user in self.users.items():
                allowed = rows.get(role, rows.get(IMPLIES_VIEWER.get(role), set()))
                for operation in (R, W, C, D):
                    self.assertEqual(
                        self.env[model].with_user(user).has_access(operation),
                        operation in allowed,
                        f'{role} {operation} {model}',
                    )

    def test_no_secret_field_is_readable(self):
        row = self.env['esign.certificate']._request(holder_name='甲公司', uscc='91350100M000100Y43')
        for role in ('viewer', 'operator', 'auditor'):
            with self.assertRaises(AccessError):
                row.with_user(self.users[role]).read(['key_label'])
        with self.assertRaises(AccessError):
            self.env['esign.seal.artwork'].search([], limit=1).with_user(self.users['administrator']).read(['pdf'])

    # R1.7
    def test_another_persons_seal_is_invisible(self):
        mine = self.env['esign.seal']._owned(self.zhang)
        theirs = self.env['esign.seal']._owned(self.li)
        seals = self.env['esign.seal'].with_user(self.zhang.user_id)
        self.assertEqual(seals.search([]), mine)
        with self.assertRaises(AccessError):
            seals.browse(theirs.id).read(['name', 'preview'])
        picture = (
            self.env['ir.attachment']
            .sudo()
            .search([('res_model', '=', 'esign.seal.artwork'), ('res_field', '=', 'preview')], limit=1)
        )
        with self.assertRaises(AccessError):
            picture.with_user(self.zhang.user_id).read(['raw'])
        self.assertFalse(self.env['esign.seal'].sudo()._own(self.zhang, theirs.id))

    def test_public_methods_ask_who_calls(self):
        row = self.env['esign.certificate']._request(holder_name='甲公司', uscc='91350100M000100Y43')
        seal = self.env['esign.seal']._owned(self.zhang)
        authority = self.env['esign.authority']._ready()
        for role in ('portal', 'viewer', 'auditor', 'integration'):
            user = self.users[role]
            for call in (
                lambda user=user: row.with_user(user).action_issue(),
                lambda user=user: authority.with_user(user).action_check(),
                lambda user=user: seal.with_user(user)._staff_suspend('x'),
            ):
                with self.assertRaises(UserError) as caught:
                    call()
                self.assertIn(type(caught.exception), (AccessError, EsignError))
        self.assertEqual((row.state, seal.state), ('requested', 'active'))
