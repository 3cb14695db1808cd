"""Fixtures of the signing core: a SoftHSM token of its own for each test session.

Nothing outside a temporary directory is touched; the PIN is random. `softhsm2-util` is needed.
"""

import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from signing.keys.tokens import TokenPool, TokenSettings

MODULE = Path(os.environ.get('ESIGN_TEST_PKCS11', '/usr/lib/softhsm/libsofthsm2.so'))

MakeToken = Callable[[str, str], None]


@pytest.fixture(scope='session')
def make_token(tmp_path_factory: pytest.TempPathFactory) -> MakeToken:
    """Return ``make_token(label, pin)``: makes another token in this session's private store.

    A token made after the module was first used is seen by a pool that looks for it (it restarts
    the module, and with that all sessions of the process: session-only keys are gone).
    """
    home = tmp_path_factory.mktemp('softhsm')
    (home / 'tokens').mkdir()
    config = home / 'softhsm2.conf'
    config.write_text(
        f'directories.tokendir = {home / "tokens"}\nobjectstore.backend = file\nlog.level = ERROR\n'
    )
    os.environ['SOFTHSM2_CONF'] = str(config)  # read by the module when it is initialised

    def make(label: str, pin: str) -> None:
        subprocess.run(
            ['softhsm2-util', '--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', pin],
            check=True, capture_output=True,
        )  # fmt: skip

    return make


@pytest.fixture(scope='session')
def token_pin() -> str:
    """The user PIN of the session's token; marked, so that tests can look for it in logs."""
    return f'PIN-{secrets.token_hex(12)}'


@pytest.fixture(scope='session')
def token_settings(make_token: MakeToken, token_pin: str) -> TokenSettings:
    """Settings (module, label, PIN callback) of a fresh SoftHSM token, one per test session."""
    label = f'esign-test-{secrets.token_hex(4)}'
    make_token(label, token_pin)
    return TokenSettings(MODULE, label, lambda: token_pin)


@pytest.fixture(scope='session')
def pool(token_settings: TokenSettings) -> TokenPool:
    """The pool on the session's token: ``pool.generate(KeyKind.P_256, 'label')`` and so on.

    Shared by all tests of the session: give your keys labels of their own.
    """
    return TokenPool(token_settings)
