from odoo import api, fields, models
from odoo.exceptions import AccessDenied, AccessError

from ...tools import development
from ...tools.visitor import is_remote_call

# Set by an administrator in the settings; not set is the strict way, and what production begins with.
PASSWORD_ONLY = 'esign.staff_password_only'  # noqa: S105 - the name of a setting
STAFF_KEYS = 'esign.staff_api_keys'
ENROL = 'esign_enrol'
ENROL_PAGE = '/web/login/enrol'
ADMINISTRATORS = 'base.group_erp_manager'
SYSTEMS = 'esign_base.group_esign_integration'


class ResUsers(models.Model):
    """Which kind of login comes in by which door.

    ================  =================================  =====================================
    login             web client                         remote interfaces
    ================  =================================  =====================================
    staff             password and second factor, or a   API key, where an administrator has
                      passkey                            allowed staff to have keys
    business system   never                              API key
    portal            password or SMS code               never
    ================  =================================  =====================================

    A development installation (server and database both marked) asks staff for no second factor and lets
    staff and business systems call with their passwords.
    """

    _inherit = 'res.users'

    def _esign_is_system(self):
        """Whether this is the login of a business system."""
        transaction = self.env.transaction
        if transaction.default_env is None:  # nobody is logged in yet, and groups are computed for somebody
            transaction.default_env = self.env
        return self.sudo().has_group(SYSTEMS)

    @api.model
    def _esign_is_lax(self):
        return development.server_marked() and development.database_marked(self.env)

    # ---- web client ---------------------------------------------------------------------------

    def _esign_check_web(self):
        """Refuse logins that have no business in a browser; asked of who knows the secret: a guesser learns nothing."""
        self.ensure_one()
        if self._esign_is_system():
            raise AccessDenied(self.env._('This is the login of a business system. It works by RPC only.'))

    def _esign_needs_second(self):
        """Whether this login must have a second factor to come in by a password."""
        self.ensure_one()
        if self._esign_is_lax() or self._esign_is_system() or not self._is_internal():
            return False
        return self.env['ir.config_parameter'].sudo().get_param(PASSWORD_ONLY) != 'True'

    def _mfa_type(self):
        # A code by mail is no second factor where a mail also resets the password.
        kind = super()._mfa_type()
        return ENROL if kind in (None, 'totp_mail') and self._esign_needs_second() else kind

    def _mfa_url(self):
        return ENROL_PAGE if self._mfa_type() == ENROL else super()._mfa_url()

    def _login(self, credential, user_agent_env):
        answer = super()._login(credential, user_agent_env=user_agent_env)
        user = self.env['res.users'].sudo().browse(answer['uid'])
        # Who knows the password alone must not add a second factor of their own beside the one that is there.
        if answer.get('mfa') != 'skip' and user.auth_passkey_key_ids and user._mfa_type() == ENROL:
            raise AccessDenied(self.env._('This login has a passkey. Log in with it.'))
        if is_remote_call():
            user._esign_check_remote()
        return answer

    # ---- remote interfaces --------------------------------------------------------------------

    def _rpc_api_keys_only(self):
        if self._esign_is_system():
            return not self._esign_is_lax()
        return self._esign_needs_second() or super()._rpc_api_keys_only()

    def _esign_check_remote(self):
        """Refuse logins that have no business at the remote interfaces.

        :raises AccessDenied: a portal account.
        """
        self.ensure_one()
        if not self._esign_is_system() and not self._is_internal():
            raise AccessDenied

    def _esign_may_have_keys(self):
        """Business systems may; staff where an administrator has allowed it; portal accounts never."""
        self.ensure_one()
        if self._esign_is_system():
            return True
        return self._is_internal() and self.env['ir.config_parameter'].sudo().get_param(STAFF_KEYS) == 'True'

    # ---- buttons of administrators ------------------------------------------------------------

    esign_locked = fields.Boolean('Locked after wrong tries', compute='_compute_esign_locked', groups=ADMINISTRATORS)

    def _compute_esign_locked(self):
        locked = self.env['esign.login.guard']._locked(self)
        for user in self:
            user.esign_locked = user in locked

    def _esign_check_administrator(self):
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(self.env._('Only administrators do this.'))

    def action_esign_lift_locks(self):
        """Administrator: end the locks after wrong tries, of passwords and second factors, from everywhere."""
        self._esign_check_administrator()
        self.env['esign.login.guard']._lift(self)
        return True


class ResUsersApikeysDescription(models.TransientModel):
    """The dialogue by which people make keys for themselves."""

    _inherit = 'res.users.apikeys.description'

    def check_access_make_key(self):
        if not self.env.user._esign_may_have_keys():
            raise AccessError(self.env._('API keys are for business systems. An administrator makes them.'))
        return super().check_access_make_key()
