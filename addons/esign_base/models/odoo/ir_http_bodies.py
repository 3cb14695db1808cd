import sys
import traceback

import psycopg2
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import models
from odoo.http import Response, request

from odoo.addons.rpc.controllers.xmlrpc import xmlrpc_handle_exception_int

from ...errors import ApiRefused
from ...signing.apart.intake import DEFAULT_LIMITS
from ...tools.api_codes import INVALID

MIB = 2**20
# The largest file as text, with its line breaks, and what stands around it.
LARGEST_CALL = DEFAULT_LIMITS.size * 3 // 2 + MIB
LARGE = MIB  # below it, what lies about is small
XML_RPC, JSON_2 = '/xmlrpc/2/', '/json/2/'


class IrHttp(models.AbstractModel):
    """Calls of business systems that are too long are answered in words, before they are read.

    The others leave nothing behind: a request and its parts refer to each other, and an error refers to what
    was called, so that a file would lie in memory, three times over, until Python looks for cycles.
    """

    _inherit = 'ir.http'

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if not rule.rule.startswith((XML_RPC, JSON_2)):
            return
        # For bodies that do not say how long they are.
        request.httprequest.max_content_length = LARGEST_CALL
        if (request.httprequest.content_length or 0) > LARGEST_CALL:
            raise cls._too_long(rule.rule)

    @classmethod
    def _handle_error(cls, exception):
        """A form that is too long is not looked at again: the page that says so would fail over it."""
        if isinstance(exception, RequestEntityTooLarge):
            request.httprequest.form = request.httprequest.files = ImmutableMultiDict()
        return super()._handle_error(exception)

    @classmethod
    def _too_long(cls, path):
        """The refusal as the interface of ``path`` gives refusals."""
        text = request.env._(
            'The call is larger than %(most)s MB, and was not read. A file may have %(file)s MB.',
            most=LARGEST_CALL // MIB,
            file=DEFAULT_LIMITS.size // MIB,
        )
        error = ApiRefused(INVALID, text)
        if path.startswith(XML_RPC):
            error.error_response = Response(xmlrpc_handle_exception_int(error), mimetype='text/xml')
        return error

    @classmethod
    def _dispatch(cls, endpoint):
        is_call = request.httprequest.path.startswith((XML_RPC, JSON_2))
        if not is_call or (request.httprequest.content_length or 0) < LARGE:
            return super()._dispatch(endpoint)
        try:
            answer = super()._dispatch(endpoint)
        except psycopg2.Error:  # may be replayed, and is read again then
            raise
        except Exception:
            cls._forget_body()
            cls._forget_frames()
            raise
        cls._forget_body()
        return answer

    @classmethod
    def _forget_body(cls):
        """Let go of what was read: nothing after the call asks for it."""
        request.httprequest.get_data.__self__._cached_data = b''
        request.params = {}
        if hasattr(request.dispatcher, 'jsonrequest'):
            request.dispatcher.jsonrequest = None

    @classmethod
    def _forget_frames(cls):
        """Let go of what the ended functions of the error at hand, and of those behind it, worked with."""
        error, frames = sys.exc_info()[1:]
        while frames:
            traceback.clear_frames(frames)
            error = error.__cause__ or error.__context__
            frames = error and error.__traceback__
