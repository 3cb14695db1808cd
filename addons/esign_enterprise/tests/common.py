"""Persons, enterprises and files for tests, made through the real methods wherever there are some."""

import base64
import io
import itertools
import os
from unittest.mock import patch

import pikepdf
from PIL import Image

from odoo.tests import TransactionCase, new_test_user

from odoo.addons.esign_base.rules import id_number
from odoo.addons.esign_base.tools import vault

from ..rules import uscc

_serial = itertools.count(1)
KEY = vault.new_key_line('test')


def png(width=300, height=200):
    out = io.BytesIO()
    Image.new('RGB', (width, height), 'white').save(out, 'PNG')
    return out.getvalue()


def pdf():
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()


def make_uscc(number):
    body = f'91110108{number:08d}X'
    return body + uscc.check_character(body)


def make_id(number):
    year = 1960 + (30 + number // 1000) % 40  # a thousand people were born on each of these days
    body = f'110101{year}0307{number % 1000:03d}'
    return body + id_number.check_character(body)


class EnterpriseFixtures:
    """Mixed into a test case; ``setUpClass`` calls :meth:`_set_up_fixtures`."""

    @classmethod
    def _set_up_fixtures(cls):
        environment = patch.dict(os.environ, {'ESIGN_SECRET_KEY': KEY})
        environment.start()
        cls.addClassCleanup(environment.stop)
        os.environ.pop('ESIGN_SECRET_KEY_FILE', None)
        cls.operator = new_test_user(cls.env, 'ent_operator', groups='esign_base.group_esign_operator')
        cls.operator2 = new_test_user(cls.env, 'ent_operator2', groups='esign_base.group_esign_operator')

    @classmethod
    def make_person(cls, name, state='verified'):
        number = next(_serial)
        user = new_test_user(cls.env, f'ent_person_{number}', groups='base.group_portal', name=name)
        values = cls.env['esign.person']._id_values('resident', make_id(number))
        return cls.env['esign.person'].create(
            {
                'user_id': user.id,
                'partner_id': user.partner_id.id,
                'name': name,
                'mobile': f'139{number:08d}',
                'state': state,
                **values,
            }
        )

    @classmethod
    def draft(cls, person, name=None, code=None, legal=None):
        """A complete draft, as the portal's steps would store it."""
        number = next(_serial)
        model = cls.env['esign.enterprise.certification'].with_user(person.user_id)
        record = model._start(person.user_id)
        problems = record._save(
            person.user_id,
            {
                'name': name or f'测试企业第{number}有限公司',
                'uscc': code or make_uscc(number),
                'legal_name': '王法人',
                'legal_id_type': 'resident',
                'legal_id_number': legal or make_id(number + 500),
                'legal_mobile': '13700000000',
                'address': '北京市海淀区',
            },
            {'licence': (png(), 'licence.png'), 'letter': (pdf(), 'letter.pdf')},
        )
        assert not problems, problems
        record._agree(person.user_id)
        return record

    @classmethod
    def pending(cls, person, **kwargs):
        record = cls.draft(person, **kwargs)
        record._submit(person.user_id)
        return record

    @classmethod
    def certified(cls, person, kind='external', **kwargs):
        """A certified enterprise with ``person`` as its administrator."""
        record = cls.draft(person, **kwargs)
        if kind == 'internal':
            record.sudo().kind = kind
        record._submit(person.user_id)
        record.with_user(cls.operator).action_approve()
        return record.sudo().enterprise_id

    @classmethod
    def join(cls, person, enterprise, by, roles=(), department=None):
        """Apply and be approved by ``by``; return the membership."""
        application = cls.env['esign.enterprise.join'].with_user(person.user_id)._apply(person.user_id, enterprise)
        return application.with_user(by.user_id)._approve(by.user_id, roles, department)


class EnterpriseCase(EnterpriseFixtures, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_fixtures()


def b64(data):
    return base64.b64encode(data)
