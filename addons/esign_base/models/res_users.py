from odoo import api, models
from odoo.exceptions import AccessDenied, UserError
from odoo.fields import Domain

from ..errors import CodeRefused, EsignError
from ..rules.mobile import normal_mobile

LOGIN_PURPOSE = 'login.password'
LOGIN_TRIES = 5
LOCK_SECONDS = 30 * 60
SMS_CREDENTIAL = 'esign_sms'
SMS_PURPOSE = 'login'


class ResUsers(models.Model):
    """Log-in of portal accounts: lock-out in the database, and credential types of our own."""

    _inherit = 'res.users'

    @api.model
    def _esign_credential_types(self):
        """Credential type → method of the user that checks it and returns the ``auth_info``.

        The door for other ways to log in, such as a challenge signed by a UKey.
        """
        return {SMS_CREDENTIAL: '_esign_check_sms'}

    def _login(self, credential, user_agent_env):
        mobile = normal_mobile(credential.get('login'))
        if mobile:
            credential['login'] = mobile
            if not self.sudo().search_count([('login', '=', mobile)], limit=1):
                self._esign_deny_stranger(credential, mobile)
        return super()._login(credential, user_agent_env=user_agent_env)

    def _esign_deny_stranger(self, credential, mobile):
        """Refuse a number without account exactly as one with a wrong secret, in the same time."""
        if credential.get('type') == 'password':
            self._esign_count(mobile)
            self._crypt_context().hash(credential.get('password') or 'x')
            raise AccessDenied
        if credential.get('type') == SMS_CREDENTIAL:
            self._esign_check_sms(credential)
        raise AccessDenied

    def _check_credentials(self, credential, env):
        method = self._esign_credential_types().get(credential.get('type'))
        if method:
            return getattr(self, method)(credential)
        account = self.env['esign.account']._of_user(self.env.user)
        if not account or credential.get('type') != 'password':
            return super()._check_credentials(credential, env)
        mobile = account.mobile
        self._esign_count(mobile)
        answer = super()._check_credentials(credential, env)
        self.env['esign.rate.limit']._clear(LOGIN_PURPOSE, mobile)
        return answer

    @api.model
    def _esign_count(self, mobile):
        try:
            self.env['esign.rate.limit']._take(LOGIN_PURPOSE, mobile, LOGIN_TRIES, LOCK_SECONDS, lock=LOCK_SECONDS)
        except EsignError:
            raise AccessDenied(
                self.env._('Locked for 30 minutes after 5 wrong passwords. Log in by code, or reset the password.')
            ) from None

    def _esign_check_sms(self, credential):
        try:
            self.env['esign.otp']._check(SMS_PURPOSE, credential['login'], credential.get('code'))
        except CodeRefused as error:
            raise AccessDenied(str(error)) from None
        self.env['esign.account']._of_user(self.env.user)._activate()
        return {'uid': self.env.user.id, 'auth_method': 'sms', 'mfa': 'default'}

    def _set_password(self):
        res = super()._set_password()
        # Also when it was set by one of Odoo's own pages or by staff.
        self.env['esign.account'].sudo().search([('user_id', 'in', self.ids)])._remember_password()
        return res

    def _change_password(self, new_passwd):
        account = self.env['esign.account']._of_user(self)
        if not account:
            return super()._change_password(new_passwd)
        return account._set_new_password(new_passwd, new_passwd)

    @api.model
    def _get_email_domain(self, email):
        # Accounts reset their password by SMS; a mailbox is no way around that.
        owners = self.env['esign.account'].sudo().search([('user_id.email', '=', email)]).user_id
        return Domain(super()._get_email_domain(email)) & Domain('id', 'not in', owners.ids)

    def reset_password(self, login):
        if normal_mobile(login):
            raise UserError(self.env._('Reset the password by SMS on the portal’s page “Forgot password”.'))
        return super().reset_password(login)

    def _deactivate_portal_user(self, **post):
        accounts = self.env['esign.account'].sudo().search([('user_id', 'in', self.ids)])
        res = super()._deactivate_portal_user(**post)
        for account in accounts.filtered(lambda one: one.state != 'closed'):
            account._close(self.env._('Closed by its owner'))
        return res
