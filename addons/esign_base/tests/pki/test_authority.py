import logging
import os
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from odoo.tests import TransactionCase, tagged

from ...signing.errors import GlyphMissing, SigningError, TokenError
from ...tools import token
from ...tools.signing_messages import MESSAGES, CoreRefused, explain
from ..common import SealCase, TokenMixin


@tagged('post_install', '-at_install')
class TestToken(TokenMixin, TransactionCase):
    # R8.2
    def test_settings_come_from_the_environment_only(self):
        with patch.dict(os.environ):
            os.environ.pop('ESIGN_PKCS11_TOKEN')
            with self.assertRaises(TokenError) as caught:
                token.token_settings()
        self.assertEqual(caught.exception.code, 'token_unconfigured')
        self.assertEqual(caught.exception.details['missing'], 'ESIGN_PKCS11_TOKEN')
        self.assertFalse(self.env['ir.config_parameter'].search([('key', 'ilike', 'pkcs11')]))

    def test_configuration_file_is_the_alternative(self):
        with (
            patch.dict(os.environ),
            patch.object(token, '_section', lambda _path: {'pkcs11_token': 'from the file'}),
        ):
            os.environ.pop('ESIGN_PKCS11_TOKEN')
            self.assertEqual(token.token_settings().label, 'from the file')

    # R8.2
    def test_marked_pin_is_in_no_log_and_no_table(self):
        self.assertTrue(self.pin or os.environ.get('ESIGN_PKCS11_PIN_FILE'))
        pin = token._pin(Path(os.environ['ESIGN_PKCS11_PIN_FILE']))
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger(__name__).debug('so that there is one line')
            self.assertTrue(token.token_pool().health().ok)
            self.env['esign.authority']._ready()
        self.assertNotIn(pin, '\n'.join(logs.output))
        self.assertNotIn(pin, repr(token.token_settings()) + repr(token.token_pool()))
        for table in ('ir_config_parameter', 'esign_authority', 'esign_certificate'):
            self.env.cr.execute(f'SELECT count(*) FROM {table} t WHERE t::text LIKE %s', [f'%{pin}%'])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)


@tagged('post_install', '-at_install')
class TestMessages(TransactionCase):
    def test_every_message_takes_missing_details(self):
        for code in MESSAGES:
            text = str(explain(self.env, TokenError(code, 'x')))
            self.assertNotIn('%(', text, code)

    def test_missing_glyphs_are_named(self):
        refusal = explain(self.env, GlyphMissing('glyph_missing', 'x', {'characters': ['𪚥', '龘']}))
        self.assertIsInstance(refusal, CoreRefused)
        self.assertIn('𪚥 龘', str(refusal))
        self.assertEqual(refusal.code, 'GLYPH_MISSING')

    def test_unknown_code_still_says_something(self):
        self.assertIn('strange', str(explain(self.env, SigningError('strange', 'x'))))


@tagged('post_install', '-at_install')
class TestAuthority(SealCase):
    # R6.2
    def test_made_once(self):
        first = self.env['esign.authority']._ready()
        self.assertTrue(first.is_test)
        self.assertEqual(first.root_id.state, 'valid')
        rows = self.env['esign.certificate'].search_count([('kind', '=', 'platform')])
        again = self.env['esign.authority']._establish()
        self.assertEqual(first, again)
        self.assertEqual(rows, self.env['esign.certificate'].search_count([('kind', '=', 'platform')]))

    def test_test_certificates_say_so(self):
        record = self.env['esign.authority']._ready()
        found = x509.load_pem_x509_certificate(record.platform_id.pem.encode())
        policy = found.extensions.get_extension_for_class(x509.CertificatePolicies).value[0]
        self.assertIn('测试证书', policy.policy_qualifiers[0].explicit_text)

    def test_crl_lists_a_revocation_at_once(self):
        with self.env['esign.certificate']._event(self.zhang) as lent:
            number, row = lent.certificate.serial_number, lent.row
        before = x509.load_der_x509_crl(self.env['esign.authority']._crl_der('issuing'))
        self.assertIsNone(before.get_revoked_certificate_by_serial_number(number))
        row._revoke('key_compromise', 'test')
        after = x509.load_der_x509_crl(self.env['esign.authority']._crl_der('issuing'))
        self.assertIsNotNone(after.get_revoked_certificate_by_serial_number(number))
        issuing = x509.load_der_x509_certificate(self.env['esign.authority']._certificate_der('issuing'))
        self.assertTrue(after.is_signature_valid(issuing.public_key()))

    def test_ocsp_follows_the_register(self):
        self.env['esign.authority']._ready()
        issuing = x509.load_der_x509_certificate(self.env['esign.authority']._certificate_der('issuing'))
        with self.env['esign.certificate']._event(self.zhang) as lent:
            certificate, row = lent.certificate, lent.row
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuing, hashes.SHA256()).build()
        der = request.public_bytes(Encoding.DER)
        answer = ocsp.load_der_ocsp_response(self.env['esign.authority']._ocsp_der(der))
        self.assertEqual(answer.certificate_status, ocsp.OCSPCertStatus.GOOD)
        row._revoke('key_compromise', 'test')
        answer = ocsp.load_der_ocsp_response(self.env['esign.authority']._ocsp_der(der))
        self.assertEqual(answer.certificate_status, ocsp.OCSPCertStatus.REVOKED)
