"""What the lists find, held against the plain rules of each list on random groups."""

import datetime as dt
import random
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.esign_base.rules.shown import shown_count

from ...models.files import esign_contract_group_lists as lists
from ...models.files import esign_contract_group_search as finding
from ..common import EngineCase

GROUPS = 90
RUNNING, VOID = {'pending', 'signing'}, {'refused', 'revoked', 'expired'}
STATES = ['draft', 'preparing', 'failed', *sorted(RUNNING), 'done', *sorted(VOID)]
# Where a party may stand while its group stands somewhere.
PARTY_STATES = {
    'draft': ['draft'],
    'preparing': ['draft'],
    'failed': ['draft'],
    'pending': ['pending', 'waiting'],
    'signing': ['pending', 'waiting', 'signed'],
    'done': ['signed'],
    'refused': ['signed', 'refused', 'revoked'],
    'revoked': ['signed', 'revoked'],
    'expired': ['signed', 'expired'],
}
WORDS = ['采购', '劳务', '合同', 'NDA', '50%', 'A_b', '年度']


def holds(name, group, identity):
    """Whether a list holds a group: the manual's rules, row by row, in plain words."""
    launched = identity.enterprise and group.initiator_id == identity.enterprise
    if launched and 'administrator' not in identity.roles:
        launched = group.initiated_by == identity.person
    mine = group.party_ids.filtered(lambda party: party._is_worn_by(identity))
    if not (identity.is_person or identity.has_role('administrator', 'legal_rep', 'seal_operator')):
        mine = mine.browse()
    states, state = set(mine.mapped('state')), group.state
    to_sign = state in RUNNING and 'pending' in states
    if name == 'sign':
        return to_sign
    if name == 'others':
        waits = state in RUNNING and 'signed' in states
        return not to_sign and (waits or (launched and state in RUNNING | {'preparing', 'failed'}))
    if name == 'done':
        return state == 'done' and bool(launched or 'signed' in states)
    if name == 'void':
        return state in VOID and bool(launched or any(party.notified_at for party in mine))
    if name == 'copies':
        return any(copy.person_id == identity.person and copy.told_at for copy in group.copy_ids)
    return bool(launched and state == 'draft')


def found_by(group, text):
    """Whether a search finds a group."""
    names = [group.name, group.number, group.initiator_id.name, *group.party_ids.mapped('name')]
    return any(text.lower() in (name or '').lower() for name in names)


@tagged('-at_install', 'post_install')
class TestListSearch(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inside = cls.certified(cls.carol, kind='internal', name='集团内部有限公司')
        cls.law, cls.sales = (
            cls.env['esign.department'].sudo().create({'enterprise_id': cls.inside.id, 'name': name})
            for name in ('法务部', '销售部')
        )
        cls.dora, cls.eve, cls.finn = cls.make_person('赵六'), cls.make_person('孙七'), cls.make_person('周八')
        cls.join(cls.dora, cls.inside, cls.carol, roles=['seal_operator'], department=cls.law)
        cls.join(cls.eve, cls.own, cls.alice, roles=['seal_operator'])  # launches and signs, manages her own alone
        cls.join(cls.finn, cls.own, cls.alice)  # uses no seal
        cls.who = {
            'administrator': cls.identity(cls.alice, cls.own),
            'operator': cls.identity(cls.eve, cls.own),
            'member': cls.identity(cls.finn, cls.own),
            'person': cls.identity(cls.bob),
            'inside': cls.identity(cls.carol, cls.inside),
            'department': cls.worn(cls.dora, cls.law),
            'whole enterprise': cls.identity(cls.dora, cls.inside),
        }
        cls.groups = cls.make(random.Random(20261125))

    @classmethod
    def worn(cls, person, department):
        found = cls.env['esign.identity']._available(person.user_id)
        return next(one for one in found if one.key == f'department:{department.id}')

    @classmethod
    def make(cls, dice, prefix='N'):
        now = fields.Datetime.now()
        kind = cls.env.ref('esign_base.business_type_general').id
        made = []
        for index in range(GROUPS):
            state = STATES[index % len(STATES)]
            enterprise = dice.choice([cls.own, cls.own, cls.inside, cls.other])
            who = dice.sample(
                [(cls.own, None), (cls.other, None), (cls.inside, None), (cls.inside, cls.law), (cls.inside, cls.sales),
                 (cls.alice, None), (cls.bob, None), (cls.carol, None)], dice.randint(1, 4),
            )  # fmt: skip
            made.append({
                'name': ' '.join(dice.sample(WORDS, 2)),
                'number': False if state == 'draft' else f'{prefix}{index:05}',
                'business_type_id': kind,
                'initiator_id': enterprise.id,
                'initiated_by': dice.choice([cls.alice, cls.eve]).id,
                'deadline': now.date(),
                'expires_at': now + dt.timedelta(days=dice.randint(1, 5)),
                'launched_at': now - dt.timedelta(days=dice.randint(0, 3)),
                'state': state,
                'party_ids': [(0, 0, cls.party_values(one, department, state, dice)) for one, department in who],
                'copy_ids': [(0, 0, {'person_id': cls.bob.id, 'told_at': dice.choice([False, now])})],
            })  # fmt: skip
        groups = cls.env['esign.contract.group'].sudo().create(made)
        cls.env.flush_all()
        return groups

    @classmethod
    def party_values(cls, who, department, group_state, dice):
        person = who._name == 'esign.person'
        state = dice.choice(PARTY_STATES[group_state])
        told = state in {'pending', 'signed', 'refused'} or (state in {'revoked', 'expired'} and dice.random() < 0.5)
        return {
            'kind': 'person' if person else 'enterprise',
            'person_id': who.id if person else False,
            'enterprise_id': False if person else who.id,
            'department_id': department.id if department else False,
            'state': state,
            'notified_at': fields.Datetime.now() if told else False,
        }

    def all_pages(self, identity, name, **asked):
        """Ids of every page, in order, and the page that came last."""
        ids, page = [], 1
        while True:
            found = self.groups._listed(identity, name, page=page, **asked)
            ids += [row['id'] for row in found['rows']]
            if page >= found['pages']:
                return [one for one in ids if one in self.groups.ids], found
            page += 1

    def expected(self, identity, name, keep=lambda group: True):
        found = self.groups.filtered(lambda group: holds(name, group, identity) and keep(group))
        return found.sorted('id', reverse=True).ids

    # R3.1
    def test_every_list_of_everybody(self):
        held = 0
        for label, identity in self.who.items():
            for name in self.groups._lists_for(identity):
                expected = self.expected(identity, name)
                held += len(expected)
                with self.subTest(who=label, list=name):
                    self.assertEqual(self.all_pages(identity, name)[0], expected)
                    self.assertEqual(self.all_pages(identity, name, sort='old')[0], expected[::-1])
                    for sort in ('deadline', 'name'):
                        self.assertEqual(sorted(self.all_pages(identity, name, sort=sort)[0]), sorted(expected))
        self.assertGreater(held, 2 * GROUPS)

    def test_who_sees_nothing(self):
        self.assertEqual(self.groups._list_counts(None), {})
        self.assertEqual(self.groups._listed(None, 'sign')['rows'], [])
        self.assertEqual(self.groups._listed(self.who['person'], 'drafts')['total'], 0)
        self.assertEqual(self.groups._listed(self.who['member'], 'sign')['total'], 0)

    # R3.1
    def test_counts(self):
        for label, identity in self.who.items():
            with self.subTest(who=label):
                counts = self.groups._list_counts(identity)
                self.assertEqual(list(counts), list(self.groups._lists_for(identity)))
                for name, count in counts.items():
                    self.assertEqual(count, self.groups._listed(identity, name)['total'], name)

    # R3.1
    def test_searches(self):
        hits = 0
        for text in (
            '采购',
            '采',
            'nda',
            'NDA',
            '50%',
            '%',
            '_',
            'a_B',
            'N0004',
            '法务',
            '集团内部',
            '上海签约',
            '李四',
            '没有',
        ):
            for label, identity in self.who.items():
                for name in ('done', 'others'):
                    expected = self.expected(identity, name, lambda group, text=text: found_by(group, text))
                    hits += len(expected)
                    with self.subTest(text=text, who=label, list=name):
                        self.assertEqual(self.all_pages(identity, name, search=text)[0], expected)
        self.assertGreater(hits, GROUPS)

    def test_a_search_that_many_enterprises_answer(self):
        identity = self.who['administrator']
        found = self.all_pages(identity, 'done', search='公司')[0]
        with patch.object(finding, 'FEW_OWNERS', 0):
            self.assertEqual(self.all_pages(identity, 'done', search='公司')[0], found)
        self.assertTrue(found)

    def test_the_deadline_sorts_all_that_runs(self):
        rows = self.groups._listed(self.who['administrator'], 'others', sort='deadline')['rows']
        ends = [self.groups.browse(row['id']).expires_at for row in rows]
        self.assertEqual(ends, sorted(ends))
        self.assertGreater(len(set(ends)), 1)

    def test_long_lists_are_counted_up_to_a_number(self):
        identity = self.who['administrator']
        everything = self.expected(identity, 'others')
        self.assertGreater(len(everything), 12)
        with (
            patch.object(finding, 'COUNT_UP_TO', 10),
            patch.object(lists, 'COUNT_UP_TO', 10),
            patch.object(lists, 'PAGE_ROWS', 5),
        ):
            pages = [self.groups._listed(identity, 'others', page=page) for page in (1, 2, 3, 99)]
            self.assertEqual({(page['total'], page['more'], page['pages']) for page in pages}, {(10, True, 2)})
            self.assertEqual([page['page'] for page in pages], [1, 2, 2, 2])
            self.assertEqual([row['id'] for row in pages[1]['rows']], everything[5:10])
            newest = self.expected(identity, 'done')
            named = self.groups._listed(identity, 'done', sort='name')['rows'][0]
            first = min(self.groups.browse(newest[:11]), key=lambda group: (group.name.encode(), -group.id))
            self.assertEqual(named['id'], first.id)
            self.assertEqual(self.groups._list_counts(identity, ['others'], up_to=10), {'others': 11})
        self.assertEqual(
            [shown_count(10, 10), shown_count(11, 10), shown_count(10_001, 10_000)], [10, '10+', '10,000+']
        )

    # R3.8 R2.10
    def test_what_is_kept_for_the_lists_follows_the_group(self):
        group = self.launch(self.group_draft([self.other, self.carol], name='Frame 协议'))
        self.assertEqual(set(group.party_ids.mapped('outcome')), {False})
        self.assertEqual(group.search_text, f'frame 协议\n{group.number.lower()}\n上海签约贸易有限公司\n王五')
        self.sign(group.party_ids[1], self.identity(self.carol))
        self.assertEqual(set(group.party_ids.mapped('outcome')), {False})
        self.sign(group.party_ids[0], self.identity(self.bob, self.other))
        self.assertEqual((group.state, set(group.party_ids.mapped('outcome'))), ('done', {'done'}))
        void = self.launch(self.group_draft([self.other, self.carol]))
        self.sign(void.party_ids[1], self.identity(self.carol))
        void._revoke(self.identity(self.alice, self.own), '不再需要')
        self.env.flush_all()
        self.env.cr.execute('SELECT DISTINCT outcome FROM esign_party WHERE group_id = %s', [void.id])
        self.assertEqual(self.env.cr.fetchall(), [('void',)])

    def test_queries_do_not_grow(self):
        some = [one for one in self.who.values() if self.groups._listed(one, 'done', search='合同')['rows']]
        self.assertGreater(len(some), 2)

        def queries():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            for identity in some:
                self.env.invalidate_all()
                self.groups._list_counts(identity)
                self.groups._listed(identity, 'done', search='合同')
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        self.make(random.Random(7), 'M')
        self.assertEqual(queries(), few)
