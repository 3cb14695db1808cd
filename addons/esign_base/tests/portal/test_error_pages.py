from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..people.common_people import PeopleMixin

BUILT = ('Traceback', 'odoo', 'psycopg2', 'secret table', '.py')


@tagged('post_install', '-at_install')
class TestErrorPages(PeopleMixin, HttpCase):
    """What stands where a page cannot be shown: a way on, and nothing of how the server is built."""

    def setUp(self):
        super().setUp()
        new_test_user(self.env, 'lost', groups='base.group_portal', lang='zh_CN')

    def _page(self, url, status):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, status)
        main = answer.text[answer.text.index('<main') : answer.text.index('</main>')]
        for word in BUILT:
            self.assertNotIn(word, main)
        return main

    def test_nothing_there(self):
        self.assertIn('页面不存在', self._page('/esign/nothing', 404))
        self.assertIn('/esign/login', self._page('/esign/nothing', 404))  # a visitor's way on
        self.authenticate('lost', 'lost')
        self.assertIn('href="/my/esign"', self._page('/my/esign/nothing', 404))

    # R1.1
    def test_a_method_that_a_route_does_not_take(self):
        """Whether Odoo's map or our list refuses it: our page, in Chinese, and what the route does take."""
        for method, path, taken in (
            ('GET', '/esign/code', 'POST'),
            ('GET', '/zh_CN/esign/captcha', 'POST'),
            ('PUT', '/esign/verify', 'GET, HEAD, POST'),
            ('POST', '/pki/root.cer', 'GET, HEAD'),
            ('GET', '/pki/ocsp', 'POST'),
            ('DELETE', '/esign/login', 'GET, HEAD, POST'),
        ):
            for user in (None, 'lost'):
                self.authenticate(user, user)
                with self.subTest(method=method, path=path, user=user):
                    answer = self.opener.request(method, self.base_url() + path, data={'a': 'b'})
                    self.assertEqual(answer.status_code, 405)
                    self.assertIn('此页面不能直接打开', answer.text)
                    self.assertEqual(answer.headers['Allow'], taken)
                    self.assertIn("default-src 'none'", answer.headers['Content-Security-Policy'])
                    self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
                    self.assertEqual(answer.headers['X-Frame-Options'], 'SAMEORIGIN')
                    self.assertNotIn('Traceback', answer.text)

    def test_a_method_that_a_json_route_does_not_take(self):
        for path in ('/esign/code', '/esign/captcha', '/json/2/esign.api/templates'):
            answer = self.opener.put(self.base_url() + path, json={'jsonrpc': '2.0', 'params': {}})
            with self.subTest(path=path):
                self.assertEqual((answer.status_code, answer.headers['Allow']), (405, 'POST'))
                self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
                self.assertIsInstance(answer.json(), dict)
                self.assertIn('"method_not_allowed"', answer.text)
                self.assertNotIn('Traceback', answer.text)
                self.assertNotIn('werkzeug', answer.text)
                self.assertEqual(answer.headers['Cache-Control'], 'no-store')

    def test_an_ended_log_in_is_not_shown_on_a_refusal(self):
        self.authenticate('lost', 'lost')
        self.env['res.users'].search([('login', '=', 'lost')]).password = 'another-1'
        answer = self.opener.put(self.base_url() + '/esign/verify')
        self.assertEqual(answer.status_code, 405)
        self.assertIn('/esign/login', answer.text)

    def test_the_last_resort_shows_no_inside_either(self):
        self.authenticate('lost', 'lost')
        broken = patch.object(type(self.env['esign.portal']), '_esign_shell', side_effect=RuntimeError('secret table'))
        with broken, mute_logger('odoo.http', 'odoo.addons.http_routing.models.ir_http'):
            answer = self.url_open('/my/esign?debug=1')
        self.assertGreaterEqual(answer.status_code, 400)
        for word in ('Traceback', 'secret table', 'RuntimeError'):
            self.assertNotIn(word, answer.text)

    def test_failures_show_no_inside_even_when_debugging(self):
        self.authenticate('lost', 'lost')
        for error, status, said in (
            (RuntimeError('secret table'), 500, '系统出现问题'),
            (AccessError('secret table'), 403, '您无权打开此页面'),
            (UserError('请先选择文件'), 422, '请先选择文件'),
        ):
            with (
                patch.object(type(self.env['esign.portal']), '_esign_home', side_effect=error),
                mute_logger('odoo.http'),
                self.subTest(status=status),
            ):
                self.assertIn(said, self._page('/my/esign?debug=1', status))
