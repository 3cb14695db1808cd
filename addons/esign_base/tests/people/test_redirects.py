"""Where a log-in leads: the field ``redirect`` is a wish of whoever wrote the link, and never leads to another site."""

import re
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

from odoo.tests import tagged

from .common_people import MOBILE, PASSWORD
from .guessing_common import SECRET, STAFF, GuessingCase
from .test_second_factor import SEED, code

HOSTILE = (
    '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '\t//evil.example',
    '/\n/evil.example', '/\r\\evil.example', ' //evil.example', 'https://evil.example/x', 'https:evil.example',
    'https:/evil.example', 'javascript:alert(1)', 'data:text/html,x', '//localhost@evil.example', '.evil.example',
    '@evil.example', '/odoo\\..//evil.example', '/%09/evil.example', '/%5cevil.example', '//evil%E3%80%82example',
)  # fmt: skip
FEW = HOSTILE[:1] + HOSTILE[2:3] + HOSTILE[4:5] + HOSTILE[9:10]
DROPPED = {9: None, 10: None, 13: None, ord('\\'): '/'}


# R1.1 R6.1
@tagged('post_install', '-at_install')
class TestRedirects(GuessingCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(type(self.env['esign.captcha']), '_solve', lambda *_args: None))
        self.account = self.open_account()

    def stays(self, answer, target):
        """The answer leads on, and to this site as a browser reads it (URL Standard §4.4)."""
        self.assertEqual(answer.status_code, 303, (target, answer.text[:300]))
        read = answer.headers['Location'].strip(''.join(map(chr, range(33)))).translate(DROPPED)
        led = urlsplit(urljoin(f'{self.base_url()}/web/login', read))
        here = urlsplit(self.base_url())
        self.assertIn((led.scheme, led.netloc), {(here.scheme, here.netloc)}, target)
        return answer.headers['Location']

    def post(self, path, **data):
        page = self.url_open(path)
        token = re.search(r'csrf_token"? ?[:v][^"]*"([^"]{20,})"', page.text)[1]
        return self.url_open(path, data={'csrf_token': token, **data}, allow_redirects=False)

    def get(self, path, target):
        return self.opener.get(self.base_url() + path, params={'redirect': target}, allow_redirects=False)

    def test_the_log_in_of_the_portal(self):
        for target in HOSTILE:
            self.leave()
            self.stays(self.post('/esign/login', mobile=MOBILE, password=PASSWORD, redirect=target), target)
            self.stays(self.get('/esign/login', target), target)
        self.leave()
        wanted = self.post('/esign/login', mobile=MOBILE, password=PASSWORD, redirect='/my/esign/seals?a=b')
        self.assertTrue(self.stays(wanted, '').endswith('/my/esign/seals?a=b'), 'a page of this site is reached')

    def test_the_log_in_of_staff(self):
        for target in HOSTILE:
            self.leave()
            self.stays(self.post('/web/login', login=STAFF, password=SECRET, redirect=target), target)
            self.stays(self.get('/web/login', target), target)
        self.leave()
        for target in FEW:
            self.leave()
            self.stays(self.post('/web/login', login=MOBILE, password=PASSWORD, redirect=target), target)

    def test_the_second_factor_and_its_beginning(self):
        self.env['ir.config_parameter'].set_param('esign.staff_password_only', False)
        for number, target in enumerate(FEW):
            self.leave()
            self.staff.sudo().totp_secret = False
            self.stays(self.post('/web/login', login=STAFF, password=SECRET, redirect=target), target)
            page = self.url_open('/web/login/enrol', timeout=30)
            secret = re.search(r'<code[^>]*>([A-Z2-7 ]+)</code>', page.text)[1]
            self.stays(self.post('/web/login/enrol', token=code(secret), redirect=target), target)
            self.stays(self.get('/web/login/enrol', target), target)
            self.leave()
            self.staff.sudo().totp_last_counter = False
            self.staff.sudo().totp_secret = f'{SEED[:-1]}{"ABCD"[number]}'
            onward = self.stays(self.post('/web/login', login=STAFF, password=SECRET, redirect=target), target)
            self.assertIn('/web/login/totp', onward)
            answer = self.post('/web/login/totp', totp_token=code(self.staff.sudo().totp_secret), redirect=target)
            self.stays(answer, target)
            self.stays(self.get('/web/login/totp', target), target)

    def test_the_log_out(self):
        for target in HOSTILE:
            self.authenticate(MOBILE, MOBILE)
            self.stays(self.get('/web/session/logout', target), target)
