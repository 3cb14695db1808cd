"""Who may do what with people: a table, and what another tenant or a curious login tries."""

import logging

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ...errors import EsignError
from ...tests.people.common_people import CODE, ID_NUMBER, MOBILE, PASSWORD, PeopleCase

MODELS = (
    'esign.account', 'esign.person', 'esign.person.verification', 'esign.agreement',
    'esign.agreement.acceptance',
    'esign.verification.provider', 'esign.rate.limit', 'esign.otp', 'esign.captcha', 'esign.reason.wizard',
)  # fmt: skip
# model → role → allowed of read, write, create, unlink; a model or role that is absent allows nothing.
STAFF = {'viewer': 'r', 'operator': 'r', 'auditor': 'r', 'template_manager': 'r', 'administrator': 'r'}
MATRIX = {
    'esign.account': {**STAFF, 'portal': 'r'},
    'esign.person': {**STAFF, 'portal': 'r'},
    'esign.person.verification': {**STAFF, 'portal': 'r'},
    'esign.agreement': {**STAFF, 'portal': 'r', 'public': 'r', 'administrator': 'rwcu'},
    'esign.agreement.acceptance': {**STAFF, 'portal': 'r'},
    'esign.verification.provider': {**STAFF, 'administrator': 'rwcu'},
    'esign.rate.limit': {'administrator': 'r'},
    'esign.reason.wizard': {'operator': 'rwcu', 'administrator': 'rwcu'},
}
OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'u': 'unlink'}


# R1.1 R1.2 R6.1
@tagged('post_install', '-at_install')
class TestPeopleSecurity(PeopleCase):
    def setUp(self):
        super().setUp()
        self.mine, self.other = self.open_account(), self.open_account('13912340002')
        self.user = self.mine.user_id

    def roles(self):
        users = {'public': self.env.ref('base.public_user'), 'portal': self.user}
        for role in ('viewer', 'operator', 'administrator', 'template_manager', 'auditor', 'integration'):
            users[role] = new_test_user(self.env, f'role_{role}', f'esign_base.group_esign_{role}')
        users['employee'] = new_test_user(self.env, 'role_employee', 'base.group_user')
        return users

    def test_access_matrix(self):
        for role, user in self.roles().items():
            for model in MODELS:
                allowed = MATRIX.get(model, {}).get(role, '')
                for letter, operation in OPERATIONS.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        found = self.env[model].with_user(user).has_access(operation)
                        self.assertEqual(found, letter in allowed)

    def test_a_person_sees_only_himself(self):
        self.submit(self.other, id_number=ID_NUMBER)
        for model in (
            'esign.account',
            'esign.person',
            'esign.person.verification',
            'esign.agreement.acceptance',
        ):
            records = self.env[model].with_user(self.user)
            others = self.env[model].sudo().search([]) - records.search([])
            self.assertTrue(others, model)
            with self.assertRaises(AccessError):
                others[0].with_user(self.user).read(['create_date'])
        self.assertEqual(self.env['esign.person'].with_user(self.user).search([]), self.mine.person_id)

    def test_secret_fields_are_closed_to_everybody(self):
        self.submit(self.mine)
        secret = {
            'esign.person': ('id_number_cipher', 'id_number_hash'),
            'esign.person.verification': ('id_number_cipher', 'id_number_hash', 'photo_front_cipher'),
            'esign.account': ('password_hashes',),
        }
        for user in (self.user, self.operator, self.env.ref('base.user_admin')):
            for model, names in secret.items():
                record = self.env[model].sudo().search([], limit=1).with_user(user)
                for name in names:
                    with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                        record.read([name])

    def test_own_photos_and_full_number_are_not_for_the_portal(self):
        verification = self.submit(self.mine).with_user(self.user)
        self.assertEqual(verification.id_number_masked, '110***********002X')
        for name in ('photo_front', 'photo_back', 'ip', 'reviewer_id'):
            with self.assertRaises(AccessError):
                verification.read([name])
        with self.assertRaises(AccessError):
            self.mine.person_id.with_user(self.user).read(['mobile'])
        with self.assertRaises(AccessError):
            verification.with_user(self.viewer).read(['photo_front'])

    def test_another_tenant_s_photos(self):
        verification = self.submit(self.other)
        attachment = (
            self.env['ir.attachment']
            .sudo()
            .search(
                [
                    ('res_model', '=', verification._name),
                    ('res_id', '=', verification.id),
                    ('res_field', '!=', False),
                ],
                limit=1,
            )
        )
        for user in (self.user, self.viewer, self.env.ref('base.public_user')):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                attachment.with_user(user).read(['datas'])

    def test_helpers_are_not_callable_by_rpc(self):
        for model, name in (
            ('esign.person', '_move'), ('esign.person', '_id_number'), ('esign.person', '_become_verified'),
            ('esign.account', '_open'), ('esign.account', '_set_new_password'), ('esign.otp', '_issue'),
            ('esign.otp', '_check'), ('esign.rate.limit', '_clear'),
            ('esign.person.verification', '_conclude'),
            ('esign.identity', '_wear'),
        ):  # fmt: skip
            with self.subTest(method=name), self.assertRaises(AccessError):
                call_kw(self.env[model].with_user(self.user), name, [[self.mine.id]], {})

    def test_public_methods_refuse_a_portal_user(self):
        verification = self.submit(self.mine)
        for record, name in (
            (self.other, 'action_freeze'), (self.other, 'action_close'), (self.mine, 'action_thaw'),
            (self.mine.person_id, 'action_freeze'), (self.mine.person_id, 'action_revoke'),
            (self.mine.person_id, 'action_unfreeze'), (verification, 'action_approve'),
            (verification, 'action_reject'),
            (self.env.ref('esign_base.agreement_service_1'), 'action_publish'),
        ):  # fmt: skip
            with self.subTest(method=name), self.assertRaises(Exception) as caught:
                call_kw(record.with_user(self.user).browse(), name, [record.ids], {})
            self.assertIn(type(caught.exception).__name__, ('AccessError', 'EsignError'))
        self.assertEqual((self.mine.state, verification.state), ('active', 'ongoing'))

    def test_the_reason_wizard_is_no_back_door(self):
        wizard = self.env['esign.reason.wizard']
        for model, decision in (
            ('res.users', 'freeze'),
            ('esign.account', '__class__'),
            ('no.model', 'freeze'),
        ):
            made = wizard.with_user(self.operator).create(
                {
                    'res_model': model,
                    'res_ids': [self.operator.id if model == 'res.users' else self.mine.id],
                    'decision': decision,
                    'reason': 'x',
                }
            )
            with self.subTest(model=model), self.assertRaises(EsignError):
                made.action_confirm()

    def test_acceptances_and_published_texts_are_kept(self):
        admin = new_test_user(self.env, 'agreement_admin', 'esign_base.group_esign_administrator')
        self.env['esign.agreement']._accept(['service'], self.user)
        published = self.env.ref('esign_base.agreement_service_1').with_user(admin)
        for act in (lambda: published.write({'body': 'x'}), published.unlink):
            with self.assertRaisesRegex(Exception, '.'):
                act()
        accepted = self.env['esign.agreement.acceptance'].sudo().search([('user_id', '=', self.user.id)], limit=1)
        for act in (lambda: accepted.write({'version': '9'}), accepted.unlink):
            with self.assertRaisesRegex(Exception, '.'):
                act()

    def test_lists_cost_the_same_for_ten_and_for_many(self):
        def cost(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            accounts = self.env['esign.account'].with_user(self.operator).search([], limit=limit)
            accounts.read(['mobile_masked', 'person_id', 'registered_at', 'locked', 'state'])
            found = self.env['esign.person.verification'].with_user(self.operator).search([], limit=limit)
            found.read(['name', 'id_number_masked', 'method', 'state', 'reviewer_id', 'own'])
            self.env['esign.person'].with_user(self.operator).search([], limit=limit).read(['name', 'mobile_masked'])
            return self.env.cr.sql_log_count - before

        for number in range(20):
            account = self.open_account(f'137123401{number:02d}')
            stored = self.env['esign.person']._id_values('passport', f'E{number:08d}')
            self.env['esign.person.verification'].sudo().create(
                {
                    'person_id': account.person_id.id,
                    'method': 'manual',
                    'name': '张三',
                    'state': 'fail',
                    **stored,
                }
            )
        self.env.flush_all()
        cost(2)
        self.assertEqual(cost(3), cost(20))


# R1.2
@tagged('post_install', '-at_install')
class TestNothingLeaks(PeopleCase):
    def test_marked_number_and_code_are_in_no_table_and_no_log(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            account = self.open_account()
            self.env['esign.account']._request_login_code(MOBILE)
            self.env['res.users']._login({'type': 'esign_sms', 'login': MOBILE, 'code': CODE}, {'interactive': True})
            verification = self.submit(account)
            verification.with_user(self.operator).action_approve()
            self.env.flush_all()
        said = '\n'.join(line for line in logs.output if 'odoo.sql_db' not in line)
        for marked in (ID_NUMBER, CODE, PASSWORD):
            self.assertNotIn(marked, said)
        self.assertEqual(self.tables_with(ID_NUMBER), [])
        self.assertEqual(self.tables_with(CODE), [])
        self.assertEqual(self.tables_with(PASSWORD), [])

    def tables_with(self, text):
        """Table.column of everything that holds a text, over all text-like columns of the database."""
        self.env.cr.execute(
            """SELECT c.table_name, c.column_name FROM information_schema.columns c
                 JOIN information_schema.tables t USING (table_schema, table_name)
                WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
                  AND c.data_type IN ('text', 'character varying', 'jsonb', 'json')"""
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT 1 FROM "{table}" WHERE strpos("{column}"::text, %s) > 0 LIMIT 1', [text])
            if self.env.cr.fetchone():
                found.append(f'{table}.{column}')
        return found
