import base64
import datetime as dt

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import serialize_exception
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.limits import DEFAULTS, HIGHEST

from ..common import EngineCase, contract_pdf


@tagged('-at_install', 'post_install')
class TestStaff(EngineCase):
    """Staff drive the contracts of internal enterprises, as themselves, and nothing else."""

    # R6.1 R2.10

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = cls.certified(cls.carol, kind='internal', name='本平台内部企业有限公司')
        for certificate in cls.env['esign.certificate'].search([('state', '=', 'requested')]):
            certificate._issue()
        dora = cls.make_person('赵六')
        cls.join(dora, cls.house, cls.carol, roles=['seal_operator'])
        cls.authorise(cls.house, dora)
        cls.staff = new_test_user(cls.env, 'staff_operator', 'esign_base.group_esign_operator', name='运营人员')
        cls.viewer = new_test_user(cls.env, 'staff_viewer', 'esign_base.group_esign_viewer')
        cls.auditor = new_test_user(cls.env, 'staff_auditor', 'esign_base.group_esign_auditor')

    def as_staff(self, record):
        return record.with_user(self.staff)

    def staff_draft(self, parties=None, **values):
        """A draft as a member of staff makes it: on the form's way, without superuser."""
        groups = self.as_staff(self.env['esign.contract.group'])
        group = groups.create(
            {
                'name': '内部企业采购合同',
                'business_type_id': self.env.ref('esign_base.business_type_general').id,
                'initiator_id': self.house.id,
                'deadline': groups._today() + dt.timedelta(days=10),
                **values,
            }
        )
        group.contract_ids = [
            (0, 0, {'name': '采购合同', 'upload_name': 'c.pdf', 'upload': base64.b64encode(contract_pdf()).decode()})
        ]
        for who in parties or [self.other]:
            group.party_ids = [(0, 0, {'kind': 'enterprise', 'enterprise_id': who.id})]
        group.action_assign_all()
        return group

    def refused(self, code, act):
        with self.assertRaises(EsignError) as raised:
            act()
        self.assertEqual(raised.exception.code, code)

    def test_from_draft_to_signature(self):
        group = self.staff_draft()
        self.assertEqual(group.contract_ids.pages, 3)
        self.assertEqual(group.party_ids.contract_ids, group.contract_ids)
        group.action_launch()
        self.assertEqual(group.state, 'pending')
        self.assertFalse(group.initiated_by)
        launched = group.sudo().event_ids.filtered(lambda event: event.kind == 'launched')
        self.assertIn('运营人员 <staff_operator>', launched.actor)
        self.assertIn(self.house.name, launched.actor)
        self.assertFalse(launched.person_id)
        identity = self.identity(self.bob, self.other)
        items = {group.contract_ids.id: [self.item(identity)]}
        self.sign(group.sudo().party_ids, identity, items=items)
        self.assertEqual(group.state, 'done')
        group.chain_id.sudo()._check()

    def item(self, identity):
        seal = next(seal for seal, _answer in self.env['esign.seal']._usable_for(identity))
        return {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 30, 'y': 30}

    def test_the_form_makes_a_draft(self):
        with Form(self.as_staff(self.env['esign.contract.group'])) as form:
            form.name = '表单合同'
            form.initiator_id = self.house
            form.business_type_id = self.env.ref('esign_base.business_type_general')
            self.assertTrue(form.deadline)
        self.assertEqual(form.record.state, 'draft')

    def test_a_file_that_cannot_be_signed_is_refused(self):
        group = self.staff_draft()
        with self.assertRaises(UserError):
            group.contract_ids.write({'upload_name': 'x.pdf', 'upload': base64.b64encode(b'no pdf at all').decode()})

    def test_all_faults_at_once(self):
        group = self.staff_draft()
        group.contract_ids = [(0, 0, {'name': '无文件'})]
        group.deadline = '2020-01-01'
        with self.assertRaises(EsignError) as raised:
            group.action_launch()
        self.assertEqual(str(raised.exception).count('•'), 2, str(raised.exception))
        self.assertEqual(group.state, 'draft')
        # The client shows the text of exceptions whose name it knows.
        self.assertEqual(
            serialize_exception(raised.exception)['context']['exception_class'], 'odoo.exceptions.UserError'
        )

    def test_revoke_extend_remind(self):
        group = self.staff_draft()
        group.action_launch()
        self.env['esign.extend.wizard'].with_user(self.staff).create(
            {'group_id': group.id, 'new_deadline': group.deadline + dt.timedelta(days=5)}
        ).action_confirm()
        self.assertEqual(group.deadline, group._today() + dt.timedelta(days=15))
        self.assertEqual(group.action_remind()['params']['type'], 'warning')  # too soon
        with freeze_time(fields.Datetime.now() + dt.timedelta(minutes=31)):
            self.assertEqual(group.action_remind()['params']['type'], 'success')
        action = group.action_revoke()
        wizard = self.env['esign.reason.wizard'].with_user(self.staff).browse(action['res_id'])
        self.refused_without_reason(wizard)
        wizard.reason = '不再需要'
        wizard.action_confirm()
        self.assertEqual((group.state, group.reason), ('revoked', '不再需要'))
        self.refused('WRONG_STATE', group.action_revoke)
        self.refused('WRONG_STATE', group.action_extend)
        self.refused('WRONG_STATE', group.action_remind)
        self.refused('WRONG_STATE', group.action_retry)

    def refused_without_reason(self, wizard):
        with self.assertRaises(EsignError):
            wizard.action_confirm()

    def test_only_for_internal_enterprises(self):
        self.refused('NOT_INTERNAL', lambda: self.staff_draft(initiator_id=self.own.id))
        group = self.group_draft([self.other])
        for act in (
            lambda: self.as_staff(group).action_launch(),
            lambda: self.as_staff(group).write({'name': 'x'}),
            lambda: self.as_staff(group.contract_ids).write({'name': 'x'}),
            lambda: self.as_staff(group).unlink(),
        ):
            self.refused('NOT_INTERNAL', act)
        self.launch(group)
        self.refused('NOT_INTERNAL', self.as_staff(group).action_revoke)
        own = self.staff_draft()
        self.refused('NOT_INTERNAL', lambda: own.write({'initiator_id': self.own.id}))

    def test_only_operators(self):
        group = self.staff_draft()
        for user in (self.viewer, self.auditor, self.alice.user_id, self.env.ref('base.public_user')):
            for name in ('launch', 'assign_all', 'revoke', 'extend', 'remind', 'retry'):
                with (
                    self.subTest(user=user.login, act=name),
                    mute_logger('odoo.addons.base.models.ir_model'),
                    self.assertRaises(UserError),
                ):
                    getattr(group.with_user(user), f'action_{name}')()
        self.assertEqual(group.state, 'draft')

    def test_nothing_is_changed_after_the_launch(self):
        group = self.staff_draft()
        signer = group.party_ids.signer_ids
        group.action_launch()
        copies, placements = self.as_staff(self.env['esign.copy']), self.as_staff(self.env['esign.placement'])
        kind = self.env['esign.seal.kind']._of('official')
        for act in (
            lambda: group.write({'name': 'x'}),
            group.unlink,
            lambda: group.contract_ids.write({'name': 'x'}),
            group.contract_ids.unlink,
            lambda: group.contract_ids.create({'group_id': group.id, 'name': 'x'}),
            lambda: group.party_ids.write({'can_refuse': False}),
            group.party_ids.unlink,
            signer.unlink,
            lambda: signer.write({'party_id': signer.party_id.id}),
            lambda: copies.create({'group_id': group.id, 'person_id': self.alice.id}),
            lambda: placements.create({'signer_id': signer.id, 'kind': 'seal', 'seal_kind_id': kind.id}),
        ):
            self.refused('WRONG_STATE', act)
        self.refused('WRONG_STATE', group.action_assign_all)

    def test_nothing_is_moved_into_a_launched_group(self):
        launched, draft = self.staff_draft(), self.staff_draft()
        launched.action_launch()
        self.refused('WRONG_STATE', lambda: draft.contract_ids.write({'group_id': launched.id}))

    def test_staff_sign_and_refuse_nothing(self):
        group = self.staff_draft([self.house])
        group.action_launch()
        party, me = group.sudo().party_ids, self.as_staff(self.env['esign.identity'])._staff(self.house)
        self.assertEqual(party._may_sign(me).outcome, 'NOT_YOURS')
        self.assertEqual(party._may_refuse(me).outcome, 'NOT_YOURS')
        self.assertFalse(self.env['esign.party'].search(self.env['esign.party']._domain_of(me)))

    def test_who_takes_files(self):
        group = self.staff_draft()
        contract = group.contract_ids
        name, data = contract._staff_file()
        self.assertTrue(name.endswith('.pdf') and data.startswith(b'%PDF'))
        self.assertTrue(contract.with_user(self.auditor)._staff_file())
        self.refused('NOT_ALLOWED', contract.with_user(self.viewer)._staff_file)
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_model'):
            contract.with_user(self.alice.user_id)._staff_file()
        others = self.group_draft([self.other]).contract_ids
        self.refused('NOT_ALLOWED', self.as_staff(others)._staff_file)
        group.action_launch()
        contract.with_user(self.auditor)._staff_file()
        self.assertIn('staff_auditor', group.sudo().event_ids[-1].actor)
        self.assertEqual(group.sudo().event_ids[-1].kind, 'downloaded')

    def test_nobody_reads_files_past_the_download(self):
        """The rows in which revisions keep their bytes are shut to staff who may not take files."""
        file = self.group_draft([self.other]).contract_ids._newest().sudo().file_id
        for user in (self.viewer, self.alice.user_id, self.env.ref('base.public_user')):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).read(['raw'])

    # R2.2 R2.10
    def test_limits_are_settings(self):
        set_param = self.env['ir.config_parameter'].set_param
        set_param('esign.limit_files', '1')
        group = self.group_draft([self.own, self.other], files=2)
        self.assertIn('contracts', [fault.path for fault in group._launch_faults()])
        set_param('esign.limit_files', '2')
        self.assertEqual(group._launch_faults(), [])
        for nonsense in ('', '0', '-3', 'many', '²'):
            set_param('esign.limit_files', nonsense)
            self.assertEqual(self.env['esign.limits']._now(), DEFAULTS)
        set_param('esign.limit_files', '999999')
        self.assertEqual(self.env['esign.limits']._now().files, HIGHEST.files)

    def test_settings_refuse_nonsense(self):
        settings = self.env['res.config.settings']
        for value in (0, -1, HIGHEST.reminders + 1):
            with self.assertRaises(ValidationError):
                settings.create({'esign_limit_reminders': value})
        settings.create({'esign_limit_reminders': 1}).set_values()
        self.assertEqual(self.env['esign.limits']._now().reminders, 1)
