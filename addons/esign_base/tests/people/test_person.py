import base64
import os
from unittest.mock import patch

import psycopg2

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...errors import EsignError, FormRefused, IllegalMove, RateLimited
from .common_people import CODE, ID_NUMBER, MOBILE, OTHER_ID, PeopleCase, photo


# R1.2
@tagged('post_install', '-at_install')
class TestPerson(PeopleCase):
    def setUp(self):
        super().setUp()
        self.account = self.open_account()
        self.person = self.account.person_id

    def test_review_by_staff_verifies(self):
        verification = self.submit(self.account)
        self.assertEqual((verification.state, self.person.state), ('ongoing', 'pending'))
        self.assertTrue(verification.activity_ids, 'a reviewer is called')
        verification.with_user(self.operator).action_approve()
        self.assertEqual((verification.state, self.person.state), ('success', 'verified'))
        self.assertEqual(self.person.name, '张三')
        self.assertEqual(self.person.partner_id.name, '张三')
        self.assertEqual(self.person.id_number_masked, '110***********002X')
        self.assertEqual(self.person._id_number(), ID_NUMBER)
        self.assertFalse(verification.activity_ids)
        self.assertEqual(verification.reviewer_id, self.operator)
        self.assertEqual(verification.sudo().consent_id.kind, 'sensitive')
        notice = self.env['sms.sms'].sudo().search([('partner_id', '=', self.person.partner_id.id)])
        self.assertEqual(len(notice), 1)

    def test_rejection_names_the_reason_and_can_be_mended(self):
        verification = self.submit(self.account)
        wizard = verification.with_user(self.operator).action_reject()
        wizard = self.env['esign.reason.wizard'].with_user(self.operator).browse(wizard['res_id'])
        with self.assertRaises(EsignError):
            wizard.action_confirm()
        wizard.reason = '照片不清晰'
        wizard.action_confirm()
        self.assertEqual((self.person.state, self.person.reason), ('rejected', '照片不清晰'))
        again = self.submit(self.account)
        again.with_user(self.operator).action_approve()
        self.assertEqual(self.person.state, 'verified')
        with self.assertRaises(IllegalMove):
            verification.with_user(self.operator).action_approve()

    def test_nobody_reviews_his_own(self):
        verification = self.submit(self.account)
        self.person.sudo().user_id = self.operator
        for act in ('action_approve', 'action_reject'):
            with self.assertRaises(EsignError) as caught:
                getattr(verification.with_user(self.operator), act)()
            self.assertEqual(caught.exception.code, 'OWN_REVIEW')
        with self.assertRaises(EsignError):
            verification.with_user(self.operator)._staff_reject('x')

    def test_viewers_and_applicants_cannot_review(self):
        verification = self.submit(self.account)
        for user in (self.viewer, self.account.user_id):
            with self.assertRaises(EsignError):
                verification.with_user(user).action_approve()
        self.assertEqual(verification.state, 'ongoing')

    def test_one_at_a_time_and_withdrawal(self):
        verification = self.submit(self.account)
        with self.assertRaises(EsignError) as caught:
            self.submit(self.account)
        self.assertEqual(caught.exception.code, 'ALREADY_SUBMITTED')
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            verification.copy({'state': 'ongoing'})
            self.env.flush_all()
        self.person.with_user(self.account.user_id)._withdraw_verification()
        self.assertEqual((verification.state, self.person.state), ('withdrawn', 'draft'))

    def test_one_id_number_has_one_account(self):
        self.submit(self.account).with_user(self.operator).action_approve()
        other = self.open_account('13912340002')
        with self.assertRaises(EsignError) as caught:
            self.submit(other)
        self.assertEqual(caught.exception.code, 'ID_NUMBER_TAKEN')
        self.assertNotIn('139', str(caught.exception))
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            other.person_id.sudo().write({'id_number_hash': self.person.sudo().id_number_hash, 'state': 'verified'})
            self.env.flush_all()

    def test_two_under_review_only_the_first_is_verified(self):
        other = self.open_account('13912340002')
        first, second = self.submit(self.account), self.submit(other)
        first.with_user(self.operator).action_approve()
        with self.assertRaises(EsignError) as caught:
            second.with_user(self.operator).action_approve()
        self.assertEqual(caught.exception.code, 'ID_NUMBER_TAKEN')

    def test_closed_account_frees_the_id_number(self):
        self.submit(self.account).with_user(self.operator).action_approve()
        self.account.with_user(self.operator)._staff_close('test')
        other = self.open_account('13912340002')
        self.submit(other).with_user(self.operator).action_approve()
        self.assertEqual(other.person_id.state, 'verified')

    def test_name_change_keeps_the_old_until_decided(self):
        self.submit(self.account).with_user(self.operator).action_approve()
        again = self.submit(self.account, name='张三丰')
        self.assertEqual((self.person.state, self.person.name), ('verified', '张三'))
        again.with_user(self.operator).action_approve()
        self.assertEqual((self.person.state, self.person.name), ('verified', '张三丰'))

    def test_forms_name_what_to_mend(self):
        for changed, field in (
            ({'name': '<b>张三</b>'}, 'name'),
            ({'name': '张'}, 'name'),
            ({'id_number': '110105194912310021'}, 'id_number'),
            ({'id_type': 'library_card'}, 'id_type'),
            ({'id_type': ''}, 'id_type'),
        ):
            with self.assertRaises(FormRefused) as caught:
                self.submit(self.account, **changed)
            self.assertIn(field, caught.exception.fields)
        self.assertFalse(self.person.verification_ids)

    def test_photos_that_are_none(self):
        person = self.person.with_user(self.account.user_id)
        values = {'name': '张三', 'id_type': 'resident', 'id_number': ID_NUMBER}
        for bad in (b'', b'<svg onload="alert(1)"/>', b'<html></html>', b'\xff\xd8\xff' + b'0' * 6_000_000):
            with self.assertRaises(FormRefused) as caught:
                person._submit_verification('manual', values, photos={'front': bad, 'back': photo()}, agreed=True)
            self.assertEqual(list(caught.exception.fields), ['photo_front'])

    def test_consent_is_separate(self):
        person = self.person.with_user(self.account.user_id)
        values = {'name': '张三', 'id_type': 'resident', 'id_number': ID_NUMBER}
        with self.assertRaises(FormRefused) as caught:
            person._submit_verification('manual', values, photos={'front': photo(), 'back': photo()})
        self.assertIn('agree', caught.exception.fields)

    def test_daily_limit(self):
        option = self.person._verification_options()[0]
        self.assertEqual((option['method'], option['left']), ('manual', 5))
        for _ in range(5):
            self.submit(self.account)
            self.person.with_user(self.account.user_id)._withdraw_verification()
        self.assertEqual(self.person._verification_options()[0]['left'], 0)
        with self.assertRaises(RateLimited):
            self.submit(self.account)

    def test_demo_provider_needs_server_and_database(self):
        parameter = self.env['ir.config_parameter'].sudo()
        for server, database, offered in (
            ('', False, False),
            ('1', False, False),
            ('', 'demo', False),
            ('1', 'demo', True),
        ):
            parameter.set_param('esign.development', database)
            with patch.dict(os.environ, {'ESIGN_DEVELOPMENT': server}):
                methods = [option['method'] for option in self.person._verification_options()]
                self.assertEqual('mobile3' in methods, offered)
                if not offered:
                    with self.assertRaises(EsignError):
                        self.env.ref('esign_base.provider_demo')._ask(None)

    def test_demo_provider_knows_its_table(self):
        self.env['ir.config_parameter'].sudo().set_param('esign.development', 'demo')
        with (
            patch.dict(os.environ, {'ESIGN_DEVELOPMENT': '1'}),
            patch.dict('odoo.addons.esign_base.rules.demo_people.DEMO_PEOPLE', {ID_NUMBER: ('张三', MOBILE)}),
        ):
            self.person.with_user(self.account.user_id)._send_verification_code()
            found = self.submit(self.account, 'mobile3', name='李四', code=CODE)
            self.assertEqual((found.state, self.person.state), ('fail', 'draft'))
            self.env['esign.rate.limit']._clear('otp.resend', f'verify:{MOBILE}')
            with self.assertRaises(FormRefused):
                self.submit(self.account, 'mobile3', code=CODE)
            self.person.with_user(self.account.user_id)._send_verification_code()
            self.assertEqual(self.submit(self.account, 'mobile3', code=CODE).state, 'success')
            self.assertEqual(self.person.state, 'verified')

    def test_a_data_match_alone_is_not_enough(self):
        self.env['ir.config_parameter'].sudo().set_param('esign.development', 'demo')
        self.env.ref('esign_base.provider_demo').method = 'id2'
        with (
            patch.dict(os.environ, {'ESIGN_DEVELOPMENT': '1'}),
            patch.dict('odoo.addons.esign_base.rules.demo_people.DEMO_PEOPLE', {ID_NUMBER: ('张三', MOBILE)}),
        ):
            self.assertEqual(self.submit(self.account, 'id2').state, 'success')
        self.assertEqual(self.person.state, 'draft')
        with self.assertRaises(EsignError):
            self.person._check_verified()

    def test_illegal_moves(self):
        for target in ('frozen', 'expired', 'rejected'):
            with self.assertRaises(IllegalMove):
                self.person._move(target)
        self.person._move('revoked')
        with self.assertRaises(IllegalMove):
            self.person._move('verified')

    def test_freeze_and_unfreeze_by_staff(self):
        self.submit(self.account).with_user(self.operator).action_approve()
        with self.assertRaises(EsignError):
            self.person.with_user(self.viewer)._staff_freeze('x')
        self.person.with_user(self.operator)._staff_freeze('报失')
        with self.assertRaises(EsignError):
            self.person._check_verified()
        with self.assertRaises(EsignError):
            self.submit(self.account, id_number=OTHER_ID)
        self.person.with_user(self.operator).action_unfreeze()
        self.assertIsNone(self.person._check_verified())

    def test_old_reviews_lapse(self):
        verification = self.submit(self.account)
        verification.sudo().submitted_at = '2020-01-01'
        self.env.ref('esign_base.cron_expire_verifications').method_direct_trigger()
        self.assertEqual((verification.state, self.person.state), ('expired', 'draft'))
        told = self.env['sms.sms'].search([('partner_id', '=', self.person.partner_id.id)], limit=1)
        self.assertIn('重新提交', told.body)

    def test_the_outcome_is_told_by_sms_and_mail(self):
        self.person.email = 'zhang@example.com'
        self.submit(self.account).with_user(self.operator).action_approve()
        told = self.env['sms.sms'].search([('partner_id', '=', self.person.partner_id.id)], limit=1)
        mail = self.env['mail.mail'].search([('email_to', '=', 'zhang@example.com')], limit=1)
        self.assertEqual(told.state, 'outgoing')
        self.assertEqual(mail.subject, told.body)
        self.assertEqual(mail.email_from, self.env.company.email_formatted)

    def test_photos_are_encrypted_and_for_operators(self):
        verification = self.submit(self.account)
        shown = base64.b64decode(verification.with_user(self.operator).photo_front)
        self.assertTrue(shown.startswith(b'\xff\xd8\xff'))
        stored = (
            self.env['ir.attachment']
            .sudo()
            .search(
                [
                    ('res_model', '=', verification._name),
                    ('res_id', '=', verification.id),
                    ('res_field', '!=', False),
                ]
            )
        )
        self.assertEqual(len(stored), 2)
        for attachment in stored:
            self.assertTrue(attachment.raw.startswith(b'v1.test.'))

    def test_reviewers_take_turns(self):
        new_test_user(self.env, 'people_operator_2', 'esign_base.group_esign_operator')
        accounts = [self.account] + [self.open_account(f'1391234010{i}') for i in range(3)]
        numbers = [ID_NUMBER, OTHER_ID, '11010119900307001' + '1', '44010119790615003' + '6']
        for account, number in zip(accounts, numbers, strict=True):
            self.submit(account, id_number=number)
        activities = (
            self.env['mail.activity']
            .sudo()
            .search(
                [
                    ('res_model', '=', 'esign.person.verification'),
                    ('user_id', '!=', False),
                    ('res_id', 'in', [account.person_id._open_verification().id for account in accounts]),
                ]
            )
        )
        self.assertEqual(len(activities), 4)
        self.assertGreater(len(activities.user_id), 1)
