"""What tests of the remote interface share: one call by XML-RPC and by JSON-2, told apart by nothing."""

import json
import xmlrpc.client

from odoo.tests import HttpCase

INTEGRATION = 'integration'


class Refused(Exception):
    """The interface refused; ``code`` and ``text`` as the caller reads them."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text
        self.code = text.partition(':')[0]


class ApiCase(HttpCase):
    """Calls as a business system makes them, over HTTP."""

    def setUp(self):
        super().setUp()
        self.system = self.env['res.users'].search([('login', '=', INTEGRATION)])
        self.key = self.key_of(self.system)

    def key_of(self, user):
        """A new API key of a user."""
        return self.env['res.users.apikeys'].with_user(user).sudo()._generate('rpc', 'test', None)

    def json2(self, method, arguments, key=None, model='esign.api'):
        """Call by JSON-2. :raises Refused: the platform refused."""
        answer = self.url_open(
            f'/json/2/{model}/{method}',
            data=json.dumps(arguments),
            headers={'Content-Type': 'application/json', 'Authorization': f'bearer {key or self.key}'},
        )
        body = answer.json()
        if answer.status_code == 200:
            return body
        if answer.status_code != 422:
            self.fail(f'{answer.status_code}: {answer.text[:2000]}')
        self.assertNotIn('File "', body.get('debug', ''), 'a traceback went out')
        raise Refused(body['message'])

    def xmlrpc(self, method, arguments, key=None, user=None, model='esign.api'):
        """Call by XML-RPC. :raises Refused: the platform refused."""
        user = user or self.system
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, key or self.key, model, method, [], arguments
            )
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != 2:
                self.fail(f'fault {fault.faultCode}: {fault.faultString[:2000]}')
            raise Refused(fault.faultString) from None
