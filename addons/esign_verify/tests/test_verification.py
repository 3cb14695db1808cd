import hashlib
import secrets
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.esign_base.errors import EsignError, RateLimited
from odoo.addons.esign_base.signing.acts.verdict import Kind
from odoo.addons.esign_base.signing.apart import verify_apart as apart

from ..models import esign_verification
from .common import FilesCase


@tagged('post_install', '-at_install')
class TestVerification(FilesCase):  # R4.1
    def test_the_file_is_not_kept(self):
        data = self.kit.kinds.approved()
        before = self.env['ir.attachment'].sudo().search_count([])
        record, _token = self.env['esign.verification']._check(data)
        self.env.flush_all()
        self.assertEqual(self.env['ir.attachment'].sudo().search_count([]), before)
        self.assertNotIn(b'%PDF', str(record.read()).encode())

    def test_findings_end_after_a_day(self):
        record, token = self.env['esign.verification']._check(b'x')
        self.assertEqual(self.env['esign.verification']._of_token(token), record)
        record.expires_at = fields.Datetime.subtract(fields.Datetime.now(), seconds=1)
        with self.assertRaises(EsignError):
            self.env['esign.verification']._of_token(token)
        self.env['esign.verification']._gc_findings()
        self.assertFalse(record.exists())

    def test_only_what_was_added_is_counted(self):
        self.env['res.lang']._activate_lang('zh_CN')
        model = self.env['esign.verification'].with_context(lang='zh_CN')

        def one(revision, kind=Kind.APPROVAL):
            return SimpleNamespace(revision=revision, kind=kind, intact=True)

        verdict, first, stamp = SimpleNamespace(changes=()), one(0), Kind.DOCUMENT_TIMESTAMP
        for later, told in (
            ([], '没有任何改动'),
            ([one(1), one(2)], '仅增加了 2 个签名，属允许范围'),
            ([one(1, stamp)], '仅增加了 1 个时间戳，属允许范围'),
            ([one(1), one(2, stamp)], '仅增加了 1 个签名、1 个时间戳，属允许范围'),
        ):
            self.assertEqual(model._since(first, [first, *later], verdict), told)

    def test_tokens_are_not_guessed(self):
        _record, token = self.env['esign.verification']._check(b'x')
        for wrong in ('', 'x', token[:-1], token + 'A', None):
            with self.assertRaises(EsignError):
                self.env['esign.verification']._of_token(wrong)

    def test_nobody_reads_the_findings_of_others(self):
        record, _token = self.env['esign.verification']._check(b'x')
        for group in ('base.group_portal', 'esign_base.group_esign_operator', 'esign_base.group_esign_administrator'):
            user = new_test_user(self.env, f'v_{group[-9:]}', groups=group)
            with self.assertRaises(AccessError):
                record.with_user(user).read(['sha256'])

    def test_a_slow_file_ends_in_an_answer(self):
        limits = apart.VerificationLimits(seconds=1)
        with patch.object(apart, 'run_sandboxed', side_effect=apart.FileRefused('too_slow', 'x')):
            verdict = apart.verify_apart(b'%PDF-1.7', self.trusted, limits=limits)
        self.assertEqual((verdict.conclusion.value, verdict.reason.value), ('invalid', 'too_demanding'))

    def test_uploads_are_limited_by_address(self):
        public = self.env(user=self.env.ref('base.public_user'))['esign.verification']
        # Counters are committed at once: addresses that no other run has used.
        first, second = secrets.token_hex(8), secrets.token_hex(8)
        with patch.object(esign_verification, 'VISITOR_LIMIT', 2):
            public._count(first)
            public._count(first)
            with self.assertRaises(RateLimited):
                public._count(first)
            public._count(second)

    def test_a_wanted_digest_is_compared(self):
        data = self.kit.kinds.text_pdf()
        _code, shown = self.answer(data, wanted='AB' * 32)
        self.assertIn('another', shown['reasons'][0])
        _code, shown = self.answer(data, wanted='<script>')
        self.assertNotIn('script', str(shown))
        code, shown = self.answer(data, wanted=hashlib.sha256(data).hexdigest())
        self.assertIn('very file', shown['reasons'][0])
        self.assertEqual(code, 'unsigned')
