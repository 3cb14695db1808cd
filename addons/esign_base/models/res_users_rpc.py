from contextvars import ContextVar

from odoo import models
from odoo.exceptions import AccessDenied

from ..tools.routes import PORTAL, PUBLIC

# Set while a remote call is carried out: Odoo hides the request from it.
REMOTE = ContextVar('esign_remote', default=False)


class ResUsers(models.Model):
    """Remote calls are for business systems and staff: a login of the portal has its pages and nothing else."""

    _inherit = 'res.users'

    def _login(self, credential, user_agent_env):
        auth_info = super()._login(credential, user_agent_env=user_agent_env)
        if REMOTE.get():
            self._esign_deny_portal(auth_info['uid'])
        return auth_info

    def _check_uid_passwd(self, uid, passwd):
        self._esign_deny_portal(uid)
        return super()._check_uid_passwd(uid, passwd)

    def _esign_deny_portal(self, uid):
        if self.env['ir.http']._esign_kind(uid) in (PORTAL, PUBLIC):
            raise AccessDenied
