from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_people import PeopleMixin

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
