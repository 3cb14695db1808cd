"""文件管理: what each list holds for each identity, and what it costs."""

import datetime as dt
import io
import zipfile

from odoo import fields
from odoo.tests import tagged

from odoo.addons.esign_base.errors import EsignError

from ..common import EngineCase


@tagged('-at_install', 'post_install')
class TestLists(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora, cls.eve = cls.make_person('赵六'), cls.make_person('孙七')
        cls.join(cls.dora, cls.other, cls.bob)  # a member who may use no seal
        cls.groups = cls.env['esign.contract.group']

    def who(self):
        return {
            'launcher': self.identity(self.alice, self.own),
            'launching person': self.identity(self.alice),
            'enterprise': self.identity(self.bob, self.other),
            'member without seal': self.identity(self.dora, self.other),
            'person': self.identity(self.carol),
            'copied': self.identity(self.eve),
        }

    def names(self, identity, name, **asked):
        return [row['name'] for row in self.groups._listed(identity, name, **asked)['rows']]

    def places(self, group):
        """identity → lists that hold the group."""
        return {
            label: {name for name in self.groups._lists_for(one) if group.name in self.names(one, name)}
            for label, one in self.who().items()
        }

    def expect(self, group, **lists):
        found = self.places(group)
        expected = {label: set() for label in found} | {key.replace('_', ' '): {*v} for key, v in lists.items()}
        self.assertEqual(found, expected)

    # R3.1
    def test_a_group_on_its_way_through_the_lists(self):
        group = self.group_draft([self.other, self.carol], sequential=True, placed=False, copies=[self.eve])
        self.expect(group, launcher=['drafts'])
        self.launch(group)
        self.expect(group, launcher=['others'], enterprise=['sign'])
        first, second = group.party_ids
        bob, carol = self.identity(self.bob, self.other), self.identity(self.carol)
        seal = self.env['esign.seal']._usable_for(bob)[0][0]
        item = {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 20, 'y': 20}
        self.sign(first, bob, items={group.contract_ids.id: [item]})
        self.expect(group, launcher=['others'], enterprise=['others'], person=['sign'])
        seal = self.env['esign.seal']._usable_for(carol)[0][0]
        self.sign(second, carol, items={group.contract_ids.id: [{**item, 'seal': seal.id, 'y': 120}]})
        self.expect(group, launcher=['done'], enterprise=['done'], person=['done'], copied=['copies'])
        data = group._signature_rows(carol)['rows']
        self.assertEqual([row['party'] for row in data], ['上海签约贸易有限公司', '王五'])
        self.assertTrue(all(row['certificate'] and len(row['sha256']) == 64 for row in data))

    # R3.1 R3.8 R3.12
    def test_void_ones(self):
        group = self.launch(self.group_draft([self.other, self.carol], sequential=True))
        group._revoke(self.identity(self.alice, self.own), '不再需要')
        # Who was never told does not learn of it now.
        self.expect(group, launcher=['void'], enterprise=['void'])
        for label in ('launcher', 'enterprise'):
            row = self.groups._listed(self.who()[label], 'void')['rows'][0]
            self.assertEqual((row['actions'], row['reason']), (['preview', 'trace'], '不再需要'))
            with self.assertRaises(EsignError):
                group._hand_out(self.who()[label])

    def test_the_launcher_who_signs_too(self):
        group = self.launch(self.group_draft([self.own, self.carol]))
        self.expect(group, launcher=['sign'], person=['sign'])

    # R3.1: the manual's actions of each list
    def test_actions(self):
        group = self.launch(self.group_draft([self.other, self.carol]))
        rows = self.who()

        def actions(label, name):
            return self.groups._listed(rows[label], name)['rows'][0]['actions']

        self.assertEqual(actions('enterprise', 'sign'), ['sign', 'preview', 'download', 'trace'])
        self.assertEqual(actions('launcher', 'others'), ['preview', 'download', 'trace', 'remind', 'extend', 'revoke'])
        group.party_ids[0]._refuse(rows['enterprise'], '条款有误')
        self.assertEqual(actions('launcher', 'void'), ['preview', 'trace'])

    def test_what_each_may_look_at(self):
        group = self.launch(self.group_draft([self.other], copies=[self.eve]))
        group.copy_ids.told_at = fields.Datetime.now()
        table = {
            'launcher': {'see', 'preview', 'trace', 'download'},
            'launching person': set(),
            'enterprise': {'see', 'preview', 'trace', 'download'},
            'member without seal': set(),
            'person': set(),
            'copied': {'see', 'preview', 'trace'},
        }
        for label, identity in self.who().items():
            allowed = {a for a in ('see', 'preview', 'trace', 'download', 'signatures') if group._may(a, identity)}
            self.assertEqual(allowed, table[label], label)
            self.assertEqual(bool(self.groups._visible(group.id, identity)), bool(table[label]), label)
        self.assertFalse(self.groups._visible(group.id, None))

    def test_a_lost_right_is_gone_at_once(self):
        group = self.launch(self.group_draft([self.other]))
        bob = self.identity(self.bob, self.other)
        self.assertTrue(self.groups._visible(group.id, bob))
        self.env['esign.seal.grant'].search([]).write({'state': 'cancelled'})
        dora = self.identity(self.dora, self.other)
        self.assertFalse(self.groups._visible(group.id, dora))

    # Searching --------------------------------------------------------------------------------

    def test_search_filter_sort(self):
        me = self.identity(self.alice, self.own)
        one = self.launch(self.group_draft([self.carol], name='采购合同%'))
        two = self.launch(self.group_draft([self.other], name='劳务合同'))
        two._extend(me, two.deadline + dt.timedelta(days=3))
        for text, expected in (
            ('采购', [one]), ('合同%', [one]), ('%', [one]), ('_', []), ('上海签约', [two]), ('王五', [one]),
            (two.number, [two]), ('  劳务   ', [two]), ('没有', []), ('合同', [two, one]),
        ):  # fmt: skip
            self.assertEqual(self.names(me, 'others', search=text), [g.name for g in expected], text)
        today = str(self.groups._today())
        tomorrow = str(self.groups._today() + dt.timedelta(days=1))
        kind = str(one.business_type_id.id)
        for filters, count in (
            ({'state': 'pending'}, 2), ({'state': 'failed'}, 0), ({'state': "x'; --"}, 2), ({'date_from': today}, 2),
            ({'date_from': tomorrow}, 0), ({'date_to': today}, 2), ({'date_from': 'yesterday'}, 2),
            ({'business_type': kind}, 2), ({'business_type': '999999'}, 0), ({'business_type': '1 OR 1'}, 2),
        ):  # fmt: skip
            self.assertEqual(len(self.names(me, 'others', filters=filters)), count, filters)
        self.assertEqual(self.names(me, 'others', sort='deadline'), [one.name, two.name])
        self.assertEqual(self.names(me, 'others', sort='id; DROP'), [two.name, one.name])

    def test_pages(self):
        me = self.identity(self.alice, self.own)
        self.many(45)
        pages = [self.groups._listed(me, 'others', page=number) for number in (1, 2, 3, 99, -5)]
        self.assertEqual([len(one['rows']) for one in pages], [20, 20, 5, 5, 20])
        self.assertEqual([one['page'] for one in pages], [1, 2, 3, 3, 1])
        self.assertEqual((pages[0]['total'], pages[0]['pages']), (45, 3))

    def many(self, count):
        """Launched groups without documents, made in one go."""
        groups = self.groups.sudo().create(
            [
                {
                    'name': f'合同{number}',
                    'business_type_id': self.env.ref('esign_base.business_type_general').id,
                    'initiator_id': self.own.id,
                    'initiated_by': self.alice.id,
                    'deadline': self.groups._today() + dt.timedelta(days=10),
                    'expires_at': fields.Datetime.now() + dt.timedelta(days=10),
                    'launched_at': fields.Datetime.now(),
                    'state': 'pending',
                    'contract_ids': [(0, 0, {'name': '文件', 'state': 'prepared'})],
                    'party_ids': [
                        (0, 0, {'kind': 'person', 'person_id': self.carol.id, 'state': 'pending',
                                'notified_at': fields.Datetime.now()}),
                        (0, 0, {'kind': 'enterprise', 'enterprise_id': self.other.id, 'state': 'signed',
                                'notified_at': fields.Datetime.now()}),
                    ],
                }
                for number in range(count)
            ]
        )  # fmt: skip
        self.env.flush_all()
        return groups

    def queries(self, identity, name):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.groups._listed(identity, name)
        return self.env.cr.sql_log_count - before

    # R6: lists keep a constant query count
    def test_constant_queries(self):
        who = self.who()
        asked = [(who['launcher'], 'others'), (who['person'], 'sign'), (who['enterprise'], 'others')]
        self.many(10)
        for identity, name in asked:
            self.queries(identity, name)
        few = [self.queries(identity, name) for identity, name in asked]
        self.many(990)
        self.assertEqual([self.queries(identity, name) for identity, name in asked], few)
        self.assertLess(max(few), 40)

    # Bulk -------------------------------------------------------------------------------------

    # R3.9
    def test_remind_many(self):
        me, bob = self.identity(self.alice, self.own), self.identity(self.bob, self.other)
        first, second = (self.launch(self.group_draft([self.carol, self.other])) for _ in range(2))
        (first | second).party_ids.sudo().write({'notified_at': fields.Datetime.now() - dt.timedelta(hours=1)})
        done, left = self.groups._remind_many(me, [first.id, second.id, first.id])
        self.assertEqual((len(done), left), (4, []))
        done, left = self.groups._remind_many(me, [first.id])
        self.assertEqual((done, len(left)), ([], 2))
        done, left = self.groups._remind_many(bob, [first.id])
        self.assertEqual((done, len(left)), ([], 1))
        for ids in ([], list(range(51))):
            with self.assertRaises(EsignError):
                self.groups._remind_many(me, ids)

    # R3.11
    def test_download_many(self):
        me = self.identity(self.alice, self.own)
        one = self.launch(self.group_draft([self.carol], files=2, name='甲/乙'))
        two = self.launch(self.group_draft([self.carol], name='丙'))
        void = self.launch(self.group_draft([self.carol]))
        void._revoke(me, 'x')
        name, file = self.groups._hand_out_many(me, [one.id, two.id, void.id])
        self.assertTrue(name.endswith('.zip'))
        names = zipfile.ZipFile(io.BytesIO(file.read())).namelist()
        self.assertEqual(len(names), 3)
        self.assertTrue(all(part.count('/') == 1 and part.endswith('.pdf') for part in names), names)
        chinese, _file = self.groups.with_context(lang='zh_CN')._hand_out_many(me, [two.id])
        self.assertEqual(chinese, f'合同_{self.groups._today():%Y%m%d}.zip')
        self.assertIn('downloaded', one.event_ids.mapped('kind'))
        for identity in (self.identity(self.dora, self.other), self.identity(self.eve)):
            with self.assertRaises(EsignError):
                self.groups._hand_out_many(identity, [one.id])

    # R3.11
    def test_paths_of_long_names_fit(self):
        me = self.identity(self.alice, self.own)
        long = '𠮷' * 100
        groups = [self.group_draft([self.carol], files=2, name=long) for _ in range(2)]
        for contract in (contract for group in groups for contract in group.contract_ids):
            contract.sudo().name = f'{long[:98]}{contract.sequence}'
        _name, file = self.groups._hand_out_many(me, [self.launch(group).id for group in groups])
        names = zipfile.ZipFile(io.BytesIO(file.read())).namelist()
        self.assertEqual(len(set(names)), 4)
        self.assertLessEqual(max(len(name.encode()) for name in names), 255)
        self.assertFalse([name for name in names if '\ufffd' in name])

    # Home -------------------------------------------------------------------------------------

    def test_home(self):
        portal = self.env['esign.portal']
        group = self.launch(self.group_draft([self.carol, self.other]))
        who = self.who()
        cards = {card.key: card.count for card in portal._esign_home_cards(who['person'])}
        self.assertEqual((cards['sign'], 'drafts' in cards, 'copies' in cards), (1, False, True))
        self.assertEqual([task.title for task in portal._esign_home_tasks(who['person'])], [group.name])
        self.assertEqual([entry.badge for entry in portal._esign_menu(who['person']) if entry.key == 'files'], [1])
        self.assertFalse(portal._esign_home_actions(who['person']))
        self.assertEqual([one.key for one in portal._esign_home_actions(who['launcher'])], ['launch'])
        self.assertFalse(portal._esign_home_cards(None))
