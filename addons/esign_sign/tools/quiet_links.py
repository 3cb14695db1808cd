"""No secret of a signing link in the log of the server.

The secret stands behind ``#`` and never reaches a server; a program that writes ``%23`` instead, or the full-width
sign, makes it a part of the path, which Werkzeug logs with every request.
"""

import logging
import re

from .room_address import LINKED

# The path of a link (with a language before it or not, slashes doubled or not), then what was made of #.
_ROOT = LINKED.root.replace('/', '/+')
_SECRET = re.compile(rf'({_ROOT})/*[#%＃][^\s"\'?]*')
_CHANGED = re.compile(rf'(/+[^/]+)?{_ROOT}/*[#%＃]')


class QuietLinks(logging.Filter):
    """Takes the secret out of what is logged of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record where it holds a secret; it is always logged."""
        if isinstance(record.msg, str):
            record.msg = _without(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_without(one) if isinstance(one, str) else one for one in record.args)
        return True


def is_changed(path: str) -> bool:
    """Whether a path is that of a link whose # was changed on its way, whatever stands before it."""
    return bool(_CHANGED.match(path))


def _without(text: str) -> str:
    return _SECRET.sub(r'\1#-', text)


def install() -> None:
    """Let the loggers that name paths of requests pass through the filter, once."""
    for name in ('werkzeug', 'odoo.http', 'odoo.addons.base.models.ir_http'):
        logger = logging.getLogger(name)
        if not any(isinstance(one, QuietLinks) for one in logger.filters):
            logger.addFilter(QuietLinks())
