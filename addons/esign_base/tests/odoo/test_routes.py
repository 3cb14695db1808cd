"""What is there for whom: the lists of routes against the routing map, and against requests."""

import json
import re
import xmlrpc.client
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, TransactionCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ...tools import routes
from ..common import our_addons

STAFF_ROUTES = '/esign/staff/'
# Not listed, but a path of a route that is: it leads to the log-in like any other below /odoo.
INSIDE_LISTED = '/odoo/offline'
ARGUMENT = re.compile(r'<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>')
ENGINES = ('odoo.http', 'odoo.addons.base.models.ir_http', 'odoo.addons.rpc.controllers.xmlrpc')
# (row of the security review, method, path, JSON or None)
CLOSED = [
    ('H1', 'POST', '/html_editor/link_preview_external', {'preview_url': 'http://127.0.0.1:9/'}),
    ('H1', 'POST', '/html_editor/link_preview_internal', {'preview_url': 'http://127.0.0.1:9/'}),
    ('H1', 'POST', '/html_editor/attachment/add_url', {'url': 'http://127.0.0.1:9/', 'res_model': 'ir.ui.view'}),
    ('H1', 'POST', '/web_editor/attachment/add_url', {'url': 'http://127.0.0.1:9/', 'res_model': 'ir.ui.view'}),
    ('H1', 'POST', '/mail/link_preview', {'message_id': 1}),
    ('H8', 'POST', '/jsonrpc', {'service': 'common', 'method': 'version', 'args': []}),
    ('H8', 'GET', '/web/database/manager', None),
    ('H8', 'GET', '/web/database/selector', None),
    ('H8', 'POST', '/web/database/list', {}),
    ('H8', 'GET', '/doc', None),
    ('M1', 'GET', '/my/account', None),
    ('M1', 'POST', '/my/address/submit', None),
    ('M1', 'GET', '/my/security', None),
    ('M1', 'POST', '/my/deactivate_account', None),
    ('', 'POST', '/web/dataset/call_kw', {'model': 'res.users', 'method': 'read', 'args': [[1]], 'kwargs': {}}),
    ('', 'POST', '/web/dataset/call_kw/res.users/read', {}),
    ('', 'POST', '/web/session/authenticate', {'db': 'x', 'login': 'admin', 'password': 'admin'}),
    ('', 'POST', '/web/session/get_session_info', {}),
    ('', 'GET', '/web/content/1', None),
    ('', 'GET', '/web/image/res.users/2/avatar_128', None),
    ('', 'GET', '/report/html/web.preview_layout_report/1', None),
    ('', 'POST', '/mail/message/post', {}),
    ('', 'POST', '/sms/status', {}),
    ('', 'GET', '/json/res.users/2', None),
    ('', 'GET', '/websocket/health', None),
    ('', 'POST', '/base_import_module/login_upload', None),
    ('', 'GET', '/esign/staff/contracts/1', None),
]


@tagged('post_install', '-at_install')
class TestRouteLists(TransactionCase):
    """The lists and the routing map of a database with everything in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = {}
        for rule in cls.env['ir.http'].routing_map().iter_rules():
            cls.rules.setdefault(rule.rule, []).append(rule)
        cls.rows = cls.env['ir.http']._esign_routes()

    # R1.1 R7.1
    def test_every_listed_route_is_there_and_takes_its_methods(self):
        self.assertEqual(sorted(self.rows.keys() - self.rules.keys()), [], 'listed, but gone')
        for route, row in self.rows.items():
            taken = [rule.methods for rule in self.rules[route]]
            free = None in taken
            self.assertFalse(not free and row.methods - set().union(*taken), f'{route} does not take {row.methods}')

    def test_every_route_of_ours_is_listed(self):
        """A new page of ours is a decision: who may see it, and why."""
        ours = tuple(f'odoo.addons.{addon}.' for addon in our_addons(self.env))
        found = {
            route
            for route, rules in self.rules.items()
            for rule in rules
            if rule.endpoint.func.__module__.startswith(ours) and not route.startswith(STAFF_ROUTES)
        }
        self.assertEqual(sorted(found - self.rows.keys()), [], 'enter it in security/esign_routes.csv of its addon')

    def test_routes_that_ask_for_no_login_are_decided_one_by_one(self):
        asks_nothing = {
            route for route, rules in self.rules.items() if any(r.endpoint.routing['auth'] == 'none' for r in rules)
        }
        self.assertEqual(sorted(asks_nothing - self.rows.keys()), [])

    def test_nobody_gets_a_second_way_to_sign_in_or_to_the_database(self):
        for route in (
            '/jsonrpc', '/xmlrpc/<service>', '/web/session/authenticate', '/doc', '/web/database/manager',
            '/json/<path:subpath>', '/json/1/<path:subpath>',
        ):  # fmt: skip
            self.assertEqual(self.rows[route].who, {routes.NOBODY}, route)

    def test_a_list_that_cannot_be_read_stops_the_server(self):
        head = 'route,methods,who,reason\n'
        for text in (
            'route,who\n/x,public\n',
            head + '/x,GET,everybody,why\n',
            head + '/x,GET,public,\n',
            head + '/x,,public,why\n',
            head + 'x,GET,public,why\n',
            head + '/x,GET,public nobody,why\n',
            head + '/x,GET,public,why,and more\n',
        ):
            with self.subTest(text=text), self.assertRaises(routes.ListFault):
                routes.read('esign_base', text)

    def test_nothing_but_health_is_there_before_a_database_is_chosen(self):
        left = [rule.rule for rule in http.root.nodb_routing_map.iter_rules()]
        self.assertEqual(left, ['/web/health'])


@tagged('post_install', '-at_install')
class TestRoutesClosed(HttpCase):
    """What no list names answers as what does not exist, however it is asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, 'routes_portal', 'base.group_portal')
        new_test_user(cls.env, 'routes_staff', 'base.group_user')

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(*ENGINES))

    def _asked(self, method, path, body=None, **options):
        headers = {'Content-Type': 'application/json'} if body is not None else {}
        data = json.dumps({'jsonrpc': '2.0', 'params': body}) if body is not None else None
        url = self.base_url() + path
        return self.opener.request(method, url, data=data, headers=headers, allow_redirects=False, **options)

    def _plain_error_pages(self):
        """How they look is shown elsewhere; hundreds of them take their time."""
        plain = classmethod(lambda _cls, _env, code, _values: (code, str(code)))
        self.startPatcher(patch.object(self.registry['ir.http'], '_get_error_html', plain))

    def _same(self, answer, missing):
        """Whether two answers are the same but for what is new in each: tokens, paths."""
        change = re.compile(r'csrf_token[^<]*|nonce="[^"]*"|href="[^"]*"')
        return change.sub('', answer.text) == change.sub('', missing.text)

    # R1.1 R1.6
    def test_what_is_not_listed_is_not_there(self):
        for user in (None, 'routes_portal'):
            self.authenticate(user, user)
            for row, method, path, body in CLOSED:
                with self.subTest(row=row, user=user, path=path):
                    answer = self._asked(method, path, body)
                    missing = self._asked(method, '/esign_nothing', body)
                    self.assertEqual((answer.status_code, missing.status_code), (404, 404))
                    self.assertTrue(self._same(answer, missing), answer.text[:300])

    def test_spellings_change_nothing(self):
        """Language, slashes, encodings and methods: none opens what is closed."""
        self._plain_error_pages()
        for user in (None, 'routes_portal'):
            self.authenticate(user, user)
            for path in ('/html_editor/link_preview_external', '/web/database/manager', '/my/account', '/jsonrpc'):
                name = path.rsplit('/', 1)[1]
                spelled = [
                    f'/zh_CN{path}', f'/en{path}', f'/en_US{path}', f'{path}/', f'/{path}', f'/zh_CN/{path}',
                    path.replace(name, f'%{ord(name[0]):x}{name[1:]}'), path.upper(), f'{path}?debug=1',
                    path.replace('/', '%2f')[3:].join(('/', '')), f'{path};a=b', f'/web/..{path}',
                ]  # fmt: skip
                for number, one in enumerate(spelled):
                    for method in ('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT') if number < 4 else ('GET', 'POST'):
                        with self.subTest(user=user, path=one, method=method):
                            answer = self._asked(method, one, {} if method == 'POST' else None)
                            if 300 <= answer.status_code < 400:
                                target = answer.headers['Location']
                                answer = self.opener.request(
                                    method, target if '://' in target else self.base_url() + target
                                )
                            self.assertEqual(answer.status_code, 404)

    def test_no_route_but_the_listed_ones_answers(self):
        """Every route of every module, by its own method, for both kinds of users."""
        self._plain_error_pages()
        rows = self.env['ir.http']._esign_routes()
        rules = [
            rule
            for rule in self.env['ir.http'].routing_map().iter_rules()
            if rule.rule != INSIDE_LISTED and not _is_open(rows.get(rule.rule))
        ]
        self.assertGreater(len(rules), 200)
        for user in (None, 'routes_portal'):
            self.authenticate(user, user)
            answered = []
            for rule in rules:
                is_json = rule.endpoint.routing['type'] != 'http'
                method = 'POST' if is_json or rule.methods == {'POST', 'OPTIONS'} else 'HEAD'
                answer = self._asked(method, ARGUMENT.sub(_example, rule.rule), {} if is_json else None)
                if answer.status_code != 404:
                    answered.append((rule.rule, answer.status_code))
            self.assertEqual(answered, [], user)

    def test_methods_that_are_not_listed_are_refused(self):
        for path, method in (('/esign/login', 'PUT'), ('/esign/login', 'OPTIONS'), ('/esign/icons.svg', 'POST')):
            with self.subTest(path=path, method=method):
                self.assertEqual(self._asked(method, path).status_code, 405)

    def test_visitors_find_the_login_behind_the_pages_of_others(self):
        answer = self._asked('GET', '/my/esign/seals')
        self.assertEqual(answer.status_code, 303)
        self.assertIn('/web/login', answer.headers['Location'])

    def test_staff_keep_the_web_client(self):
        self.authenticate('routes_staff', 'routes_staff')
        self.assertEqual(self._asked('GET', '/odoo').status_code, 200)
        answer = self._asked(
            'POST', '/web/dataset/call_kw/res.lang/get_installed',
            {'model': 'res.lang', 'method': 'get_installed', 'args': [], 'kwargs': {}},
        )  # fmt: skip
        self.assertIn('result', answer.json())
        self.env['ir.config_parameter'].set_param('web.json.enabled', 'True')
        for path in ('/doc', '/web/database/manager', '/jsonrpc', '/json/contacts', '/json/1/contacts'):
            self.assertEqual(self._asked('GET', path).status_code, 404, path)
        for row, method, path, body in CLOSED:
            if row == 'H1':  # the server fetches addresses for nobody
                self.assertEqual(self._asked(method, path, body).status_code, 404, path)

    def test_external_signers_have_one_home(self):
        self.authenticate('routes_portal', 'routes_portal')
        for path in ('/my', '/my/home'):
            self.assertEqual(self._asked('GET', path).headers.get('Location'), '/my/esign')

    def test_a_login_that_is_no_staff_any_more_loses_the_routes(self):
        """The session still says who it was; what counts is who it is."""
        self.authenticate('routes_staff', 'routes_staff')
        self.env['res.users'].search([('login', '=', 'routes_staff')]).active = False
        answer = self._asked('POST', '/html_editor/link_preview_external', {'preview_url': 'http://127.0.0.1:9/'})
        self.assertNotIn('result', answer.json() if answer.status_code == 200 else {})

    # ---- remote calls --------------------------------------------------------------------------

    def test_the_portal_calls_no_methods(self):
        user = self.env['res.users'].search([('login', '=', 'routes_portal')])
        key = self.env['res.users.apikeys'].with_user(user).sudo()._generate(None, 'routes', None)
        for secret in ('routes_portal', key):
            common, models = self.xmlrpc_common, self.xmlrpc_object
            self.assertFalse(common.authenticate(get_db_name(), 'routes_portal', secret, {}))
            for model, method in (('esign.account', 'search'), ('res.users', 'read')):
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    models.execute_kw(get_db_name(), user.id, secret, model, method, [[]])
                self.assertEqual(caught.exception.faultCode, 3)
        headers = {'Authorization': f'bearer {key}'}
        answer = self.opener.post(self.base_url() + '/json/2/res.users/search', json={'domain': []}, headers=headers)
        self.assertIn(answer.status_code, (401, 403), 'its key is none')

    def test_the_database_service_is_not_there(self):
        for path in ('/xmlrpc/2/db', '/xmlrpc/db', '/zh_CN/xmlrpc/2/db'):
            answer = self.opener.post(
                self.base_url() + path, data=b'<methodCall/>', headers={'Content-Type': 'text/xml'}
            )
            self.assertEqual(answer.status_code, 404, path)

    def test_systems_keep_their_doors(self):
        staff = new_test_user(self.env, 'routes_system', 'esign_base.group_esign_integration')
        key = self.env['res.users.apikeys'].with_user(staff).sudo()._generate(None, 'routes', None)
        headers = {'Authorization': f'bearer {key}'}
        answer = self.opener.post(self.base_url() + '/json/2/esign.api/templates', json={}, headers=headers)
        self.assertEqual(answer.status_code, 422, 'heard, and refused in words')
        self.assertTrue(self.xmlrpc_common.version())


def _is_open(row):
    return row and not row.who.isdisjoint({routes.PUBLIC, routes.PORTAL})


def _example(found):
    """A value for an argument of a route."""
    kind, choices = found.groups()
    if kind == 'any':
        return choices.split(',')[0]
    return '1' if kind in ('int', 'model', 'models') else 'x'
