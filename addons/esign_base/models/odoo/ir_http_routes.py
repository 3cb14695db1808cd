from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound

import odoo
from odoo import models
from odoo.exceptions import MissingError
from odoo.http import Json2Dispatcher, JsonRPCDispatcher, request

from ...tools import routes
from .ir_http_bodies import JSON_2


class IrHttp(models.AbstractModel):
    """Routes that no list names are not there for public and portal users (:mod:`...tools.routes`).

    Each kind of user has a routing map of its own, so that languages, slashes and encodings change nothing: whatever
    is asked for, it is looked up where it does not stand. Who it is by the session's word chooses the map; who it is
    after the log-in was checked is asked again before the controller runs.
    """

    _inherit = 'ir.http'

    def routing_map(self, key=None):
        if not key and request:
            key = f'esign.{self._esign_kind(request.session.uid)}'
        return super().routing_map(key=key)

    def _generate_routing_rules(self, modules, converters):
        rules = super()._generate_routing_rules(modules, converters)
        if not request:
            return rules
        kind = self._esign_kind(request.session.uid)
        rows = self._esign_routes()
        return ((url, endpoint) for url, endpoint in rules if _stands(rows.get(url), kind, endpoint.routing['auth']))

    @classmethod
    def _esign_routes(cls):
        """The rows of all installed addons, by route."""
        return routes.listed(frozenset(cls.pool._init_modules) | frozenset(odoo.tools.config['server_wide_modules']))

    def _esign_kind(self, uid):
        """What kind of user somebody is: ``public``, ``portal``, ``system`` or ``staff``."""
        if not uid:
            return routes.PUBLIC
        user = self.env(user=uid, su=False)['res.users'].browse(uid)
        try:
            if user._is_internal():
                return routes.STAFF
            if user._is_public():
                return routes.PUBLIC
            return routes.SYSTEM if user._esign_is_system() else routes.PORTAL
        except MissingError:  # the login of an old session was removed
            return routes.PUBLIC

    @classmethod
    def _match(cls, path):
        try:
            rule, args = super()._match(path)
            cls._esign_admit(rule, request.env['ir.http']._esign_kind(request.session.uid), known=False)
        except MethodNotAllowed as error:
            # Odoo catches here what is not found, and nothing else: this would leave as werkzeug's bare page.
            error.error_response = cls._esign_answer_method(error)
            raise
        return rule, args

    @classmethod
    def _esign_answer_method(cls, error):
        """The answer to a method that a route does not take: our page, or JSON to who speaks it."""
        asked = request.httprequest
        asked.form = asked.files = ImmutableMultiDict()  # what was sent is not read
        if asked.path.startswith(JSON_2):
            request.dispatcher = Json2Dispatcher(request)
        elif asked.mimetype in JsonRPCDispatcher.mimetypes:
            request.dispatcher = JsonRPCDispatcher(request)
        else:
            request.is_frontend = request.is_frontend_multilang = True
        cls._authenticate_explicit('public')
        if not hasattr(request, 'lang'):
            code = request.env['ir.http'].get_nearest_lang(request.env.context.get('lang'))
            request.lang = request.env['res.lang']._get_data(code=code) if code else cls._get_default_lang()
        return cls._handle_error(error)

    @classmethod
    def _handle_error(cls, exception):
        response = super()._handle_error(exception)
        if isinstance(exception, MethodNotAllowed):
            response.status_code = exception.code  # JSON-RPC says 200 of everything
            # Odoo's map adds OPTIONS to every form; no list does.
            response.headers['Allow'] = ', '.join(sorted({*exception.valid_methods} - {'OPTIONS'}))
        return response

    @classmethod
    def _pre_dispatch(cls, rule, args):
        cls._esign_admit(rule, request.env['ir.http']._esign_kind(request.env.uid or request.session.uid))
        super()._pre_dispatch(rule, args)

    @classmethod
    def _esign_admit(cls, rule, kind, *, known=True):
        """Refuse what is not listed for this kind of user.

        :param known: the log-in was checked; before that, a visitor may reach the log-in by a page behind it.
        :raises NotFound: the route is not there for this kind of user.
        :raises MethodNotAllowed: it is, but not for this method.
        """
        row = cls._esign_routes().get(rule.rule)
        auth = rule.endpoint.routing['auth']
        if not (row.lets(kind) if row and known else _stands(row, kind, auth)):
            raise NotFound
        if row and kind != routes.STAFF and not row.takes(request.httprequest.method):
            raise MethodNotAllowed(valid_methods=[*row.methods, *({'HEAD'} if 'GET' in row.methods else ())])


def _stands(row, kind, auth):
    """Whether a route is in the map of a kind of users: visitors find the log-in behind pages of others."""
    if row is None:
        return kind == routes.STAFF
    return row.lets(kind) or (kind == routes.PUBLIC and auth == 'user' and row.lets(routes.PORTAL))
