import time

from odoo import models
from odoo.http import SessionExpiredException, request

from ...tools.routes import STAFF

LONGEST = 24 * 3600  # seconds after the log-in
IDLE = 30 * 60  # seconds without a request, on a shared device
NOTED = 60  # seconds within which another request is not noted
SINCE, SEEN, SHARED = 'esign_since', 'esign_seen', 'esign_shared'


class IrHttp(models.AbstractModel):
    """Log-ins of the portal end: after a day, and on shared devices after half an hour in which nothing was asked."""

    _inherit = 'ir.http'

    @classmethod
    def _authenticate_explicit(cls, auth):
        session = request.session
        if session.uid and request.env['ir.http']._esign_kind(session.uid) != STAFF and _is_over(session):
            if auth == 'user':
                raise SessionExpiredException('The log-in has ended')
            session.logout(keep_db=True)
            request.update_env(user=False)
        super()._authenticate_explicit(auth)


def _is_over(session):
    """Whether this log-in has ended; otherwise note that it is used."""
    now = int(time.time())
    since = session.setdefault(SINCE, now)  # a log-in from before this was counted
    seen = session.get(SEEN, now)
    if now - since >= LONGEST or (session.get(SHARED) and now - seen >= IDLE):
        return True
    if session.get(SHARED) and now - session.get(SEEN, 0) >= NOTED:
        session[SEEN] = now
    return False
