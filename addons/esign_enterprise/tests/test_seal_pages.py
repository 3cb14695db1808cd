import io
import re

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.esign_base.tests.answers import given

from .seal_common import SealFixtures
from .test_seals import imprint

ROOT = '/my/enterprise/seals'


@tagged('post_install', '-at_install')
class TestEnterpriseSealPages(SealFixtures, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_fixtures()
        cls._set_up_seals()

    def enter(self, person, enterprise=None):
        person.user_id.password = person.user_id.login
        self.authenticate(person.user_id.login, person.user_id.login)
        self.session['esign_identity'] = f'enterprise:{(enterprise or self.enterprise).id}'
        from odoo.http import root

        root.session_store.save(self.session)

    def post(self, url, files=None, **data):
        data['csrf_token'] = Request.csrf_token(self)
        return self.url_open(url, data=data, files=files, allow_redirects=False)

    # R1.10
    def test_pages_of_each_role(self):
        self.env['esign.seal.request']._ask(self.seal, self.keeper.user_id, 'suspend', '盘点')
        self.seal._resume()
        self.env['esign.seal.usage']._log(self.seal, 'ok', self.worn(self.admin), document='HT-1')
        self.grant()
        table = {
            'admin': {'': 200, '/new': 200, '/{}': 200, '/{}/grant': 200, '/{}/change': 200},
            'keeper': {'': 200, '/new': 200, '/{}': 200, '/{}/grant': 200},
            'auditor': {'': 200, '/{}': 200, '/{}/grant': 303, '/new': 303},
            'member': {'': 200, '/{}': 404, '/{}/grant': 404, '/new': 303},
        }
        for name, pages in table.items():
            self.enter(getattr(self, name))
            for tail, status in pages.items():
                answer = self.url_open(ROOT + tail.format(self.seal.id), allow_redirects=False)
                self.assertEqual(answer.status_code, status, f'{name} {tail}')

    # R1.10
    def test_another_tenant_sees_nothing(self):
        self.enter(self.stranger, self.other)
        self.assertNotIn(self.enterprise.name, self.url_open(ROOT).text)
        for tail in ('', '/grant', '/change'):
            self.assertEqual(self.url_open(f'{ROOT}/{self.seal.id}{tail}').status_code, 404)
        self.assertEqual(self.url_open(f'/my/esign/seals/{self.seal.id}/image').status_code, 404)
        for act in ('suspend', 'collect'):
            self.assertEqual(self.post(f'{ROOT}/{self.seal.id}/{act}', reason='x').status_code, 404)
        self.assertEqual(self.seal.state, 'active')

    # R1.10
    def test_preview_request_and_grant(self):
        self.enter(self.admin)
        shown = given(self.post(f'{ROOT}/preview', kind='finance', colour='red', source='template').json())
        self.assertTrue(shown['picture'].startswith('data:image/png;base64,'))
        self.assertEqual(shown['width'], 38)
        refused = self.post(f'{ROOT}/preview', kind='finance', text='财𰀀章').json()
        self.assertIn('𰀀', refused['message'])
        self.assertEqual(self.post(f'{ROOT}/new', kind='finance', name='财务章').status_code, 303)
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.enterprise.id), ('name', '=', '财务章')])
        self.assertEqual(seal.state, 'pending')
        business = self.env['esign.business.type'].search([], limit=1)
        data = {'member': str(self.operator_member.id), 'date_to': '2027-01-31', 'business': str(business.id)}
        self.assertEqual(self.post(f'{ROOT}/{self.seal.id}/grant', **data).status_code, 303)
        self.assertEqual((self.seal.grant_ids.state, self.seal.grant_ids.business_type_ids), ('active', business))
        self.assertIn(business.with_context(lang='zh_CN').name, self.url_open(f'{ROOT}/{self.seal.id}').text)
        kept = self.post(f'{ROOT}/{self.seal.id}/grant', **{**data, 'date_to': 'soon'})
        self.assertEqual(kept.status_code, 200)
        self.assertTrue(re.search(rf'value="{self.operator_member.id}"[^>]*checked', kept.text))

    # R1.10
    def test_uploads(self):
        self.enter(self.admin)
        good = {'file': ('seal.png', io.BytesIO(imprint()), 'image/png')}
        self.assertIn('picture', given(self.post(f'{ROOT}/preview', good, kind='hr', source='upload').json()))
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for name, content in (('x.svg', svg), ('x.png', svg), ('x.png', b'<html>'), ('x.jpg', b'\xff\xd8\xff')):
            answer = self.post(
                f'{ROOT}/preview', {'file': (name, io.BytesIO(content), 'image/png')}, kind='hr', source='upload'
            )
            self.assertTrue(answer.json()['message'], name)
        large = {'file': ('x.png', io.BytesIO(bytes(50 * 1024 * 1024)), 'image/png')}
        self.assertEqual(self.post(f'{ROOT}/preview', large, kind='hr', source='upload').status_code, 413)

    def test_a_double_click_files_one_request(self):
        self.enter(self.admin)
        for _click in range(2):
            self.post(f'{ROOT}/new', kind='hr', name='人事章')
        self.assertEqual(self.env['esign.seal.request'].search_count([('seal_id.name', '=', '人事章')]), 1)

    # R1.10
    def test_a_member_removed_this_second(self):
        self.grant()
        self.enter(self.operator_person)
        self.assertEqual(self.url_open(f'{ROOT}/{self.seal.id}').status_code, 200)
        self.operator_member._remove(self.admin.user_id, '离职')
        self.env.flush_all()
        self.assertEqual(self.url_open(f'{ROOT}/{self.seal.id}').status_code, 404)
        self.assertEqual(self.url_open(f'/my/esign/seals/{self.seal.id}/image').status_code, 404)
