import datetime as dt
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import CodeRefused, EsignError, IllegalMove

from .common import EnterpriseCase, pdf

CODE = '424242'


@tagged('post_install', '-at_install')
class TestAdminChange(EnterpriseCase):
    # R1.8 R1.9

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben, cls.cora = (cls.make_person(n) for n in ('安娜', '本杰明', '科拉'))
        cls.enterprise = cls.certified(cls.anna)
        cls.member = cls.join(cls.ben, cls.enterprise, cls.anna)
        cls.third = cls.join(cls.cora, cls.enterprise, cls.anna)
        cls.model = cls.env['esign.enterprise.admin.change']

    def setUp(self):
        super().setUp()
        # The waiting time between two codes is the codes' own matter; here each gets a fresh counter.
        mocked = patch('odoo.addons.esign_base.rules.otp.new_code', lambda: CODE)
        mocked.start()
        self.addCleanup(mocked.stop)
        self.fresh_counters()

    def fresh_counters(self):
        self.env['esign.rate.limit']._clear('otp.resend', f'admin_transfer:{self.anna.mobile}')
        self.env['esign.rate.limit']._clear('otp.day', self.anna.mobile)

    def offer(self, target=None):
        target = target or self.member
        user = self.anna.user_id
        self.model.with_user(user)._send_code(user, self.enterprise, target)
        return self.model.with_user(user)._transfer(user, self.enterprise, target, CODE)

    def application(self, person=None):
        user = (person or self.ben).user_id
        return self.model.with_user(user)._apply(user, self.enterprise, pdf(), 'letter.pdf')

    def assert_changed(self, new, former):
        self.assertEqual(self.enterprise._administrators().person_id, new)
        self.assertEqual(self.enterprise._member_of(new)._codes(), {'administrator', 'seal_operator', 'member'})
        self.assertFalse(self.enterprise._member_of(former))
        with self.assertRaises(AccessError):
            self.enterprise._require(former.user_id)
        # Nothing of it is left to see.
        mine = self.env['esign.enterprise'].with_user(former.user_id).search([])
        self.assertNotIn(self.enterprise, mine)

    def test_transfer_is_accepted_and_the_former_one_leaves(self):
        change = self.offer()
        self.assertEqual(self.enterprise._administrators().person_id, self.anna, 'nothing changes before acceptance')
        removed = []
        self.patch(
            self.registry['esign.enterprise'],
            '_on_member_removed',
            lambda s, m: removed.append(m.person_id.id),
        )
        change.with_user(self.ben.user_id)._accept(self.ben.user_id)
        self.assertEqual(removed, [self.anna.id])
        self.assert_changed(self.ben, self.anna)
        notes = ' '.join(self.enterprise.message_ids.mapped('body'))
        self.assertIn('本杰明', notes)
        for person in (self.anna, self.ben):
            self.assertTrue(self.env['sms.sms'].sudo().search_count([('number', '=', f'+86{person.mobile}')]))
        with self.assertRaises(IllegalMove):
            change.with_user(self.ben.user_id)._accept(self.ben.user_id)

    def test_transfer_needs_the_code_for_exactly_this_member(self):
        user = self.anna.user_id
        model = self.model.with_user(user)
        model._send_code(user, self.enterprise, self.member)
        with self.assertRaises(CodeRefused):
            model._transfer(user, self.enterprise, self.member, '000000')
        with self.assertRaises(CodeRefused):
            model._transfer(user, self.enterprise, self.third, CODE)
        change = model._transfer(user, self.enterprise, self.member, CODE)
        self.assertEqual(change.sudo().state, 'waiting')
        change._cancel(user)
        with self.assertRaises(CodeRefused):
            model._transfer(user, self.enterprise, self.member, CODE)

    def test_only_the_administrator_transfers_and_only_to_others_verified(self):
        for person in (self.ben, self.make_person('陌生人')):
            with self.assertRaises(AccessError):
                self.model._send_code(person.user_id, self.enterprise, self.third)
        foreign = self.certified(self.make_person('别家')).member_ids
        own = self.enterprise._member_of(self.anna)
        for target in (foreign, own, self.env['esign.enterprise.member']):
            with self.assertRaises(EsignError):
                self.model._send_code(self.anna.user_id, self.enterprise, target)
        self.cora._move('frozen')
        with self.assertRaises(EsignError) as caught:
            self.model._send_code(self.anna.user_id, self.enterprise, self.third)
        self.assertEqual(caught.exception.code, 'PERSON_NOT_VERIFIED')

    def test_only_the_target_accepts(self):
        change = self.offer()
        for person in (self.anna, self.cora, self.make_person('陌生人')):
            with self.assertRaises(EsignError) as caught:
                change.with_user(person.user_id)._accept(person.user_id)
            self.assertEqual(caught.exception.code, 'NOT_FOUND')
        with self.assertRaises(EsignError):
            change.with_user(self.operator).action_approve()

    def test_decline_cancel_and_expire(self):
        change = self.offer()
        change._decline(self.ben.user_id)
        self.assertEqual(change.sudo().state, 'declined')
        self.fresh_counters()
        second = self.offer()
        later = fields.Datetime.now() + dt.timedelta(days=8)
        with freeze_time(later):
            with self.assertRaises(EsignError) as caught:
                second._accept(self.ben.user_id)
            self.assertEqual(caught.exception.code, 'EXPIRED')
            with self.enter_registry_test_mode():
                self.env.ref('esign_enterprise.cron_admin_change_expire').method_direct_trigger()
        second.invalidate_recordset()
        self.assertEqual(second.sudo().state, 'expired')

    def test_a_target_who_left_does_not_become_administrator(self):
        change = self.offer()
        self.member._leave(self.ben.user_id)
        self.assertEqual(change.sudo().state, 'cancelled')
        with self.assertRaises(IllegalMove):
            change._accept(self.ben.user_id)

    def test_application_is_reviewed_and_the_former_one_leaves(self):
        change = self.application()
        self.assertEqual(self.application(), change, 'applying twice is once')
        self.assertTrue(change.sudo().activity_ids)
        change.with_user(self.operator).action_approve()
        self.assert_changed(self.ben, self.anna)
        self.assertEqual(change.sudo().former_member_id.person_id, self.anna)
        self.assertEqual(change.sudo().former_member_id.state, 'removed')
        with self.assertRaises(IllegalMove):
            change.with_user(self.operator).action_approve()

    def test_application_with_a_bad_letter(self):
        user = self.ben.user_id
        for data in (b'', b'<svg/>', b'<html>', b'\xff\xd8\xff' + b'0' * (9 * 1024 * 1024)):
            with self.assertRaises(EsignError):
                self.model._apply(user, self.enterprise, data, 'letter.pdf')
        self.assertFalse(self.model.search_count([('enterprise_id', '=', self.enterprise.id)]))

    def test_who_may_apply(self):
        with self.assertRaises(AccessError):
            self.application(self.make_person('陌生人'))
        with self.assertRaises(EsignError):
            self.application(self.anna)
        internal = self.certified(self.make_person('内部'), kind='internal')
        user = self.ben.user_id
        self.join(self.ben, internal, internal._administrators().person_id)
        with self.assertRaises(EsignError) as caught:
            self.model._apply(user, internal, pdf(), 'letter.pdf')
        self.assertEqual(caught.exception.code, 'INTERNAL')

    def test_reject_and_withdraw(self):
        change = self.application()
        change.with_user(self.operator)._staff_reject('授权书未盖章')
        self.assertEqual((change.sudo().state, change.sudo().reason), ('rejected', '授权书未盖章'))
        self.assertFalse(change.sudo().activity_ids)
        second = self.application()
        second._withdraw(self.ben.user_id)
        with self.assertRaises(IllegalMove):
            second.with_user(self.operator).action_approve()

    def test_second_change_is_cancelled_by_the_first(self):
        transfer = self.offer(self.third)
        application = self.application()
        application.with_user(self.operator).action_approve()
        self.assertEqual(transfer.sudo().state, 'cancelled')
        with self.assertRaises(IllegalMove):
            transfer._accept(self.cora.user_id)

    def test_two_applications_one_winner(self):
        first, second = self.application(), self.application(self.cora)
        first.with_user(self.operator).action_approve()
        self.assertEqual(second.sudo().state, 'cancelled')
        self.assertEqual(len(self.enterprise._administrators()), 1)

    def test_reviewer_is_not_concerned(self):
        change = self.application()
        self.ben.sudo().user_id = self.operator
        with self.assertRaises(EsignError) as caught:
            change.with_user(self.operator).action_approve()
        self.assertEqual(caught.exception.code, 'OWN_APPLICATION')

    def test_every_illegal_move_raises(self):
        change = self.application().sudo()
        states = [value for value, _label in change._fields['state'].selection]
        for source in states:
            for target in states:
                self.env.cr.execute(
                    'UPDATE esign_enterprise_admin_change SET state = %s WHERE id = %s', [source, change.id]
                )
                change.invalidate_recordset()
                if target not in change._moves[source]:
                    with self.assertRaises(IllegalMove):
                        change._move(target)
