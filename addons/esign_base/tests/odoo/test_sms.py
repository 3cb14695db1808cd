import json
import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, new_test_user, tagged

from ...errors import EsignError
from ...tools import development
from ...tools.sms_gateways import FILE_ENVIRONMENT, FileGateway, NoGateway
from ..common import SmsCaught

NUMBER = '13800000099'


@tagged('post_install', '-at_install')
class TestFileGateway(SmsCaught, TransactionCase):
    # R6.2
    def test_code_goes_to_the_file_and_nowhere_else(self):
        before = self.env['sms.sms'].search_count([])
        self.env['esign.sms']._send_code('+86 138-0000-0099', '验证码 123456')
        [message] = self.sms()
        self.assertEqual(set(message), {'id', 'to', 'text', 'at'})
        self.assertEqual((message['to'], message['text']), ('+8613800000099', '验证码 123456'))
        self.assertEqual(self.env['sms.sms'].search_count([]), before)
        self.assertEqual(self.sms_file.stat().st_mode & 0o777, 0o600)

    def test_lines_are_appended(self):
        for text in ('one', 'two\nlines'):
            self.env['esign.sms']._send_code(NUMBER, text)
        self.assertEqual([line['text'] for line in self.sms()], ['one', 'two\nlines'])

    def test_numbers_are_checked_before_anything_is_sent(self):
        for number in ('', '12345', '+852 6123 4567', '23800000099', '1380000009x'):
            with self.subTest(number=number), self.assertRaises(EsignError) as refused:
                self.env['esign.sms']._send_code(number, 'text')
            self.assertEqual(refused.exception.code, 'SMS_NUMBER')
        self.assertEqual(self.sms(), [])

    def _refused(self):
        with self.assertRaises(EsignError) as refused:
            self.env['esign.sms']._send_code(NUMBER, 'text')
        self.assertEqual(refused.exception.code, 'SMS_NOT_CONFIGURED')
        self.assertEqual(self.sms(), [])

    def test_refuses_without_the_environment(self):
        with patch.dict(os.environ):
            del os.environ[development.ENVIRONMENT]
            self._refused()

    def test_refuses_outside_a_development_database(self):
        self.env['ir.config_parameter'].set_param(development.PARAMETER, False)
        self._refused()

    def test_refuses_without_a_file_name(self):
        with patch.dict(os.environ):
            del os.environ[FILE_ENVIRONMENT]
            self._refused()

    def test_an_unwritable_file_is_a_failure_not_a_success(self):
        with (
            patch.dict(os.environ, {FILE_ENVIRONMENT: '/proc/esign/sms.jsonl'}),
            self.assertRaises(EsignError) as refused,
        ):
            self.env['esign.sms']._send_code(NUMBER, 'text')
        self.assertEqual(refused.exception.code, 'SMS_FAILED')


@tagged('post_install', '-at_install')
class TestQueue(SmsCaught, TransactionCase):
    def setUp(self):
        super().setUp()
        self.env['sms.sms'].search([]).unlink()

    def _run_queue(self):
        with self.enter_registry_test_mode():
            self.env.ref('sms.ir_cron_sms_scheduler_action').method_direct_trigger()

    def test_notice_waits_in_the_queue_and_leaves_by_the_gateway(self):
        row = self.env['esign.sms']._queue('138 0000 0099', '请签署合同')
        self.assertEqual((row.number, row.state, self.sms()), ('+8613800000099', 'outgoing', []))
        self._run_queue()
        self.assertEqual([(line['to'], line['text']) for line in self.sms()], [('+8613800000099', '请签署合同')])
        self.assertEqual(row.state, 'pending')

    def _cut_off(self, row, minutes=11):
        """The process died after the mark was committed; this long ago."""
        row.esign_handed_at = fields.Datetime.now() - timedelta(minutes=minutes)

    # R6.2
    def test_a_cut_off_notice_is_not_sent_twice(self):
        left, kept = (self.env['esign.sms']._queue(NUMBER, text) for text in ('left', 'kept'))
        FileGateway(self.env)._send_sms_batch(
            [{'content': 'left', 'numbers': [{'uuid': left.uuid, 'number': left.number}]}]
        )
        for row in (left, kept):
            self._cut_off(row, minutes=9)
        self._run_queue()
        self.assertEqual((left + kept).mapped('state'), ['outgoing', 'outgoing'])  # somebody may be at it yet
        for row in (left, kept):
            self._cut_off(row)
        self._run_queue()
        self._run_queue()
        self.assertEqual([line['text'] for line in self.sms()], ['left', 'kept'])
        self.assertEqual((left + kept).mapped('state'), ['pending', 'pending'])

    # R6.2
    def test_where_the_gateway_cannot_tell_staff_decide(self):
        row = self.env['esign.sms']._queue(NUMBER, 'perhaps')
        self._cut_off(row)
        with patch.object(FileGateway, '_has_left', return_value=None):
            self._run_queue()
        self.assertEqual((row.state, row.failure_type, self.sms()), ('error', 'esign_cut_off', []))
        row.resend_failed()
        self.assertEqual((row.state, len(self.sms())), ('pending', 1))

    # R6.2
    def test_the_mark_is_committed_before_the_message_leaves(self):
        row = self.env['esign.sms']._queue(NUMBER, 'text')
        marked = []
        real = FileGateway._deliver

        def deliver(gateway, *args):
            gateway.env.flush_all()
            gateway.env.cr.execute('SELECT esign_handed_at FROM sms_sms WHERE id = %s', [row.id])
            marked.append((gateway.env.cr.fetchone()[0], len(commits)))
            return real(gateway, *args)

        commits = []
        with (
            patch.object(FileGateway, '_deliver', deliver),
            patch.object(type(self.env['ir.cron']), '_commit_progress', self._noted(commits)),
        ):
            self._run_queue()
        [(mark, committed)] = marked
        self.assertTrue(mark)
        self.assertEqual(committed, 2)  # the number that wait, the mark; the result comes after

    @staticmethod
    def _noted(commits):
        def commit(cron, processed=0, **values):
            cron.env.flush_all()
            commits.append(processed)
            return 1

        return commit

    def test_send_uses_the_gateway_too(self):
        row = self.env['esign.sms']._queue(NUMBER, 'hello')
        row.send()
        self.assertEqual(len(self.sms()), 1)

    def test_not_configured_is_an_error_of_the_row(self):
        self.env['ir.config_parameter'].set_param('esign.sms_gateway', False)
        row = self.env['esign.sms']._queue(NUMBER, 'hello')
        self._run_queue()
        self.assertEqual((row.state, row.failure_type), ('error', 'sms_acc'))

    def test_messages_of_two_companies_in_one_run(self):
        other = self.env['res.company'].create({'name': 'Other'})
        rows = self.env['sms.sms']
        for company in self.env.company | other:
            author = self.env.user.partner_id
            message = self.env['mail.message'].create({'author_id': author.id, 'record_company_id': company.id})
            row = self.env['esign.sms']._queue(NUMBER, company.name)
            row.mail_message_id = message
            rows += row
        self._run_queue()
        self.assertEqual(len(self.sms()), 2)
        self.assertEqual(rows.mapped('state'), ['pending', 'pending'])

    def test_one_bad_number_does_not_hold_up_the_others(self):
        bad = self.env['sms.sms'].create({'number': '+32485000000', 'body': 'x'})
        good = self.env['esign.sms']._queue(NUMBER, 'x')
        self._run_queue()
        self.assertEqual((bad.state, bad.failure_type, good.state), ('error', 'sms_number_format', 'pending'))


@tagged('post_install', '-at_install')
class TestNoFallback(TransactionCase):
    def test_nothing_configured_refuses_and_never_asks_the_internet(self):
        self.env['ir.config_parameter'].set_param('esign.sms_gateway', False)
        self.assertIs(self.env.company._get_sms_api_class(), NoGateway)
        with (
            patch('odoo.addons.iap.tools.iap_tools.iap_jsonrpc', side_effect=AssertionError('IAP asked')),
            self.assertRaises(EsignError) as refused,
        ):
            self.env['esign.sms']._send_code(NUMBER, 'text')
        self.assertEqual(refused.exception.code, 'SMS_NOT_CONFIGURED')

    def test_an_unknown_gateway_is_no_gateway(self):
        self.env['ir.config_parameter'].set_param('esign.sms_gateway', 'file2')
        self.assertIs(self.env['esign.sms']._gateway_class(), NoGateway)

    def test_the_file_gateway_is_offered_only_in_a_development_database(self):
        self.env['ir.config_parameter'].set_param(development.PARAMETER, False)
        self.assertEqual([key for key, _label in self.env['esign.sms']._gateway_choices()], ['http'])

    def test_a_portal_user_cannot_send_by_rpc(self):
        user = new_test_user(self.env, 'sms_misuse', groups='base.group_portal')
        for name in ('_send_code', '_queue', '_gateway'):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(self.env['esign.sms'].with_user(user), name)

    def test_results_hold_neither_number_nor_text(self):
        results = FileGateway(self.env)._send_sms_batch(
            [{'content': 'code 987654', 'numbers': [{'uuid': 'u', 'number': NUMBER}]}]
        )
        self.assertNotIn('987654', json.dumps(results))
        self.assertNotIn(NUMBER, json.dumps(results))
