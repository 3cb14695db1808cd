from odoo import http

from odoo.addons.rpc.controllers import RPC

from ..tools.visitor import carried


class EsignRpc(RPC):
    """Services of the remote interfaces run apart from the request: who called is handed on to the limits."""

    def _xmlrpc(self, service):
        with carried():
            return super()._xmlrpc(service)

    @http.route()
    def jsonrpc(self, service, method, args):
        with carried():
            return super().jsonrpc(service, method, args)
