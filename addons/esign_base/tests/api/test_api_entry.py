import re
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...errors import EsignError
from .api_common import ApiCalls, new_person


@tagged('post_install', '-at_install')
class TestApiEntry(ApiCalls, HttpCase):
    """The door: the same answers by both ways."""

    def setUp(self):
        super().setUp()
        self.use_system()
        self.person = new_person()

    def test_methods_to_come_are_known_by_name(self):  # R7.1
        self.assertRegex(self.both('templates', {}), '^ESIGN_UNAVAILABLE: ')

    def test_arguments_are_refused_by_their_path(self):  # R7.1
        self.assertRegex(self.both('templates', {'scenarios': 'x'}), '^ESIGN_INVALID: scenarios: ')
        self.assertRegex(self.both('sync_person', {}), '^ESIGN_INVALID: ref: ')
        person = {'ref': 'p', **new_person()}
        for name, value in (('mobile', '12'), ('id_number', '110101199003070012'), ('name', 'x1'), ('id_type', 'x')):
            self.assertRegex(self.both('sync_person', {**person, name: value}), f'^ESIGN_INVALID: {name}: ')

    def test_file_names_hold_no_control_characters(self):  # R7.1
        for name in ('a\0.pdf', 'a\x07.pdf', 'a\n.pdf'):
            file = {'ref': 'f', 'name': name, 'content': 'JVBERi0='}
            answer = self.told(self.json2, 'upload_file', file)  # XML cannot write them
            self.assertRegex(answer, '^ESIGN_INVALID: name', repr(name))

    def test_only_business_systems(self):  # R7.1
        self.env['ir.config_parameter'].set_param('esign.staff_api_keys', 'True')
        self.use_system(new_test_user(self.env, 'api_operator', groups='esign_base.group_esign_operator'))
        self.assertRegex(self.both('templates', {}), '^ESIGN_FORBIDDEN: ')

    def test_the_word_of_a_system_needs_the_right(self):  # R7.1
        self.use_system(new_test_user(self.env, 'api_plain', groups='esign_base.group_esign_integration'))
        person = {'ref': 'p', **new_person()}
        self.assertRegex(self.both('sync_person', {**person, 'verified': True}), '^ESIGN_FORBIDDEN: verified')
        self.assertEqual(self.both('sync_person', person), {'ref': 'p', 'state': 'draft'})

    def test_one_key_one_person(self):  # R7.1
        person = {'ref': 'p', **new_person(), 'verified': True}
        self.assertEqual(self.both('sync_person', person), {'ref': 'p', 'state': 'verified'})
        found = self.env['esign.person'].search([('mobile', '=', person['mobile'])])
        self.assertEqual((len(found), found.verified_by_method), (1, 'vouched'))
        self.assertRegex(self.both('sync_person', {**person, 'name': '赵大明'}), '^ESIGN_CONFLICT: ref')
        stranger = {**person, 'ref': 'q', 'name': '钱大明'}
        self.assertRegex(self.both('sync_person', stranger), '^ESIGN_CONFLICT: ')

    def test_a_person_may_be_vouched_for_later(self):  # R7.1
        person = {'ref': 'p', **new_person()}
        self.assertEqual(self.both('sync_person', person)['state'], 'draft')
        self.assertEqual(self.both('sync_person', {**person, 'verified': True})['state'], 'verified')
        self.assertEqual(self.both('sync_person', person)['state'], 'verified')

    def test_the_context_of_the_caller_steers_nothing(self):  # R7.1
        seen = []
        model = type(self.env['esign.api'])
        original = model._carry_out

        def look(facade, spec, args, kwargs):
            seen.append(dict(facade.env.context))
            return original(facade, spec, args, kwargs)

        with patch.object(model, '_carry_out', look):
            self.both('templates', {'context': {'lang': 'xx_XX', 'default_state': 'verified', 'active_test': False}})
        self.assertEqual([set(one) for one in seen], [{'lang', 'tz'}] * 2)
        self.assertEqual({one['lang'] for one in seen}, {self.system.lang})

    def test_the_language_of_the_context_is_spoken(self):  # R7.1
        self.env['res.lang']._activate_lang('zh_CN')
        person = {'ref': 'lang', **new_person(), 'mobile': '12'}
        calls = (('sync_person', {'ref': 7}), ('sync_person', person), ('templates', {}))
        self.system.sudo().lang = 'zh_CN'
        for method, arguments in calls:
            for asked, chinese in (('zh_CN', True), ('zh-CN', True), ('zh', True), ('en_US', False), ('en', False)):
                said = self.both(method, {**arguments, 'context': {'lang': asked}})
                self.assertEqual(bool(re.search('[\u4e00-\u9fff]', said)), chinese, (asked, said))

    def test_what_nobody_foresaw_becomes_a_number(self):  # R7.1
        def fail(*_args):
            raise ZeroDivisionError('secret-of-the-house')

        with (
            patch.object(type(self.env['esign.api']), '_carry_out', fail),
            mute_logger('odoo.addons.esign_base.models.api.esign_api_errors'),
        ):
            for way in (self.xmlrpc, self.json2):
                text = self.told(way, 'templates', {})
                self.assertRegex(text, '^ESIGN_UNAVAILABLE: .*[0-9a-f]{8}')
                self.assertNotIn('secret', text)

    def test_limits_are_counted_for_each_system(self):  # R7.1
        self.env['ir.config_parameter'].set_param('esign.api_calls_per_minute', '3')
        self.env['esign.rate.limit']._clear('api', self.system.id)
        # (A refused call of a test takes its count back: test cursors are one connection.)
        person = {'ref': 'p', **new_person()}
        texts = [str(self.told(self.json2, 'sync_person', person))[:11] for _number in range(5)]
        self.assertEqual(texts, ["{'ref': 'p'"] * 3 + ['ESIGN_LIMIT'] * 2)

    @mute_logger('odoo.http')
    def test_private_methods_and_other_models_are_closed(self):  # R7.1
        for name in ('_enter', '_carry_out', '_invalid', '_told_rule', 'create', 'search'):
            answer = self.url_open(
                f'/json/2/esign.api/{name}', data='{}', headers={'Authorization': f'bearer {self.key}',
                                                                 'Content-Type': 'application/json'},
            )  # fmt: skip
            self.assertNotEqual(answer.status_code, 200, name)
        for model in ('esign.person', 'esign.api.reference', 'esign.api.call', 'esign.document', 'esign.seal'):
            for method in ('search', 'create'):
                answer = self.url_open(
                    f'/json/2/{model}/{method}', data='{"domain": []}' if method == 'search' else '{"vals_list": [{}]}',
                    headers={'Authorization': f'bearer {self.key}', 'Content-Type': 'application/json'},
                )  # fmt: skip
                self.assertEqual(answer.status_code, 403, (model, method))

    def test_calls_are_in_the_audit_list_without_their_content(self):  # R7.1
        person = {'ref': 'audit-me', **new_person()}
        self.both('sync_person', person)
        rows = self.env['esign.api.call'].search([('user_id', '=', self.system.id)], limit=2)
        self.assertEqual(rows.mapped(lambda row: (row.method, row.result)), [('sync_person', 'OK')] * 2)
        told = str(rows.read())
        for secret in ('audit-me', person['mobile'], person['id_number'], person['name'], self.key):
            self.assertNotIn(secret, told)

    def test_keys_show_when_they_were_used(self):  # R7.1
        key = self.env['res.users.apikeys'].search([('user_id', '=', self.system.id)], order='id desc', limit=1)
        for way in (self.json2, self.xmlrpc):
            self.env.cr.execute('UPDATE res_users_apikeys SET last_used_at = NULL WHERE id = %s', [key.id])
            self.assertEqual(way('sync_person', {'ref': 'p', **self.person})['ref'], 'p')
            key.invalidate_recordset()
            self.assertTrue(key.last_used_at)

    def test_an_administrator_shares_what_was_there(self):  # R7.1
        other = self.env['res.users'].search([('login', '=', 'admin')])
        person = self.env['esign.person'].search([('state', '=', 'verified')], limit=1)
        share = self.env['esign.api.reference'].with_user(other)
        row = share.create({'user_id': self.system.id, 'ref': 'theirs', 'record': f'esign.person,{person.id}'})
        self.assertEqual((row.kind, row.origin, row._record()), ('person', 'shared', person.sudo()))
        found = self.env['esign.api.reference'].with_user(self.system)._find('person', 'theirs', 'person')
        self.assertEqual(found, person.sudo())
        self.assertRegex(self.both('sync_person', {'ref': 'theirs', **self.person}), '^ESIGN_CONFLICT: ref')
        row.unlink()
        self.json2('sync_person', {'ref': 'p', **self.person})
        made = self.env['esign.api.reference'].search([('ref', '=', 'p'), ('user_id', '=', self.system.id)])
        with self.assertRaises(EsignError):
            made.with_user(other).unlink()
        with self.assertRaises(ValidationError):
            share.create({'user_id': other.id, 'ref': 'x', 'record': f'esign.person,{person.id}'})

    def test_who_sees_calls_and_references(self):  # R7.1
        for login, group, allowed in (
            ('api_viewer', 'viewer', False),
            ('api_auditor', 'auditor', True),
            ('api_system', 'integration', False),
        ):
            user = new_test_user(self.env, login, groups=f'esign_base.group_esign_{group}')
            for model in ('esign.api.call', 'esign.api.reference'):
                with self.subTest(login, model=model):
                    rows = self.env[model].with_user(user)
                    self.assertEqual(rows.has_access('read'), allowed)
                    self.assertFalse(any(rows.has_access(what) for what in ('write', 'create', 'unlink')))
