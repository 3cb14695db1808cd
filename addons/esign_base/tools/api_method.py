"""How a method becomes one of the remote interface.

``@remote(ref=Ref(), name=Text(64), email=(Maybe(Text(64)), None))`` above a method of ``esign.api``
declares its named arguments; the method gets them checked. Group check, limits, transaction,
translation of errors and audit are the model's ``_enter``, the same for every method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from odoo import api

from .api_values import Struct

# How often the call of a request was tried; the server replays it on the same cursor. XML-RPC calls have no
# ``request`` to keep it in.
TRIES = WeakKeyDictionary()


@dataclass(frozen=True)
class Spec:
    """One remote method: its name, its arguments, what it does.

    :param vouch: the argument that only a system with the right to vouch may set, if there is one.
    """

    name: str
    arguments: Struct
    body: Callable[..., dict]
    vouch: str = ''


def remote(*, vouch: str = '', **arguments: Any) -> Callable[[Callable], Callable]:
    """Declare a remote method. Keyword arguments are the arguments' kinds (see :class:`Struct`).

    :param vouch: see :class:`Spec`.
    """

    def declare(body):
        spec = Spec(body.__name__, Struct(**arguments), body, vouch)

        # No functools.wraps: whoever calls with a wrong name must reach our answer, not a framework's.
        def method(self, /, *args, **kwargs):
            return self._enter(spec, args, kwargs)

        method.__name__, method.__qualname__ = body.__name__, body.__qualname__
        method.__module__, method.__doc__ = body.__module__, body.__doc__
        method.spec = spec
        return api.model(method)

    return declare
