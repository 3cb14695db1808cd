import time

from odoo import models
from odoo.http import request

from .ir_http_sessions import SEEN, SHARED, SINCE


class ResUsers(models.Model):
    """A log-in begins its own time: see :mod:`.ir_http_sessions`."""

    _inherit = 'res.users'

    def authenticate(self, credential, user_agent_env):
        auth_info = super().authenticate(credential, user_agent_env)
        if request and (user_agent_env or {}).get('interactive'):
            now = int(time.time())
            request.session.update({SINCE: now, SEEN: now, SHARED: bool(credential.get('shared'))})
        return auth_info
