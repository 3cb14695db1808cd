import base64
import datetime as dt

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError, IllegalMove

from ..models.esign_enterprise import LIVE
from .common import EnterpriseCase, b64, make_id, make_uscc, pdf, png


@tagged('post_install', '-at_install')
class TestCertification(EnterpriseCase):
    # R1.3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.make_person('安娜')
        cls.user = cls.anna.user_id

    def code_of(self, act, *args, **kwargs):
        with self.assertRaises(EsignError) as caught:
            act(*args, **kwargs)
        return caught.exception.code

    def test_approval_founds_the_enterprise_and_its_administrator(self):
        record = self.pending(self.anna, name='蓝海(北京)科技有限公司')
        self.assertEqual(record.sudo().activity_ids.activity_type_id, self.env.ref('esign_enterprise.activity_review'))
        record.with_user(self.operator).action_approve()
        enterprise = record.sudo().enterprise_id
        self.assertEqual(
            (record.sudo().state, enterprise.state, enterprise.kind), ('certified', 'certified', 'external')
        )
        self.assertEqual(enterprise.name, '蓝海（北京）科技有限公司')
        self.assertTrue(enterprise.partner_id.is_company)
        self.assertEqual(record.sudo().decided_by, self.operator)
        self.assertFalse(record.sudo().activity_ids)
        self.assertEqual(enterprise._member_of(self.anna)._codes(), {'administrator', 'seal_operator', 'member'})

    def test_applicant_who_is_the_legal_representative_gets_the_role(self):
        own_number = self.anna._id_number()
        enterprise = self.certified(self.anna, legal=own_number)
        self.assertIn('legal_rep', enterprise._member_of(self.anna)._codes())

    def test_only_a_verified_person_applies(self):
        model = self.env['esign.enterprise.certification']
        for state in ('draft', 'pending', 'rejected', 'frozen', 'expired', 'revoked'):
            person = self.make_person('未实名', state=state)
            self.assertEqual(self.code_of(model._start, person.user_id), 'PERSON_NOT_VERIFIED', state)
        self.assertEqual(self.code_of(model._start, self.operator), 'NO_PERSON')

    def test_a_person_frozen_after_submitting_is_not_certified(self):
        record = self.pending(self.anna)
        self.anna._move('frozen')
        self.assertEqual(self.code_of(record.with_user(self.operator).action_approve), 'PERSON_NOT_VERIFIED')

    def test_a_step_keeps_what_is_right_and_says_what_is_not(self):
        record = self.env['esign.enterprise.certification'].with_user(self.user)._start(self.user)
        problems = record._save(
            self.user, {'name': '好企业有限公司', 'uscc': '91110000802100433C', 'legal_mobile': '12345'}
        )
        self.assertEqual(set(problems), {'uscc', 'legal_mobile'})
        self.assertEqual((record.sudo().name, record.sudo().uscc), ('好企业有限公司', False))
        problems = record._save(self.user, {'legal_id_number': make_id(7)[:-1] + 'Y', 'legal_id_type': 'resident'})
        self.assertEqual(set(problems), {'legal_id_number'})
        problems = record._save(self.user, {'term_from': '2026-01-02', 'term_to': '2026-01-01'})
        self.assertEqual(set(problems), {'term_to'})

    def test_incomplete_is_not_taken(self):
        record = self.env['esign.enterprise.certification'].with_user(self.user)._start(self.user)
        with self.assertRaises(EsignError) as caught:
            record._submit(self.user)
        self.assertEqual(
            set(caught.exception.details['fields']),
            {'name', 'uscc', 'legal_name', 'legal_id_masked', 'licence', 'letter', 'agreed_on'},
        )
        self.assertEqual(record.sudo().state, 'draft')

    def test_files_are_judged_by_their_content(self):
        record = self.draft(self.anna)
        for data in (b'<svg xmlns="http://www.w3.org/2000/svg"/>', b'<html></html>', b'%PDF-1.4 nothing'):
            problems = record._save(self.user, {}, {'licence': (data, 'licence.png')})
            self.assertEqual(set(problems), {'licence'})
        self.assertEqual(base64.b64decode(record.sudo().licence), png())
        # The web client's way in checks as well.
        with self.assertRaises(EsignError):
            record.sudo().write({'letter': b64(b'<svg/>')})

    def test_id_number_is_nowhere_in_clear(self):
        number = make_id(777)
        record = self.draft(self.anna, legal=number)
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM esign_enterprise_certification WHERE id = %s', [record.id])
        self.assertNotIn(number, str(self.env.cr.dictfetchall()))
        self.assertEqual(record.sudo().legal_id_masked, f'{number[:3]}***********{number[-4:]}')
        shown = record.with_user(self.operator).read()[0]
        self.assertNotIn(number, str(shown))
        self.assertNotIn('legal_id_cipher', shown)

    def test_submitted_data_stands_still(self):
        record = self.pending(self.anna)
        for who in (record, record.sudo()):
            with self.assertRaises(UserError):
                who.write({'name': '别的企业有限公司'})
        self.assertEqual(self.code_of(record._save, self.user, {'name': '别的企业有限公司'}), 'NOT_DRAFT')

    def test_double_submit_is_one(self):
        record = self.pending(self.anna)
        first = record.sudo().submitted_on
        record._submit(self.user)
        self.assertEqual((record.sudo().state, record.sudo().submitted_on), ('pending', first))
        self.assertEqual(len(record.sudo().activity_ids), 1)

    def test_reviewer_is_never_the_applicant(self):
        record = self.pending(self.anna)
        # Somebody of the staff who is a registered person too.
        self.anna.sudo().user_id = self.operator
        self.assertEqual(self.code_of(record.with_user(self.operator).action_approve), 'OWN_APPLICATION')
        self.assertEqual(self.code_of(record.with_user(self.operator)._staff_reject, 'x'), 'OWN_APPLICATION')
        record.with_user(self.operator2).action_approve()

    def test_staff_who_entered_it_does_not_approve_it(self):
        record = self.env['esign.enterprise.certification'].with_user(self.operator).create(
            {
                'person_id': self.anna.id, 'kind': 'internal', 'name': '内部企业有限公司', 'uscc': make_uscc(4242),
                'legal_name': '王法人', 'legal_id_type': 'resident', 'legal_id_number': make_id(99),
                'licence': b64(png()), 'letter': b64(pdf()),
            }
        )  # fmt: skip
        self.assertTrue(record.legal_id_masked)
        record.action_agree()
        record.action_submit()
        self.assertEqual(self.code_of(record.action_approve), 'OWN_APPLICATION')
        record.with_user(self.operator2).action_approve()
        self.assertEqual(record.enterprise_id.kind, 'internal')

    def test_reject_with_reason_continue_and_submit_again(self):
        # R1.8
        record = self.pending(self.anna)
        staff = record.with_user(self.operator)
        with self.assertRaises(UserError):
            staff._staff_reject('   ')
        staff._staff_reject('营业执照不清晰')
        self.assertEqual((record.sudo().state, record.sudo().reason), ('rejected', '营业执照不清晰'))
        record._continue(self.user)
        record._save(self.user, {'address': '上海市'})
        record._submit(self.user)
        self.assertEqual((record.sudo().state, record.sudo().reason), ('pending', False))

    def test_withdraw_and_continue(self):
        # R1.8
        record = self.pending(self.anna)
        record._withdraw(self.user)
        self.assertEqual(record.sudo().state, 'withdrawn')
        self.assertFalse(record.sudo().activity_ids)
        record._continue(self.user)
        self.assertEqual((record.sudo().state, record.sudo().uscc[:8]), ('draft', '91110108'))

    def test_every_illegal_move_raises(self):
        record = self.draft(self.anna).sudo()
        states = [value for value, _label in record._fields['state'].selection]
        for source in states:
            for target in states:
                self.env.cr.execute(
                    'UPDATE esign_enterprise_certification SET state = %s WHERE id = %s', [source, record.id]
                )
                record.invalidate_recordset()
                if target in record._moves[source]:
                    continue
                with self.assertRaises(IllegalMove, msg=f'{source} → {target}'):
                    record._move(target)

    def test_enterprise_moves(self):
        enterprise = self.certified(self.anna)
        allowed = {(s, t) for s, targets in enterprise._moves.items() for t in targets}
        states = [value for value, _label in enterprise._fields['state'].selection]
        for source in states:
            for target in states:
                self.env.cr.execute('UPDATE esign_enterprise SET state = %s WHERE id = %s', [source, enterprise.id])
                enterprise.invalidate_recordset()
                if (source, target) not in allowed:
                    with self.assertRaises(IllegalMove):
                        enterprise._move(target)

    def test_somebody_elses_application_does_not_exist(self):
        other = self.make_person('陌生人')
        record = self.draft(self.anna).with_user(other.user_id)
        for act in (record._submit, record._withdraw, record._continue, record._agree):
            self.assertEqual(self.code_of(act, other.user_id), 'NOT_FOUND')
        self.assertEqual(self.code_of(record._save, other.user_id, {'name': '偷来的企业'}), 'NOT_FOUND')

    def test_a_certified_code_is_not_certified_twice(self):
        code = make_uscc(5151)
        other = self.make_person('另一人')
        rival = self.pending(other, code=code)
        self.certified(self.anna, code=code)
        self.assertEqual(self.code_of(rival.with_user(self.operator).action_approve), 'INCOMPLETE')
        late = self.draft(other, code=code)
        self.assertEqual(self.code_of(late._submit, other.user_id), 'INCOMPLETE')
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            twin = self.env['esign.enterprise'].search([('uscc', '=', code)])
            twin.copy({'uscc': code, 'name': twin.name, 'kind': 'external', 'partner_id': twin.partner_id.id})
            self.env.flush_all()

    def test_a_false_application_does_not_block_the_true_one(self):
        code = make_uscc(6161)
        squatter = self.make_person('占位者')
        rival = self.pending(squatter, code=code)
        record = self.pending(self.anna, code=code)
        self.assertEqual(record.with_user(self.operator).rival_count, 1)
        record.with_user(self.operator).action_approve()
        self.assertEqual(rival.sudo().state, 'pending')

    def test_revocation_frees_the_code(self):
        code = make_uscc(7171)
        enterprise = self.certified(self.anna, code=code)
        enterprise.with_user(self.operator)._staff_revoke('冒用资料')
        self.assertEqual((enterprise.state, enterprise.state_reason), ('revoked', '冒用资料'))
        again = self.certified(self.make_person('新经办人'), code=code)
        self.assertNotEqual(again, enterprise)

    def test_recertification_leaves_the_old_one_in_force_until_approval(self):
        # R1.8
        enterprise = self.certified(self.anna, name='旧名称有限公司')
        old = enterprise.certification_id
        model = self.env['esign.enterprise.certification'].with_user(self.user)
        new = model._restart(self.user, enterprise.with_user(self.user))
        self.assertEqual(model._restart(self.user, enterprise.with_user(self.user)), new, 'one at a time')
        self.assertEqual((new.sudo().uscc, new.sudo().licence_sha256), (old.uscc, old.licence_sha256))
        new._save(self.user, {'name': '新名称有限公司', 'uscc': make_uscc(1), 'legal_name': '新法人'})
        self.assertEqual(new.sudo().uscc, old.uscc, 'the code is fixed')
        with self.assertRaises(EsignError):
            new.sudo().write({'kind': 'internal'})
        new._agree(self.user)
        new._submit(self.user)
        self.assertEqual((enterprise.name, old.state), ('旧名称有限公司', 'certified'))
        calls = []
        self.patch(self.registry['esign.enterprise'], '_on_renamed', lambda s, name: calls.append(('renamed', name)))
        self.patch(
            self.registry['esign.enterprise'],
            '_on_legal_changed',
            lambda s, name: calls.append(('legal', name)),
        )
        self.patch(
            self.registry['esign.enterprise'],
            '_on_certified',
            lambda s, c, first: calls.append(('on', first)),
        )
        new.with_user(self.operator).action_approve()
        self.assertEqual(enterprise.name, '新名称有限公司')
        self.assertEqual(enterprise.partner_id.name, '新名称有限公司')
        self.assertEqual(
            (old.state, new.sudo().state, enterprise.certification_id),
            ('superseded', 'certified', new.sudo()),
        )
        self.assertEqual(calls, [('renamed', '旧名称有限公司'), ('legal', '王法人'), ('on', False)])
        self.assertTrue(new.sudo().renewal)
        self.assertFalse(old.renewal)

    def test_unfinished_business_blocks_a_new_name(self):
        # R1.8
        enterprise = self.certified(self.anna)
        new = self.env['esign.enterprise.certification'].with_user(self.user)._restart(self.user, enterprise)
        new._save(self.user, {'name': '改名之后有限公司'})
        new._agree(self.user)
        new._submit(self.user)
        self.patch(self.registry['esign.enterprise'], '_rename_blockers', lambda s: 'unfinished contracts')
        with self.assertRaisesRegex(UserError, 'unfinished contracts'), self.cr.savepoint():
            new.with_user(self.operator).action_approve()
        self.assertNotEqual(enterprise.name, '改名之后有限公司')

    def test_only_the_administrator_recertifies(self):
        enterprise = self.certified(self.anna)
        member = self.make_person('成员')
        self.join(member, enterprise, self.anna)
        for person in (member, self.make_person('陌生人')):
            with self.assertRaises(AccessError):
                self.env['esign.enterprise.certification']._restart(person.user_id, enterprise)

    def test_freeze_release_and_expire(self):
        enterprise = self.certified(self.anna)
        staff = enterprise.with_user(self.operator)
        staff._staff_freeze('投诉核查')
        self.assertEqual(enterprise.state, 'frozen')
        with self.assertRaises(AccessError):
            enterprise._require(self.user)
        staff.action_unfreeze()
        self.assertEqual((enterprise.state, enterprise.state_reason), ('certified', False))
        with self.assertRaises(UserError):
            staff.action_unfreeze()
        enterprise.certification_id.flush_recordset()
        yesterday = fields.Date.today() - dt.timedelta(days=2)
        self.env.cr.execute('UPDATE esign_enterprise SET term_to = %s WHERE id = %s', [yesterday, enterprise.id])
        enterprise.invalidate_recordset()
        with self.enter_registry_test_mode():
            self.env.ref('esign_enterprise.cron_enterprise_expire').method_direct_trigger()
        enterprise.invalidate_recordset()
        self.assertEqual((enterprise.state, enterprise.state_reason), ('expired', '营业期限已届满。'))
        new = self.env['esign.enterprise.certification']._restart(self.user, enterprise)
        new._save(self.user, {'term_to': '2040-01-01'})
        new._agree(self.user)
        new._submit(self.user)
        new.with_user(self.operator).action_approve()
        self.assertEqual(enterprise.state, 'certified')

    def test_notices_are_queued_and_hold_no_markup(self):
        record = self.pending(self.anna)
        self.anna.sudo().email = 'anna@example.com'
        record.with_user(self.operator)._staff_reject('<script>alert(1)</script>')
        mail = self.env['mail.mail'].sudo().search([('email_to', '=', 'anna@example.com')], limit=1)
        self.assertNotIn('<script', mail.body_html)
        self.assertTrue(self.env['sms.sms'].sudo().search([('number', '=', f'+86{self.anna.mobile}')]))

    def test_open_applications_are_limited(self):
        for _n in range(5):
            self.draft(self.anna)
        self.assertEqual(self.code_of(self.env['esign.enterprise.certification']._start, self.user), 'LIMIT')

    def test_live_states(self):
        self.assertEqual(set(LIVE), set(self.env['esign.enterprise']._moves) - {'revoked'})
