"""Who may do what with every model of the two lower floors: tables, compared with the registry.

``data/access_table.txt`` holds the access rows, ``data/public_methods.txt`` of each addon who may call what. A
model, a staff group or a public method without a line fails here: adding one is a decision. ``access_table.txt`` is
written anew by ``ESIGN_WRITE_MATRIX=1 ./esign test /esign_enterprise:TestAccessTable``.
"""

import os
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError
from odoo.modules import get_module_path
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.tests.common import our_models, proven_consent
from odoo.addons.esign_base.tests.odoo.test_reach_matrix import WRITE
from odoo.addons.esign_base.tests.test_access_gate import _public_methods, callers

from .common import pdf
from .seal_common import SealCase

FLOORS = ('esign_base', 'esign_enterprise')
OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'u': 'unlink'}
OUTSIDE = (
    'public', 'portal', 'registered', 'frozen', 'stranger', 'member', 'seal_operator', 'enterprise_admin',
    'other_admin', 'employee',
)  # fmt: skip
# “staff” in the table: every group of the platform but those of business systems.
MACHINES = ('integration', 'vouch')
API = 'esign.api'
# Where the right caller still lacks something that this test does not bring: the code of that refusal.
LACKING = {
    'esign.certificate.external.action_import': 'ROOTS_UNREADABLE',
    'esign.callback.action_start': 'CALLBACK_SECRET',
}
LOUD = ('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.models', 'odoo.sql_db')


class _Undo(Exception):
    """Takes back what an allowed act did."""


@tagged('post_install', '-at_install')
class TestAccessTable(SealCase):
    # R1.3 R1.4 R1.10 R6.1
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.groups = cls._staff_groups()
        cls.users = {
            'public': cls.env.ref('base.public_user'),
            'portal': new_test_user(cls.env, 'table_portal', 'base.group_portal'),
            'registered': cls.make_person('未认证', state='draft').user_id,
            'frozen': cls.make_person('冻结者', state='frozen').user_id,
            'stranger': cls.make_person('陌生人').user_id,
            'member': cls.member.user_id,
            'seal_operator': cls.operator_person.user_id,
            'enterprise_admin': cls.admin.user_id,
            'other_admin': cls.stranger.user_id,
            'employee': new_test_user(cls.env, 'table_employee', 'base.group_user'),
            **{name: cls._staff(f'table_{name}', name) for name in cls.groups},
        }
        cls.records = {
            **cls._people_records(),
            **cls._key_records(),
            **cls._enterprise_records(),
            **cls._system_records(),
        }
        cls.env.flush_all()

    @classmethod
    def _staff(cls, login, name):
        kind = '' if name == 'integration' else 'base.group_user,'
        return new_test_user(cls.env, login, f'{kind}esign_base.group_esign_{name}')

    @classmethod
    def _staff_groups(cls):
        names = cls.env['ir.model.data'].search([('module', '=', 'esign_base'), ('model', '=', 'res.groups')])
        return [name.removeprefix('group_esign_') for name in sorted(names.mapped('name'))]

    @classmethod
    def _people_records(cls):
        """What belongs to the member (“普通成员”) as a person, and the platform's own."""
        now, person = fields.Datetime.now(), cls.member
        hashes = {'purpose': 'x', 'number_hash': 'x', 'subject_hash': 'x', 'code_hash': 'x'}
        env = cls.env
        account = env['esign.account'].create(
            {'user_id': person.user_id.id, 'person_id': person.id, 'mobile': person.mobile}
        )
        draft = env['esign.agreement'].create({'name': '草稿', 'kind': 'service', 'version': 'x-9', 'body': '<p>x</p>'})
        return {
            'esign.account': account,
            'esign.person': person,
            'esign.person.verification': env['esign.person.verification'].create(
                {
                    'person_id': person.id, 'method': 'manual', 'name': '普通成员',
                    **env['esign.person']._id_values('passport', 'E12345678'),
                }
            ),
            'esign.agreement': draft,
            'esign.agreement.acceptance': env['esign.agreement']._accept(['service'], person.user_id),
            'esign.verification.provider': env['esign.verification.provider'].search([], limit=1),
            'esign.rate.limit': env['esign.rate.limit'].create(
                {'purpose': 'x', 'key_hash': 'x', 'hits': 1, 'ends_at': now}
            ),
            'esign.otp': env['esign.otp'].create({**hashes, 'expires_at': now}),
            'esign.captcha': env['esign.captcha'].create({'token_hash': 'x', 'expires_at': now}),
            'esign.handwriting': env['esign.handwriting']._open(person)[0],
            'esign.consent': proven_consent(env, person),
            'esign.reason.wizard': env['esign.reason.wizard'].create(
                {'res_model': 'esign.account', 'res_ids': account.ids, 'decision': 'freeze', 'reason': '调查'}
            ),
        }  # fmt: skip

    @classmethod
    def _key_records(cls):
        """Certificate, seal and use of the enterprise; documents and traces of the platform."""
        env = cls.env
        certificate = env['esign.certificate'].search([('enterprise_id', '=', cls.enterprise.id)])
        document = env['esign.document']._store('合同.pdf', b'%PDF-1', pages=1)
        chain = env['esign.trace.chain']._of(cls.enterprise)
        chain._append('completed', actor='管理员甲')
        seal = cls.seal.sudo()
        return {
            'esign.certificate': certificate,
            'esign.certificate.external': env['esign.certificate.external'].create(
                {'holder_name': '外部证书有限公司', 'uscc': '91350100M000100Y43'}
            ),
            'esign.certificate.revoke': env['esign.certificate.revoke'].create(
                {'certificate_ids': certificate.ids, 'reason': 'superseded', 'note': '更换'}
            ),
            'esign.authority': env['esign.authority']._ready(),
            'esign.seal': seal,
            'esign.seal.kind': seal.kind_id,
            'esign.seal.size': seal.size_id,
            'esign.seal.artwork': seal.artwork_id,
            'esign.business.type': env['esign.business.type'].search([], limit=1),
            'esign.document': document,
            'esign.document.revision': document._newest(),
            'esign.trace.chain': chain,
            'esign.trace.event': chain.event_ids,
            'esign.trace.head': chain.head_ids,
            'esign.trace.stamp': env['esign.trace.stamp']._keep(chain, b'x', fields.Datetime.now()),
        }

    @classmethod
    def _enterprise_records(cls):
        """What the enterprise keeps about its people and seals."""
        env, admin = cls.env, cls.admin.user_id
        granted = cls.grant()
        identity = cls.worn(cls.operator_person)
        membership = cls.enterprise._member_of(cls.member)
        return {
            'esign.seal.grant': granted,
            'esign.seal.request': env['esign.seal']._request_new(cls.enterprise, admin, {'kind': 'hr'}),
            'esign.seal.usage': env['esign.seal.usage']._log(cls.seal, 'ok', identity, document='HT-1'),
            'esign.enterprise': cls.enterprise,
            'esign.enterprise.certification': cls.enterprise.certification_id,
            'esign.department': cls.department,
            'esign.enterprise.member': membership,
            'esign.enterprise.join': env['esign.enterprise.join']._apply(
                cls.make_person('申请者').user_id, cls.enterprise
            ),
            'esign.enterprise.admin.change': env['esign.enterprise.admin.change'].create(
                {
                    'enterprise_id': cls.enterprise.id, 'kind': 'transfer', 'state': 'waiting',
                    'former_member_id': cls.enterprise._administrators().id, 'member_id': membership.id,
                    'expires_on': fields.Datetime.now() + timedelta(days=7),
                }
            ),
            'esign.enterprise.role': env.ref('esign_enterprise.role_member'),
        }  # fmt: skip

    @classmethod
    def _system_records(cls):
        """What is kept about a business system."""
        env, system = cls.env, cls.users['integration']
        callback = env['esign.callback'].create(
            {'name': 'HR', 'user_id': system.id, 'url': 'https://1.1.1.1/hook'}  # an address, so that no name is asked
        )
        event = env['esign.callback.event'].create(
            {'callback_id': callback.id, 'event_id': 'x', 'kind': 'test', 'lane': 'test,x', 'body': '{}'}
        )
        return {
            'esign.callback': callback,
            'esign.callback.event': event,
            'esign.callback.attempt': env['esign.callback.attempt'].create({'event_id': event.id, 'status': 200}),
            'esign.callback.kind': env['esign.callback.kind'].search([], limit=1),
            'esign.api.call': env['esign.api.call'].create(
                {'user_id': system.id, 'method': 'group', 'duration_ms': 1, 'result': 'OK'}
            ),
            'esign.api.key.wizard': env['esign.api.key.wizard'].create({'user_id': system.id}),
            'esign.api.reference': env['esign.api.reference'].create(
                {'user_id': system.id, 'kind': 'person', 'ref': 'x', 'res_id': cls.member.id, 'origin': 'shared'}
            ),
        }

    # Access rows and record rules ----------------------------------------------------------------

    def test_access_rows(self):
        """Each model: one record, every role, four operations."""
        concrete = {name for name, model in self._models().items() if not model._abstract}
        found = [self._line(name, self._letters(self.records[name])) for name in sorted(concrete & self.records.keys())]
        self.assertEqual(sorted(concrete - self.records.keys()), [], 'make a record of it for the table')
        if os.environ.get(WRITE):
            self._write(found)
        self.assertEqual(found, sorted(self._table()), 'decide and write it into data/access_table.txt')

    def _models(self):
        return {name: model for name, model in our_models(self.env).items() if model._original_module in FLOORS}

    def _path(self):
        return Path(get_module_path('esign_enterprise')) / 'tests' / 'data' / 'access_table.txt'

    def _write(self, found):
        head = [line for line in self._path().read_text(encoding='utf-8').splitlines() if line.startswith('#')]
        self._path().write_text('\n'.join([*head, *found]) + '\n', encoding='utf-8')

    def _table(self):
        lines = self._path().read_text(encoding='utf-8').splitlines()
        return [' '.join(line.split()) for line in lines if line.strip() and not line.startswith('#')]

    def _letters(self, record):
        found = {}
        for role, user in self.users.items():
            mine = record.with_user(user)
            with mute_logger(*LOUD):
                found[role] = ''.join(key for key, operation in OPERATIONS.items() if mine.has_access(operation))
        return found

    def _line(self, model, letters):
        """One line of the table; “staff=r” stands for all groups of the platform that have no word of their own."""
        staff = [name for name in self.groups if name not in MACHINES]
        usual = letters['viewer']
        words = [f'{role}={letters[role]}' for role in OUTSIDE if letters[role]]
        words += [f'staff={usual}'] if usual else []
        words += [f'{name}={letters[name] or "-"}' for name in staff if letters[name] != usual]
        words += [f'{name}={letters[name]}' for name in MACHINES if letters[name]]
        return ' '.join([model, *words])

    # Public methods ------------------------------------------------------------------------------

    def test_public_methods(self):
        """Each method that any login can call by RPC: it works for those who may, and refuses all others."""
        table = self._callers()
        names = {name for name in _public_methods(self.env) if name.rpartition('.')[0] in self._models()}
        names = {name for name in names if self._on_these_floors(name)}
        self.assertEqual(sorted(names - table.keys()), [], 'say in public_methods.txt who may call it: [role …]')
        for name in sorted(names):
            for role, user in self.users.items():
                with self.subTest(method=name, role=role):
                    self.assertEqual(self._works(name, user), role in table[name])

    def _callers(self):
        """method → roles; “[staff]” is every internal user."""
        listed = {name: roles for addon in FLOORS for name, roles in callers(addon).items()}
        internal = self._staff_roles() | {'employee'}
        found = {name: internal if roles == {'staff'} else roles for name, roles in listed.items()}
        unknown = {role for roles in found.values() for role in roles} - self.users.keys()
        self.assertEqual(unknown, set())
        return found

    def _staff_roles(self):
        return {name for name in self.groups if name != 'integration'}

    def _on_these_floors(self, name):
        model, _dot, method = name.rpartition('.')
        owner = next(cls for cls in type(self.env[model]).__mro__ if method in vars(cls))
        return owner.__module__.split('.')[2] in FLOORS

    def _works(self, name, user):
        model, _dot, method = name.rpartition('.')
        if model == API:
            return self._admitted(method, user)
        records = self._fitting(model, method)
        with mute_logger(*LOUD):
            try:
                with self.cr.savepoint():
                    self._prepare(name, records)
                    self._call(records.with_user(user), method)
                    self.env.flush_all()
                    raise _Undo
            except UserError as refusal:
                return name in LACKING and getattr(refusal, 'code', '') == LACKING[name]
            except _Undo:
                return True
            finally:
                self.env.invalidate_all()

    def _call(self, records, method):
        function = getattr(type(records), method)
        if getattr(function, '__has_check_identity', False):
            # The password that is asked for first is a matter of the screen; the right to go on is the method's own.
            return function.__wrapped__(records)
        return call_kw(records.browse(), method, [records.ids], {})

    def _admitted(self, method, user):
        """Whether the façade asks this caller for arguments; all others are turned away before."""
        with mute_logger(*LOUD), self.assertRaises(UserError) as refused:
            call_kw(self.env[API].with_user(user), method, [], {'nonsense': 1})
        return not str(refused.exception).startswith('ESIGN_FORBIDDEN')

    def _fitting(self, model, method):
        """The record on which the method would work for whoever may call it."""
        if model == 'esign.enterprise.certification':
            return self._certification(method)
        if model == 'esign.enterprise.admin.change':
            return self._application()
        return self.records[model]

    def _certification(self, method):
        if method in ('action_submit', 'action_agree'):
            return self._kept(method, lambda: self.draft(self.make_person('起草人')).sudo())
        return self._kept('pending', lambda: self.pending(self.make_person('待审人')).sudo())

    def _application(self):
        def make():
            person = self.make_person('接任者')
            self.join(person, self.other, self.stranger)
            return self.env['esign.enterprise.admin.change']._apply(person.user_id, self.other, pdf(), 'x.pdf')

        return self._kept('application', make)

    def _kept(self, key, make):
        kept = self.__dict__.setdefault('_made', {})
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def _prepare(self, name, records):
        """Bring a record into the state in which the method has something to do."""
        if name == 'esign.person.action_unfreeze':
            records._move('frozen', reason='x')
        elif name == 'esign.enterprise.action_unfreeze':
            records.sudo()._freeze('x')
        elif name in ('esign.certificate.external.action_make_request', 'esign.certificate.external.action_import'):
            mine = records.with_user(self.users['administrator'])
            mine.action_request()
            if name.endswith('import'):
                mine.action_make_request()

    def test_decisions_of_the_reason_wizard(self):
        """What the wizard hands its reason to asks itself who decides; wizards are no back door."""
        found = [
            (name, method) for name, model in self._models().items() for method in dir(model)
            if method.startswith('_staff_') and not model._abstract
        ]  # fmt: skip
        self.assertGreater(len(found), 8)
        for model, method in found:
            for role, user in self.users.items():
                record = self._fitting(model, method).with_user(user)
                with self.subTest(decision=f'{model}.{method}', role=role), mute_logger(*LOUD):
                    try:
                        with self.cr.savepoint():
                            getattr(record, method)('原因')
                            self.env.flush_all()
                            raise _Undo
                    except UserError:
                        self.assertNotIn(role, ('operator', 'administrator'))
                    except _Undo:
                        self.assertIn(role, ('operator', 'administrator'))
                self.env.invalidate_all()
