"""Lists about business systems ask the database as often for a thousand rows as for ten."""

import uuid

from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.esign_base.tests.list_costs import FEW, MANY, ListCosts
from odoo.addons.esign_enterprise.tests.common import make_uscc

KEPT = ('esign.callback', 'esign.api')
FLOORS = ('esign_base', 'esign_enterprise', 'esign_sign')


@tagged('post_install', '-at_install')
class TestApiListCosts(ListCosts, TransactionCase):
    """Calls, references to everything a system can name, subscriptions, call-backs in every state."""

    # R7.1 R7.2
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = 'esign_base.group_esign_integration'
        cls.systems = [new_test_user(cls.env, f'costs-{number}', groups=group) for number in range(FEW)]
        cls.number = 0

    def test_every_list(self):
        lists = self.lists(FLOORS, lambda model: model.startswith(KEPT))
        found = {model for model, _kind, _spec in lists}
        self.assertEqual(found, {'esign.api.call', 'esign.api.reference', 'esign.callback', 'esign.callback.event'})
        # the attempts stand in the form of their call-back
        attempts = {name: {} for name in ('create_date', 'said', 'address', 'milliseconds')}
        lists.append(('esign.callback.attempt', 'list', attempts))
        self.fill(FEW)
        few = self.costs(lists)
        self.fill(MANY - FEW)
        for model, _kind, _spec in lists:
            self.assertGreaterEqual(self.env[model].search_count([]), MANY, f'fill() makes none of {model}')
        many = self.costs(lists)
        self.assertEqual({key: (few[key], cost) for key, cost in many.items() if cost > few[key]}, {})

    def test_the_names_of_records_are_shown(self):
        self.fill(4)
        rows = self.env['esign.api.reference'].search([('user_id', 'in', [one.id for one in self.systems])])
        self.assertEqual(set(rows.mapped('kind')), {'person', 'file', 'enterprise', 'group'})
        for row in rows:
            self.assertEqual(row.record_name, row.record.display_name)
            self.assertTrue(row.record_name)
        gone = rows[0]
        gone.res_id = 10**9
        self.assertEqual((gone.record, gone.record_name), (None, ''))
        # whoever may not read a record is not told its name
        auditor = new_test_user(self.env, 'costs-auditor', groups='esign_base.group_esign_auditor')
        seen = {row.kind: row.record_name for row in rows[1:].with_user(auditor)}
        readable = {row.kind: row.sudo()._records()[row.sudo()].with_user(auditor).has_access('read')
                    for row in rows[1:].with_user(auditor)}  # fmt: skip
        self.assertEqual({kind: bool(name) for kind, name in seen.items()}, readable)

    def fill(self, count):
        """``count`` more of everything, spread over the systems."""
        numbers = range(self.number, self.number + count)
        self.number += count
        env = self.env(context={**self.env.context, 'tracking_disable': True, 'no_reset_password': True})
        systems = {number: self.systems[number % len(self.systems)] for number in numbers}
        env['esign.api.call'].create(
            [{'user_id': systems[n].id, 'method': 'group', 'duration_ms': n, 'result': 'OK'} for n in numbers]
        )
        self.fill_references(env, systems)
        self.fill_callbacks(env, systems)
        env.flush_all()

    def fill_references(self, env, systems):
        makers = self.persons, self.enterprises, self.files, self.groups
        named = zip(systems.items(), *(make(env, systems) for make in makers), strict=True)
        env['esign.api.reference'].create(
            [{'user_id': system.id, 'kind': kind, 'ref': f'r{number}', 'res_id': record.id, 'origin': 'made'}
             for (number, system), *targets in named for kind, record in targets]
        )  # fmt: skip

    def persons(self, env, systems):
        users = env['res.users']._esign_own_account().create(
            [{'name': f'人{n}', 'login': f'1362{n:07d}', 'group_ids': [(6, 0, env.ref('base.group_portal').ids)]}
             for n in systems]
        )  # fmt: skip
        persons = env['esign.person'].create(
            [{'user_id': u.id, 'partner_id': u.partner_id.id, 'name': u.name, 'mobile': u.login} for u in users]
        )
        return [('person', one) for one in persons]

    def enterprises(self, env, systems):
        partners = env['res.partner'].create([{'name': f'企业{n}', 'is_company': True} for n in systems])
        enterprises = env['esign.enterprise'].create(
            [{'partner_id': p.id, 'name': f'{p.name}有限公司', 'uscc': make_uscc(710_000 + n), 'kind': 'internal'}
             for p, n in zip(partners, systems, strict=True)]
        )  # fmt: skip
        return [('enterprise', one) for one in enterprises]

    def files(self, env, systems):
        return [('file', one) for one in env['esign.document'].create([{'name': f'{n}.pdf'} for n in systems])]

    def groups(self, env, systems):
        initiator = env['esign.enterprise'].search([], order='id desc', limit=1)
        groups = env['esign.contract.group'].create(
            [{'name': f'合同{n}', 'initiator_id': initiator.id, 'deadline': '2099-01-01',
              'business_type_id': env.ref('esign_base.business_type_general').id} for n in systems]
        )  # fmt: skip
        return [('group', one) for one in groups]

    def fill_callbacks(self, env, systems):
        states = ('pending', 'sent', 'dead')
        callbacks = env['esign.callback'].create(
            [{'name': f'系统{n}', 'user_id': user.id, 'url': f'https://8.8.8.8/{n}'} for n, user in systems.items()]
        )
        events = env['esign.callback.event'].create(
            [{'callback_id': one.id, 'event_id': str(uuid.uuid4()), 'kind': 'contract.signed', 'lane': f'x,{one.id}',
              'body': '{}', 'state': states[one.id % 3]} for one in callbacks]
        )  # fmt: skip
        env['esign.callback.attempt'].create(
            [{'event_id': event.id, 'status': 500, 'fault': 'status', 'address': '8.8.8.8'} for event in events]
        )
