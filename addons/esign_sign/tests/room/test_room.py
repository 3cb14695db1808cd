"""The signing room through HTTP: who gets in, what is doubled by nothing, what a lost page finds again."""

import json
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.signing.acts.verdict import Conclusion
from odoo.addons.esign_base.tests.answers import flat

from ...tools.room_address import OWN
from ..common import CODE, EngineCase

KEY = 'a1' * 16
OTHER_KEY = 'b2' * 16


@tagged('-at_install', 'post_install')
class TestRoom(EngineCase, HttpCase):
    """Carol signs as a person, Bob for his enterprise, Alice launches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for person in (cls.alice, cls.bob, cls.carol):
            person.user_id.password = person.user_id.login
        cls.startClassPatcher(patch.object(type(cls.env['esign.otp']), '_send_after_commit', lambda *_args: None))
        # Signing follows the commit; tests have none, and call it where it belongs.
        cls.startClassPatcher(
            patch.object(type(cls.env['esign.signing.act']), '_perform_after_commit', lambda _act: None)
        )

    def log_in(self, person, enterprise=None):
        self.authenticate(person.user_id.login, person.user_id.login)
        if enterprise:
            self.url_open('/my/esign')
            self.session['esign_identity'] = f'enterprise:{enterprise.id}'
            http.root.session_store.save(self.session)

    def call(self, path, **params):
        return flat(self.make_jsonrpc_request(f'/my/esign/sign/{path}', params))

    def item(self, person=None, **values):
        seal = self.env['esign.seal']._owned(person or self.carol)[:1]
        return {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 20, 'y': 30, **values}

    def free_group(self, *parties, **values):
        return self.launch(self.group_draft(list(parties) or [self.carol], placed=False, **values))

    def begin(self, group, key=KEY, **values):
        contracts = group.contract_ids
        items = {str(one.id): [self.item()] for one in contracts}
        return self.call(f'{group.id}/freeze', key=key, contracts=contracts.ids, items=items, **values)

    def acts(self, group):
        return self.env['esign.signing.act'].search([('group_id', '=', group.id)])

    def perform(self, answer):
        self.env['esign.signing.act'].browse(answer['id'])._perform()

    # The page ---------------------------------------------------------------------------------

    # R3.2
    def test_page_shows_the_room_and_traces_the_visit_once(self):
        group = self.free_group()
        self.log_in(self.carol)
        for _visit in range(2):
            response = self.url_open(f'/my/esign/sign/{group.id}')
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers['Cache-Control'], 'no-store')
        self.assertIn('esign_sign.signing_room', response.text)
        self.call(f'{group.id}/read')
        self.call(f'{group.id}/read')
        kinds = group.event_ids.mapped('kind')
        self.assertEqual((kinds.count('opened'), kinds.count('read')), (1, 1))

    # R1.5
    def test_strangers_find_nothing(self):
        group = self.free_group(self.carol)
        contract = group.contract_ids
        number = contract._newest().number
        self.log_in(self.bob)
        self.assertEqual(self.url_open(f'/my/esign/sign/{group.id}').status_code, 404)
        self.assertEqual(self.url_open(f'/my/esign/sign/{group.id}/file/{contract.id}/{number}').status_code, 404)
        for path, params in (
            ('room', {}),
            ('freeze', {'key': KEY, 'contracts': contract.ids}),
            ('refuse', {'reason': 'no'}),
            ('read', {}),
            ('find', {'contract': contract.id, 'keyword': 'page'}),
        ):
            answer = self.call(f'{group.id}/{path}', **params)
            self.assertEqual(answer['outcome'], 'NOT_FOUND', path)
        self.assertFalse(self.acts(group))
        self.assertEqual(group.state, 'pending')

    def test_nobody_without_login(self):
        group = self.free_group()
        response = self.url_open(f'/my/esign/sign/{group.id}', allow_redirects=False)
        self.assertIn('login', response.headers['Location'])
        with mute_logger('odoo.http'):
            answer = self.url_open(
                f'/my/esign/sign/{group.id}/room',
                data=json.dumps({'jsonrpc': '2.0', 'params': {}}),
                headers={'Content-Type': 'application/json'},
            ).json()
        # What the page takes for an expired login.
        self.assertEqual(answer['error']['code'], 100)

    # R2.5
    def test_out_of_turn_there_is_nothing_to_see_or_sign(self):
        group = self.free_group(self.own, self.carol, sequential=True)
        self.log_in(self.carol)
        self.assertEqual(self.url_open(f'/my/esign/sign/{group.id}').status_code, 404)
        self.assertEqual(self.begin(group)['outcome'], 'NOT_FOUND')

    def test_initiator_reads_and_cannot_sign(self):
        group = self.free_group()
        self.log_in(self.alice, self.own)
        room = self.call(f'{group.id}/room')
        self.assertEqual(room['outcome'], 'OK')
        self.assertEqual((room['may_sign']['outcome'], room['seals'], room['may_refuse']), ('READER', [], False))
        self.assertEqual(self.begin(group)['outcome'], 'NOT_YOURS')
        self.assertNotIn('opened', group.event_ids.mapped('kind'))

    # The file ---------------------------------------------------------------------------------

    def test_file_in_ranges_uncached_and_gone_with_the_group(self):
        group = self.free_group()
        contract = group.contract_ids
        url = f'/my/esign/sign/{group.id}/file/{contract.id}/{contract._newest().number}'
        self.log_in(self.carol)
        whole = self.url_open(url)
        self.assertEqual(whole.content, contract._newest()._bytes())
        self.assertIn('no-store', whole.headers['Cache-Control'])
        part = self.url_open(url, headers={'Range': 'bytes=0-99'})
        self.assertEqual((part.status_code, part.content), (206, whole.content[:100]))
        # What was uploaded is not what is signed, and is not handed out.
        self.assertEqual(self.url_open(f'/my/esign/sign/{group.id}/file/{contract.id}/0').status_code, 404)
        group._revoke(self.identity(self.alice, self.own), 'void')
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self.call(f'{group.id}/room')['contracts'][0]['url'], '')

    def test_file_of_another_group_is_not_served_through_ones_own(self):
        mine, other = self.free_group(), self.free_group(self.own)
        contract = other.contract_ids
        self.log_in(self.carol)
        url = f'/my/esign/sign/{mine.id}/file/{contract.id}/{contract._newest().number}'
        self.assertEqual(self.url_open(url).status_code, 404)

    # Signing ----------------------------------------------------------------------------------

    # R3.2 R3.4 R3.14
    def test_continue_and_finish_with_double_clicks_and_a_lost_answer(self):
        group = self.free_group()
        contract = group.contract_ids
        self.log_in(self.carol)
        first = self.begin(group, finish=False)
        self.assertEqual(first['outcome'], 'OK', first)
        self.assertEqual(self.begin(group, finish=False)['id'], first['id'], 'a double click is one act')
        self.clear_limits()
        asked = self.call(f'act/{first["id"]}/consent')
        self.assertRegex(asked['consent']['mobile'], r'^139\*+\d{4}$')
        self.assertEqual(asked['consent']['tries'], 5)
        self.assertEqual(self.call(f'{group.id}/room')['act']['id'], first['id'], 'a reloaded page goes on')
        again = self.call(f'act/{first["id"]}/consent')
        self.assertEqual(again['outcome'], 'RATE_LIMITED')
        self.assertGreater(again['wait'], 0)
        for _click in range(2):
            given = self.call(f'act/{first["id"]}/confirm', code=CODE)
            self.assertEqual(given['state'], 'consented')
        self.perform(first)
        self.assertEqual(self.call(f'act/{first["id"]}/status')['state'], 'done')
        self.assertEqual(self.call(f'act/{first["id"]}/confirm', code=CODE)['state'], 'done', 'a replay does nothing')
        room = self.call(f'{group.id}/room')
        self.assertEqual((room['may_sign']['outcome'], room['contracts'][0]['begun'], room['act']), ('OK', True, None))
        # Finishing needs no further seal, but a confirmation of its own.
        last = self.call(f'{group.id}/freeze', key=OTHER_KEY, contracts=contract.ids, items={}, finish=True)
        self.assertEqual(last['outcome'], 'OK', last)
        self.clear_limits()
        self.call(f'act/{last["id"]}/consent')
        self.call(f'act/{last["id"]}/confirm', code=CODE)
        self.perform(last)
        self.assertEqual(group.state, 'done')
        verdict = self.verdict(contract)
        self.assertEqual(verdict.conclusion, Conclusion.GENUINE)
        self.assertEqual(len(verdict.signatures), 2, 'the platform, and one act')

    # R3.4 R3.14
    def test_freezing_sends_one_code_and_the_end_brings_the_room(self):
        group = self.free_group()
        self.log_in(self.carol)
        self.clear_limits()
        first = self.begin(group, code=True)
        self.assertRegex(first['consent']['mobile'], r'^139\*+\d{4}$')
        again = self.begin(group, code=True)
        self.assertEqual((again['id'], 'refused' in again), (first['id'], False), 'a double click sends one code')
        self.assertEqual(group.event_ids.mapped('kind').count('consent_asked'), 1)
        # Something else within the minute is frozen, and waits for a code of its own.
        other = self.begin(group, key=OTHER_KEY, finish=False, code=True)
        self.assertEqual(other['outcome'], 'OK', other)
        self.assertEqual(
            (other['state'], other['consent'], other['refused']['outcome']), ('frozen', None, 'RATE_LIMITED')
        )
        self.assertGreater(other['refused']['data']['wait'], 0)
        self.assertEqual(self.call(f'act/{other["id"]}/confirm', code=CODE)['outcome'], 'CONSENT_MISSING')
        self.clear_limits()
        self.call(f'act/{other["id"]}/consent')
        self.assertNotIn('room', self.call(f'act/{other["id"]}/status'))
        self.call(f'act/{other["id"]}/confirm', code=CODE)
        self.perform(other)
        room = self.call(f'act/{other["id"]}/status')['room']
        self.assertEqual(flat({'outcome': 'OK', 'message': '', 'data': room}), self.call(f'{group.id}/room'))
        self.assertTrue(room['contracts'][0]['begun'])

    # R3.5
    def test_enterprise_finishes_without_another_seal(self):
        group = self.free_group(self.other)
        seal = self.env['esign.seal']._owned(self.other)[:1]
        contract = group.contract_ids
        self.log_in(self.bob, self.other)
        put = [{'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': 20, 'y': 30}]
        for key, items, finish in ((KEY, {str(contract.id): put}, False), (OTHER_KEY, {}, True)):
            act = self.call(f'{group.id}/freeze', key=key, contracts=contract.ids, items=items, finish=finish)
            self.assertEqual(act['outcome'], 'OK', act)
            self.clear_limits()
            self.call(f'act/{act["id"]}/consent')
            self.call(f'act/{act["id"]}/confirm', code=CODE)
            self.perform(act)
        self.assertEqual(group.state, 'done')

    # R3.3
    def test_positions_are_filled_with_the_chosen_seal(self):
        group = self.launch(self.group_draft([self.other, self.carol], files=2))
        contract_seal = self.env['esign.seal']._owned(self.other, 'contract')
        self.log_in(self.bob, self.other)
        room = self.call(f'{group.id}/room')
        self.assertEqual([one['placed'] for one in room['contracts']], [True, True])
        mine = [one for one in room['contracts'][0]['positions'] if one['mine']]
        self.assertEqual([one['seal_kind'] for one in mine], ['official'])
        official = room['choices']['official'][0]['id']
        # A seal of another type is not taken for it.
        for key, seal, ok in ((OTHER_KEY, contract_seal.id, False), (KEY, official, True)):
            act = self.call(f'{group.id}/freeze', key=key, contracts=group.contract_ids.ids, seals={'official': seal})
            self.assertEqual(act['outcome'] == 'OK', ok, act)
        items = self.acts(group).line_ids.mapped('items')
        self.assertEqual({item['seal'] for one in items for item in one}, {official})
        self.clear_limits()
        self.call(f'act/{act["id"]}/consent')
        self.call(f'act/{act["id"]}/confirm', code=CODE)
        self.perform(act)
        room = self.call(f'{group.id}/room')
        self.assertEqual(room['may_sign']['outcome'], 'ALREADY')
        self.assertFalse([one for one in room['contracts'][0]['positions'] if one['mine']])

    # R3.4
    def test_wrong_codes_sign_nothing(self):
        # How many tries are left is counted on a cursor of its own, which a test has not: see tests/e2e.
        group = self.free_group()
        self.log_in(self.carol)
        act = self.begin(group)
        self.clear_limits()
        self.call(f'act/{act["id"]}/consent')
        for code in ('000000', '', '24681'):
            wrong = self.call(f'act/{act["id"]}/confirm', code=code)
            self.assertEqual(wrong['outcome'], 'CODE_REFUSED')
        self.assertEqual((self.acts(group).state, group.contract_ids.state), ('frozen', 'prepared'))
        self.assertEqual(self.call(f'act/{act["id"]}/confirm', code=f' {CODE} ')['state'], 'consented')

    # R3.4
    def test_a_code_is_for_what_was_shown_and_nothing_else(self):
        group = self.free_group()
        self.log_in(self.carol)
        first = self.begin(group)
        self.clear_limits()
        self.call(f'act/{first["id"]}/consent')
        second = self.call(
            f'{group.id}/freeze', key=OTHER_KEY, contracts=group.contract_ids.ids,
            items={str(group.contract_ids.id): [self.item(x=90)]},
        )  # fmt: skip
        self.assertEqual(self.call(f'act/{second["id"]}/confirm', code=CODE)['outcome'], 'CONSENT_MISSING')
        self.assertEqual(self.call(f'act/{first["id"]}/confirm', code=CODE)['outcome'], 'WRONG_STATE')
        self.assertEqual(self.call(f'act/{first["id"]}/status')['state'], 'cancelled')

    def test_acts_of_others_are_not_there(self):
        group = self.free_group(self.carol, self.bob)
        self.log_in(self.carol)
        act = self.begin(group)
        self.log_in(self.bob)
        for path, params in (('consent', {}), ('confirm', {'code': CODE}), ('status', {})):
            answer = self.call(f'act/{act["id"]}/{path}', **params)
            self.assertEqual(answer['outcome'], 'NOT_FOUND', path)

    def test_what_cannot_be_read_is_refused(self):
        group = self.free_group()
        contract = group.contract_ids
        foreign = self.env['esign.seal']._owned(self.own)[:1]
        self.log_in(self.carol)
        for items, code in (
            ({'x': []}, 'REQUEST'),
            ({str(contract.id): [{'kind': 'seal'}]}, 'ITEM'),
            ({str(contract.id): [self.item(x='1e9')]}, 'ITEM'),
            ({str(contract.id): [self.item(x=200)]}, 'OUTSIDE_PAGE'),
            ({str(contract.id): [self.item(seal=foreign.id)]}, 'SEAL_NOT_YOURS'),
            ({str(contract.id): [self.item()] * 301}, 'TOO_MANY'),
            ({}, 'NOTHING_PLACED'),
        ):
            answer = self.call(f'{group.id}/freeze', key=OTHER_KEY, contracts=contract.ids, items=items)
            self.assertEqual(answer['outcome'], code)
        self.assertEqual(self.begin(group, key='short')['outcome'], 'REQUEST')
        self.assertFalse(self.acts(group))

    # R3.8
    def test_refusing_needs_the_right_and_a_reason(self):
        group = self.free_group()
        self.log_in(self.carol)
        self.assertEqual(self.call(f'{group.id}/refuse', reason=' ')['outcome'], 'REASON')
        group.party_ids.can_refuse = False
        self.assertFalse(self.call(f'{group.id}/room')['may_refuse'])
        self.assertEqual(self.call(f'{group.id}/refuse', reason='条款不清')['outcome'], 'NO_REFUSAL')
        group.party_ids.can_refuse = True
        self.assertEqual(self.call(f'{group.id}/refuse', reason='条款不清')['outcome'], 'OK')
        self.assertEqual(group.state, 'refused')
        self.assertNotEqual(self.call(f'{group.id}/refuse', reason='条款不清')['outcome'], 'OK')

    def test_keyword(self):
        group = self.free_group()
        self.log_in(self.carol)
        found = self.call(f'{group.id}/find', contract=group.contract_ids.id, keyword='PAGE 2')
        self.assertEqual([one['page'] for one in found['matches']], [2])
        self.assertAlmostEqual(found['matches'][0]['box']['y'], 22, delta=5)
        nothing = self.call(f'{group.id}/find', contract=group.contract_ids.id, keyword='')
        self.assertEqual(nothing['outcome'], 'KEYWORD_INVALID')

    def test_queries_do_not_grow(self):
        def count(group):
            me = self.identity(self.carol)
            self.env['esign.contract.group']._room(me, group.id, OWN)
            self.env.flush_all()
            self.env.invalidate_all()
            me = self.identity(self.carol)
            before = self.cr.sql_log_count
            self.env['esign.contract.group']._room(me, group.id, OWN)
            return self.cr.sql_log_count - before

        few = count(self.launch(self.group_draft([self.carol, self.own], files=1)))
        many = count(self.launch(self.group_draft([self.carol, self.own, self.other, self.bob, self.alice], files=6)))
        self.assertEqual(many, few)
