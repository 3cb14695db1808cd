import re
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..models import esign_verification
from .common import kit
from .test_evidence import EvidenceCase

TOKEN = re.compile(r'/esign/verify/([\w-]{32})')


@tagged('post_install', '-at_install')
class TestPages(EvidenceCase, HttpCase):  # R4.1
    def setUp(self):
        super().setUp()
        self.env.cr.execute('DELETE FROM esign_rate_limit')
        self.authenticate(None, None)
        self.opener.cookies.set('frontend_lang', 'zh_CN')

    def csrf(self, path='/esign/verify'):
        return re.search(r'name="csrf_token" value="([^"]+)"', self.url_open(path).text)[1]

    def upload(self, data, name='a.pdf', mimetype='application/pdf', **values):
        form = {'csrf_token': self.csrf(), **values}
        return self.url_open('/esign/verify', data=form, files={'file': (name, data, mimetype)}, timeout=60)

    def answer_of(self, response):
        found = re.search(r'data-answer="(\w+)"', response.text)
        self.assertTrue(found, response.text[:500])
        return found[1]

    def test_the_page_is_open_to_all_and_chinese(self):
        page = self.url_open('/esign/verify')
        self.assertEqual(page.status_code, 200)
        self.assertIn('文档验证', page.text)
        self.assertIn('不会被保存', page.text)

    def test_the_main_answers(self):
        tools = kit()
        cases = [
            (self.final._bytes(), 'genuine', '真实有效'),
            (self.act._bytes(), 'earlier', '不是最新版本'),
            (self.final._bytes() + b'\n% more', 'altered', '已被篡改'),
            (tools.kinds.approved(), 'foreign', '非本平台签署'),
            (tools.kinds.text_pdf(), 'unsigned', '无签名'),
            (b'GIF89a', 'unreadable', '无法识别'),
        ]
        for data, code, words in cases:
            with self.subTest(code):
                response = self.upload(data)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(self.answer_of(response), code)
                self.assertIn(words, response.text)
                self.assertNotIn('Traceback', response.text)
                self.assertNotIn('张三丰', response.text)

    def test_a_party_sees_his_own(self):
        self.authenticate('verify_party', 'verify_party')
        self.opener.cookies.set('frontend_lang', 'zh_CN')
        response = self.upload(self.final._bytes())
        self.assertIn('张三丰', response.text)
        self.assertIn('HT001', response.text)
        self.assertIn('data:image/png;base64,', response.text)

    def test_the_result_of_a_party_shows_nothing_to_who_gets_its_address(self):
        self.authenticate('verify_party', 'verify_party')
        response = self.upload(self.final._bytes())
        address = TOKEN.search(response.url or response.text)[0]
        self.authenticate('verify_stranger', 'verify_stranger')
        self.assertNotIn('张三丰', self.url_open(address).text)

    def test_misuse(self):
        cases = [
            ('empty', lambda: self.upload(b''), 422, '文件为空'),
            ('no file', lambda: self.url_open('/esign/verify', data={'csrf_token': self.csrf()}), 422, '文件为空'),
            ('text instead of a file', lambda: self.url_open(
                '/esign/verify', data={'csrf_token': self.csrf(), 'file': 'x'}), 422, '文件为空'),
            ('svg', lambda: self.upload(
                b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'a.svg', 'image/svg+xml',
            ), 200, '不是 PDF'),
            ('name with a tag', lambda: self.upload(b'x', '<img src=x>.pdf'), 200, '不是 PDF'),
            ('digest with a tag', lambda: self.upload(b'x', sha256='"><script>alert(1)</script>'), 200, '不是 PDF'),
            ('unknown token', lambda: self.url_open('/esign/verify/' + 'A' * 32), 404, '不再保留'),
        ]  # fmt: skip
        for name, ask, status, words in cases:
            with self.subTest(name):
                response = ask()
                self.assertEqual(response.status_code, status, response.text[:300])
                self.assertIn(words, response.text)
                self.assertNotIn('alert(1)', response.text)
                self.assertNotIn('<img src=x>', response.text)
        self.assertEqual(self.url_open('/esign/verify', data={'x': 'y'}).status_code, 400)  # no CSRF token

    def test_more_than_50_megabytes(self):
        response = self.upload(bytes(50 * 2**20 + 10))
        self.assertEqual(response.status_code, 413)
        self.assertIn('50 MB', response.text)
        self.assertIn('csrf_token', response.text)

    def test_far_too_large_is_cut_off(self):
        response = self.upload(bytes(90 * 2**20))
        self.assertEqual(response.status_code, 413)
        self.assertNotIn('Traceback', response.text)

    def test_too_many_uploads(self):
        with patch.object(esign_verification, 'VISITOR_LIMIT', 2):
            self.assertEqual([self.upload(b'x').status_code for _ in range(3)], [200, 200, 429])

    def test_the_same_file_twice(self):
        data = self.final._bytes()
        first, second = self.upload(data), self.upload(data)
        self.assertEqual(self.answer_of(first), self.answer_of(second))

    def test_a_digest_from_the_code_on_a_report(self):
        page = self.url_open(f'/esign/verify?sha256={self.final.sha256}')
        self.assertIn(self.final.sha256, page.text)
        self.assertIn('本平台出具过', page.text)
        self.assertIn('没有出具过', self.url_open('/esign/verify?sha256=' + 'ab' * 32).text)
        self.assertNotIn('<script>x', self.url_open('/esign/verify?sha256=<script>x').text)

    def test_the_signed_report(self):
        response = self.upload(self.final._bytes())
        address = TOKEN.search(response.url)[0]
        made = self.url_open(f'{address}/report', data={'csrf_token': self.csrf()}, timeout=60)
        self.assertEqual(made.headers['Content-Type'], 'application/pdf')
        self.assertTrue(made.content.startswith(b'%PDF-'))
        self.assertEqual(made.headers['Cache-Control'], 'no-store')
        self.assertEqual(self.answer_of(self.upload(made.content)), 'genuine')

    def test_evidence_pages(self):
        address = f'/my/esign/evidence/{self.chain.id}'
        self.authenticate('verify_stranger', 'verify_stranger')
        page = self.url_open(address)
        self.assertNotIn('HT001', page.text)
        made = self.url_open(f'{address}/pack', data={'csrf_token': self.csrf()})
        self.assertNotEqual(made.headers['Content-Type'], 'application/zip')
        self.authenticate('verify_party', 'verify_party')
        self.opener.cookies.set('frontend_lang', 'zh_CN')
        page = self.url_open(address)
        self.assertIn('证据包', page.text)
        made = self.url_open(f'{address}/pack', data={'csrf_token': self.csrf(address)}, timeout=60)
        self.assertEqual(made.headers['Content-Type'], 'application/zip')
        self.assertEqual(self.url_open(f'{address}/other', data={'csrf_token': self.csrf()}).status_code, 404)
