import datetime as dt
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tests.answers import given
from odoo.addons.esign_base.tools.date_pictures import date_picture

from ..common import EngineCase

PASSWORD = 'Board-2026'


@tagged('-at_install', 'post_install')
class TestBoard(EngineCase, HttpCase):
    """Staff set positions on the pages of a file, in a field of its form."""

    # R2.6 R6.1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = cls.certified(cls.carol, kind='internal', name='本平台内部企业有限公司')
        cls.staff = cls.staff_member('board_operator', 'esign_base.group_esign_operator')
        cls.viewer = cls.staff_member('board_viewer', 'esign_base.group_esign_viewer')
        cls.group = cls.group_draft([cls.other, cls.alice], initiator_id=cls.house.id)
        cls.contract = cls.group.contract_ids.with_user(cls.staff)

    @classmethod
    def staff_member(cls, login, group):
        return new_test_user(cls.env, login, group, password=PASSWORD)

    def position(self, **values):
        party = self.group.party_ids.filtered('enterprise_id')
        return {'party': party.id, 'kind': 'seal', 'seal_kind': 'official', 'page': 2, 'x': 30.5, 'y': 40, **values}

    def put(self, items):
        self.contract.write({'board': {**self.contract.board, 'items': items}})

    def refused(self, code, act):
        with self.assertRaises(EsignError) as raised:
            act()
        self.assertEqual(raised.exception.code, code)

    def test_what_is_placed_is_kept(self):
        person = self.group.party_ids.filtered('person_id')
        self.put([self.position(), self.position(party=person.id, kind='date', seal_kind='', style='chinese', page=-1)])
        seal, date = self.contract.signer_ids.placement_ids.sorted('kind', reverse=True)
        self.assertEqual((seal.page, seal.x, seal.y, seal.seal_kind_id.code), (2, 30.5, 40, 'official'))
        self.assertEqual((date.kind, date.date_style, date.signer_id.party_id), ('date', 'chinese', person))
        shown = self.contract.board
        self.assertEqual({(one['party'], one['kind']) for one in shown['items']}, {
            (seal.signer_id.party_id.id, 'seal'), (person.id, 'date'),
        })  # fmt: skip
        self.assertEqual(len(shown['frames']), 3)
        self.put([self.position(x=10)])
        self.assertEqual(self.contract.signer_ids.placement_ids.mapped('x'), [10])

    def test_dates_to_be_placed_are_those_of_today(self):
        day = dt.date(2031, 2, 3)
        self.startPatcher(patch('odoo.addons.esign_base.models.documents.esign_position.today', lambda: day))
        wanted = {style: date_picture(day, style) for style in ('arabic', 'chinese')}
        self.assertEqual(self.contract.board['dates']['pictures'], wanted)
        self.assertEqual(self.env['esign.contract.group']._draft_choices()['dates']['pictures'], wanted)

    def test_what_cannot_be_read_is_refused(self):
        for wrong in (
            self.position(page=9), self.position(party=-1), self.position(x=float('nan')), self.position(kind='stamp'),
            self.position(seal_kind='name'),
        ):  # fmt: skip
            self.refused('ITEM', lambda wrong=wrong: self.put([wrong]))
        for wrong in ('x', {}, {'items': 3}, {'items': [3]}, {'items': [{}]}):
            self.refused('UNREADABLE', lambda wrong=wrong: self.contract.write({'board': wrong}))

    def test_only_on_drafts_of_the_house(self):
        others = self.group_draft([self.other]).contract_ids.with_user(self.staff)
        self.refused('NOT_INTERNAL', lambda: others.write({'board': {'items': []}}))
        self.refused('NOT_ALLOWED', lambda: self.contract.with_user(self.viewer).write({'board': {'items': []}}))
        self.group.with_user(self.staff).action_launch()
        self.refused('WRONG_STATE', lambda: self.put([]))

    def test_who_sees_the_pages(self):
        seen = self.contract.with_user(self.viewer).board
        self.assertEqual((seen['url'], seen['search']), ('', ''))
        self.assertTrue(seen['problem'])
        address = self.contract.board['url']
        for login, status in (('board_viewer', 404), ('board_operator', 200)):
            self.authenticate(login, PASSWORD)
            self.assertEqual(self.url_open(address).status_code, status, login)
        part = self.url_open(address, headers={'Range': 'bytes=0-3'})
        self.assertEqual((part.status_code, part.content), (206, b'%PDF'))
        found = given(self.make_jsonrpc_request(self.contract.board['search'], {'text': 'Contract page 2'}))['matches']
        self.assertEqual([match['page'] for match in found], [2])

    def test_looking_at_a_launched_contract_is_traced_once(self):
        self.group.with_user(self.staff).action_launch()
        self.authenticate('board_operator', PASSWORD)
        for _time in range(2):
            self.assertEqual(self.url_open(self.contract.board['url']).status_code, 200)
        opened = self.group.event_ids.filtered(lambda event: event.kind == 'opened')
        self.assertEqual(len(opened), 1)
        self.assertIn('board_operator', opened.actor)

    def test_the_icons_of_the_board(self):
        answer = self.url_open('/esign/icons.svg')
        self.assertEqual(answer.headers['Content-Type'], 'image/svg+xml; charset=utf-8')
        self.assertIn('es-icon-seal', answer.text)
