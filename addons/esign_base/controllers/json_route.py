"""The one way in which JSON routes read their arguments: declared, checked, and refused in words."""

import functools
import re

from odoo import http
from odoo.http import request

from ..errors import EsignError
from ..tools.api_values import Misfit, Struct, Typed, Whole

TEXT = (Typed(), '')
ID = Whole(0, 2**31 - 1)  # of a record, as PostgreSQL keeps it
IN_ROUTE = re.compile(r'<(?:[^<>:]+:)?(\w+)>')


def json_route(path, *, auth='user', website=True, **kinds):
    """Declare a JSON-RPC route with the kinds of its arguments (:mod:`..tools.api_values`).

    The controller gets the values checked; those that stand in the path were checked by the routing. Anything else is
    refused with a text that names the argument, and nothing is called. What the controller answers is an
    :class:`..tools.answer.Answer`; the page gets its JSON.
    """
    arguments = Struct(**kinds)
    in_path = frozenset(IN_ROUTE.findall(path))

    def declare(method):
        @functools.wraps(method)
        def checked(self, **given):
            routed = {name: given.pop(name) for name in in_path}
            return method(self, **routed, **read(arguments, given)).as_json()

        del checked.__wrapped__  # by whose signature unknown arguments would be dropped before they are seen
        checked.arguments = arguments
        return http.route(path, type='jsonrpc', auth=auth, website=website)(checked)

    return declare


def read(arguments, given):
    """The values of a call.

    :raises EsignError: ``BAD_ARGUMENT``, with the place and what is wrong there.
    """
    try:
        return arguments.read(given, '')
    except Misfit as misfit:
        reason = request.env._(misfit.reason) % misfit.values
        raise EsignError(f'{misfit.path} {reason}', 'BAD_ARGUMENT') from None
