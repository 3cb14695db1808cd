"""Marked secrets are looked for wherever somebody could find them: dump, file store, exports, pages, logs."""

import base64
import io
import itertools
import logging
import os
from unittest.mock import patch

from psycopg2.extensions import quote_ident

from odoo.fields import Domain
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.esign_base.rules import otp as otp_rule
from odoo.addons.esign_base.rules.id_number import check_character
from odoo.addons.esign_base.tests.common import our_models
from odoo.addons.esign_base.tests.people.common_people import photo

from .common import make_id, make_uscc, pdf, png
from .seal_common import SealFixtures

CODE = '918273'
PASSWORD = 'Geheim-4711'
# Of a person, of a legal representative, of a foreigner: numbers that stand nowhere else.
PERSON, LEGAL, PASSPORT = '11010119871123501' + check_character('11010119871123501'), make_id(977), 'ZQX4471903'


class Found(io.RawIOBase):
    """Takes what COPY gives and looks for the marks, across the borders of its pieces too."""

    def __init__(self, marks):
        super().__init__()
        self.marks, self.rest, self.hits = marks, b'', set()
        self.longest = max(map(len, marks))

    def writable(self):
        return True

    def write(self, piece):
        whole = self.rest + bytes(piece)
        self.hits |= {mark for mark in self.marks if mark in whole}
        self.rest = whole[-self.longest :]
        return len(piece)


def coats(secret):
    """A text as it would look plain, in hexadecimal (as COPY writes bytes) and in Base64 at each alignment."""
    plain = secret.encode()
    yield plain
    yield plain.hex().encode()
    for shift in range(3):
        # The first and the last character of Base64 mix with what stands beside.
        yield base64.b64encode(b'\0' * shift + plain).rstrip(b'=')[shift and 4 : -1]


@tagged('post_install', '-at_install')
class TestLeaks(SealFixtures, HttpCase):
    # R1.2 R1.3 R8.2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_fixtures()
        cls._set_up_seals()
        cls.startClassPatcher(patch.object(otp_rule, 'new_code', lambda: CODE))
        cls.startClassPatcher(
            patch.object(type(cls.env['esign.otp']), '_send_after_commit', lambda *_args, **_kw: None)
        )
        cls.secrets = {
            'ID number': PERSON, 'legal representative': LEGAL, 'passport': PASSPORT, 'code': CODE,
            'password': PASSWORD, 'PIN': cls.pin, 'key': os.environ['ESIGN_SECRET_KEY'].partition(':')[2],
        }  # fmt: skip

    def post(self, url, files=None, **data):
        answer = self.url_open(url, {'csrf_token': Request.csrf_token(self), **data}, files=files)
        self.assertEqual(answer.status_code, 200, url)
        return answer.text

    def visit(self):
        """What people do with their numbers, by the pages; returns all that was shown."""
        shown = []
        account = self.env['esign.account']._open('13912340088', PASSWORD)
        foreigner = self.env['esign.account']._open('13912340089', PASSWORD)
        for one, kind, number, name in (
            (account, 'resident', PERSON, '林知夏'), (foreigner, 'passport', PASSPORT, 'ANNA LEE'),
        ):  # fmt: skip
            self.authenticate(one.mobile, PASSWORD)
            wrong = {'method': 'manual', 'name': name, 'id_type': kind, 'id_number': number[:-1] + '*', 'agree': '1'}
            self.url_open('/my/esign/me/verify', {'csrf_token': Request.csrf_token(self), **wrong})
            files = {f'photo_{side}': (f'{side}.jpg', io.BytesIO(photo()), 'image/jpeg') for side in ('front', 'back')}
            shown.append(self.post('/my/esign/me/verify', files=files, **{**wrong, 'id_number': number}))
            verification = one.person_id.verification_ids
            verification.with_user(self.operator).action_approve()
            shown += self.pages('/my/esign', '/my/esign/me', '/my/esign/me/verify', '/my/esign/seals')
        self.authenticate(account.mobile, PASSWORD)
        shown += self.certify()
        self.env['esign.account']._request_login_code(account.mobile)
        return shown

    def certify(self):
        shown = [self.post('/my/enterprises/certify')]
        record = self.env['esign.enterprise.certification'].search([], limit=1)
        base = f'/my/enterprises/certification/{record.id}'
        steps = {
            'data': {'name': '密不透风有限公司', 'uscc': make_uscc(977)},
            'legal': {'legal_name': '王法人', 'legal_id_type': 'resident', 'legal_id_number': LEGAL,
                      'legal_mobile': '13700000000'},
        }  # fmt: skip
        for step, values in steps.items():
            shown.append(self.post(f'{base}/{step}', go='next', **values))
        files = {'licence': ('l.png', io.BytesIO(png())), 'letter': ('l.pdf', io.BytesIO(pdf()))}
        shown.append(self.post(f'{base}/proof', files=files, go='next'))
        shown += self.pages(f'{base}/data', f'{base}/legal', f'{base}/proof', f'{base}/confirm')
        shown += [self.post(f'{base}/confirm', go='next', agree='1', default_seals='1')]
        shown += self.pages(f'/my/enterprises/letter?certification={record.id}')
        record.with_user(self.operator).action_approve()
        self.env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()
        shown += self.pages('/my/enterprises', '/my/enterprise', '/my/enterprise/members', '/my/enterprise/seals')
        return shown

    def pages(self, *addresses):
        return [self.url_open(address).text for address in addresses]

    def exports(self):
        """Everything that the best-informed staff can export or read."""
        staff = self.env.ref('base.user_admin')
        for name, model in our_models(self.env).items():
            if model._abstract or not self.env[name].with_user(staff).has_access('read'):
                continue
            made_here = Domain('create_date', '>=', self.env.cr.now()) if model._log_access else Domain.TRUE
            records = self.env[name].with_user(staff).search(made_here, order='id desc', limit=200)
            readable = records.fields_get(attributes=['type'])
            plain = [key for key, facts in readable.items() if facts['type'] not in ('one2many', 'many2many')]
            yield name, str(records.with_context(bin_size=False).read(plain))
            yield f'{name} (export)', str(records.export_data([key for key in plain if key != 'id'])['datas'])

    def test_marked_secrets_are_nowhere(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            shown = self.visit()
            self.env.flush_all()
            exported = dict(self.exports())
        said = '\n'.join(logs.output)
        self.assertIn('密不透风有限公司', ''.join(shown), 'the walk went through')
        for what, secret in self.secrets.items():
            with self.subTest(secret=what):
                self.assertTrue(len(secret) > 5)
                self.assertNotIn(secret, ''.join(shown), 'shown by a page')
                self.assertNotIn(secret, said, 'written to the log')
                self.assertEqual([place for place, text in exported.items() if secret in text], [], 'exported')

    def test_marked_secrets_are_in_no_dump(self):
        self.visit()
        self.env.flush_all()
        marks = {mark: what for what, secret in self.secrets.items() if what != 'code' for mark in coats(secret)}
        self.assertEqual(self.dumped(list(marks)), set())
        # The search would find them: the same with something that the database does hold.
        name = '密不透风有限公司'
        self.assertIn(('esign_enterprise', name.encode()), self.dumped(list(coats(name))))
        for attachment in (
            self.env['ir.attachment']
            .sudo()
            .search(Domain('res_model', 'in', list(our_models(self.env))) & Domain('res_field', '!=', False))
        ):
            self.assertEqual({what for mark, what in marks.items() if mark in (attachment.raw or b'')}, set())

    def dumped(self, marks):
        """(table, mark) of every mark in a dump of all tables, as pg_dump would write it."""
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        hits = set()
        for [table] in self.env.cr.fetchall():
            found = Found(marks)
            self.env.cr.copy_expert(f'COPY {quote_ident(table, self.env.cr._obj)} TO STDOUT', found)
            hits |= set(itertools.product([table], found.hits))
        return hits
