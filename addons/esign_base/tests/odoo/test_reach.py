"""How far logins reach: business systems, outsiders, staff. Everything else of Odoo is refused.

Each refusal was a way that stood open: to read numbers, to write to anybody in any name.
"""

import os
import sys
import xmlrpc.client
from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import AccessDenied, AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ...rules import reach
from ..api.api_common import ApiCalls
from ..people.common_people import MOBILE, PASSWORD, PeopleCase, PeopleMixin

LOUD = ('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.http', 'odoo.addons.rpc')
STAFF = ('viewer', 'operator', 'template_manager', 'auditor')
STRANGER = 'stranger@example.com'


class ReachCase(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('zh_CN')
        cls.staff = {name: new_test_user(cls.env, f'reach_{name}', f'esign_base.group_esign_{name}') for name in STAFF}
        cls.system = new_test_user(cls.env, 'reach_system', 'esign_base.group_esign_integration')
        cls.chief = new_test_user(cls.env, 'reach_chief', 'esign_base.group_esign_administrator')
        cls.account = cls.env['esign.account']._open(MOBILE, PASSWORD)
        cls.person, cls.owner = cls.account.person_id, cls.account.user_id
        cls.person.write({'email': 'zhang.san@example.com', 'name': '张三'})

    def call(self, user, model, method, *args, **kwargs):
        """As the web client and XML-RPC do."""
        with mute_logger(*LOUD):
            return call_kw(self.env[model].with_user(user), method, list(args), kwargs)

    def barred(self, user, model, method, *args, **kwargs):
        told = self.subTest(user=user.login, model=model, method=method)
        with told, self.assertRaises(AccessError), self.env.cr.savepoint():
            self.call(user, model, method, *args, **kwargs)
            self.env.flush_all()
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestSystemReach(ReachCase):
    # R7.1

    def test_a_system_is_a_kind_of_user_of_its_own(self):
        systems = self.env.ref('esign_base.group_esign_integration')
        self.assertTrue(self.system.share)
        for group in ('base.group_user', 'base.group_portal', 'esign_base.group_esign_viewer',
                      'esign_base.group_esign_administrator'):  # fmt: skip
            with self.subTest(group=group), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.system.group_ids = systems | self.env.ref(group)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.staff['viewer'].group_ids = [Command.link(systems.id)]

    def test_no_model_is_a_systems(self):
        rights = self.env['ir.model.access'].with_user(self.system)
        for mode in ('read', 'write', 'create', 'unlink'):
            self.assertEqual(rights._get_allowed_models(mode), frozenset())

    def test_a_system_calls_the_facade_and_nothing_else(self):
        """Every public method of every model by name: those of the façade's own are left."""
        admit = self.env['ir.model.access'].with_user(self.system)._esign_admit_call
        open_ones = set()
        for name, model in self.env.registry.items():
            for method in dir(model):
                if method.startswith('_') or not callable(getattr(model, method, None)):
                    continue
                try:
                    admit(name, method)
                except AccessError:
                    continue
                open_ones.add(f'{name}.{method}')
        self.assertEqual({one.rpartition('.')[0] for one in open_ones}, {'esign.api'})
        self.assertIn('esign.api.sync_person', open_ones)
        self.assertFalse({'esign.api.read', 'esign.api.search', 'esign.api.create', 'esign.api.onchange'} & open_ones)

    def test_calls_that_ask_for_no_right_are_refused_as_well(self):
        user = self.system
        self.barred(user, 'res.users', 'context_get')
        self.barred(user, 'res.users', 'has_group', [user.id], 'base.group_user')
        self.barred(user, 'res.partner', 'fields_get')
        self.barred(user, 'res.partner', 'name_search', '张')
        self.barred(user, 'res.partner', 'formatted_read_group', [], ['name'], ['__count'])
        self.barred(user, 'res.partner', 'export_data', [self.owner.partner_id.id], ['name'])
        self.barred(user, 'res.partner', 'find_or_create', STRANGER)
        self.barred(user, 'res.users', 'web_search_read', [], {'login': {}})
        self.barred(user, 'esign.person', 'search_count', [])
        self.barred(user, 'sms.composer', 'create', {'composition_mode': 'numbers', 'numbers': MOBILE, 'body': 'x'})
        self.barred(user, 'ir.config_parameter', 'get_param', 'database.secret')
        self.barred(user, 'res.users', 'write', [user.id], {'name': '别人'})

    def test_the_refusal_speaks_the_users_language(self):
        self.system.lang = 'zh_CN'
        with self.assertRaises(AccessError) as refused:
            self.call(self.system, 'res.partner', 'search_count', [])
        self.assertEqual(str(refused.exception), '您的登录账号无权调用“res.partner.search_count”。')


@tagged('post_install', '-at_install')
class TestSystemDoors(ApiCalls, HttpCase):
    """The same at every door."""

    def setUp(self):
        super().setUp()
        self.use_system(
            new_test_user(self.env, 'door_system', 'esign_base.group_esign_integration', password='door-1x')
        )

    # R7.1
    def test_every_door(self):
        calls = (('res.partner', 'search_count', {'domain': []}), ('res.users', 'context_get', {}))
        for way in (self.xmlrpc, self.json2):
            for model, method, arguments in calls:
                with self.subTest(way=way.__name__, model=model), mute_logger(*LOUD):
                    self.assertIn(self._refused(way, model, method, arguments), ('fault 4', '403'))
        self.assertRegex(self.both('templates', {}), '^ESIGN_UNAVAILABLE: ')

    def _refused(self, way, model, method, arguments):
        """The code with which a door refuses."""
        try:
            return way(method, arguments, model=model)
        except AssertionError as answer:  # neither an answer nor a refusal of the façade's
            return str(answer).partition(':')[0]

    def test_no_session_and_no_page(self):
        said = []
        for password in ('door-1x', 'wrong'):
            credential = {'type': 'password', 'login': 'door_system', 'password': password}
            with mute_logger(*LOUD), self.assertRaises(AccessDenied) as denied:
                self.env['res.users'].authenticate(credential, {'interactive': True})
            said.append(str(denied.exception))
        self.assertIn('RPC', said[0])
        self.assertNotIn('RPC', said[1])  # a guesser is not told what kind of login it is
        headers = {'Authorization': f'bearer {self.key}'}
        with mute_logger(*LOUD):
            for path in ('/json/1/contacts', '/doc-bearer/res.partner.json', '/json/2/res.partner/read'):
                answer = self.url_open(path, headers=headers, data=b'{}' if path.startswith('/json/2') else None)
                self.assertGreaterEqual(answer.status_code, 400, path)

    # R7.1
    def test_an_administrator_makes_login_and_key(self):
        chief = new_test_user(self.env, 'door_chief', 'esign_base.group_esign_administrator')
        wizards = self.env['esign.api.key.wizard'].with_user(chief)
        make = type(wizards).action_make.__wrapped__  # the password asked for before it has a test of its own
        shown = make(wizards.create({'name': '新系统', 'login': 'door_new', 'days': 30}))
        made = self.env['res.users'].search([('login', '=', 'door_new')])
        self.assertEqual(made.all_group_ids, self.env.ref('esign_base.group_esign_integration'))
        self.system, self.key = made, shown['context']['default_key']
        self.assertRegex(self.both('templates', {}), '^ESIGN_UNAVAILABLE: ')
        second = make(wizards.create({'user_id': made.id}))['context']['default_key']
        self.assertNotEqual(second, self.key)
        self.assertEqual(len(made.api_key_ids), 2)
        for values in ({'user_id': chief.id}, {'name': '没有账号'}):
            with self.assertRaises(UserError):
                make(wizards.create(values))

    # R6.1 R7.1
    def test_a_key_is_made_by_who_knows_the_password(self):
        """A screen that was left alone is no key: what Odoo asks before its own keys is asked before ours."""
        chief = new_test_user(self.env, 'door_chief', 'esign_base.group_esign_administrator')
        self.authenticate('door_chief', 'door_chief')
        wizard = self.env['esign.api.key.wizard'].with_user(chief).create({'name': '新系统', 'login': 'door_new'})

        def call(model, method, ids, **context):
            params = {'model': model, 'method': method, 'args': [ids], 'kwargs': {'context': context}}
            return self.make_jsonrpc_request('/web/dataset/call_kw', params)

        asked = call('esign.api.key.wizard', 'action_make', wizard.ids)
        self.assertEqual(asked['res_model'], 'res.users.identitycheck')
        with self.assertRaises(JsonRpcException), mute_logger(*LOUD):
            call('res.users.identitycheck', 'run_check', [asked['res_id']], password='wrong')
        self.assertFalse(self.env['res.users'].search([('login', '=', 'door_new')]))
        shown = call('res.users.identitycheck', 'run_check', [asked['res_id']], password='door_chief')
        self.assertEqual(shown['res_model'], 'res.users.apikeys.show')
        self.assertRegex(shown['context']['default_key'], '^[0-9a-f]{40}$')

    def test_every_finder_of_methods_is_guarded(self):
        """Whoever takes Odoo's function over by name must take ours."""
        unguarded = [
            name for name, module in list(sys.modules.items())
            if name.startswith('odoo.') and callable(found := getattr(module, 'get_public_method', None))
            and not hasattr(found, '__wrapped__') and not name.startswith(('odoo.orm', 'odoo.api', 'odoo.models'))
        ]  # fmt: skip
        self.assertEqual([name for name in unguarded if name != 'odoo.addons.api_doc.controllers.api_doc'], [])


@tagged('post_install', '-at_install')
class TestStaffReach(ReachCase):
    # R6.1 R1.1

    def test_numbers_and_addresses_stand_with_the_person_alone(self):
        contact = self.owner.partner_id
        self.assertEqual((contact.phone, contact.email), (False, False))
        self.account._change_email('new@example.com', self._code('email', 'new@example.com'))
        self.account._change_mobile(
            '13912340009', self._code('mobile.old', MOBILE), self._code('mobile.new', '13912340009')
        )
        self.assertEqual((contact.phone, contact.email, self.person.email), (False, False, 'new@example.com'))
        self.assertEqual(self.owner.login, '13912340009')

    def _code(self, purpose, target):
        self.env['esign.otp']._issue(purpose, target, self.account._subject())
        return '246810'

    def test_contacts_and_logins_of_persons_are_not_there(self):
        contact, login = self.owner.partner_id, self.owner
        for name, user in self.staff.items():
            with self.subTest(role=name):
                self.assertEqual(self.call(user, 'res.partner', 'search_count', [('id', '=', contact.id)]), 0)
                self.assertEqual(self.call(user, 'res.users', 'search_count', [('login', '=', MOBILE)]), 0)
                self.assertEqual(self.call(user, 'res.users', 'search_count', [('login', '=like', '1391234%')]), 0)
                self.assertEqual(self.call(user, 'res.partner', 'name_search', '张三'), [])
                self.assertEqual(self.call(user, 'esign.person', 'search_count', [('user_id.login', '=', MOBILE)]), 0)
                self.assertEqual(self.call(user, 'esign.account', 'search_count', [('user_id.login', '=', MOBILE)]), 0)
                groups = self.call(user, 'res.users', 'formatted_read_group', [('login', '=', MOBILE)], ['login'], [])
                self.assertEqual(groups, [])
            self.barred(user, 'res.users', 'read', [login.id], ['login'])
            with self.assertRaises(UserError):  # nor to those with the right to export
                self.call(user, 'res.partner', 'export_data', [contact.id], ['name', 'phone'])
            user.group_ids = [Command.link(self.env.ref('base.group_allow_export').id)]
            self.barred(user, 'res.partner', 'export_data', [contact.id], ['name', 'phone'])
            domain = [('partner_id', '=', contact.id), ('email', '!=', False)]
            self.assertEqual(self.call(user, 'mail.followers', 'search_count', domain), 0)
            self.barred(user, 'mail.notification', 'search_read', [], [])
        self.assertEqual(self.call(self.chief, 'res.users', 'search_count', [('login', '=', MOBILE)]), 1)
        self.assertEqual(self.owner.with_user(self.owner).login, MOBILE)

    def test_staff_read_what_the_masks_show(self):
        viewer = self.staff['viewer']
        fields = ['name', 'mobile_masked', 'email_masked', 'user_id', 'partner_id']
        [found] = self.call(viewer, 'esign.person', 'read', [self.person.id], fields)
        self.assertEqual((found['mobile_masked'], found['email_masked']), ('139****0001', 'z***@example.com'))
        spec = {'user_id': {'fields': {'display_name': {}}}, 'partner_id': {'fields': {'display_name': {}}}}
        self.assertTrue(self.call(viewer, 'esign.person', 'web_read', [self.person.id], spec))
        for name in ('email', 'mobile', 'id_number_hash'):
            self.barred(viewer, 'esign.person', 'search_count', [(name, '=like', '1%')])
            self.barred(viewer, 'esign.person', 'read', [self.person.id], [name])
        self.barred(self.staff['auditor'], 'esign.person', 'read', [self.person.id], ['email'])

    def test_no_composer(self):
        partner = self.env['res.partner'].create({'name': 'x', 'email': STRANGER})
        for user in (*self.staff.values(), self.owner, self.system):
            self.barred(user, 'sms.composer', 'create', {'composition_mode': 'numbers', 'numbers': MOBILE, 'body': 'x'})
            self.barred(user, 'mail.compose.message', 'create', {'partner_ids': partner.ids, 'body': 'x'})
            self.barred(user, 'mail.mail', 'create', {'email_to': STRANGER, 'body_html': 'x'})
            self.barred(user, 'sms.sms', 'create', {'number': MOBILE, 'body': 'x'})
            self.barred(user, 'mail.scheduled.message', 'create', {'model': 'esign.person', 'res_id': self.person.id})
            self.barred(
                user, 'mail.message', 'create', {'model': 'esign.person', 'res_id': self.person.id, 'body': 'x'}
            )
            self.barred(user, 'mail.template', 'create', {'name': 'x', 'email_to': STRANGER})
            self.barred(user, 'mail.template', 'send_mail', [1], user.id, email_values={'email_to': STRANGER})
            self.barred(user, 'discuss.channel', 'create', {'name': 'x'})
            self.barred(user, 'mail.followers.edit', 'create', {'res_model': 'esign.person', 'res_ids': '[1]'})
            self.barred(user, 'snailmail.letter', 'create', {'model': 'esign.person', 'res_id': self.person.id})

    def test_threads_carry_notes_among_colleagues_only(self):
        partner = self.env['res.partner'].create({'name': 'x', 'email': STRANGER})
        operator = self.staff['operator']
        record = self.person.with_user(operator).sudo()  # as the chatter's route posts
        before = self.env['mail.mail'].search_count([])
        for values in (
            {'outgoing_email_to': STRANGER}, {'partner_ids': partner.ids}, {'email_from': 'ceo@bank.example'},
            {'author_id': partner.id}, {'reply_to': STRANGER}, {'subtype_xmlid': 'mail.mt_comment'},
            {'message_type': 'email'}, {'incoming_email_cc': STRANGER},
        ):  # fmt: skip
            for user in (operator, self.staff['viewer'], self.owner):
                with self.subTest(user=user.login, **values), self.assertRaises(AccessError):
                    self.person.with_user(user).sudo().message_post(body=Markup('x'), **values)
        with self.assertRaises(AccessError):
            record.message_notify(body='x', partner_ids=partner.ids)
        with self.assertRaises(AccessError):
            self.person.with_user(operator).message_subscribe(partner.ids)
        self.assertEqual(self.env['mail.mail'].search_count([]), before)
        ways = {
            user: self.person.with_user(user)._mail_post_access for user in (operator, self.staff['viewer'], self.owner)
        }
        self.assertEqual(list(ways.values()), ['read', 'write', 'write'])
        viewer = self.staff['viewer'].partner_id
        note = record.message_post(body=Markup('请看一下'), subtype_xmlid='mail.mt_note', partner_ids=viewer.ids)
        self.assertEqual(note.notified_partner_ids, viewer)
        self.assertEqual(note.author_id, operator.partner_id)

    def test_by_name_staff_post_nothing(self):
        for method, kwargs in (
            ('message_post', {'body': 'x'}), ('message_notify', {'body': 'x', 'partner_ids': []}),
            ('message_mail_with_source', {'source_ref': 'x'}), ('message_post_with_source', {'source_ref': 'x'}),
            ('activity_send_mail', {'template_id': 1}), ('message_process', {'message': 'x'}),
        ):  # fmt: skip
            for user in (self.staff['operator'], self.owner):
                self.barred(user, 'esign.person', method, [self.person.id], **kwargs)

    def test_administrators_keep_what_odoo_gives(self):
        wizard = self.call(self.chief, 'sms.composer', 'create', {'numbers': MOBILE, 'body': 'x'})
        self.assertTrue(wizard)

    def test_activities_go_on(self):
        operator = self.staff['operator']
        values = {
            'res_model_id': self.env['ir.model']._get_id('esign.person'), 'res_id': self.person.id,
            'activity_type_id': self.env.ref('mail.mail_activity_data_todo').id, 'user_id': operator.id,
            'summary': '复核',
        }  # fmt: skip
        activity = self.call(operator, 'mail.activity', 'create', values)
        self.assertTrue(self.call(operator, 'mail.activity', 'action_feedback', [activity], feedback='好'))


@tagged('post_install', '-at_install')
class TestOutsideReach(ReachCase):
    # R1.1

    def test_no_model_of_odoo_is_written(self):
        for user in (self.owner, self.env.ref('base.public_user')):
            rights = self.env['ir.model.access'].with_user(user)
            for mode in ('write', 'create', 'unlink'):
                self.assertEqual(sorted(rights._get_allowed_models(mode)), [])
            foreign = {name for name in rights._get_allowed_models('read') if not name.startswith('esign.')}
            self.assertLessEqual(foreign, reach.OUTSIDE_MODELS.keys())

    def test_no_method_is_called_by_name(self):
        admit = self.env['ir.model.access'].with_user(self.owner)._esign_admit_call
        for model, method in (
            ('res.users', 'write'), ('esign.person', 'read'), ('esign.account', 'message_post'),
            ('res.users', 'context_get'), ('esign.seal', 'action_usage'), ('ir.attachment', 'create'),
        ):  # fmt: skip
            with self.subTest(method=f'{model}.{method}'), self.assertRaises(AccessError):
                admit(model, method)

    def test_own_login_is_changed_by_our_pages_only(self):
        for values in ({'name': '银行行长'}, {'email': 'ceo@bank.example'}, {'phone': '1'}, {'lang': 'zh_CN'},
                       {'signature': 'x'}, {'image_1920': False}, {'tz': 'UTC'}):  # fmt: skip
            with self.subTest(**values), self.assertRaises(AccessError):
                self.owner.with_user(self.owner).write(values)
        with self.assertRaises(AccessError):
            self.owner.partner_id.with_user(self.owner).write({'name': '银行行长'})

    def test_notices_go_to_the_address_that_was_proved(self):
        self.person.email = False
        self.owner.partner_id.email = STRANGER
        before = self.env['mail.mail'].search([])
        self.person._tell(lambda translate: ('通知', ''))
        self.assertFalse(self.env['mail.mail'].search([]) - before)


@tagged('post_install', '-at_install')
class TestOutsideDoors(PeopleMixin, HttpCase):
    # R1.1

    def test_no_mail_to_strangers(self):
        """By Odoo's route for messages and by RPC, on one's own record."""
        account = self.env['esign.account']._open('13912340055', PASSWORD)
        before = self.env['mail.mail'].search_count([])
        self.authenticate('13912340055', PASSWORD)
        params = {'thread_model': 'esign.account', 'thread_id': account.id, 'post_data': {'body': 'x'}}
        values = {'body': 'x', 'outgoing_email_to': STRANGER}
        uid, database = account.user_id.id, self.env.cr.dbname
        with mute_logger(*LOUD, 'odoo.sql_db'):
            answer = self.url_open('/mail/message/post', json={'jsonrpc': '2.0', 'params': params})
            self.assertTrue(answer.status_code == 404 or answer.json().get('error'), answer.text)
            with self.assertRaises(xmlrpc.client.Fault) as fault:
                self.xmlrpc_object.execute_kw(
                    database, uid, PASSWORD, 'esign.account', 'message_post', [account.ids], values
                )
        self.assertEqual(fault.exception.faultCode, 3)  # not even let in
        self.assertEqual(self.env['mail.mail'].search_count([]), before)
        self.assertFalse(account.message_ids.filtered(lambda message: message.body == '<p>x</p>'))


@tagged('post_install', '-at_install')
class TestCodeClosed(ReachCase):
    """Python in rows: off in production, for administrators and superusers alike."""

    # R3.4 R6.1
    def setUp(self):
        super().setUp()
        self.admin = self.env.ref('base.user_admin')
        self.model = self.env['ir.model']._get_id('res.partner')

    def test_every_row_that_holds_python(self):
        view = self.env['ir.ui.view'].search([('type', '=', 'qweb')], limit=1)
        report = self.env['ir.actions.report'].search([], limit=1)
        rule = self.env['ir.rule'].search([], limit=1)
        cron = self.env['ir.cron'].search([('state', '=', 'code')], limit=1)
        plain = self.env['ir.actions.server'].create(
            {'name': 'x', 'model_id': self.model, 'state': 'object_write', 'update_path': 'name', 'value': 'y'}
        )
        for user in (self.admin, self.env.ref('base.user_root')):
            for model, ids, values in (
                ('ir.actions.server', None, {'name': 'x', 'model_id': self.model, 'state': 'code', 'code': 'pass'}),
                ('ir.actions.server', plain.ids, {'state': 'code', 'code': 'env.cr.commit()'}),
                ('ir.actions.server', plain.ids, {'evaluation_type': 'equation', 'value': 'record.env'}),
                ('ir.cron', cron.ids, {'code': 'env.cr.commit()'}),
                ('ir.rule', None, {'name': 'x', 'model_id': self.model, 'domain_force': "[(1, '=', user.id)]"}),
                ('ir.rule', rule.ids, {'domain_force': '[(1, "=", 1)]'}),
                ('ir.model.fields', None, {
                    'model_id': self.model, 'name': 'x_test', 'ttype': 'char', 'compute': 'pass', 'depends': 'name',
                    'store': False, 'state': 'manual', 'readonly': True,
                }),
                ('ir.actions.report', report.ids, {'print_report_name': 'object.env'}),
                ('ir.ui.view', None, {'name': 'x', 'type': 'qweb', 'arch': '<t t-out="request.env"/>'}),
                ('ir.ui.view', view.ids, {'arch': '<t t-out="request.env"/>'}),
                ('mail.template', None, {'name': 'x', 'model_id': self.model, 'subject': '{{ object.env.uid }}'}),
            ):  # fmt: skip
                with self.subTest(user=user.login, model=model, **{k: str(v) for k, v in values.items()}):
                    self._refused(user, model, ids, values)

    def _refused(self, user, model, ids, values):
        rows = self.env[model].with_user(user)
        with self.assertRaisesRegex(AccessError, 'runs no code'), self.env.cr.savepoint():
            rows.browse(ids).write(values) if ids else rows.create(values)
        self.env.invalidate_all()

    def test_what_holds_no_python_is_written(self):
        admin = self.env['ir.ui.view'].with_user(self.admin)
        form = admin.create(
            {'name': 'x', 'type': 'form', 'model': 'res.partner', 'arch': '<form><field name="name"/></form>'}
        )
        form.arch = '<form><field name="email"/></form>'
        template = self.env['mail.template'].with_user(self.admin)
        template.create({'name': 'x', 'model_id': self.model, 'subject': '{{ object.name }}', 'body_html': '<p>x</p>'})

    def test_code_that_is_there_is_run_only_when_a_module_brought_it(self):
        with patch.dict(os.environ, {'ESIGN_DEVELOPMENT': '1'}):
            mine = self.env['ir.actions.server'].create(
                {'name': 'x', 'model_id': self.model, 'state': 'code', 'code': 'raise UserError("ran")'}
            )
            with self.assertRaisesRegex(UserError, 'ran'):
                mine.run()
        with self.assertRaisesRegex(AccessError, 'runs no code'):
            mine.run()
        self.env.ref('mail.ir_cron_mail_scheduler_action').ir_actions_server_id._run_action_code_multi(
            {'model': self.env['mail.mail']}
        )

    def test_typed_expressions_are_not_rendered(self):
        partner = self.owner.partner_id
        mixin = self.env['mail.render.mixin'].with_user(self.admin)
        for engine, text in (
            ('inline_template', '{{ object.env.cr.dbname }}'),
            ('qweb', '<p t-out="object.env.cr.dbname"/>'),
        ):
            with self.subTest(engine=engine), self.assertRaises(AccessError):
                mixin._render_template(text, 'res.partner', partner.ids, engine=engine)

    def test_the_refusal_in_chinese(self):
        actions = self.env['ir.actions.server'].with_user(self.admin).with_context(lang='zh_CN')
        with self.assertRaises(AccessError) as refused, self.env.cr.savepoint():
            actions.create({'name': 'x', 'model_id': self.model, 'state': 'code'})
        self.assertEqual(str(refused.exception), '本系统不执行存放在数据库中的代码。参见运维手册中的“代码”一节。')


@tagged('post_install', '-at_install')
class TestWebClient(HttpCase):
    # R6.1
    def test_the_web_client_opens_for_every_role(self):
        for role in (*STAFF, 'administrator'):
            new_test_user(self.env, f'client_{role}', f'esign_base.group_esign_{role}', password='client-1x')
            self.authenticate(f'client_{role}', 'client-1x')
            answer = self.url_open('/odoo')
            with self.subTest(role=role):
                self.assertNotIn('/web/login', answer.url)
                self.assertIn('odoo.__session_info__', answer.text)
                self._chatter_opens(self.env.ref('base.main_company').partner_id)

    def _chatter_opens(self, record):
        """What the chatter asks for beside a record, in one request."""
        wanted = ['activities', 'attachments', 'followers', 'scheduledMessages', 'suggestedRecipients']
        thread = {'thread_model': record._name, 'thread_id': record.id, 'request_list': wanted}
        params = {'fetch_params': [['mail.thread', thread]], 'context': {}}
        answer = self.url_open('/mail/data', json={'jsonrpc': '2.0', 'params': params}).json()
        self.assertNotIn('error', answer)
        self.assertIn('mail.thread', answer['result'])


@tagged('post_install', '-at_install')
class TestSuperuserPage(PeopleMixin, HttpCase):
    # R6.1
    def test_nobody_becomes_superuser(self):
        admin = new_test_user(self.env, 'become_admin', 'base.group_system', password='become-1x')
        self.authenticate(admin.login, 'become-1x')
        with mute_logger('odoo.http'):
            answer = self.url_open('/web/become', allow_redirects=False)
        self.assertEqual(answer.status_code, 404)
