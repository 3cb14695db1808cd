import json

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException

from odoo import models
from odoo.exceptions import AccessDenied, UserError
from odoo.http import SessionExpiredException, request
from odoo.tools import config

from ...tools.routes import STAFF

INTERNAL = 'internal_error'
NO_OBJECT = 'The body must be a JSON object, and its "params" another one.'

# What is meant for whoever asked: refusals of rules, of HTTP, of the log-in.
TOLD = (UserError, AccessDenied, HTTPException, SessionExpiredException)


class Accident(Exception):
    """Stands for an exception of which nothing is told but that it happened."""


class IrHttp(models.AbstractModel):
    """Errors of JSON routes, to pages, to the web client and to business systems, without the inside.

    What a user is meant to read stays (:class:`UserError` and its kind, refusals of HTTP). Of everything else nothing
    is told but that it happened: the server's log has it. No traceback leaves, unless the server was started with
    ``--dev``.
    """

    _inherit = 'ir.http'

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if rule.endpoint.routing['type'] == 'jsonrpc':
            _check_body()

    @classmethod
    def _handle_error(cls, exception):
        if config['dev_mode'] or request.dispatcher.routing_type == 'http':
            return super()._handle_error(exception)
        told = exception if isinstance(exception, TOLD) else Accident(_accident_text())
        response = super()._handle_error(told)
        facts = response.get_json(silent=True) if hasattr(response, 'get_json') else None
        if isinstance(facts, dict):
            error = facts.get('error', facts)
            _shut(error.get('data', error), told)
            response.set_data(json.dumps(facts))
        return response


def _accident_text():
    if not request.env.cr.closed:
        request.env.cr.rollback()  # the language of the text may have to be read
    return request.env._('Something went wrong on our side. Nothing was changed.')


def _shut(data, told):
    """Take out of a JSON error what tells how the server is built."""
    data.pop('debug', None)
    if isinstance(told, Accident):
        data['name'] = INTERNAL
    elif isinstance(told, HTTPException) and not isinstance(told, Forbidden) and not _is_staff():
        # As HTTP calls it, method_not_allowed; Odoo's scripts know a refused form by the name of its class.
        data['name'] = told.name.lower().replace(' ', '_')
    elif data.get('name', '').startswith('odoo.addons.') and not _is_staff():
        data['name'] = next(f'odoo.exceptions.{one.__name__}' for one in type(told).__mro__ if _is_known(one))


def _is_known(exception_class):
    return exception_class.__module__ == 'odoo.exceptions'


def _is_staff():
    """The web client tells some refusals by the names of their classes."""
    return request.env['ir.http']._esign_kind(request.session.uid) == STAFF


def _check_body():
    """A JSON-RPC call is an object with an object (JSON-RPC 2.0 §4, by-name parameters only)."""
    try:
        body = request.get_json_data()
    except ValueError:
        return  # refused where it is read
    if isinstance(body, dict) and not isinstance(body.get('params', {}), dict):
        raise BadRequest(NO_OBJECT)
