import base64
import os
import re

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome
from odoo.addons.auth_totp.controllers.home import Home
from odoo.addons.auth_totp.models.totp import TOTP_SECRET_SIZE

from ..models.people.res_users_access import ENROL, ENROL_PAGE
from ..tools.qr import qr_svg

SECRET_KEY = 'esign_enrol_secret'  # noqa: S105 - a key of the session


class EsignSecondFactor(Home):
    """Staff without a second factor get one before they are let in."""

    @http.route(
        ENROL_PAGE, type='http', auth='public', methods=['GET', 'POST'], website=True, multilang=False, sitemap=False
    )
    def second_factor_enrol(self, redirect=None, token='', **_kw):
        """The password was right, the session is not: it begins with the first right code of the new secret."""
        if request.session.uid:
            return request.redirect(self._login_redirect(request.session.uid, redirect=redirect))
        user = request.env['res.users'].sudo().browse(request.session.get('pre_uid') or []).exists()
        if not user or user._mfa_type() != ENROL:
            return request.redirect('/web/login')
        error = None
        if request.httprequest.method == 'POST':
            error = self._second_factor_try(user, token)
            if not error:
                return request.redirect(self._login_redirect(request.session.uid, redirect=redirect))
        return self._second_factor_page(user, redirect, error)

    def _second_factor_try(self, user, token):
        """Take the first code, and go on as after the second factor's own page; answers what is wrong."""
        guard = request.env['esign.login.guard']
        subject = guard._subject(user.login)
        try:
            taken = guard._begin(subject, 'totp')
        except AccessDenied as error:
            return str(error)
        digits = re.sub(r'\D', '', token)
        own = user.with_user(user)
        if len(digits) != 6 or not own._totp_try_setting(self._second_factor_secret(), int(digits)):
            return request.env._('The code is wrong. Enter the six digits that the app shows now.')
        guard._right(subject, taken, complete=True, interactive=True)
        request.session.pop(SECRET_KEY, None)
        request.session.finalize(request.env)
        request.update_env(user=request.session.uid)
        request.update_context(**request.session.context)
        return None

    def _second_factor_secret(self):
        """The secret of this visit, the same until it is taken over."""
        if SECRET_KEY not in request.session:
            request.session[SECRET_KEY] = base64.b32encode(os.urandom(TOTP_SECRET_SIZE // 8)).decode()
        return request.session[SECRET_KEY]

    def _second_factor_page(self, user, redirect, error):
        secret = self._second_factor_secret()
        wizard = request.env['auth_totp.wizard'].sudo().new({'user_id': user.id, 'secret': secret})
        values = {
            'picture': qr_svg(wizard.url, request.env._('QR code for the authenticator app')),
            'secret': ' '.join(re.findall('.{4}', secret)),
            'redirect': redirect,
            'error': error,
        }
        response = request.render('esign_base.second_factor_enrol', values, status=422 if error else 200)
        response.headers['Cache-Control'] = 'no-store'
        response.headers['X-Frame-Options'] = 'DENY'
        return response


class EsignReset(AuthSignupHome):
    """Odoo's page for a new password, without its ways to ask who has a login."""

    @http.route()
    def web_auth_reset_password(self, *args, **kw):
        request.params.pop('signup_email', None)
        return super().web_auth_reset_password(*args, **kw)
