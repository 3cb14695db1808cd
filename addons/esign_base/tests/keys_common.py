"""Bases of the tests: a key token of their own, persons, portal users."""

import atexit
import base64
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from odoo.tests import TransactionCase, new_test_user

SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so'
_made: dict[str, str] = {}


def private_token() -> str:
    """See that this process has a key token and a secret key; return the PIN if one was made here.

    When the environment names a token, that one is used. Otherwise a SoftHSM token is made in a
    temporary directory, once for the process. The PIN is a marked value: tests look for it in logs.
    """
    os.environ.setdefault('ESIGN_SECRET_KEY', f't1:{base64.b64encode(bytes(range(32))).decode()}')
    if os.environ.get('ESIGN_PKCS11_MODULE'):
        return _made.get('pin', '')
    home = Path(tempfile.mkdtemp(prefix='esign-test-token-'))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    (home / 'tokens').mkdir()
    pin, label = f'PIN-{secrets.token_hex(12)}', f'esign-test-{secrets.token_hex(4)}'
    (home / 'softhsm2.conf').write_text(
        f'directories.tokendir = {home / "tokens"}\nobjectstore.backend = file\nlog.level = ERROR\n'
    )
    (home / 'pin').write_text(pin)
    os.environ['SOFTHSM2_CONF'] = str(home / 'softhsm2.conf')
    subprocess.run(
        [shutil.which('softhsm2-util') or 'softhsm2-util', '--init-token', '--free', '--label', label,
         '--pin', pin, '--so-pin', pin],
        check=True, capture_output=True,
    )  # fmt: skip
    os.environ.update(ESIGN_PKCS11_MODULE=SOFTHSM, ESIGN_PKCS11_TOKEN=label, ESIGN_PKCS11_PIN_FILE=str(home / 'pin'))
    _made['pin'] = pin
    return pin


class TokenMixin:
    """For test cases that need keys."""

    @classmethod
    def setUpClass(cls):
        cls.pin = private_token()
        super().setUpClass()


class SealCase(TokenMixin, TransactionCase):
    """Persons with logins, verified or not; staff of each group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        cls.zhang = cls._person('张三', '13900009901')
        cls.li = cls._person('李四', '13900009902')

    @classmethod
    def _person(cls, name, mobile, *, verified=True):
        user = new_test_user(cls.env, mobile, 'base.group_portal', name=name)
        person = cls.env['esign.person'].sudo()._of_user(user) or cls.env['esign.person'].sudo().create(
            {'user_id': user.id, 'partner_id': user.partner_id.id, 'name': name, 'mobile': mobile}
        )
        if verified:
            person._move('verified', name=name)
        return person

    @classmethod
    def _identity(cls, person, key=None):
        found = cls.env['esign.identity']._available(person.user_id)
        return next(one for one in found if not key or one.key == key)

    @classmethod
    def _staff(cls, login, group):
        return new_test_user(cls.env, login, f'base.group_user,esign_base.group_esign_{group}')
