"""Bases of the tests: the key token of the run, persons, portal users."""

from pathlib import Path

from odoo.tests import TransactionCase, new_test_user

from ..tools.token import setting, token_settings


def private_token() -> str:
    """The PIN of the token that the environment names (`./esign test` makes one for the run).

    Tests look for it in logs, texts and tables.

    :raises TokenError: ``token_unconfigured``.
    """
    token_settings()
    return Path(setting('pkcs11_pin_file')).read_text(encoding='utf-8').strip()


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
        return new_test_user(cls.env, login, f'esign_base.group_esign_{group}')
