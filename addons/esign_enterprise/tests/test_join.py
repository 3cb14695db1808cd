import datetime as dt

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import EsignError, IllegalMove, RateLimited

from .common import EnterpriseCase


@tagged('post_install', '-at_install')
class TestJoin(EnterpriseCase):
    # R1.4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben = cls.make_person('安娜'), cls.make_person('本杰明')
        cls.enterprise = cls.certified(cls.anna, name='星河百_川%贸易有限公司'.replace('%', '').replace('_', ''))

    def apply(self, person=None, **kwargs):
        user = (person or self.ben).user_id
        return self.env['esign.enterprise.join'].with_user(user)._apply(user, self.enterprise, **kwargs)

    def search(self, text, user=None):
        return self.env['esign.enterprise']._search_certified(text, user or self.ben.user_id)

    def test_search_shows_name_and_masked_code_only(self):
        found = self.search('星河百川')
        self.assertEqual([set(row) for row in found], [{'id', 'name', 'uscc'}])
        self.assertNotIn(self.enterprise.uscc, str(found))
        self.assertIn('**********', found[0]['uscc'])

    def test_search_needs_four_characters_and_knows_no_wildcards(self):
        for text in ('星河百', '   星  ', ''):
            with self.assertRaises(UserError):
                self.search(text)
        self.assertEqual(self.search('____'), [])
        self.assertEqual(self.search('%%%%'), [])
        self.assertEqual(self.search('\\\\\\\\'), [])

    def test_search_is_limited(self):
        user = self.make_person('爬虫').user_id
        for _n in range(30):
            self.search('星河百川', user)
        with self.assertRaises(RateLimited):
            self.search('星河百川', user)

    def test_only_certified_ones_are_found_and_joined(self):
        self.enterprise._freeze('核查')
        self.assertEqual(self.search('星河百川', self.make_person('新人').user_id), [])
        with self.assertRaises(EsignError) as caught:
            self.apply()
        self.assertEqual(caught.exception.code, 'NOT_FOUND')

    def test_apply_approve_and_be_a_member(self):
        application = self.apply(department_text='销售部', work_number='A-1', note='你好')
        self.assertEqual(self.apply(), application, 'applying twice is once')
        member = application.with_user(self.anna.user_id)._approve(self.anna.user_id, ['seal_operator'])
        self.assertEqual(member._codes(), {'member', 'seal_operator'})
        self.assertEqual((application.sudo().state, member.sudo().work_number), ('approved', 'A-1'))
        with self.assertRaises(EsignError):
            self.apply()
        with self.assertRaises(IllegalMove):
            application._approve(self.anna.user_id)

    def test_only_administrators_decide(self):
        application = self.apply()
        stranger = self.make_person('陌生人')
        other = self.certified(self.make_person('别家')).member_ids.person_id
        member = self.make_person('普通成员')
        self.join(member, self.enterprise, self.anna)
        for person in (self.ben, stranger, other, member):
            with self.assertRaises(AccessError):
                application.with_user(person.user_id)._approve(person.user_id)
            with self.assertRaises(AccessError):
                application.with_user(person.user_id)._reject(person.user_id, 'x')
        self.assertEqual(application.sudo().state, 'pending')

    def test_the_one_administrator_role_is_not_given_by_an_approval(self):
        application = self.apply()
        for codes in (['administrator'], ['legal_rep']):
            with self.assertRaises(AccessError):
                application.with_user(self.anna.user_id)._approve(self.anna.user_id, codes)

    def test_reject_withdraw(self):
        application = self.apply()
        with self.assertRaises(UserError):
            application._reject(self.anna.user_id, ' ')
        application._reject(self.anna.user_id, '查无此人')
        self.assertEqual(application.sudo().reason, '查无此人')
        again = self.apply()
        self.assertNotEqual(again, application)
        with self.assertRaises(EsignError):
            again._withdraw(self.anna.user_id)
        again._withdraw(self.ben.user_id)
        self.assertEqual(again.sudo().state, 'withdrawn')
        with self.assertRaises(IllegalMove):
            again._approve(self.anna.user_id)

    def test_expires_after_thirty_days(self):
        application = self.apply()
        later = fields.Datetime.now() + dt.timedelta(days=31)
        with freeze_time(later):
            with self.assertRaises(EsignError) as caught, self.cr.savepoint():
                application._approve(self.anna.user_id)
            self.assertEqual(caught.exception.code, 'EXPIRED')
            with self.enter_registry_test_mode():
                self.env.ref('esign_enterprise.cron_join_expire').method_direct_trigger()
        application.invalidate_recordset()
        self.assertEqual(application.sudo().state, 'expired')

    def test_only_verified_persons_join(self):
        with self.assertRaises(EsignError) as caught:
            self.apply(self.make_person('未实名', state='draft'))
        self.assertEqual(caught.exception.code, 'PERSON_NOT_VERIFIED')
        application = self.apply()
        self.ben._move('frozen')
        with self.assertRaises(EsignError):
            application._approve(self.anna.user_id)

    def test_leave_and_come_back(self):
        member = self.join(self.ben, self.enterprise, self.anna)
        self.env['esign.enterprise.member']._leave_enterprise(self.ben.user_id, self.enterprise.id)
        self.assertEqual(member.sudo().state, 'left')
        self.assertNotEqual(self.join(self.ben, self.enterprise, self.anna), member)
        with self.assertRaises(EsignError):
            self.env['esign.enterprise.member']._leave_enterprise(self.make_person('外人').user_id, self.enterprise.id)

    def test_texts_are_limited(self):
        with self.assertRaises(EsignError):
            self.apply(note='长' * 201)
