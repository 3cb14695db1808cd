"""Ways of an Odoo administrator past what is refused in rows: defaults, translations, names of modules, jobs."""

import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_reach import ReachCase

OPEN = {'ESIGN_DEVELOPMENT': '1'}
CODE = '{{ object.env.cr.dbname }}'


@tagged('post_install', '-at_install')
class TestCodeDoors(ReachCase):
    # R3.4 R6.1
    def setUp(self):
        super().setUp()
        self.admin = self.env.ref('base.user_admin')
        self.partner = self.env['ir.model']._get_id('res.partner')

    def _template(self):
        values = {'name': 'x', 'model_id': self.partner, 'body': '{{ object.name }}'}
        return self.env['sms.template'].with_user(self.admin).create(values)

    # ---- defaults ------------------------------------------------------------------------------

    def test_no_default_is_python(self):
        field = self.env['ir.model.fields']._get('ir.rule', 'domain_force')
        self.barred(self.admin, 'ir.default', 'set', 'ir.rule', 'domain_force', '[]')
        self.barred(self.admin, 'ir.default', 'set', 'ir.cron', 'code', 'pass')
        self.barred(self.admin, 'ir.default', 'create', [{'field_id': field.id, 'json_value': '"[]"'}])
        self.call(self.admin, 'ir.default', 'set', 'ir.rule', 'name', 'x')
        kept = self.env['ir.default'].search([('field_id.model', '=', 'ir.rule')])
        self.assertEqual(kept.json_value, '"x"')
        self.barred(self.admin, 'ir.default', 'write', kept.ids, {'field_id': field.id})

    def test_a_default_is_refused_before_it_is_run(self):
        """Odoo evaluates a rule's domain while it makes the row: this one would fail there in other words."""
        with patch.dict(os.environ, OPEN):
            self.env['ir.default'].set('ir.rule', 'domain_force', 'no domain')
        rules = self.env['ir.rule'].with_user(self.admin)
        with self.assertRaisesRegex(AccessError, 'runs no code'):
            rules.create([{'name': 'x', 'model_id': self.partner}])
        rules.create([{'name': 'x', 'model_id': self.partner, 'domain_force': False}])

    # ---- translations --------------------------------------------------------------------------

    def test_every_language_is_looked_at(self):
        template = self._template()
        for texts in ({'zh_CN': CODE}, {'en_US': CODE}, {'en_US': 'x', 'zh_CN': CODE}):
            self.barred(self.admin, 'sms.template', 'update_field_translations', template.ids, 'body', texts)
        self.call(self.admin, 'sms.template', 'update_field_translations', template.ids, 'body', {'zh_CN': '短信'})
        self.assertEqual(template.with_context(lang='zh_CN').body, '短信')

    def test_no_file_of_translations(self):
        values = {'name': 'x', 'code': 'zh_CN', 'filename': 'x.po', 'data': 'bXNnaWQgIiIKbXNnc3RyICIiCg=='}
        with patch.dict(os.environ, OPEN):
            [wizard] = self.call(self.admin, 'base.language.import', 'create', [values])
        self.barred(self.admin, 'base.language.import', 'create', [values])
        self.barred(self.admin, 'base.language.import', 'import_lang', [wizard])

    # ---- names of modules ----------------------------------------------------------------------

    def test_no_row_is_named_as_a_modules(self):
        template = self._template()
        values = {'module': 'mail', 'name': 'x_test', 'model': 'sms.template', 'res_id': template.id}
        self.barred(self.admin, 'ir.model.data', 'create', [values])
        names = self.env['ir.model.data']
        other = names.create({**values, 'module': '__export__'})
        for method, *args in (('write', {'module': 'mail'}), ('unlink',), ('web_save', {'module': 'mail'}, {})):
            self.barred(self.admin, 'ir.model.data', method, other.ids, *args)
        for user in (self.admin, self.env.ref('base.user_root')):
            with self.subTest(user=user.login):
                with self.assertRaisesRegex(AccessError, 'runs no code'), self.env.cr.savepoint():
                    names.with_user(user).create(values)
                with self.assertRaisesRegex(AccessError, 'runs no code'), self.env.cr.savepoint():
                    other.with_user(user).write({'module': 'mail'})
        self.assertEqual(self.call(self.admin, 'ir.model.data', 'read', other.ids, ['name'])[0]['name'], 'x_test')

    def test_an_import_names_no_row_as_a_modules(self):
        fields = ['id', 'name', 'model_id/.id', 'body']
        told = self.call(self.admin, 'sms.template', 'load', fields, [['mail.x_test', 'x', self.partner, 'text']])
        self.assertFalse(told['ids'])
        self.assertFalse(self.env.ref('mail.x_test', raise_if_not_found=False))
        told = self.call(self.admin, 'sms.template', 'load', fields, [['own.x_test', 'x', self.partner, 'text']])
        self.assertEqual(self.env.ref('own.x_test').ids, told['ids'])
        self.env['ir.model.data']._update_xmlids([{'xml_id': 'own.x_test', 'record': self.env.ref('own.x_test')}])

    # ---- jobs ----------------------------------------------------------------------------------

    def _job(self):
        """A job of our own code, and what would make one from outside."""
        job = self.env['res.partner'].with_context(queue_job__no_delay=False).with_delay().default_get([])
        values = {
            'uuid': 'x', 'state': 'pending', 'model_name': 'ir.default', 'method_name': '_load_records',
            'records': {'_type': 'odoo_recordset', 'model': 'ir.default', 'ids': [], 'uid': 1, 'su': True},
        }  # fmt: skip
        self.env['ir.model.access'].create({
            'name': 'x', 'model_id': self.env['ir.model']._get_id('queue.job'), 'perm_read': True, 'perm_write': True,
            'perm_create': True, 'group_id': self.env.ref('base.group_system').id,
        })  # fmt: skip
        self.admin.group_ids = [Command.link(self.env.ref('queue_job.group_queue_job_manager').id)]
        return job.db_record(), values

    def test_no_job_is_made_from_outside(self):
        job, values = self._job()
        self.barred(self.admin, 'queue.job', 'web_save', [], values, specification={})
        self.barred(self.admin, 'queue.requeue.job', 'create', [{'job_ids': [Command.create(values)]}])
        self.barred(self.admin, 'queue.requeue.job', 'create', [{'job_ids': [Command.update(job.id, {'user_id': 1})]}])
        self.barred(self.admin, 'queue.job', 'write', job.ids, {'user_id': 1})
        with patch.dict(os.environ, OPEN):
            self.barred(self.admin, 'queue.job', 'web_save', [], values, specification={})
            self.barred(self.admin, 'queue.job', 'write', job.ids, {'user_id': 1})
        function = self.env['queue.job.function'].search([], limit=1)
        related = {'edit_related_action': '{"func_name": "_load_records"}'}
        self.assertTrue(function)
        self.barred(self.admin, 'queue.job.function', 'write', function.ids, related)
        self.barred(self.admin, 'queue.job.function', 'write', function.ids, {'on_fail_method': 'unlink'})

    def test_jobs_are_read_cancelled_and_tried_again(self):
        job, _values = self._job()
        self.call(self.admin, 'queue.job', 'web_search_read', [('id', '=', job.id)], {'name': {}})
        self.call(self.admin, 'queue.job', 'formatted_read_grouping_sets', [('id', '=', job.id)], [['state']])
        self.call(self.admin, 'queue.job', 'button_cancelled', job.ids)
        self.assertEqual(job.state, 'cancelled')
        wizard = self.call(self.admin, 'queue.requeue.job', 'create', [{'job_ids': [Command.set(job.ids)]}])
        self.call(self.admin, 'queue.requeue.job', 'requeue', wizard)
        self.assertEqual(job.state, 'pending')


@tagged('post_install', '-at_install')
class TestFilesByName(ReachCase):
    # R6.1
    def test_nobody_reads_a_file_by_naming_its_content(self):
        secret = self.env['ir.attachment'].create({'name': 'x', 'raw': b'kept from others'})
        self.assertTrue(secret.store_fname)
        named = {
            'default_store_fname': secret.store_fname,
            'default_file_size': secret.file_size,
            'default_checksum': secret.checksum,
            'default_db_datas': b'x',
        }
        employee = new_test_user(self.env, 'files_employee', 'base.group_user')
        for user in (self.staff['viewer'], employee, self.env.ref('base.user_admin')):
            with self.subTest(user=user.login):
                values = [{'name': 'peek', 'type': 'binary'}]
                made = self.env['ir.attachment'].browse(
                    self.call(user, 'ir.attachment', 'create', values, context=named)
                )
                self.assertEqual((made.store_fname, made.raw or b'', made.db_datas), (False, b'', False))
