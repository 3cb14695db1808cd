"""Ways by which Python, or writes of the superuser, came into the server through rows that stood open."""

import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..odoo.test_reach import ReachCase

KANBAN = '<kanban><templates><t t-name="card"><t t-out="1 + 1"/></t></templates></kanban>'
OPEN = {'ESIGN_DEVELOPMENT': '1'}


@tagged('post_install', '-at_install')
class TestCodeWays(ReachCase):
    # R3.4 R6.1
    def setUp(self):
        super().setUp()
        self.admin = self.env.ref('base.user_admin')
        self.partner = self.env['ir.model']._get_id('res.partner')

    def test_templates_of_pages_alone_are_compiled(self):
        views = self.env['ir.ui.view'].with_user(self.admin)
        view = views.create({
            'name': 'x', 'type': 'kanban', 'model': 'res.partner', 'arch': KANBAN,
            'group_ids': [Command.link(self.env.ref('base.group_user').id)],  # else Odoo itself lets nobody name it
        })  # fmt: skip
        page = self.env['ir.ui.view'].search([('key', '=', 'web.layout')], limit=1)
        page.group_ids = view.group_ids
        self.barred(self.admin, 'ir.ui.view', 'render_public_asset', page.id)
        self.barred(self.admin, 'ir.ui.view', 'render_public_asset', view.id)
        for reference in (view.id, str(view.id)):
            with self.subTest(reference=reference), self.assertRaisesRegex(AccessError, 'runs no code'):
                self.env['ir.qweb']._render(reference, {})
        self.assertIsNotNone(self.env['ir.qweb']._get_template('web.layout')[0])

    def test_every_model_that_renders_freely_is_closed(self):
        free = [
            model for model in self.env.values()
            if not model._abstract and getattr(model, '_unrestricted_rendering', False)
        ]  # fmt: skip
        self.assertLessEqual({'mail.template', 'sms.template'}, {model._name for model in free})
        texts = {'mail.template': {'subject', 'body_html', 'lang', 'email_to'}, 'sms.template': {'body', 'lang'}}
        for model in free:
            with self.subTest(model=model._name):
                self.assertTrue(hasattr(model, '_esign_code_fields'))
                self.assertLessEqual(texts[model._name], model._esign_code_fields)

    def test_text_messages_hold_plain_placeholders(self):
        templates = self.env['sms.template'].with_user(self.admin)
        values = {'name': 'x', 'model_id': self.partner}
        for user in (self.admin, self.env.ref('base.user_root')):
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, 'runs no code'):
                templates.with_user(user).create({**values, 'body': '{{ object.env.cr.dbname }}'})
        plain = templates.create({**values, 'body': '{{ object.name }}'})
        ids = self.owner.partner_id.ids
        self.assertEqual(plain._render_field('body', ids)[ids[0]], self.owner.partner_id.name)
        with patch.dict(os.environ, OPEN):
            plain.body = '{{ object.env.cr.dbname }}'
        with self.assertRaisesRegex(AccessError, 'runs no code'):
            plain._render_field('body', ids)

    def test_actions_do_not_walk_past_guards(self):
        actions = self.env['ir.actions.server'].with_user(self.admin)
        persons, users = (self.env['ir.model']._get_id(name) for name in ('esign.person', 'res.users'))
        write = {'name': 'x', 'state': 'object_write', 'value': '13900000000'}
        for values in (
            {**write, 'model_id': persons, 'update_path': 'mobile'},
            {**write, 'model_id': users, 'update_path': 'login'},
            {**write, 'model_id': self.partner, 'update_path': 'user_ids.login'},
            {'name': 'x', 'model_id': self.partner, 'state': 'object_create', 'crud_model_id': persons, 'value': 'y'},
            {'name': 'x', 'model_id': self.partner, 'state': 'webhook', 'webhook_url': 'http://127.0.0.1/'},
        ):
            with self.subTest(**values), self.assertRaisesRegex(AccessError, 'runs no code'):
                actions.create(values)
        with patch.dict(os.environ, OPEN):
            made = actions.create({**write, 'model_id': persons, 'update_path': 'mobile'})
        before = self.person.mobile
        with self.assertRaisesRegex(AccessError, 'runs no code'):
            made.sudo().with_context(active_model='esign.person', active_id=self.person.id).run()
        self.assertEqual(self.person.mobile, before)

    def test_filters_of_staff_are_for_themselves(self):
        manager = self.staff['template_manager']
        values = {'name': 'x', 'model_id': 'res.partner', 'is_default': True, 'user_ids': []}
        mine = self.env['ir.filters'].with_user(manager).create(values)
        self.assertEqual(mine.user_ids, manager)
        mine.user_ids = [Command.clear()]
        self.assertEqual(mine.user_ids, manager)
        shared = self.env['ir.filters'].create({**values, 'name': 'all'})
        self.barred(manager, 'ir.filters', 'write', shared.ids, {'domain': '[(0, "=", 1)]'})
        self.barred(manager, 'ir.filters', 'unlink', shared.ids)
