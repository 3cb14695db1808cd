"""What tests of the remote interface share: one call by XML-RPC and by JSON-2, told apart by nothing."""

import itertools
import json
import xmlrpc.client

from ...rules.id_number import check_character

INTEGRATION = 'integration'
_serial = itertools.count(1)


class Refused(Exception):
    """The interface refused; ``code`` and ``text`` as the caller reads them."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text
        self.code = text.partition(':')[0]


def new_person(name='赵小明'):
    """Arguments of a person that nobody is."""
    number = next(_serial)
    body = f'310101{1950 + number // 1000}0615{number % 1000:03d}'
    return {'name': name, 'mobile': f'1355{number:07d}', 'id_number': body + check_character(body)}


class ApiCalls:
    """Calls as a business system makes them, over HTTP; mixed into an HttpCase."""

    def use_system(self, user=None):
        """Be the demonstration's business system, or another login."""
        self.system = user or self.env['res.users'].search([('login', '=', INTEGRATION)])
        self.key = self.env['res.users.apikeys'].with_user(self.system).sudo()._generate('rpc', 'test', None)

    def json2(self, method, arguments, model='esign.api'):
        """Call by JSON-2. :raises Refused: the platform refused."""
        self.env.flush_all()
        answer = self.url_open(
            f'/json/2/{model}/{method}',
            data=json.dumps(arguments),
            headers={'Content-Type': 'application/json', 'Authorization': f'bearer {self.key}'},
            timeout=60,
        )
        self.env.invalidate_all()
        body = answer.json()
        if answer.status_code == 200:
            return body
        if answer.status_code != 422:
            self.fail(f'{answer.status_code}: {answer.text[:2000]}')
        self.assertNotIn('File "', body.get('debug', ''), 'a traceback went out')
        raise Refused(body['message'])

    def xmlrpc(self, method, arguments, model='esign.api'):
        """Call by XML-RPC. :raises Refused: the platform refused."""
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.system.id, self.key, model, method, [], arguments
            )
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != 2:
                self.fail(f'fault {fault.faultCode}: {fault.faultString[:2000]}')
            raise Refused(fault.faultString) from None
        finally:
            self.env.invalidate_all()

    def told(self, way, method, arguments, **options):
        """The answer, or the text of the refusal."""
        try:
            return way(method, arguments, **options)
        except Refused as refused:
            return refused.text

    def both(self, method, arguments, **options):
        """What is answered by both ways, which must be the same."""
        by_xml, by_json = (self.told(way, method, arguments, **options) for way in (self.xmlrpc, self.json2))
        self.assertEqual(by_xml, by_json)
        return by_json
