from odoo.http import request

from ..tools.visitor import visitor_network
from .portal import EsignPortal


class EsignForms(EsignPortal):
    """Pages with forms, also for visitors who have not logged in."""

    def _from(self):
        """Where the visitor comes from, for records of consent."""
        browser = request.httprequest
        return {'ip': browser.remote_addr or '', 'agent': browser.user_agent.string or ''}

    def _address(self):
        """What limits count this visitor by."""
        return visitor_network()
