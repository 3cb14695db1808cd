"""What tests about people share: a secret key, codes that can be known, a quiet SMS gateway."""

import io
import os
import unittest
from unittest.mock import patch

from PIL import Image

from odoo.tests import TransactionCase, new_test_user

from ...rules import otp as otp_rule
from ...tools import vault

CODE = '246810'
PASSWORD = 'Abcd-1234'
MOBILE = '13912340001'
ID_NUMBER = '11010519491231002X'  # the example of GB 11643-1999
OTHER_ID = '440524188001010014'


def photo(size=(640, 420), kind='JPEG'):
    """A picture that passes as a photo of a document."""
    out = io.BytesIO()
    Image.new('RGB', size, (210, 200, 190)).save(out, kind)
    return out.getvalue()


class PeopleMixin:
    """Sets up the environment; to be combined with a test case that has ``env``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = {key: value for key, value in os.environ.items() if not key.startswith('ESIGN_')}
        environment['ESIGN_SECRET_KEY'] = vault.new_key_line('test')
        cls.startClassPatcher(patch.dict(os.environ, environment, clear=True))
        cls.startClassPatcher(patch.object(otp_rule, 'new_code', lambda: CODE))
        cls.sent = []
        cls.startClassPatcher(
            patch.object(
                type(cls.env['esign.otp']),
                '_send_after_commit',
                lambda _self, purpose, number, text: cls.sent.append((purpose, number, text)),
            )
        )
        cls.operator = new_test_user(cls.env, 'people_operator', 'esign_base.group_esign_operator')
        cls.viewer = new_test_user(cls.env, 'people_viewer', 'esign_base.group_esign_viewer')

    def setUp(self):
        super().setUp()
        self.sent.clear()

    def refused(self, error):
        """Like assertRaises, but without Odoo's roll-back, which would undo what was counted."""
        return unittest.TestCase.assertRaises(self, error)

    def open_account(self, mobile=MOBILE, password=PASSWORD):
        """An account as registration leaves it."""
        return self.env['esign.account']._open(mobile, password)

    def submit(self, account, method='manual', **changed):
        """Submit a verification with photos."""
        values = {'name': '张三', 'id_type': 'resident', 'id_number': ID_NUMBER, **changed}
        person = account.person_id.with_user(account.user_id)
        return person._submit_verification(
            method,
            values,
            photos={'front': photo(), 'back': photo()},
            agreed=True,
            ip='192.0.2.1',
            agent='test',
        )


class PeopleCase(PeopleMixin, TransactionCase):
    """Counters live in the test's own transaction, so that tests do not see each other's tries."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
