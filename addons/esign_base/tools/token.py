"""The process's PKCS#11 token, as the server's configuration names it.

The environment decides; where it is silent, the section ``[esign]`` of the server's configuration
file does:

=========================  ======================  ==========================================
environment                ``[esign]``             meaning
=========================  ======================  ==========================================
``ESIGN_PKCS11_MODULE``    ``pkcs11_module``       path of the PKCS#11 module
``ESIGN_PKCS11_TOKEN``     ``pkcs11_token``        label of the token
``ESIGN_PKCS11_PIN_FILE``  ``pkcs11_pin_file``     file that holds the user PIN, nothing else
=========================  ======================  ==========================================

Nothing of it is ever in the database. The PIN is read at login only and kept nowhere.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from odoo.tools import config

from ..signing.errors import TokenError
from ..signing.keys.port import register
from ..signing.keys.token_key import TokenKey
from ..signing.keys.tokens import TokenPool, TokenSettings, pool_for

SECTION = 'esign'
_NAMES = ('pkcs11_module', 'pkcs11_token', 'pkcs11_pin_file')


def setting(name: str) -> str:
    """Return one setting of ours: ``ESIGN_<NAME>`` of the environment, else of ``[esign]``."""
    return os.environ.get(f'ESIGN_{name.upper()}') or _section(config['config'] or '').get(name, '')


def token_settings() -> TokenSettings:
    """Return where the token is.

    :raises TokenError: ``token_unconfigured``; its details name what is missing.
    """
    values = {name: setting(name) for name in _NAMES}
    missing = [f'ESIGN_{name.upper()}' for name, value in values.items() if not value]
    if missing:
        raise TokenError('token_unconfigured', 'no token is configured', {'missing': ', '.join(missing)})
    pin_file = Path(values['pkcs11_pin_file'])
    return TokenSettings(Path(values['pkcs11_module']), values['pkcs11_token'], lambda: _pin(pin_file))


def token_pool() -> TokenPool:
    """Return this process's pool. It logs in at its first use, hence after the fork.

    :raises TokenError: when no token is configured.
    """
    return pool_for(token_settings())


def _open(uri: str, certificate: bytes, chain: Sequence[bytes]) -> TokenKey:
    return TokenKey.of_uri(token_pool(), uri, certificate, chain)


register('pkcs11', _open)


def _pin(path: Path) -> str:
    return path.read_text('utf-8').strip('\r\n')


@lru_cache(maxsize=4)
def _section(path: str | tuple[str, ...]) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    if path and parser.read(path, 'utf-8') and parser.has_section(SECTION):
        return dict(parser.items(SECTION))
    return {}
