"""What every page says to the browser: what it may load, who may frame it, what other sites are told."""

import re

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

SCRIPT = re.compile(r'<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>', re.DOTALL)
HANDLER = re.compile(r'<[^>]+\son\w+="(?!__odooAssetError=1")')


def policy(answer):
    """The directives of an answer: name → words."""
    parts = [part.split() for part in answer.headers['Content-Security-Policy'].split(';')]
    return {part[0]: part[1:] for part in parts}


@tagged('post_install', '-at_install')
class TestHeaders(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, 'headers_portal', 'base.group_portal')
        new_test_user(cls.env, 'headers_staff', 'base.group_user')

    def _page(self, path, status=200):
        with mute_logger('odoo.http'):
            answer = self.url_open(path)
        self.assertEqual(answer.status_code, status, path)
        self.assertEqual(answer.headers['X-Frame-Options'].upper() in ('SAMEORIGIN', 'DENY'), True, path)
        self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
        self.assertIn(answer.headers['Referrer-Policy'], ('strict-origin-when-cross-origin', 'no-referrer'))
        self.assertEqual(policy(answer)['frame-ancestors'], ["'self'"])
        return answer

    def _strict(self, answer):
        """The policy of our pages: scripts of the server's files, and those that carry the word of this answer."""
        rules = policy(answer)
        self.assertEqual(rules['default-src'], ["'none'"])
        self.assertNotIn("'unsafe-inline'", rules['script-src'] + rules['style-src-elem'])
        [nonce] = [word[7:-1] for word in rules['script-src'] if word.startswith("'nonce-")]
        for script in SCRIPT.finditer(answer.text):
            if ' src=' not in script['attributes'] and 'data-src=' not in script['attributes']:
                self.assertIn(f'nonce="{nonce}"', script['attributes'], script['text'][:200])
        self.assertIsNone(HANDLER.search(answer.text))
        return nonce

    # R1.1
    def test_pages_for_visitors(self):
        words = {
            self._strict(self._page(path))
            for path in ('/esign/login', '/esign/register', '/web/login', '/esign/verify')
        }
        self.assertEqual(len(words), 4, 'each answer has a word of its own')

    def test_pages_behind_the_login(self):
        self.authenticate('headers_portal', 'headers_portal')
        self._strict(self._page('/my/esign'))
        self._strict(self._page('/my/esign/nothing', 404))
        self._strict(self._page('/html_editor/shape/x/y', 404))

    def test_pages_and_errors_of_who_is_logged_in_are_kept_nowhere(self):
        """They name the person: a shared computer shows them to nobody after the log-out."""
        self.authenticate('headers_portal', 'headers_portal')
        for method, path, status in (
            ('GET', '/my/esign', 200), ('GET', '/my/esign/nothing', 404), ('PUT', '/esign/verify', 405),
            ('GET', '/esign/code', 405), ('GET', '/esign/verify', 200),
        ):  # fmt: skip
            with self.subTest(path=path), mute_logger('odoo.http'):
                answer = self.opener.request(method, self.base_url() + path)
                self.assertEqual(answer.status_code, status)
                self.assertIn('no-store', answer.headers['Cache-Control'])
        with mute_logger('odoo.http'):
            answer = self.opener.post(f'{self.base_url()}/esign/login', data={'login': 'x' * (3 * 1024 * 1024)})
        self.assertEqual((answer.status_code, answer.headers['Cache-Control']), (413, 'no-store'))

    def test_pictures_keep_their_own_caching(self):
        self.authenticate('headers_portal', 'headers_portal')
        for path in ('/web/static/img/favicon.ico', '/esign/icons.svg'):
            self.assertNotIn('no-store', self.url_open(path).headers.get('Cache-Control', ''))

    def test_redirects_of_the_language_step(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.default'].set('res.partner', 'lang', 'zh_CN')
        default = self.env['res.lang']._get_data(code='zh_CN').url_code
        answer = self.url_open(f'/{default}/esign/login', allow_redirects=False)
        self.assertEqual((answer.status_code, answer.headers['Location'][-12:]), (303, '/esign/login'))
        self.assertEqual(policy(answer)['frame-ancestors'], ["'self'"])
        self.assertEqual(answer.headers['X-Frame-Options'], 'SAMEORIGIN')
        self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
        self.assertEqual(answer.headers['Referrer-Policy'], 'strict-origin-when-cross-origin')

    def test_the_web_client_is_framed_by_nobody_else(self):
        self.authenticate('headers_staff', 'headers_staff')
        rules = policy(self._page('/odoo'))
        self.assertEqual((rules['object-src'], rules['base-uri']), (["'none'"], ["'self'"]))

    def test_links_keep_their_secret(self):
        self.assertEqual(self._page('/esign/sign').headers['Referrer-Policy'], 'no-referrer')

    def test_files_keep_what_is_stricter(self):
        """A file that somebody sent in runs nothing, whatever it is."""
        self.authenticate('admin', 'admin')
        file = self.env['ir.attachment'].create(
            {'name': 'x.html', 'raw': b'<script>1</script>', 'mimetype': 'text/html'}
        )
        answer = self.url_open(f'/web/content/{file.id}')
        self.assertEqual((answer.status_code, answer.text), (200, '<script>1</script>'))
        self.assertEqual(answer.headers['Content-Security-Policy'], "default-src 'none'")
