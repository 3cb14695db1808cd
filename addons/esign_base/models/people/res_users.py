import contextlib
import json
import logging
import re

from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL

from ...errors import CodeRefused
from ...rules.mobile import normal_mobile
from .esign_login_guard import LOGIN, OTHER, SECOND

_logger = logging.getLogger(__name__)

SMS_CREDENTIAL = 'esign_sms'
SMS_PURPOSE = 'login'
PASSKEY = 'webauthn'
STEPS = {'password': LOGIN, 'totp': SECOND, 'totp_mail': SECOND}
# What an API key looks like; it cannot be guessed, and no password is compared with a key that does not.
KEY = re.compile(r'[0-9a-f]{40}')
LONGEST = {'login': 256, 'password': 1024, 'code': 64, 'webauthn_response': 64 * 1024}


class ResUsers(models.Model):
    """Log-in: limits in the database at every door, and credential types of our own."""

    _inherit = 'res.users'

    @api.model
    def _esign_credential_types(self):
        """Credential type → method of the user that checks it and returns the ``auth_info``.

        The door for other ways to log in, such as a challenge signed by a UKey.
        """
        return {SMS_CREDENTIAL: '_esign_check_sms'}

    # ---- who is it ----------------------------------------------------------------------------

    def _login(self, credential, user_agent_env):
        self._esign_well_formed(credential)
        kind = credential.get('type')
        if kind == PASSKEY:
            if not self._esign_knows_passkey(credential.get('webauthn_response')):
                self._esign_deny_stranger(credential, PASSKEY)
            return super()._login(credential, user_agent_env=user_agent_env)
        login = credential['login'] = normal_mobile(credential.get('login')) or credential.get('login') or ''
        first = kind == 'password' or kind in self._esign_credential_types()  # a second factor comes second
        if not (first and login and self.sudo().search_count(self._get_login_domain(login), limit=1)):
            self._esign_deny_stranger(credential, login)
        return super()._login(credential, user_agent_env=user_agent_env)

    def _esign_well_formed(self, credential):
        """Refuse what no form sends: it would end in an error that tells of the inside.

        :raises AccessDenied: as for a wrong secret.
        """
        for name, longest in LONGEST.items():
            text = credential.get(name)
            if text and (not isinstance(text, str) or '\0' in text or len(text) > longest):
                raise AccessDenied

    def _esign_knows_passkey(self, response):
        try:
            identifier = json.loads(response)['id']
        except (ValueError, KeyError, TypeError):
            return False
        if not isinstance(identifier, str):
            return False
        keys = self.env['auth.passkey.key'].sudo()
        return bool(keys.search_count([('credential_identifier', '=', identifier)], limit=1))

    def _esign_deny_stranger(self, credential, login):
        """Refuse a name without login exactly as one with a wrong secret: same limits, same words, same work."""
        guard, kind = self.env['esign.login.guard'], credential.get('type')
        step = LOGIN if kind == 'password' else OTHER
        # As Odoo says it of a wrong secret.
        _logger.info('Login failed for login:%s from %s', login, request.httprequest.remote_addr if request else 'n/a')
        guard._begin(guard._subject(login), step)
        if kind == SMS_CREDENTIAL:
            self._esign_check_sms(credential)
        if step == LOGIN:
            self._esign_work(credential.get('password'))
        raise AccessDenied

    @api.model
    def _esign_work(self, password):
        """What comparing a password costs, where there is none to compare with."""
        self._crypt_context().hash(password or 'x')

    @contextlib.contextmanager
    def _assert_can_auth(self, user=None):
        """Odoo's cool-down is not used: in the memory of one process, for everybody behind an address at once.

        ``esign.login.guard`` takes its place at :meth:`_check_credentials`, where every door comes by.
        """
        yield

    # ---- who it is ----------------------------------------------------------------------------

    def _check_credentials(self, credential, env):
        """Every door at which a secret is tried comes by here; see ``esign.login.guard``."""
        interactive = (env or {}).get('interactive', True)
        self._esign_well_formed(credential)
        if not interactive and (by_key := self._esign_by_key(credential)):
            return by_key
        guard, kind = self.env['esign.login.guard'], credential.get('type')
        step = STEPS.get(kind, OTHER)
        # Odoo checks the second factor of the record, everything else of who is logged in.
        user = self if step == SECOND else self.env.user
        subject = guard._subject(user.sudo().login)
        with guard._turn(subject):
            taken = guard._begin(subject, step)
            if method := self._esign_credential_types().get(kind):
                answer = getattr(self, method)(credential)
            else:
                self._esign_level(credential, interactive=interactive)
                answer = super()._check_credentials(credential, env)
            if interactive:
                user._esign_check_web()
            complete = answer.get('mfa') == 'skip' or step == SECOND or not user._mfa_url()
            guard._right(subject, taken, complete=complete, interactive=interactive)
        return answer

    def _esign_by_key(self, credential):
        """The ``auth_info`` of the right API key. Nobody guesses one, so no limit keeps its owner out."""
        key = credential.get('password') or ''
        if credential.get('type') != 'password' or not KEY.fullmatch(key):
            return None
        if self.env['res.users.apikeys']._check_credentials(scope='rpc', key=key) != self.env.user.id:
            return None
        return {'uid': self.env.user.id, 'auth_method': 'apikey', 'mfa': 'default'}

    def _esign_level(self, credential, *, interactive):
        """Do the work of comparing for logins whose password Odoo does not compare: nobody sees the difference."""
        if credential.get('type') != 'password':
            return
        user = self.env.user
        [[hashed]] = self.env.execute_query(SQL("SELECT COALESCE(password, '') FROM res_users WHERE id = %s", user.id))
        if not hashed or not credential.get('password') or (not interactive and user._rpc_api_keys_only()):
            self._esign_work(credential.get('password'))

    def _check_uid_passwd(self, uid, passwd):
        """The door of XML-RPC calls. Odoo remembers what fitted; who may call at all is asked every time."""
        self._esign_well_formed({'password': passwd})
        user = self.sudo().browse(uid).exists()
        if not user.active:
            self._esign_deny_stranger({'type': 'password', 'password': passwd}, f'#{uid}')
        super()._check_uid_passwd(uid, passwd)
        user._esign_check_remote()

    def _esign_check_sms(self, credential):
        try:
            self.env['esign.otp']._check(SMS_PURPOSE, credential['login'], credential.get('code'))
        except CodeRefused as error:
            raise AccessDenied(str(error)) from None
        self.env['esign.account']._of_user(self.env.user)._activate()
        return {'uid': self.env.user.id, 'auth_method': 'sms', 'mfa': 'default'}

    def _totp_rate_limit(self, limit_type):
        # Odoo counts in the transaction of the try, where twenty at once are not seen; the guard has counted.
        if limit_type != 'code_check':
            super()._totp_rate_limit(limit_type)

    # ---- passwords ----------------------------------------------------------------------------

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

    def _deactivate_portal_user(self, **post):
        accounts = self.env['esign.account'].sudo().search([('user_id', 'in', self.ids)])
        res = super()._deactivate_portal_user(**post)
        for account in accounts.filtered(lambda one: one.state != 'closed'):
            account._close(self.env._('Closed by its owner'))
        return res
