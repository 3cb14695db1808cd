"""JSON routes: arguments of wrong types, and what an error tells."""

import json
import re
import xmlrpc.client
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools import api_values as kinds
from ..common import our_addons
from ..people.common_people import MOBILE, PASSWORD, PeopleMixin
from .test_routes import ARGUMENT

WRONG = (
    None, True, 7, -1, 2**70, 1.5, '', 'x' * 5000, '\x00', '\ud800', [], [[]], [None], [2**70], {}, {'a': []},
    {'1': {}}, {'1': [None]}, {'1': [{'page': 2**70}]},
)  # fmt: skip
SAMPLES = {kinds.Typed: 'x', kinds.Whole: 1, kinds.Items: [], kinds.Named: {}, kinds.Flag: True}
INSIDE = re.compile(r'Traceback|File "|\.py\b|psycopg|/odoo/|odoo\.addons|"debug"|secret table')
ENGINES = ('odoo.http', 'odoo.sql_db', 'odoo.addons.rpc.controllers.xmlrpc', 'odoo.addons.base.models.ir_http')


@tagged('post_install', '-at_install')
class TestJsonRoutes(PeopleMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(*ENGINES))
        self.account = self.open_account()

    def _call(self, path, params):
        body = json.dumps({'jsonrpc': '2.0', 'params': params})
        return self.opener.post(self.base_url() + path, data=body, headers={'Content-Type': 'application/json'})

    def _routes(self):
        ours = tuple(f'odoo.addons.{addon}.' for addon in our_addons(self.env))
        for rule in self.env['ir.http'].routing_map().iter_rules():
            endpoint = rule.endpoint
            if endpoint.func.__module__.startswith(ours) and endpoint.routing['type'] == 'jsonrpc':
                yield rule.rule, endpoint

    # R7.1
    def test_every_json_route_declares_its_arguments(self):
        found = list(self._routes())
        self.assertGreater(len(found), 20)
        self.assertEqual([route for route, endpoint in found if not hasattr(endpoint, 'arguments')], [])

    def test_wrong_types_are_refused_in_words(self):
        """Whatever an argument is, the answer is a value or a refusal that names it; never an accident."""
        self.startPatcher(patch.object(type(self.env['esign.rate.limit']), '_take', lambda *_a, **_k: None))
        for user in (None, MOBILE):
            self.authenticate(user, user and PASSWORD)
            for route, endpoint in self._routes():
                path = ARGUMENT.sub('1', route)
                for params in _wrong(endpoint.arguments.fields):
                    with self.subTest(user=user, route=route, params=str(params)[:80]):
                        self._is_calm(self._call(path, params))

    def _is_calm(self, answer):
        self.assertIn(answer.status_code, (200, 400, 404))
        self.assertIsNone(INSIDE.search(answer.text), answer.text[:500])
        if answer.status_code == 200:
            error = answer.json().get('error', {})
            self.assertNotEqual(error.get('data', {}).get('name'), 'internal_error', error)

    def test_the_refusal_names_the_argument(self):
        error = self._call('/esign/captcha', {'purpose': ['login']}).json()['error']
        self.assertEqual(error['data']['name'], 'odoo.exceptions.UserError')
        self.assertTrue(error['data']['message'].startswith('purpose '))
        error = self._call('/esign/code', {'purpose': 'login', 'mobile': {'a': 1}}).json()['error']
        self.assertTrue(error['data']['message'].startswith('mobile '))
        error = self._call('/esign/code', {'nonsense': 1}).json()['error']
        self.assertTrue(error['data']['message'].startswith('nonsense '))

    def test_a_body_that_is_no_call(self):
        for body in ('[]', '5', '"x"', '{"params": []}', '{"params": 5}', '{', '{"params": "x"}', '\x00'):
            with self.subTest(body=body):
                answer = self.opener.post(
                    self.base_url() + '/esign/captcha', data=body, headers={'Content-Type': 'application/json'}
                )
                self._is_calm(answer)

    # ---- what errors tell ----------------------------------------------------------------------

    def test_an_accident_tells_nothing(self):
        broken = patch.object(type(self.env['esign.captcha']), '_new', side_effect=RuntimeError('secret table'))
        with broken:
            answer = self._call('/esign/captcha', {'purpose': 'login', 'mobile': MOBILE})
        self.assertIsNone(INSIDE.search(answer.text), answer.text)
        self.assertEqual(answer.json()['error']['data']['name'], 'internal_error')

    def test_staff_are_told_what_is_for_them_and_nothing_else(self):
        new_test_user(self.env, 'json_staff', 'base.group_user')
        self.authenticate('json_staff', 'json_staff')
        call = {'model': 'res.users', 'method': 'context_get', 'args': [], 'kwargs': {}}
        for error, name in (
            (UserError('Choose a file'), 'odoo.exceptions.UserError'),
            (KeyError('secret table'), None),
        ):
            with patch.object(type(self.env['res.users']), 'context_get', _raising(error)):
                answer = self._call('/web/dataset/call_kw', call)
            self.assertIsNone(INSIDE.search(answer.text), answer.text)
            self.assertEqual(answer.json()['error']['data']['name'], name or 'internal_error')
            self.assertEqual('Choose a file' in answer.text, bool(name))

    def test_systems_are_told_no_inside(self):
        system = new_test_user(self.env, 'json_system', 'esign_base.group_esign_integration')
        key = self.env['res.users.apikeys'].with_user(system).sudo()._generate(None, 'json', None)
        headers = {'Authorization': f'bearer {key}'}
        models = self.xmlrpc_object
        for method, arguments in (('nonsense', {}), ('person_status', {'ref': [[{}]]}), ('person_status', {'x': 1})):
            with self.subTest(method=method, arguments=arguments):
                url = f'{self.base_url()}/json/2/esign.api/{method}'
                self.assertIsNone(INSIDE.search(self.opener.post(url, json=arguments, headers=headers).text))
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    models.execute_kw(get_db_name(), system.id, key, 'esign.api', method, [], arguments)
                self.assertIsNone(INSIDE.search(caught.exception.faultString))
        url = self.base_url() + '/json/2/res.users/context_get'
        with patch.object(type(self.env['res.users']), 'context_get', _raising(KeyError('secret table'))):
            self.assertIsNone(INSIDE.search(self.opener.post(url, json={}, headers=headers).text))
            with self.assertRaises(xmlrpc.client.Fault) as caught:
                models.execute_kw(get_db_name(), system.id, key, 'res.users', 'context_get', [])
        self.assertIsNone(INSIDE.search(caught.exception.faultString))

    def test_xml_that_is_no_call(self):
        for path in ('common', 'object'):
            for body in (b'', b'<', b'<methodCall/>', b'<methodCall><methodName>x</methodName></methodCall>'):
                answer = self.opener.post(self.xmlrpc_url + path, data=body, headers={'Content-Type': 'text/xml'})
                self.assertIsNone(INSIDE.search(answer.text), answer.text)


def _raising(error):
    """A method in place of another, as callable by remote as that one."""

    def method(_self):
        raise error

    method._api_model = True
    return method


def _wrong(fields):
    """Calls with one argument that is wrong in one way; the others are what they should be."""
    right = {name: _sample(kind) for name, (kind, _default) in fields.items()}
    for name in fields:
        for value in WRONG:
            yield {**right, name: value}


def _sample(kind):
    if isinstance(kind, kinds.Choice):
        return kind.values[0]
    return _sample(kind.of) if isinstance(kind, kinds.Maybe) else SAMPLES[type(kind)]
