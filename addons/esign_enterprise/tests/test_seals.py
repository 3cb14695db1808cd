import io
from datetime import date, timedelta

from PIL import Image, ImageDraw

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import EsignError

from .seal_common import SealCase


def imprint(colour='red', size=600):
    """A round imprint on light paper, as a scan has it."""
    image = Image.new('RGB', (size, size), 'white')
    ImageDraw.Draw(image).ellipse((50, 50, size - 50, size - 50), outline=colour, width=25)
    out = io.BytesIO()
    image.save(out, 'PNG')
    return out.getvalue()


@tagged('post_install', '-at_install')
class TestCertificateOfEnterprise(SealCase):
    # R1.3 R1.10
    def test_approval_asks_for_one_certificate_and_makes_two_seals(self):
        certificate = self.env['esign.certificate'].search([('uscc', '=', self.enterprise.uscc)])
        self.assertEqual((len(certificate), certificate.state, certificate.algorithm), (1, 'valid', 'RSA-2048'))
        self.assertEqual(certificate.enterprise_id, self.enterprise)
        self.assertIn(self.enterprise.name, certificate.subject)
        seals = self.env['esign.seal']._owned(self.enterprise)
        self.assertEqual(sorted(seals.mapped('kind_code')), ['contract', 'official'])
        self.assertEqual(set(seals.mapped('state')), {'active'})
        self.enterprise._equip()
        self.assertEqual(self.env['esign.certificate'].search_count([('uscc', '=', self.enterprise.uscc)]), 1)
        self.assertEqual(self.env['esign.seal']._owned(self.enterprise), seals)

    def test_an_applicant_may_want_no_seals(self):
        person = self.make_person('孟不要')
        record = self.draft(person)
        record._save(person.user_id, {'default_seals': False}, {})
        record._submit(person.user_id)
        record.with_user(self.operator).action_approve()
        enterprise = record.sudo().enterprise_id
        self.assertFalse(self.env['esign.seal']._owned(enterprise))
        self.assertEqual(self.env['esign.certificate'].search_count([('uscc', '=', enterprise.uscc)]), 1)
        enterprise._equip()  # nor later
        self.assertFalse(self.env['esign.seal']._owned(enterprise))

    def test_a_new_name_voids_seals_and_certificate(self):
        old = self.seal
        serial = self.env['esign.certificate']._current_of([self.enterprise.uscc], fields.Datetime.now())
        self.grant()
        self.enterprise.sudo().name = '改名以后的测试企业有限公司'
        self.enterprise._on_renamed('旧名')
        self.assertEqual(old.state, 'collected')
        self.assertEqual(set(old.grant_ids.mapped('state')), {'cancelled'})
        self.assertEqual(serial[self.enterprise.uscc].reason, 'affiliation_changed')
        fresh = self.env['esign.seal']._owned(self.enterprise, 'official')
        self.assertEqual(fresh.state, 'active')
        self.env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        self.grant(fresh)
        self.assertEqual(self.code(seal=fresh), 'ok')

    def test_a_revoked_enterprise_loses_everything(self):
        self.enterprise._revoke('test')
        self.assertEqual(self.seal.state, 'collected')
        row = self.env['esign.certificate'].search([('uscc', '=', self.enterprise.uscc)])
        self.assertEqual((row.state, row.reason), ('revoked', 'privilege_withdrawn'))


@tagged('post_install', '-at_install')
class TestUsability(SealCase):
    """One method answers; each obstacle has a reason of its own."""

    # R1.10
    def test_usable_when_everything_is_there(self):
        self.assertEqual(self.code(), 'no_grant')
        grant = self.grant()
        answer = self.seal._usability(self.worn(self.operator_person))
        self.assertTrue(answer)
        self.assertEqual((answer.grant, answer.certificate.uscc), (grant, self.enterprise.uscc))

    def test_suspended_seal(self):
        self.grant()
        self.seal._suspend('丢失')
        self.assertEqual(self.code(), 'seal_suspended')
        self.seal._resume()
        self.assertEqual(self.code(), 'ok')

    def test_period(self):
        today = date(2026, 11, 20)
        with freeze_time(fields.Datetime.to_datetime('2026-11-20 03:00:00')):
            self.grant(date_from=today, date_to=today + timedelta(days=9))
        # 29 November ends at 15:59:59 UTC, which is 23:59:59 in Shanghai.
        for moment, expected in (
            ('2026-11-19 15:59:59', 'no_grant'),
            ('2026-11-19 16:00:00', 'ok'),
            ('2026-11-29 15:59:59', 'ok'),
            ('2026-11-29 16:00:00', 'no_grant'),
        ):
            certificate = self.env['esign.certificate']._current_of([self.enterprise.uscc], fields.Datetime.now())
            certificate[self.enterprise.uscc].sudo().write({'not_before': fields.Datetime.to_datetime('2026-01-01')})
            self.assertEqual(self.code(at=fields.Datetime.to_datetime(moment)), expected, moment)

    def test_future_grant_begins_by_the_clock(self):
        tomorrow = fields.Date.today() + timedelta(days=3)
        grant = self.grant(date_from=tomorrow)
        self.assertEqual((grant.state, self.code()), ('pending', 'no_grant'))
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            self.env.ref('esign_enterprise.cron_advance_grants').method_direct_trigger()
            self.assertEqual((grant.state, self.code()), ('active', 'ok'))

    def test_expired_grant_ends_by_the_clock(self):
        grant = self.grant(date_to=fields.Date.today() + timedelta(days=2))
        with freeze_time(fields.Datetime.now() + timedelta(days=5)):
            self.assertEqual(self.code(), 'no_grant')  # before the cron has run
            self.env.ref('esign_enterprise.cron_advance_grants').method_direct_trigger()
        self.assertEqual((grant.state, grant.end_reason), ('expired', 'period'))

    def test_revoked_and_missing_certificate(self):
        self.grant()
        row = self.env['esign.certificate']._current_of([self.enterprise.uscc], fields.Datetime.now())
        row[self.enterprise.uscc]._revoke('key_compromise', 'test')
        self.assertEqual(self.code(), 'no_certificate')
        self.env['esign.certificate']._request_for(self.enterprise)
        self.assertEqual(self.code(), 'certificate_pending')

    def test_frozen_enterprise_and_frozen_person(self):
        self.grant()
        identity = self.worn(self.operator_person)
        self.enterprise._freeze('test')
        self.assertEqual(self.seal._usability(identity).code, 'enterprise_not_certified')
        self.enterprise._unfreeze()
        self.operator_person._move('frozen')
        self.assertEqual(self.seal._usability(identity).code, 'not_member')

    def test_another_enterprise_and_the_person_himself(self):
        self.grant()
        self.assertEqual(self.code(self.stranger, enterprise=self.other), 'not_yours')
        person = self.env['esign.identity']._available(self.operator_person.user_id)[0]
        self.assertEqual(self.seal._usability(person).code, 'not_yours')
        self.assertEqual(self.seal._usability(None).code, 'not_yours')

    # R1.10
    def test_a_member_removed_this_second_cannot_use_the_identity_he_holds(self):
        grant = self.grant()
        identity = self.worn(self.operator_person)
        self.assertTrue(self.seal._usability(identity))
        self.operator_member._remove(self.admin.user_id, '离职')
        self.assertEqual(self.seal._usability(identity).code, 'not_member')
        self.assertEqual((grant.state, grant.end_reason), ('cancelled', 'account'))

    def test_the_role_lost_is_the_grant_lost(self):
        grant = self.grant()
        self.operator_member._assign(self.admin.user_id, ['member'])
        self.assertEqual((grant.state, grant.end_reason), ('cancelled', 'account'))

    def test_a_department_grant_serves_its_operators(self):
        grant = self.env['esign.seal.grant']._propose(
            self.seal, self.admin.user_id, departments=self.department, date_from=fields.Date.today()
        )
        self.assertEqual((grant.state, self.code()), ('active', 'ok'))
        self.assertEqual(self.code(self.member), 'no_grant')

    def test_silent_signing_has_a_grant_of_its_own(self):
        self.grant()
        self.assertEqual(self.code(silent=True), 'no_silent_grant')
        self.grant(silent=True)
        self.assertEqual(self.code(silent=True), 'ok')

    def test_a_silent_grant_is_not_an_ordinary_one(self):
        self.grant(silent=True)
        self.assertEqual(self.code(), 'no_grant')

    def test_a_scope_of_business_types(self):
        sales, staff = self.env['esign.business.type'].search([], limit=2)
        self.grant(business_type_ids=[(6, 0, sales.ids)])
        self.assertEqual(self.code(), 'ok', 'there is something for which it may be used')
        self.assertEqual(self.code(business=sales), 'ok')
        self.assertEqual(self.code(business=staff), 'out_of_scope')
        self.assertEqual(self.code(business=sales.browse()), 'out_of_scope', 'a contract without a type')
        worn = self.worn(self.operator_person)
        self.assertFalse(self.env['esign.seal']._usable_for(worn, business=staff))
        self.grant()
        self.assertEqual(self.code(business=staff), 'ok')

    def test_many_seals_one_price(self):
        self.grant()
        identity = self.worn(self.operator_person)
        kind = self.env['esign.seal.kind']._of('contract')
        for number in range(25):
            seal = self.env['esign.seal']._new(self.enterprise, kind, f'合同章{number}')
            seal.sudo().write({'state': 'active', 'artwork_id': self.seal.artwork_id.id})
            self.grant(seal)
        costs = []
        for seals in (self.seal, self.env['esign.seal']._owned(self.enterprise)):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            answers = seals._usabilities(identity)
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(sum(map(bool, answers.values())), 26)
        self.assertLessEqual(costs[1] - costs[0], 2)


@tagged('post_install', '-at_install')
class TestGrant(SealCase):
    # R1.10
    def test_a_keeper_proposes_and_an_administrator_confirms(self):
        grant = self.grant(by=self.keeper)
        self.assertEqual((grant.state, self.code()), ('pending', 'no_grant'))
        with self.assertRaises(AccessError):
            grant._confirm(self.keeper.user_id)
        grant._confirm(self.admin.user_id)
        self.assertEqual((grant.state, self.code()), ('active', 'ok'))
        with self.assertRaises(EsignError):
            grant._confirm(self.admin.user_id)

    def test_never_confirmed(self):
        grant = self.grant(by=self.keeper, date_to=fields.Date.today() + timedelta(days=1))
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            self.env.ref('esign_enterprise.cron_advance_grants').method_direct_trigger()
        self.assertEqual((grant.state, grant.end_reason), ('expired', 'unsigned'))

    def test_duties_apart(self):
        for person in (self.keeper, self.auditor, self.member):
            with self.assertRaises(EsignError):
                self.grant(members=self.enterprise._member_of(person))
        for person in (self.auditor, self.member, self.operator_person, self.stranger):
            with self.assertRaises(AccessError):
                self.grant(by=person)

    def test_limits(self):
        today = fields.Date.today()
        with self.assertRaises(ValidationError):
            self.grant(date_from=today, date_to=today + timedelta(days=3 * 366 + 1))
        with self.assertRaises(EsignError):
            self.grant(date_from=today - timedelta(days=9), date_to=today - timedelta(days=8))
        with self.assertRaises(ValidationError):
            self.grant(members=self.env['esign.enterprise.member'])
        with self.assertRaises(ValidationError):
            self.grant(silent=True, role='approve')
        foreign = self.other._member_of(self.stranger)
        with self.assertRaises(ValidationError):
            self.grant(members=foreign)

    def test_at_most_ten_operators(self):
        members = self.operator_member
        for number in range(10):
            members |= self.join(
                self.make_person(f'操作员{number}'), self.enterprise, self.admin, roles=('seal_operator',)
            )
        with self.assertRaises(ValidationError):
            self.grant(members=members)

    def test_suspend_resume_cancel(self):
        grant = self.grant()
        grant._suspend(self.keeper.user_id)
        self.assertEqual(self.code(), 'no_grant')
        with self.assertRaises(AccessError):
            grant._resume(self.keeper.user_id)
        grant._resume(self.admin.user_id)
        self.assertEqual(self.code(), 'ok')
        grant._cancel(self.admin.user_id)
        self.assertEqual((self.code(), grant.end_reason), ('no_grant', 'withdrawn'))
        with self.assertRaises(UserError):
            grant._cancel(self.admin.user_id)

    def test_nobody_elses_grant(self):
        grant = self.grant()
        with self.assertRaises(AccessError):
            grant._cancel(self.stranger.user_id)
        self.assertFalse(grant._seen(self.worn(self.stranger, self.other), grant.id))
        self.assertFalse(grant._seen(self.worn(self.member), grant.id))


@tagged('post_install', '-at_install')
class TestRequest(SealCase):
    def ask(self, person=None, upload=None, **values):
        return self.env['esign.seal']._request_new(
            self.enterprise, (person or self.admin).user_id, {'kind': 'finance', **values}, upload
        )

    # R1.10
    def test_from_template_to_use(self):
        asked = self.ask(name='财务专用章一号')
        self.assertEqual((asked.seal_id.state, asked.state), ('pending', 'pending'))
        self.assertTrue(asked.activity_ids)
        asked.with_user(self.operator).action_approve()
        self.assertEqual((asked.seal_id.state, asked.seal_id.artwork_id), ('active', asked.artwork_id))
        with self.assertRaises(UserError):
            asked.with_user(self.operator).action_approve()

    def test_upload_is_cleaned(self):
        asked = self.ask(source='upload', upload=imprint())
        self.assertEqual(asked.artwork_id.source, 'upload')
        self.assertEqual(round(asked.artwork_id.width_mm), 38)
        for wrong in (b'<svg xmlns="http://www.w3.org/2000/svg"/>', b'<html/>', b'', None, bytes(6 * 1024 * 1024)):
            with self.assertRaises(UserError):
                self.ask(source='upload', upload=wrong, name='另一个')

    def test_rejection_and_second_attempt(self):
        asked = self.ask()
        asked.with_user(self.operator)._reject('看不清')
        seal = asked.seal_id
        self.assertEqual((seal.state, seal.state_reason), ('rejected', '看不清'))
        again = seal._request_change(self.admin.user_id, {'reason': '重做'})
        self.assertEqual((seal.state, again.act), ('pending', 'make'))

    def test_change_keeps_the_old_picture_until_approval(self):
        before = self.seal.artwork_id
        asked = self.seal._request_change(self.admin.user_id, {'star': '', 'reason': '去掉五角星'})
        self.assertEqual(self.seal.artwork_id, before)
        with self.assertRaises(EsignError):
            self.seal._request_change(self.admin.user_id, {'reason': 'again'})
        asked.with_user(self.operator).action_approve()
        self.assertEqual(self.seal.artwork_id, asked.artwork_id)
        self.assertNotEqual(self.seal.artwork_id.sha256, before.sha256)

    def test_withdraw(self):
        asked = self.ask()
        asked._withdraw(self.keeper.user_id)
        self.assertEqual((asked.state, asked.seal_id.state), ('withdrawn', 'destroyed'))

    def test_suspend_at_once_enable_after_review(self):
        requests = self.env['esign.seal.request']
        requests._ask(self.seal, self.keeper.user_id, 'suspend', '遗失')
        self.assertEqual(self.seal.state, 'suspended')
        asked = requests._ask(self.seal, self.keeper.user_id, 'enable', '找到了')
        self.assertEqual(self.seal.state, 'suspended')
        asked.with_user(self.operator).action_approve()
        self.assertEqual(self.seal.state, 'active')
        grant = self.grant()
        requests._ask(self.seal, self.admin.user_id, 'collect', '作废').with_user(self.operator).action_approve()
        self.assertEqual((self.seal.state, grant.end_reason), ('collected', 'seal_gone'))
        requests._ask(self.seal, self.admin.user_id, 'destroy', '作废').with_user(self.operator).action_approve()
        self.assertEqual(self.seal.state, 'destroyed')
        with self.assertRaises(EsignError):
            requests._ask(self.seal, self.admin.user_id, 'enable', 'x')

    def test_one_official_seal(self):
        with self.assertRaises(EsignError) as caught:
            self.ask(kind='official', name='第二枚公章')
        self.assertEqual(caught.exception.code, 'KIND_TAKEN')

    def test_department_and_legal_seals(self):
        asked = self.ask(kind='department', department=str(self.department.id), name='法务部章')
        self.assertEqual(asked.seal_id.owner_key, f'department:{self.department.id}')
        foreign = self.env['esign.department'].sudo().search([('enterprise_id', '=', self.other.id)])
        with self.assertRaises(EsignError):
            self.ask(kind='department', department=str(foreign[:1].id or 999999), name='x')
        legal = self.ask(kind='legal', suffix='印')
        self.assertEqual(round(legal.artwork_id.width_mm), 18)
        legal.with_user(self.operator).action_approve()
        self.enterprise._on_legal_changed('旧法人')
        self.assertEqual(legal.seal_id.state, 'collected')

    # R1.10
    def test_who_may_ask_and_who_may_decide(self):
        for person in (self.member, self.operator_person, self.auditor, self.stranger):
            with self.assertRaises(AccessError):
                self.ask(person)
        asked = self.ask()
        for person in (self.admin, self.stranger):
            with self.assertRaises(AccessError):
                asked.with_user(person.user_id).action_approve()
        # Staff who belong to the enterprise, or who asked, do not decide.
        asked.sudo().requested_by = self.operator
        with self.assertRaises(AccessError):
            asked.with_user(self.operator).action_approve()
        asked.with_user(self.operator2).action_approve()

    def test_rare_characters_and_long_names_are_explained(self):
        with self.assertRaises(EsignError) as caught:
            self.ask(text='财务𰀀章')
        self.assertIn('𰀀', str(caught.exception))
        with self.assertRaises(EsignError):
            self.ask(text='一二三四五六七八九十一')

    # R1.3 R3.5
    def test_a_name_too_long_for_one_ring_is_drawn_on_two(self):
        enterprise = self.certified(self.make_person('长名者'), name='很' * 56 + '有限公司')
        seals = self.env['esign.seal'].search([('enterprise_id', '=', enterprise.id)])
        self.assertEqual(seals.mapped('state'), ['active', 'active'])

    # R1.3
    def test_a_name_that_no_font_has_is_told_before_it_is_handed_in(self):
        person = self.make_person('申请者')
        record = self.draft(person, name='王𰀀有限公司')
        with self.assertRaises(EsignError) as caught:
            record._submit(person.user_id)
        self.assertIn('𰀀', caught.exception.details['fields']['default_seals'])
        record._save(person.user_id, {'default_seals': False}, {})
        record._submit(person.user_id)
        self.assertEqual(record.state, 'pending')
