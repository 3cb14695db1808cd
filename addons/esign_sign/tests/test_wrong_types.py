"""What stands inside the larger arguments of the launch page and the signing room, with wrong types."""

import json
import re

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import EngineCase

LAUNCH, ROOM = '/my/esign/launch', '/my/esign/sign'
WRONG = (None, True, 'x', '\x00', '\ud800', -1, 2**40, 2**70, 1.5, 1e300, [], [[]], {}, {'a': 1}, [2**70], 'x' * 3000)
INSIDE = re.compile(r'Traceback|\.py\b|psycopg|internal_error|"debug"')
PLACE = {'kind': 'seal', 'seal_kind': 'name', 'page': 1, 'last_page': 1, 'x': 20.0, 'y': 30.0, 'style': 'arabic'}


@tagged('-at_install', 'post_install')
class TestWrongTypes(EngineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for person in (cls.alice, cls.carol):
            person.user_id.password = person.user_id.login

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger('odoo.http', 'odoo.sql_db'))

    def _log_in(self, person, enterprise=None):
        self.authenticate(person.user_id.login, person.user_id.login)
        if enterprise:
            self.session['esign_identity'] = f'enterprise:{enterprise.id}'
            http.root.session_store.save(self.session)

    def _is_calm(self, path, params):
        body = json.dumps({'jsonrpc': '2.0', 'params': params})
        headers = {'Content-Type': 'application/json'}
        answer = self.opener.post(self.base_url() + path, data=body, headers=headers)
        with self.subTest(path=path, params=str(params)[:150]):
            self.assertEqual(answer.status_code, 200)
            self.assertIsNone(INSIDE.search(answer.text), answer.text[:300])

    # R2.3 R2.6
    def test_parts_of_a_draft(self):
        self._log_in(self.alice, self.own)
        group = self.group_draft([self.carol], placed=False)
        contract, party = group.contract_ids, group.party_ids
        place = {**PLACE, 'party': party.id}
        right = {
            'task': {'name': 'x', 'business_type': 1, 'deadline': '2999-01-01', 'files': [{'id': contract.id}]},
            'parties': {'parties': [{'id': party.id, 'contracts': [contract.id]}], 'copies': [], 'placed': {}},
            'order': {'sequential': True, 'orders': {str(party.id): 1}},
            'places': {'contract': contract.id, 'items': [place]},
        }  # fmt: skip
        for part, values in right.items():
            for changed in _changes(values):
                params = {'version': group.draft_version, 'part': part, 'values': changed}
                self._is_calm(f'{LAUNCH}/{group.id}/save', params)

    # R3.2
    def test_what_is_frozen(self):
        group = self.launch(self.group_draft([self.carol], placed=False))
        self._log_in(self.carol)
        contract = group.contract_ids.id
        item = {**PLACE, 'seal': self.env['esign.seal']._owned(self.carol)[:1].id}
        right = {'items': {str(contract): [item]}, 'seals': {'name': item['seal']}}
        for number, changed in enumerate(_changes(right)):
            params = {'key': f'{number:032x}', 'contracts': [contract], **changed}
            self._is_calm(f'{ROOM}/{group.id}/freeze', params)


def _changes(value):
    """The value with one thing in it changed, everywhere, in every wrong way."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: wrong} for wrong in WRONG)
            yield from ({**value, name: changed} for changed in _changes(inner))
            yield {str(2**70): inner, 'x': inner}
    elif isinstance(value, list):
        for inner in value:
            yield from ([wrong] for wrong in WRONG)
            yield from ([changed] for changed in _changes(inner))
