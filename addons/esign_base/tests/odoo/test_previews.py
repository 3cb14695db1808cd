"""Doors that show or render records of others: reports, previews of templates, composers."""

import os
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools import development
from ..people.common_people import MOBILE, PASSWORD, PeopleMixin
from .test_reach import LOUD, STRANGER, ReachCase

PRIVATE = (MOBILE, 'zhang.san@example.com', '张三')
RENDERING = ('odoo.addons.base.models.ir_actions_report', 'odoo.addons.base.models.ir_qweb', 'odoo.addons.web')


# R1.1 R7.1 R8.3
@tagged('post_install', '-at_install')
class TestPreviews(ReachCase):
    def doors(self):
        """(model, method, arguments, named arguments): what would render the person's contact, or send it."""
        contact = self.owner.partner_id
        self.enterContext(patch.dict(os.environ, {development.ENVIRONMENT: '1'}))  # they are there from before
        text = self.env['sms.template'].create(
            {'name': 'x', 'model_id': self.env['ir.model']._get_id('res.partner'), 'body': '{{ object.phone }}'}
        )
        letter = self.env['mail.template'].create(
            {
                'name': 'x',
                'model_id': self.env['ir.model']._get_id('res.partner'),
                'body_html': '<t t-out="object.name"/>',
            }
        )
        reference = f'res.partner,{contact.id}'
        written = {
            'template_id': letter.id,
            'model': 'res.partner',
            'res_ids': str(contact.ids),
            'composition_mode': 'comment',
            'partner_ids': contact.ids,
            'email_from': 'ceo@bank.example',
        }
        for model, values in (
            ('sms.template.preview', {'sms_template_id': text.id, 'resource_ref': reference}),
            ('mail.template.preview', {'mail_template_id': letter.id, 'resource_ref': reference}),
            ('mail.compose.message', written),
            ('sms.composer', {'res_model': 'res.partner', 'res_id': contact.id, 'template_id': text.id}),
        ):
            made = self.env[model].create(values)
            context = {'default_template_id': letter.id, 'default_sms_template_id': text.id}
            yield model, 'create', [values], {}
            yield model, 'web_save', [[], values, {}], {}
            yield model, 'onchange', [[], values, [], {'body': {}, 'body_html': {}}], {}
            yield model, 'default_get', [['body', 'body_html', 'template_id']], {'context': context}
            yield model, 'search_read', [[]], {}
            yield model, 'read', [made.ids], {}
            yield model, 'write', [made.ids, values], {}
            yield model, 'copy', [made.ids], {}
        yield 'mail.compose.message', 'action_send_mail', [made.ids], {}
        yield 'mail.compose.message', 'action_schedule_message', [made.ids], {}
        yield 'sms.composer', 'action_send_sms', [made.ids], {}
        yield 'mail.template', 'send_mail', [letter.ids, contact.id], {'email_values': {'email_to': STRANGER}}
        yield 'mail.template', 'send_mail_batch', [letter.ids, contact.ids], {}
        yield 'mail.template', 'create_action', [letter.ids], {}
        yield 'sms.template', 'read', [text.ids, ['body']], {}
        yield 'mail.template', 'write', [letter.ids, {'email_to': STRANGER}], {}

    def test_nothing_is_rendered_or_sent(self):
        mails, texts = self.env['mail.mail'].search_count([]), self.env['sms.sms'].search_count([])
        doors = list(self.doors())
        self.assertGreater(len(doors), 35)
        for user in (self.owner, self.system, *self.staff.values()):
            for model, method, arguments, named in doors:
                self.barred(user, model, method, *arguments, **named)
        self.assertEqual(self.env['mail.mail'].search_count([]), mails)
        self.assertEqual(self.env['sms.sms'].search_count([]), texts)


# R1.1 R7.1 R8.3
@tagged('post_install', '-at_install')
class TestReports(PeopleMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env['esign.account']._open(MOBILE, PASSWORD)
        cls.account.person_id.write({'email': PRIVATE[1], 'name': PRIVATE[2]})
        cls.system = new_test_user(cls.env, 'report_system', 'esign_base.group_esign_integration')
        cls.stranger = new_test_user(cls.env, 'report_portal', 'base.group_portal')

    def paths(self):
        """Every report there is, on the record that would tell most, and some that are none."""
        own = {'res.partner': self.account.user_id.partner_id, 'res.users': self.account.user_id}
        for report in self.env['ir.actions.report'].sudo().search([]):
            record = own.get(report.model) or self.env[report.model].sudo().search([], limit=1)
            yield f'{report.report_name}/{record.id or 1}'
            yield report.report_name
        for name in (
            'web.external_layout',
            'esign_base.error_page',
            'base.view_users_form',
            'mail.message_notification_email',
        ):
            yield f'{name}/{self.account.user_id.id}'

    def test_reports_tell_nothing_of_others(self):
        paths = [f'/report/{kind}/{path}' for path in self.paths() for kind in ('html', 'pdf', 'text')]
        paths += [f'/zh_CN{paths[0]}', '/report/download', '/report/barcode/QR/x', '/report/check_wkhtmltopdf']
        self.assertGreater(len(paths), 15)
        for user, closed in (
            (None, True), (self.stranger, True), (self.system, True), (self.viewer, False), (self.operator, False),
        ):  # fmt: skip
            login = user and user.login
            self.authenticate(login, login)
            for path in paths:
                with self.subTest(login=login, path=path), mute_logger(*LOUD, *RENDERING):
                    answer = self.opener.get(self.base_url() + path, allow_redirects=False)
                    if closed:
                        self.assertIn(answer.status_code, (301, 303, 403, 404, 405))
                    for told in PRIVATE:
                        self.assertNotIn(told.encode(), answer.content)
