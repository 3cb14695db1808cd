from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ...errors import EsignError, IllegalMove
from ...signing.errors import TokenError
from ...tools.token import token_pool
from ..common import SealCase

USCC = '91350100M000100Y43'


@tagged('post_install', '-at_install')
class TestCertificate(SealCase):
    def _row(self, **values):
        return self.env['esign.certificate']._request(holder_name='甲公司', uscc=USCC, **values)

    # R1.10
    def test_issue_is_repeatable_and_uses_the_first_key(self):
        row = self._row()
        first = token_pool().generate('rsa2048', row.key_label)  # an attempt whose commit failed
        self.assertTrue(row._issue())
        self.assertEqual(row.state, 'valid')
        self.assertTrue(row.issued_here and row.is_test)
        self.assertEqual(row._signing_key().certificate.public_key(), first.public_key)
        serial = row.serial
        self.assertTrue(row._issue())
        self.assertEqual(row.serial, serial)

    def test_a_token_that_fails_is_tried_again_later(self):
        row = self._row()
        path = 'odoo.addons.esign_base.models.pki.esign_certificate_issue._find_or_generate'
        log = 'odoo.addons.esign_base.models.pki.esign_certificate_issue'
        with patch(path, side_effect=TokenError('token_failed', 'x')), mute_logger(log):
            self.assertFalse(row._issue())
        self.assertEqual((row.state, row.attempts), ('failed', 1))
        self.assertTrue(row.problem)
        self.assertGreater(row.sudo().next_attempt_at, fields.Datetime.now())
        self.assertTrue(row._issue())
        self.assertFalse(row.problem)

    def test_cron_issues_what_was_requested(self):
        row = self._row()
        self.env.ref('esign_base.cron_issue_certificates').method_direct_trigger()
        self.assertEqual(row.state, 'valid')

    def test_revocation_needs_a_reason_and_is_final(self):
        row = self._row()
        row._issue()
        with self.assertRaises(EsignError):
            row._revoke('unspecified', '  ')
        with self.assertRaises(EsignError):
            row._revoke('because', 'x')
        row._revoke('cessation_of_operation', '不再使用')
        with self.assertRaises(IllegalMove):
            row._revoke('unspecified', 'again')
        with self.assertRaises(EsignError):
            row._signing_key()

    def test_warnings_once_each(self):
        self.zhang.email = 'zhang@example.com'
        self.zhang.partner_id.lang = 'zh_CN'
        row = self._row(person_id=self.zhang.id)
        row._issue()
        counts = []
        for days in (31, 30, 29, 7, 7, 1, 0.5):
            with freeze_time(row.not_after - timedelta(days=days)):
                row._warn(fields.Datetime.now()) if days <= 30 else None
                counts.append(len(row.activity_ids))
        self.assertEqual(counts, [0, 1, 1, 2, 2, 3, 3])
        mails = self.env['mail.mail'].search([('email_to', '=', 'zhang@example.com')])
        self.assertEqual(len(mails), 3)
        self.assertEqual(mails[0].subject, '甲公司 的证书将在 1 天后到期。')

    def test_the_clock_speaks_the_language_of_the_platform(self):
        self.env['ir.default'].set('res.partner', 'lang', 'zh_CN')
        row = self._row()
        row._issue()
        with freeze_time(row.not_after - timedelta(days=7)):
            self.env.ref('esign_base.cron_warn_certificates').method_direct_trigger()
        self.assertEqual(row.activity_ids.summary, '甲公司 的证书将在 7 天后到期。')

    def test_the_clock_expires(self):
        row = self._row()
        row._issue()
        with freeze_time(row.not_after + timedelta(seconds=1)):
            self.env.ref('esign_base.cron_expire_certificates').method_direct_trigger()
        self.assertEqual(row.state, 'expired')

    # R8.2
    def test_event_key_is_gone_after_the_act(self):
        with self.env['esign.certificate']._event(self.zhang) as lent:
            ref = lent.ref
            self.assertTrue(token_pool().sign(ref, b'x'))
            self.assertLessEqual(lent.row.not_after - lent.row.not_before, timedelta(hours=24))
            self.assertEqual(lent.row.person_id, self.zhang)
        with self.assertRaises(TokenError):
            token_pool().sign(ref, b'x')

    def test_event_key_is_gone_after_a_failure_too(self):
        with self.assertRaises(ValueError), self.env['esign.certificate']._event(self.zhang) as lent:
            ref = lent.ref
            raise ValueError
        with self.assertRaises(TokenError):
            token_pool().find(ref.label)

    def test_no_event_certificate_for_the_unverified(self):
        wang = self._person('王五', '13900009903', verified=False)
        with self.assertRaises(EsignError), self.env['esign.certificate']._event(wang):
            self.fail('lent')

    # R6.2
    def test_external_authority(self):
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding

        row = self._row(external=True)
        csr = x509.load_pem_x509_csr(row._make_request().encode())
        self.assertTrue(csr.is_signature_valid)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'External CA')])
        now = fields.Datetime.now()

        def build(subject, public, ca):
            builder = x509.CertificateBuilder().issuer_name(name).subject_name(subject).public_key(public)
            builder = builder.serial_number(x509.random_serial_number())
            builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=90))
            builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            usage = dict.fromkeys(
                ('key_encipherment', 'data_encipherment', 'key_agreement', 'encipher_only', 'decipher_only'), False
            )
            builder = builder.add_extension(
                x509.KeyUsage(
                    digital_signature=not ca, content_commitment=not ca, key_cert_sign=ca, crl_sign=ca, **usage
                ),
                critical=True,
            )
            return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

        root = build(name, key.public_key(), True)
        stranger = build(csr.subject, key.public_key(), False)
        with self.assertRaises(EsignError):
            row._accept(stranger, b'', root)
        row._accept(build(csr.subject, csr.public_key(), False), b'', root)
        self.assertEqual((row.state, row.is_test, row.issued_here), ('valid', False, False))
        self.assertTrue(token_pool().sign(row._signing_key().ref, b'x'))
