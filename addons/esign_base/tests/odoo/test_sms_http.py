import contextlib
import hashlib
import hmac
import inspect
import json
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import TransactionCase, tagged
from odoo.tests.common import _super_send
from odoo.tools import mute_logger

from ...tools import sms_http
from ...tools.sms_gateways import HttpGateway
from ...tools.sms_http import HttpSettings, deliver, judge, sign

NUMBER = '13800000099'
FAULTS = (
    'url_missing',
    'url_insecure',
    'method',
    'headers',
    'body',
    'error_map',
    'secret_missing',
    'tls',
    'unreachable',
    'timeout',
    'broken_answer',
    'redirect',
    'status',
    'refused',
)


class Provider(BaseHTTPRequestHandler):
    """A provider on the loopback that answers what the test asks for."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.seen.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        status, headers, content, wait = answers.pop(0) if len(answers) > 1 else answers[0]
        time.sleep(wait)
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *args):
        """Keep the test's output clean."""


@contextlib.contextmanager
def provider(*answers):
    """Run a provider; each answer is (status, headers, content, seconds to wait)."""
    server = ThreadingHTTPServer(('127.0.0.1', 0), Provider)
    server.seen, server.answers = [], list(answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, f'http://127.0.0.1:{server.server_port}/sms'
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(status=200, content=b'{}', headers=None, wait=0):
    return status, headers or {}, content, wait


@tagged('post_install', '-at_install')
class TestDeliver(TransactionCase):
    # R6.2
    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Odoo's test base stretches time-outs; here they are what is tested. Still loopback only."""
        if urlsplit(request.url).hostname != '127.0.0.1':
            raise AssertionError(request.url)
        return _super_send(session, request, **options)

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(sms_http, 'PAUSE_SECONDS', 0.0))
        self.startPatcher(patch.dict(os.environ, {'ESIGN_SMS_SECRET': 'loopback-secret'}))

    def _send(self, url, text='你好 "x"\n', **settings):
        return deliver(HttpSettings(url, **settings), NUMBER, text, 'id-1')

    def test_request_is_filled_escaped_and_signed(self):
        with provider(answer()) as (server, url):
            self.assertEqual(self._send(url, headers='X-Account: {{national}}'), ('success', None))
        [(path, headers, body)] = server.seen
        self.assertEqual(path, '/sms')
        self.assertEqual(json.loads(body), {'to': '+8613800000099', 'text': '你好 "x"\n', 'id': 'id-1'})
        self.assertEqual(headers['X-Account'], NUMBER)
        signed = headers['X-Timestamp'].encode() + b'\n' + body
        self.assertEqual(headers['X-Signature'], hmac.new(b'loopback-secret', signed, hashlib.sha256).hexdigest())

    def test_text_cannot_add_fields(self):
        with provider(answer()) as (server, url):
            self._send(url, text='","to":"+8613911111111')
            self._send(
                url,
                text='a&to=13911111111',
                headers='Content-Type: application/x-www-form-urlencoded',
                body='to={{national}}&text={{text}}',
            )
        self.assertEqual(json.loads(server.seen[0][2])['to'], '+8613800000099')
        self.assertEqual(server.seen[1][2], b'to=13800000099&text=a%26to%3D13911111111')

    def test_a_placeholder_in_the_text_stays_text(self):
        with provider(answer()) as (server, url):
            self._send(url, text='{{secret}}')
        self.assertEqual(json.loads(server.seen[0][2])['text'], '{{secret}}')

    def test_timeout_is_reported_and_not_repeated(self):
        with provider(answer(wait=1.5)) as (server, url):
            self.assertEqual(self._send(url, timeout=0.4), ('server_error', 'timeout'))
            self.assertEqual(len(server.seen), 1)

    def test_internal_error_is_not_repeated(self):
        with provider(answer(500)) as (server, url):
            self.assertEqual(self._send(url), ('server_error', 'status'))
            self.assertEqual(len(server.seen), 1)

    def test_unavailable_is_repeated_within_bounds(self):
        with provider(answer(503)) as (server, url):
            self.assertEqual(self._send(url), ('server_error', 'status'))
            self.assertEqual(len(server.seen), sms_http.ATTEMPTS)

    def test_a_repetition_may_succeed(self):
        with provider(answer(503), answer(502), answer()) as (server, url):
            self.assertEqual(self._send(url), ('success', None))
        self.assertEqual(len({body for _path, _headers, body in server.seen}), 1)

    def test_redirect_is_not_followed(self):
        with (
            provider(answer()) as (target, elsewhere),
            provider(answer(302, headers={'Location': elsewhere})) as (_s, url),
        ):
            self.assertEqual(self._send(url), ('server_error', 'redirect'))
            self.assertEqual(target.seen, [])

    def test_nobody_listens(self):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        self.assertEqual(self._send(f'http://127.0.0.1:{port}/'), ('server_error', 'unreachable'))

    def test_answers_that_are_no_json(self):
        for content in (b'', b'<html>', b'\xff\xfe', b'{"code": "OK"', b'[' * 5000, b'x' * 200_000):
            with self.subTest(content=content[:12]), provider(answer(content=content)) as (_server, url):
                result = self._send(url, ok_path='code', ok_value='OK')
                self.assertEqual(result, ('server_error', 'broken_answer'))

    def test_answer_that_breaks_off(self):
        for headers in ({'Transfer-Encoding': 'chunked'}, {'Content-Encoding': 'gzip'}):
            with (
                self.subTest(headers=headers),
                mute_logger('urllib3.response'),
                provider(answer(content=b'{}', headers=headers)) as (_server, url),
            ):
                result = self._send(url, ok_path='code', ok_value='OK')
                self.assertEqual(result, ('server_error', 'broken_answer'))

    def test_codes_of_the_answer(self):
        settings = HttpSettings('https://x.example', ok_path='a.0.code', ok_value='0', error_map='7 = limited')
        for content, expected in (
            (b'{"a": [{"code": 0}]}', ('success', None)),
            (b'{"a": [{"code": "0"}]}', ('success', None)),
            (b'{"a": [{"code": 7}]}', ('limited', 'refused')),
            (b'{"a": [{"code": 8}]}', ('rejected', 'refused')),
            (b'{"a": []}', ('rejected', 'refused')),
            (b'{"a": {"code": 0}}', ('rejected', 'refused')),
            (b'null', ('server_error', 'broken_answer')),
        ):
            with self.subTest(content=content):
                self.assertEqual(judge(settings, 200, content), expected)

    def test_status_decides_where_no_code_is_known(self):
        settings = HttpSettings('https://x.example')
        states = {
            200: 'success',
            204: 'success',
            400: 'rejected',
            401: 'unregistered',
            402: 'insufficient_credit',
            403: 'unregistered',
            429: 'limited',
        }
        for status, state in states.items():
            with self.subTest(status=status):
                self.assertEqual(judge(settings, status, b'')[0], state)

    def test_signature_vector(self):
        # Computed by: printf '1700000000\n{}' | openssl dgst -sha256 -hmac key
        expected = hmac.digest(b'key', b'1700000000\n{}', 'sha256').hex()
        self.assertEqual(sign('key', '1700000000', b'{}'), expected)


@tagged('post_install', '-at_install')
class TestSettings(TransactionCase):
    def test_addresses(self):
        for url, fault in (
            ('', 'url_missing'),
            ('http://sms.example.com/send', 'url_insecure'),
            ('http://127.0.0.1.example.com/', 'url_insecure'),
            ('http://localhost.example.com/', 'url_insecure'),
            ('https://user:pass@sms.example.com/', 'url_insecure'),
            ('ftp://sms.example.com/', 'url_insecure'),
            ('https://', 'url_insecure'),
            ('https://[bad', 'url_insecure'),
            ('https://sms.example.com:x/', 'url_insecure'),
            ('https://sms.example.com/send', None),
            ('http://127.0.0.1:9/', None),
            ('http://[::1]:9/', None),
        ):
            with self.subTest(url=url):
                self.assertEqual(HttpSettings(url).fault(), fault)

    def test_templates(self):
        url = 'https://sms.example.com/send'
        for settings, fault in (
            ({'method': 'GET'}, 'method'),
            ({'headers': 'no colon'}, 'headers'),
            ({'headers': 'X: 短信'}, 'headers'),
            ({'body': '{"text": "{{text}}"}'}, 'body'),
            ({'body': '{"to": "{{number}}"}'}, 'body'),
            ({'body': '{"to": "{{number}}", "text": {{text}}}'}, 'body'),
            ({'body': '{"to": "{{number}}", "text": "{{text}}", "k": "{{key}}"}'}, 'body'),
            ({'error_map': '7 = unknown'}, 'error_map'),
            ({'headers': 'Content-Type: text/plain', 'body': '{{number}} {{text}}'}, None),
        ):
            with self.subTest(settings=settings):
                self.assertEqual(HttpSettings(url, **settings).fault(), fault)

    def test_a_template_that_needs_a_secret_is_refused_without_one(self):
        settings = HttpSettings('https://sms.example.com/', headers='Authorization: Bearer {{secret}}')
        with patch.dict(os.environ):
            os.environ.pop('ESIGN_SMS_SECRET', None)
            os.environ.pop('ESIGN_SMS_SECRET_FILE', None)
            self.assertEqual(settings.fault(), 'secret_missing')
            os.environ['ESIGN_SMS_SECRET'] = 'x'
            self.assertIsNone(settings.fault())
            os.environ['ESIGN_SMS_SECRET_FILE'] = '/nowhere/secret'
            self.assertEqual(settings.fault(), 'secret_missing', 'a missing file is no reason to use another secret')


@tagged('post_install', '-at_install')
class TestGateway(TransactionCase):
    def test_insecure_settings_send_nothing(self):
        self.env['ir.config_parameter'].set_param('esign.sms_http_url', 'http://sms.example.com/')
        with patch('requests.Session.request', side_effect=AssertionError('sent')):
            [result] = HttpGateway(self.env)._send_sms_batch(
                [{'content': 'x', 'numbers': [{'uuid': 'u', 'number': NUMBER}]}]
            )
        self.assertEqual((result['uuid'], result['state']), ('u', 'not_configured'))

    def test_every_fault_has_a_text_and_every_state_a_failure_type(self):
        source = inspect.getsource(sms_http)
        for fault in FAULTS:
            self.assertIn(f"'{fault}'", source, 'stale')
            self.assertTrue(self.env['esign.sms']._fault_text(fault))
        gateway = HttpGateway(self.env)
        known = dict(self.env['sms.sms']._fields['failure_type'].selection)
        for state in (*sms_http.STATES, 'not_configured'):
            with self.subTest(state=state):
                self.assertIn(gateway.PROVIDER_TO_SMS_FAILURE_TYPE[state], known)
                self.assertTrue(gateway._get_sms_api_error_messages()[state])
