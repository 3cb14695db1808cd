import ipaddress
import os
import socket
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ...tools import outbound
from .callback_common import Receiver

FORBIDDEN = (
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255',
    '192.168.1.1', '169.254.169.254', '100.64.0.1', '192.0.0.8', '192.0.2.1', '192.88.99.1', '198.18.0.1',
    '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::10.0.0.1', 'fe80::1', 'fc00::1',
    'fd12:3456::1', 'ff02::1', '2002:7f00:1::', '2001:0:1::1', '2001:db8::1', '64:ff9b::7f00:1', '100::1',
    'fec0::1',
)  # fmt: skip
ALLOWED = ('8.8.8.8', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '2400:3200::1')
# Ways to write 127.0.0.1, 10.0.0.1 and 169.254.169.254 that name servers and libraries understand.
WRITTEN = (
    '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.1', '167772161', '0xa.0.0.1', '2852039166',
    'localhost', '[::1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:a9fe:a9fe]',
)  # fmt: skip


@tagged('post_install', '-at_install')
class TestOutbound(BaseCase):
    # R7.2
    def refused(self, url, code, **values):
        with self.assertRaises(outbound.OutboundError) as error:
            outbound.checked(url, **{'loopback': False, 'timeout': 3, **values})
        self.assertEqual(error.exception.code, code, url)

    def test_internal_addresses(self):
        for text in FORBIDDEN:
            with self.subTest(address=text):
                self.assertTrue(outbound.forbidden(ipaddress.ip_address(text)))
        for text in ALLOWED:
            with self.subTest(address=text):
                self.assertFalse(outbound.forbidden(ipaddress.ip_address(text)))

    def test_loopback_in_development(self):
        for text in ('127.0.0.1', '127.8.8.8', '::1'):
            self.assertFalse(outbound.forbidden(ipaddress.ip_address(text), loopback=True))
        for text in ('10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1', '0.0.0.0'):
            self.assertTrue(outbound.forbidden(ipaddress.ip_address(text), loopback=True), text)

    def test_odd_ways_to_write_an_internal_address(self):
        for host in WRITTEN:
            with self.subTest(host=host):
                self.refused(f'https://{host}/', 'internal')

    def test_names_that_point_inside(self):
        def resolve(*addresses):
            rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (one, 443)) for one in addresses]
            return patch('socket.getaddrinfo', return_value=rows)

        with resolve('10.0.0.8'):
            self.refused('https://hr.example.com/', 'internal')
        with resolve('93.184.216.34', '169.254.169.254'):
            self.refused('https://hr.example.com/', 'internal')
        with resolve('93.184.216.34'):
            _target, found = outbound.checked('https://hr.example.com/', loopback=False, timeout=3)
            self.assertEqual(found, ['93.184.216.34'])
            self.refused('http://hr.example.com/', 'insecure')
        with resolve():
            self.refused('https://hr.example.com/', 'unresolved')

    def test_the_connection_goes_to_the_address_that_was_judged(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        port = receiver.server.server_port
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, '', ('127.0.0.1', port))]
        with patch('socket.getaddrinfo', return_value=rows) as ask:
            outbound.post(f'http://hr.example.com:{port}/x', b'{}', {}, loopback=True, timeout=3)
        asked = [call.args[0] for call in ask.call_args_list]
        self.assertEqual(asked[0], 'hr.example.com')
        self.assertNotIn('hr.example.com', asked[1:], 'the name is not resolved again for the connection')
        self.assertEqual(receiver.seen[0][1]['Host'], f'hr.example.com:{port}')

    def test_networks_of_the_operator(self):
        with patch.dict(
            os.environ, {'ESIGN_CALLBACK_NETWORKS': '10.20.0.0/16, fd00:1::/32,127.0.0.0/8,169.254.0.0/16'}
        ):
            networks = outbound.allowed_networks()
            for text, forbidden in (
                ('10.20.3.4', False), ('10.21.0.1', True), ('fd00:1::7', False), ('fd00:2::7', True),
                ('127.0.0.1', True), ('169.254.169.254', True), ('::ffff:10.20.3.4', True),
            ):  # fmt: skip
                self.assertEqual(outbound.forbidden(ipaddress.ip_address(text), networks=networks), forbidden, text)
            self.refused('http://10.20.3.4/', 'insecure')
        with patch.dict(os.environ, {'ESIGN_CALLBACK_NETWORKS': '10.20.0.0/16;10.0.0.0'}):
            self.refused('https://10.20.3.4/', 'address')

    def test_addresses_that_are_none(self):
        for url in (
            '', 'x', 'https://', 'https:///path', 'ftp://example.com/', 'file:///etc/passwd', 'gopher://x/',
            'https://a@example.com/', 'https://a:b@example.com/', 'https://@example.com/', 'https://example.com/#x',
            'https://exa mple.com/', 'https://example.com/\r\nX: y', 'https://example.com:0/', 'https://example.com:99999/',
            'https://例子.com/', 'https://example.com/' + 'x' * 2000, 'https://-x/', '//example.com/', 'https://a%00b/',
        ):  # fmt: skip
            with self.subTest(url=url):
                self.refused(url, 'address')

    def test_interim_answers_are_passed_over(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)

        def early(handler):
            handler.wfile.write(b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')

        def endless(handler):
            handler.wfile.write(b'x' * 100_000)

        receiver.answers = [early, endless]
        self.assertEqual(outbound.post(receiver.url, b'', {}, loopback=True, timeout=3).status, 204)
        with self.assertRaises(outbound.OutboundError) as error:
            outbound.post(receiver.url, b'', {}, loopback=True, timeout=3)
        self.assertEqual(error.exception.code, 'broken_answer')

    def test_plain_answers_to_tls_are_refused(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        with self.assertRaises(outbound.OutboundError) as error:
            outbound.post(receiver.url.replace('http:', 'https:'), b'', {}, loopback=True, timeout=3)
        self.assertIn(error.exception.code, ('tls', 'timeout'))
