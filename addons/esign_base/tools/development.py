"""Is this a development installation?

Two things must say so, and neither can be set by the other: the environment of the server
(``ESIGN_DEVELOPMENT=1``) and the database (its demo data). What only development may do asks for
both; what development must not do (send mail) needs the mark of the database alone.
"""

import os

from odoo.tools import config

PARAMETER = 'esign.development'
ENVIRONMENT = 'ESIGN_DEVELOPMENT'
CODE_OPTION = 'esign_code_actions'


def database_marked(env) -> bool:
    """True for a database that was filled with demo data."""
    return env['ir.config_parameter'].sudo().get_param(PARAMETER) == 'demo'


def server_marked() -> bool:
    """True for a server that was started for development."""
    return os.environ.get(ENVIRONMENT) == '1'


def code_open() -> bool:
    """Whether administrators may write Python into the database: for development, or by the configuration file.

    The file says it by ``esign_code_actions = 1`` in ``[options]``; nothing in the database does.
    """
    return server_marked() or str(config.get(CODE_OPTION) or '').strip().lower() in ('1', 'true', 'yes')
