from xmlrpc.client import Fault

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessDenied, UserError
from odoo.http import Response
from odoo.tools import config

from odoo.addons.rpc.controllers import RPC
from odoo.addons.rpc.controllers.xmlrpc import RPC_FAULT_CODE_APPLICATION_ERROR, dumps

from ..tools.visitor import remote_call

SERVICES = ('common', 'object')
# Read by programmers of other systems, outside of any language.
UNEXPECTED = (
    'The call failed and nothing was changed: there is no such method, its arguments do not fit, or something went '
    'wrong on our side. The log of the server says which.'
)


class EsignRpc(RPC):
    """XML-RPC for business systems: without the database service, and without tracebacks in its faults.

    Its services run apart from the request: who called is handed on to the limits.
    """

    def _xmlrpc(self, service):
        with remote_call():
            return super()._xmlrpc(service)

    @http.route()
    def xmlrpc_2(self, service):
        if service not in SERVICES:
            raise NotFound
        try:
            return super().xmlrpc_2(service)
        except (UserError, AccessDenied):
            raise
        except Exception as error:
            if not config['dev_mode']:
                fault = Fault(RPC_FAULT_CODE_APPLICATION_ERROR, UNEXPECTED)
                error.error_response = Response(response=dumps(fault), mimetype='text/xml')
            raise
