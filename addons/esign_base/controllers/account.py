from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.web.controllers.utils import _get_login_redirect_url

from ..models.people.esign_account import AGREEMENTS
from ..models.people.res_users import SMS_CREDENTIAL
from ..rules.mobile import normal_mobile
from ..rules.targets import local_path
from ..tools.answer import OPEN, PAGE, Answer
from ..tools.api_values import Choice
from .forms import EsignForms
from .json_route import TEXT, json_route

HOME = '/my/esign'
SENDS = ('register', 'login', 'reset')  # what a code is sent for
SECONDS = 60  # until a code can be sent again
PUZZLED = (*SENDS, 'password')  # what pages need a puzzle for


class EsignAccountController(EsignForms):
    """Registration, log-in and password reset: 账户注册, 登录, 找回密码."""

    # ---- puzzles and codes --------------------------------------------------------------------

    @json_route('/esign/captcha', auth='public', purpose=Choice(PUZZLED), mobile=TEXT)
    def account_captcha(self, purpose, mobile):
        """A new puzzle for the browser, for one purpose and one number."""
        return self._attempt(lambda: self._account_puzzle(purpose, mobile))

    def _account_puzzle(self, purpose, mobile):
        mobile = request.env['esign.account']._form_mobile(mobile)
        return request.env['esign.captcha']._new(purpose, mobile, self._address())

    @json_route('/esign/code', auth='public', purpose=Choice(SENDS), mobile=TEXT, token=TEXT, captcha=TEXT)
    def account_code(self, purpose, mobile, token, captcha):
        """Send a code for registration, log-in or reset. The answer never tells whether a number is known."""
        return self._attempt(lambda: self._account_send_code(purpose, mobile, token, captcha))

    def _account_send_code(self, purpose, mobile, token, captcha):
        account = request.env['esign.account']
        sends = {
            'register': account._request_register_code,
            'login': account._request_login_code,
            'reset': account._request_reset_code,
        }
        mobile = account._form_mobile(mobile)
        request.env['esign.captcha']._solve(purpose, mobile, token, captcha)
        request.env['esign.rate.limit']._take_by_rule('otp.address', self._address())
        sends[purpose](mobile)
        return {'wait': SECONDS}

    # ---- pages --------------------------------------------------------------------------------

    @http.route('/esign/agreement/<string:kind>', type='http', auth='public', website=True, sitemap=False)
    def account_agreement(self, kind, **_kw):
        """The text in force."""
        found = self._attempt(lambda: request.env['esign.agreement']._current(kind))
        if not found:
            raise request.not_found()
        return self._render('esign_base.account_agreement', {'agreement': found.data})

    @http.route('/esign/register', type='http', auth='public', website=True, methods=['GET', 'POST'], sitemap=False)
    def account_register(self, **post):
        """Open an account and log in."""
        if self._account_logged_in():
            return request.redirect(HOME)
        opened = OPEN
        if request.httprequest.method == 'POST':
            opened = self._attempt(lambda: self._account_open(post))
            if opened:
                return self._account_enter(opened.data.user_id.login, post['password'], '/my/esign/me/verify')
        return self._account_form('esign_base.account_register', post, opened)

    def _account_open(self, post):
        return request.env['esign.account']._register_account(
            post.get('mobile'),
            post.get('password'),
            post.get('password_again'),
            post.get('code'),
            agreed=bool(post.get('agree')),
            **self._from(),
        )

    def _account_enter(self, login, password, target):
        # The new account must be visible to the log-in, whose tries are counted on another cursor.
        request.env.cr.flush()
        info = request.session.authenticate(request.env, {'type': 'password', 'login': login, 'password': password})
        return request.redirect(_get_login_redirect_url(info['uid'], target))

    @http.route('/esign/login', type='http', auth='public', website=True, methods=['GET', 'POST'], sitemap=False)
    def account_login(self, way='password', redirect=HOME, **post):
        """Log in by password and captcha, or by SMS code."""
        redirect = local_path(redirect, HOME)
        if self._account_logged_in():
            return request.redirect(redirect)
        way = way if way in ('password', 'code') else 'password'
        entered = OPEN
        if request.httprequest.method == 'POST':
            entered = self._account_log_in(way, post)
            if entered:
                return request.redirect(_get_login_redirect_url(entered.data['uid'], redirect))
        return self._account_form('esign_base.account_login', {**post, 'way': way, 'redirect': redirect}, entered)

    def _account_log_in(self, way, post):
        mobile = normal_mobile(post.get('mobile'))
        if not mobile:
            return self._attempt(lambda: request.env['esign.account']._form_mobile(post.get('mobile')))
        credential = {'type': SMS_CREDENTIAL, 'login': mobile, 'code': post.get('code')}
        if way == 'password':
            solved = self._attempt(
                lambda: request.env['esign.captcha']._solve('password', mobile, post.get('token'), post.get('captcha'))
            )
            if not solved:
                return solved
            credential = {'type': 'password', 'login': mobile, 'password': post.get('password') or ' '}
        try:
            return Answer.yes(request.session.authenticate(request.env, {**credential, 'shared': post.get('shared')}))
        except AccessDenied as error:
            if error.args != AccessDenied().args:
                return Answer.no('DENIED', error.args[0], fields={'code' if way == 'code' else PAGE: error.args[0]})
            wrong = request.env._(
                'Mobile number or password is wrong. After 5 wrong tries it is locked for 30 minutes.'
            )
            return Answer.no('DENIED', wrong)

    @http.route('/esign/reset', type='http', auth='public', website=True, methods=['GET', 'POST'], sitemap=False)
    def account_reset(self, **post):
        """Set a new password by SMS code."""
        reset = OPEN
        if request.httprequest.method == 'POST':
            reset = self._attempt(
                lambda: request.env['esign.account']._reset_password(
                    post.get('mobile'), post.get('code'), post.get('password'), post.get('password_again')
                )
            )
            if reset:
                self._flash(request.env._('Your new password is set. Log in with it.'))
                return request.redirect('/esign/login')
        return self._account_form('esign_base.account_reset', post, reset)

    # ---- helpers ------------------------------------------------------------------------------

    def _account_logged_in(self):
        return not request.env.user._is_public()

    def _account_form(self, template, post, answer):
        values = {key: post.get(key, '') for key in ('mobile', 'way', 'redirect', 'agree', 'shared')}
        hint = request.env['esign.account']._password_hint()
        return self._render(
            template,
            {'values': values, 'errors': answer.errors, 'password_hint': hint, 'agreements': AGREEMENTS},
            status=200 if answer else 422,
        )


class EsignLoginHome(AuthSignupHome):
    """Portal pages send visitors to the portal's own log-in; everything else stays with Odoo."""

    @http.route()
    def web_login(self, redirect=None, **kw):
        wants_portal = request.env['esign.portal']._esign_is_ours((redirect or '').split('?')[0])
        if request.httprequest.method == 'GET' and wants_portal and not request.session.uid:
            return request.redirect_query('/esign/login', {'redirect': redirect})
        return super().web_login(redirect=redirect, **kw)

    def _login_redirect(self, uid, redirect=None):
        return super()._login_redirect(uid, redirect=redirect and local_path(redirect))

    @http.route()
    def web_auth_signup(self, *args, **kw):
        """Sign-up by a staff invitation; accounts are opened by registration alone, which asks for a code."""
        if self.get_auth_signup_qcontext().get('invalid_token', True):
            raise NotFound
        return super().web_auth_signup(*args, **kw)

    def do_signup(self, qcontext, do_login=True):
        """Before the invitation is used up."""
        if do_login and normal_mobile(qcontext.get('login')):  # without, a password is reset
            raise request.env['res.users']._esign_number_refused(qcontext['login'])
        return super().do_signup(qcontext, do_login=do_login)

    def get_auth_signup_qcontext(self):
        qcontext = super().get_auth_signup_qcontext()
        if qcontext.get('token'):
            qcontext.setdefault('invalid_token', False)
        return qcontext


class EsignPortalHome(CustomerPortal):
    """External signers have one home page; Odoo's leads to forms that are closed to them."""

    @http.route()
    def home(self, **kw):
        if request.env.user._is_internal():
            return super().home(**kw)
        return request.redirect(HOME)
