import psycopg2

from odoo.http import request

from ..errors import EsignError, FormRefused
from ..tools.visitor import visitor_network
from .portal import EsignPortal

PAGE = 'page'


class EsignForms(EsignPortal):
    """Forms that keep their content: one act in a savepoint, refusals as texts beside the fields."""

    def _try(self, act):
        """Run one act; return its result and what is to be mended (field → text, ``page`` for the rest).

        A refused act leaves nothing behind: a code that was right is not used up by a wrong field.
        """
        try:
            with request.env.cr.savepoint():
                return act(), {}
        except FormRefused as error:
            return None, dict(error.fields)
        except EsignError as error:
            return None, {PAGE: str(error)}
        except psycopg2.IntegrityError:
            return None, {PAGE: request.env._('This has been done already. Reload the page to see the result.')}

    def _from(self):
        """Where the visitor comes from, for records of consent."""
        browser = request.httprequest
        return {'ip': browser.remote_addr or '', 'agent': browser.user_agent.string or ''}

    def _address(self):
        """What limits count this visitor by."""
        return visitor_network()
