from contextvars import ContextVar

from odoo import models

# Set while a remote call is carried out: Odoo hides the request from it.
REMOTE = ContextVar('esign_remote', default=False)


class ResUsers(models.Model):
    """Remote calls are for business systems and staff: a login of the portal has its pages and nothing else."""

    _inherit = 'res.users'

    def _login(self, credential, user_agent_env):
        auth_info = super()._login(credential, user_agent_env=user_agent_env)
        if REMOTE.get():
            self.browse(auth_info['uid'])._esign_check_remote()
        return auth_info
