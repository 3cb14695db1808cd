"""Who is at the other end of this request, for limits and for the device that a log-in is known by."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from odoo.http import request

from ..rules.addresses import network

DEVICE_COOKIE = 'esign_device'
DEVICE_SECONDS = 90 * 24 * 3600
# Set while a remote call is carried out: Odoo takes the request away from it.
_remote: ContextVar[bool] = ContextVar('esign_remote', default=False)
_carried: ContextVar[str | None] = ContextVar('esign_visitor', default=None)
_DEVICE = re.compile(r'[\w-]{32}')


def visitor_network() -> str | None:
    """The network a limit counts by; None outside of requests (clocks, the shell)."""
    return network(request.httprequest.remote_addr) if request else _carried.get()


@contextmanager
def remote_call() -> Iterator[None]:
    """Keep knowing the visitor, and that it is a remote call, in services of XML-RPC: Odoo hides the request there."""
    marks = _carried.set(visitor_network()), _remote.set(True)
    try:
        yield
    finally:
        _carried.reset(marks[0])
        _remote.reset(marks[1])


def is_remote_call() -> bool:
    """Whether this is the work of a service of XML-RPC."""
    return _remote.get()


def device() -> str | None:
    """The mark that this browser carries, whatever it is worth."""
    found = request.cookies.get(DEVICE_COOKIE, '') if request else ''
    return found if _DEVICE.fullmatch(found) else None


def give_device() -> str | None:
    """Mark this browser, or renew its mark: nothing but random bits that a log-in is known by later."""
    if not request or not hasattr(request, 'future_response'):
        return None
    mark = device() or secrets.token_urlsafe(24)
    request.future_response.set_cookie(
        DEVICE_COOKIE,
        mark,
        max_age=DEVICE_SECONDS,
        httponly=True,
        secure=request.httprequest.scheme == 'https',
        samesite='Lax',
    )
    return mark
