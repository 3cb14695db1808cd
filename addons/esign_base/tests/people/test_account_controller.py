import io
import json
import re
import runpy
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import file_path, mute_logger

from ...rules import captcha as captcha_rule
from ..answers import given
from .common_people import CODE, ID_NUMBER, MOBILE, PASSWORD, PeopleMixin, photo

ANSWER, WRONG = 417, '999999'
NEW = '13912340077'


@tagged('post_install', '-at_install')
class TestAccountPages(PeopleMixin, HttpCase):
    """The pages as a browser uses them; codes are known, nothing leaves the machine."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(captcha_rule, 'ROUNDS', 1))
        self.startPatcher(patch.object(captcha_rule, 'new_answer', lambda span: ANSWER))
        self.authenticate(None, None)

    # ---- helpers ----

    def csrf(self, page):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]

    def post(self, path, files=None, **data):
        page = self.url_open(path)
        values = {'csrf_token': self.csrf(page), **data}
        return self.url_open(path, data=values, files=files, allow_redirects=False)

    def puzzle(self, purpose='password', mobile=MOBILE):
        return given(self.make_jsonrpc_request('/esign/captcha', {'purpose': purpose, 'mobile': mobile}))['token']

    def ask_code(self, purpose, mobile, captcha=ANSWER, token=None):
        token = token or self.puzzle(purpose, mobile)
        params = {'purpose': purpose, 'mobile': mobile, 'token': token, 'captcha': str(captcha)}
        return self.make_jsonrpc_request('/esign/code', params)

    def log_in(self, mobile=MOBILE, password=PASSWORD, **changed):
        values = {
            'way': 'password',
            'mobile': mobile,
            'password': password,
            'token': self.puzzle(mobile=mobile),
            'captcha': ANSWER,
            **changed,
        }
        return self.post('/esign/login', **values)

    def submit_photos(self, **changed):
        front = changed.pop('front', photo())
        files = {
            'photo_front': ('front.jpg', io.BytesIO(front), 'image/jpeg'),
            'photo_back': ('back.jpg', io.BytesIO(photo()), 'image/jpeg'),
        }
        values = {
            'method': 'manual', 'name': '张三', 'id_type': 'resident', 'id_number': ID_NUMBER, 'agree': '1',
            **changed,
        }  # fmt: skip
        return self.post('/my/esign/me/verify', files=files, **values)

    # ---- R1.1 ----

    def test_a_stranger_registers_and_is_led_to_verification(self):
        self.assertEqual(given(self.ask_code('register', NEW)), {'wait': 60})
        answer = self.post(
            '/esign/register', mobile=NEW, code=CODE, password=PASSWORD, password_again=PASSWORD, agree='1'
        )
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers['Location'].endswith('/my/esign/me/verify'))
        page = self.url_open('/my/esign/me/verify')
        self.assertIn('name="id_number"', page.text)
        self.assertNotIn(NEW, page.text)

    def test_form_keeps_its_content_but_no_secret(self):
        self.ask_code('register', NEW)
        answer = self.post(
            '/esign/register', mobile=NEW, code=CODE, password='Weak-pass', password_again='x', agree='1'
        )
        self.assertEqual(answer.status_code, 422)
        self.assertIn(f'value="{NEW}"', answer.text)
        self.assertIn('es-field__error', answer.text)
        self.assertNotIn('Weak-pass', answer.text)
        answer = self.post(
            '/esign/register', mobile=NEW, code=CODE, password=PASSWORD, password_again=PASSWORD, agree='1'
        )
        self.assertEqual(answer.status_code, 303, 'the right code was not used up by the wrong form')

    def test_log_in_by_password_and_by_code(self):
        self.open_account()
        answer = self.log_in(redirect='/my/esign/me')
        self.assertTrue(answer.headers['Location'].endswith('/my/esign/me'))
        self.authenticate(None, None)
        self.assertEqual(given(self.ask_code('login', MOBILE)), {'wait': 60})
        answer = self.post('/esign/login', way='code', mobile=MOBILE, code=CODE)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.url_open('/my/esign/me').status_code, 200)
        self.authenticate(None, None)
        answer = self.post('/esign/login', way='code', mobile=MOBILE, code=CODE)
        self.assertEqual(answer.status_code, 422, 'a code works once')

    def test_captcha_is_needed_and_works_once(self):
        self.open_account()
        self.assertEqual(self.log_in(captcha=WRONG).status_code, 422)
        token = self.puzzle()
        self.assertEqual(self.log_in(password='Wrong-123', token=token).status_code, 422)
        self.assertEqual(self.log_in(token=token).status_code, 422, 'replayed')
        self.assertIn('captcha', self.ask_code('login', MOBILE, captcha=WRONG)['data']['fields'])
        self.assertFalse(self.sent)

    def test_answers_do_not_tell_who_is_registered(self):
        self.open_account()
        for purpose in ('register', 'login', 'reset'):
            self.assertEqual(self.ask_code(purpose, MOBILE), self.ask_code(purpose, '13912340088'))
        known, unknown = self.log_in(password='Wrong-123'), self.log_in('13912340088', 'Wrong-123')

        def shown(answer):
            return re.sub(r'csrf_token" value="[^"]*"|139\d{8}|nonce="[^"]*"|csrf_token: "[^"]*"', '', answer.text)

        self.assertEqual(known.status_code, unknown.status_code)
        self.assertEqual(shown(known), shown(unknown))

    def test_redirects_stay_here(self):
        self.open_account()
        answer = self.log_in(redirect='https://evil.example/x')
        self.assertRegex(answer.headers['Location'], r'^/[^/\\]')
        for path in ('/esign/login?redirect=/%09/evil.example', '/esign/login?redirect=/%0A/evil.example'):
            self.assertEqual(self.url_open(path, allow_redirects=False).headers['Location'], '/my/esign')

    def test_no_spelling_of_a_redirect_leads_elsewhere(self):
        for path in ('/zh_CN/%09/evil.example', '/zh_CN/%0A/evil.example', '/zh_CN/%0D/evil.example'):
            answer = self.url_open(path, allow_redirects=False)
            self.assertLess(answer.status_code, 500, path)
            self.assertNotRegex(answer.headers.get('Location', '/'), r'evil', path)

    def test_puzzles_are_for_what_pages_ask(self):
        for path in ('/esign/captcha', '/esign/code'):
            body = json.dumps({'jsonrpc': '2.0', 'params': {'purpose': 'esign.consent', 'mobile': MOBILE}})
            answer = self.url_open(path, data=body, headers={'Content-Type': 'application/json'}).json()
            self.assertTrue(answer['error']['data']['message'].startswith('purpose '), path)

    def test_a_log_in_does_not_change_the_links_of_messages(self):
        parameters = self.env['ir.config_parameter']
        self.assertEqual(parameters.get_param('web.base.url.freeze'), 'True')
        parameters.set_param('web.base.url.freeze', False)  # a database from before that
        path = file_path('esign_base/migrations/19.0.1.2.0/post-links.py')
        runpy.run_path(path)['migrate'](self.env.cr, '19.0.1.1.0')
        self.assertEqual(parameters.get_param('web.base.url.freeze'), 'True')
        parameters.set_param('web.base.url', 'https://sign.example')
        user = self.env.ref('base.user_admin')
        credential = {'type': 'password', 'login': user.login, 'password': 'admin'}
        user.authenticate(credential, {'interactive': True, 'base_location': 'http://10.0.0.7:8069'})
        self.assertEqual(parameters.get_param('web.base.url'), 'https://sign.example')

    def test_visitors_of_portal_pages_come_to_the_portal_log_in(self):
        page = self.url_open('/my/esign/me')
        self.assertIn('/esign/login', page.url)
        staff = self.url_open('/web/login')
        self.assertTrue(staff.url.endswith('/web/login'))
        self.assertIn('/esign/login', staff.text)

    def test_reset(self):
        self.open_account()
        self.ask_code('reset', MOBILE)
        answer = self.post('/esign/reset', mobile=MOBILE, code=CODE, password='New-pass-1', password_again='New-pass-1')
        self.assertTrue(answer.headers['Location'].endswith('/esign/login'))
        self.assertEqual(self.log_in(password='New-pass-1').status_code, 303)

    def test_forms_without_token_of_the_session_are_refused(self):
        self.open_account()
        for path in ('/esign/login', '/esign/register', '/esign/reset'):
            self.assertEqual(self.url_open(path, data={'mobile': MOBILE}).status_code, 400, path)
        self.log_in()
        for path in ('/my/esign/identity', '/my/esign/me/password', '/my/esign/me/verify/withdraw'):
            self.assertEqual(self.url_open(path, data={'key': 'x'}).status_code, 400, path)

    def test_a_body_that_no_form_has_is_refused_unread(self):
        page = self.url_open('/esign/login')
        with mute_logger('odoo.http'):
            for path in ('/esign/login', '/esign/register'):
                data = {'csrf_token': self.csrf(page), 'mobile': '1' * 3_000_000}
                self.assertEqual(self.url_open(path, data=data).status_code, 413, path)
            long = b'{"params": {"purpose": "%s"}}' % (b'x' * 3_000_000)
            answer = self.url_open('/esign/captcha', data=long, headers={'Content-Type': 'application/json'})
            self.assertNotIn('token', answer.text)

    def test_every_page_renders(self):
        pages = ['/esign/login', '/esign/login?way=code', '/esign/register', '/esign/reset']
        pages += [f'/esign/agreement/{kind}' for kind in ('service', 'privacy', 'sensitive')]
        for path in pages:
            self.assertEqual(self.url_open(path).status_code, 200, path)
        self.assertEqual(self.url_open('/esign/agreement/nothing').status_code, 404)
        self.open_account()
        self.log_in()
        for path in ('', '/verify', '/email', '/mobile', '/password'):
            self.assertEqual(self.url_open('/my/esign/me' + path).status_code, 200, path)

    # ---- R1.6 ----

    def test_user_centre_changes_and_this_session_goes_on(self):
        account = self.open_account()
        self.log_in()
        sent = self.make_jsonrpc_request('/my/esign/me/code', {'purpose': 'email', 'value': 'new@example.com'})
        self.assertEqual(given(sent), {'wait': 60})
        self.assertEqual(self.post('/my/esign/me/email', email='new@example.com', code=CODE).status_code, 303)
        self.assertEqual(account.person_id.email, 'new@example.com')
        self.make_jsonrpc_request('/my/esign/me/code', {'purpose': 'old'})
        self.make_jsonrpc_request('/my/esign/me/code', {'purpose': 'new', 'value': NEW})
        self.assertEqual(self.post('/my/esign/me/mobile', mobile=NEW, old_code=CODE, code=CODE).status_code, 303)
        self.assertEqual(account.mobile, NEW)
        self.assertIn('/my/esign/me', self.url_open('/my/esign/me').url, 'still logged in')
        answer = self.post(
            '/my/esign/me/password', old_password=PASSWORD, password='New-pass-1', password_again='New-pass-1'
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn('/my/esign/me', self.url_open('/my/esign/me').url)
        self.authenticate(None, None)
        self.assertEqual(self.log_in(NEW, 'New-pass-1').status_code, 303)

    # ---- R1.2 ----

    def test_verification_by_photos(self):
        account = self.open_account()
        self.log_in()
        self.assertEqual(self.submit_photos().status_code, 303)
        self.assertEqual(account.person_id.state, 'pending')
        page = self.url_open('/my/esign/me/verify')
        self.assertNotIn(ID_NUMBER, page.text)
        self.assertIn('110***********002X', page.text)
        account.person_id._open_verification().with_user(self.operator).action_approve()
        page = self.url_open('/my/esign/me/verify')
        self.assertNotIn(ID_NUMBER, page.text)
        self.assertIn('张三', page.text)

    def test_double_submit_makes_one_request(self):
        account = self.open_account()
        self.log_in()
        self.submit_photos()
        page = self.url_open('/my/esign/me/verify')
        files = {'photo_front': ('a.jpg', io.BytesIO(photo()), 'image/jpeg')}
        data = {
            'csrf_token': self.csrf(page), 'method': 'manual', 'name': '张三', 'id_type': 'resident',
            'id_number': ID_NUMBER, 'agree': '1',
        }  # fmt: skip
        self.assertEqual(self.url_open('/my/esign/me/verify', data=data, files=files).status_code, 422)
        self.assertEqual(len(account.person_id.verification_ids), 1)

    def test_files_that_are_no_photos(self):
        account = self.open_account()
        self.log_in()
        for bad in (
            b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
            b'<html><script></script></html>',
        ):
            answer = self.submit_photos(front=bad)
            self.assertEqual(answer.status_code, 422)
            self.assertIn('张三', answer.text, 'the form keeps its content')
        self.assertEqual(self.submit_photos(front=b'\xff\xd8\xff' + b'0' * (50 << 20)).status_code, 413)
        self.assertFalse(account.person_id.verification_ids)

    def test_markup_in_a_name_is_refused_and_shown_as_text(self):
        self.open_account()
        self.log_in()
        answer = self.submit_photos(name='<script>alert(1)</script>')
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn('<script>alert(1)', answer.text)

    # ---- R1.5 ----

    def test_identity_of_somebody_else_is_refused(self):
        mine, other = self.open_account(), self.open_account('13912340066')
        self.log_in()
        page = self.url_open('/my/esign/me/email')
        for key in (f'person:{other.person_id.id}', 'enterprise:1', '', 'person:x'):
            shown = self.url_open('/my/esign/identity', data={'csrf_token': self.csrf(page), 'key': key})
            self.assertIn('es-toast--bad', shown.text)
            self.assertNotIn(other.mobile_masked, shown.text)
        self.url_open('/my/esign/identity', data={'csrf_token': self.csrf(page), 'key': f'person:{mine.person_id.id}'})
        self.assertIn(mine.mobile_masked, self.url_open('/my/esign').text)

    def test_staff_have_no_user_centre(self):
        self.authenticate('people_viewer', 'people_viewer')
        self.assertTrue(self.url_open('/my/esign/me').url.endswith('/my/esign'))
