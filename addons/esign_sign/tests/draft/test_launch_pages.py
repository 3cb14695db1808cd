"""Routes of launching and of file management, and what happens when they are misused."""

import datetime as dt
import io
import re

from lxml import html

from odoo import fields, http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.tests.answers import flat, given

from ..common import EngineCase, contract_pdf

FILES, LAUNCH = '/my/esign/files', '/my/esign/launch'


@tagged('-at_install', 'post_install')
class TestLaunchPages(EngineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for person in cls.alice | cls.bob | cls.carol:
            person.user_id.password = person.user_id.login

    def log_in(self, person, enterprise=None):
        self.authenticate(person.user_id.login, person.user_id.login)
        if enterprise:
            self.session['esign_identity'] = f'enterprise:{enterprise.id}'
            http.root.session_store.save(self.session)

    def token(self):
        return re.search(r'csrf_token: "([^"]+)"', self.url_open('/my/esign').text)[1]

    def post(self, url, data=None, files=None, status=200):
        data = {'csrf_token': self.token(), **(data or {})}
        response = self.url_open(url, data=data, files=files)
        self.assertEqual(response.status_code, status, url)
        return response

    def call(self, group, name, **params):
        return flat(self.make_jsonrpc_request(f'{LAUNCH}/{group.id}/{name}', params))

    def send(self, group, name='合同.pdf', data=None, key='k', status=200):
        url = f'{LAUNCH}/{group.id}/upload'
        return self.post(url, {'key': key}, {'file': (name, io.BytesIO(data or contract_pdf()))}, status)

    def text(self, response):
        return ' '.join(html.fromstring(response.content).xpath('//main')[0].text_content().split())

    def new_draft(self):
        return self.env['esign.contract.group']._start_draft(self.identity(self.alice, self.own))

    # Launching --------------------------------------------------------------------------------

    # R2.1 R2.3 R2.10
    def test_launch_over_http(self):
        self.log_in(self.alice, self.own)
        self.assertIn(f'{LAUNCH}/new', self.url_open(LAUNCH).text)
        response = self.post(f'{LAUNCH}/new')
        group = self.env['esign.contract.group'].search([], order='id desc', limit=1)
        self.assertTrue(response.url.endswith(f'{LAUNCH}/{group.id}/files'))
        props = html.fromstring(response.content).xpath('//owl-component[@name="esign_sign.launch"]/@props')
        self.assertTrue(props)
        answer = given(self.send(group).json())
        self.assertEqual(answer['files'][0]['name'], '合同')
        contract = answer['files'][0]['id']
        file = self.url_open(f'{LAUNCH}/{group.id}/file/{contract}')
        self.assertTrue(file.content.startswith(b'%PDF-'))
        picture = self.url_open(f'{FILES}/{group.id}/page/{contract}/1')
        self.assertEqual((picture.status_code, picture.headers['Content-Type']), (200, 'image/jpeg'))
        found = self.call(group, 'search', text=self.carol.mobile)['rows']
        values = {'parties': [{'pick': found[0]['pick'], 'can_refuse': False, 'contracts': [contract]}]}
        draft = self.call(group, 'save', version=answer['version'], part='parties', values=values)
        self.assertEqual(draft['parties'][0]['name'], '王五')
        self.assertEqual(self.call(group, 'launch')['state'], 'preparing')
        self.assertEqual(self.call(group, 'launch')['state'], 'preparing')  # a second click
        self.assertEqual(self.call(group, 'status')['state'], 'preparing')
        self.assertEqual(group.event_ids.mapped('kind').count('launched'), 1)
        group._prepare()
        self.assertEqual((told := self.call(group, 'status'))['state'], 'pending', told)
        self.assertEqual(told['problem'], '')
        landed = self.url_open(f'{LAUNCH}/{group.id}/launched')
        self.assertTrue(landed.url.endswith(f'{FILES}/sign'))
        self.assertEqual(len(html.fromstring(landed.content).xpath('//*[contains(@class, "es-toast--ok")]')), 1)
        # The tab that was left open.
        stale = self.call(group, 'save', version=draft['version'], part='parties', values=values)
        self.assertEqual(stale['outcome'], 'WRONG_STATE')
        self.assertTrue(self.url_open(f'{LAUNCH}/{group.id}/parties').url.endswith(f'{FILES}/sign'))

    def test_faults_come_back_with_the_draft(self):
        group = self.new_draft()
        self.log_in(self.alice, self.own)
        answer = self.call(group, 'launch')
        self.assertTrue(answer['message'])
        self.assertEqual({fault['place'] for fault in answer['draft']['faults']}, {'name', 'files', 'parties'})
        self.assertEqual(group.state, 'draft')

    def test_a_person_does_not_launch(self):
        self.log_in(self.carol)
        self.assertNotIn(f'{LAUNCH}/new', self.url_open(LAUNCH).text)
        count = self.env['esign.contract.group'].search_count([])
        self.post(f'{LAUNCH}/new')
        self.assertEqual(self.env['esign.contract.group'].search_count([]), count)

    def test_uploads_that_are_refused(self):
        group = self.new_draft()
        self.log_in(self.alice, self.own)
        self.assertNotEqual(self.send(group, 'x.pdf', b'no pdf').json()['outcome'], 'OK')
        self.assertNotEqual(self.send(group, '../../etc/passwd', b'root').json()['outcome'], 'OK')
        self.assertNotEqual(self.post(f'{LAUNCH}/{group.id}/upload', {'key': 'k'}).json()['outcome'], 'OK')
        with mute_logger('odoo.http'):
            response = self.url_open(
                f'{LAUNCH}/{group.id}/upload', data={'csrf_token': self.token()},
                files={'file': ('x.pdf', io.BytesIO(b'%PDF-1.7' + b'\0' * (52 * 1024 * 1024)))},
            )  # fmt: skip
        self.assertEqual(response.status_code, 413)
        with mute_logger('odoo.http'):
            response = self.url_open(
                f'{LAUNCH}/{group.id}/upload', data={'key': 'x'}, files={'file': ('x.pdf', b'%PDF')}
            )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(group.contract_ids)
        self.send(group, '<b>名 称</b>?.pdf', key='1')
        self.send(group, '<b>名 称</b>?.pdf', key='1')
        self.assertEqual(len(group.contract_ids), 1)
        self.assertNotIn('<', group.contract_ids.name)

    def test_another_tenants_group_in_every_route(self):
        group = self.new_draft()
        contract = self.env['esign.contract'].browse(
            group._take_upload(self.identity(self.alice, self.own), 'k', 'a.pdf', contract_pdf())
        )
        running = self.launch(self.group_draft([self.own]))
        self.log_in(self.bob, self.other)
        for url in (
            *(f'{LAUNCH}/{group.id}/{step}' for step in ('files', 'parties', 'order', 'places')),
            f'{LAUNCH}/{group.id}/file/{contract.id}',
            *(
                f'{FILES}/{one.id}/{what}'
                for one in (group, running)
                for what in ('preview', 'trace', 'signatures', 'download', f'page/{one.contract_ids.id}/1')
            ),
            f'{FILES}/999999/preview',
        ):
            self.assertEqual(self.url_open(url).status_code, 404, url)
        for name, params in (
            ('save', {'version': 0, 'part': 'task', 'values': {}}), ('remove', {'contract': contract.id}),
            ('search', {'text': self.carol.mobile}), ('keyword', {'contract': contract.id, 'text': 'Contract'}),
            ('launch', {}),
        ):  # fmt: skip
            self.assertEqual(self.call(group, name, **params)['outcome'], 'NOT_FOUND', name)
        self.assertEqual(self.call(group, 'status')['outcome'], 'NOT_FOUND')
        self.assertEqual(self.send(group).json()['outcome'], 'NOT_FOUND')
        for action in ('revoke', 'extend', 'retry', 'delete'):
            self.post(f'{FILES}/{running.id}/{action}', {'reason': 'x'}, status=404)
        self.post(f'{FILES}/remind', {'ids': running.id})
        self.post(f'{FILES}/download', {'ids': running.id})
        self.assertEqual((running.state, group.state, len(group.contract_ids)), ('pending', 'draft', 1))
        self.assertFalse(running.party_ids.reminders)
        # A file of one group is not reached through another one that is his.
        own = self.launch(self.group_draft([self.other]))
        self.assertEqual(self.url_open(f'{FILES}/{own.id}/page/{contract.id}/1').status_code, 404)
        refused = self.url_open(f'{FILES}/{own.id}/download?contract={contract.id}')
        self.assertNotEqual(refused.headers['Content-Type'], 'application/pdf')

    def test_visitors_are_sent_to_the_login(self):
        group = self.launch(self.group_draft([self.own]))
        for url in (LAUNCH, f'{FILES}/sign', f'{FILES}/{group.id}/preview', f'{LAUNCH}/{group.id}/files'):
            response = self.url_open(url, allow_redirects=False)
            self.assertIn('/web/login', response.headers['Location'], url)

    # Lists ------------------------------------------------------------------------------------

    # R3.1
    def test_lists_and_what_they_lead_to(self):
        group = self.launch(self.group_draft([self.own, self.other, self.carol], files=2))
        contract = group.contract_ids[0]
        self.log_in(self.bob, self.other)
        page = html.fromstring(self.url_open(f'{FILES}/sign').content)
        self.assertEqual(len(page.xpath('//li[@class="es-files__item"]')), 1)
        self.assertEqual(len(page.xpath('//ol[contains(@class, "es-signers")]/li')), 3)
        for name in ('others', 'done', 'void', 'drafts'):
            page = html.fromstring(self.url_open(f'{FILES}/{name}').content)
            self.assertTrue(page.xpath('//*[contains(@class, "es-empty")]'), name)
        self.assertTrue(self.url_open(f'{FILES}/copies').url.endswith('/sign'))
        self.assertTrue(self.url_open(f'{FILES}?x=1').url.endswith('/sign'))
        self.assertIn(contract.name, self.text(self.url_open(f'{FILES}/{group.id}/preview')))
        trace = self.url_open(f'{FILES}/{group.id}/trace')
        self.assertTrue(html.fromstring(trace.content).xpath('//main//ol[@class="es-line"]'), 'no page of its own')
        drawer = html.fromstring(self.url_open(f'{FILES}/{group.id}/trace?drawer=1').content)
        self.assertTrue(
            drawer.xpath('//ol[@class="es-line"]') and not drawer.xpath('//main'), 'more than the drawer shows'
        )
        refused = html.fromstring(self.url_open(f'{FILES}/{group.id}/signatures').content)
        self.assertTrue(refused.xpath('//main//p[@class="es-empty__text"]'), 'it does not say why')
        packed = self.url_open(f'{FILES}/{group.id}/download')
        self.assertEqual(packed.headers['Content-Type'], 'application/zip')
        single = self.url_open(f'{FILES}/{group.id}/download?contract={contract.id}')
        self.assertTrue(single.content.startswith(b'%PDF-'))
        many = self.post(f'{FILES}/download', {'ids': group.id})
        self.assertEqual(many.headers['Content-Type'], 'application/zip')
        for query in ('?page=x', '?page=-1', '?page=9999999999', '?sort=x&state=x&business_type=x&date_from=x',
                      "?search=%25'%22%3Cscript%3E", '?page=2&search=' + 'a' * 500):  # fmt: skip
            response = self.url_open(f'{FILES}/sign{query}')
            self.assertEqual(response.status_code, 200, query)
            self.assertNotIn('<script>"', response.text)

    def test_revoke_and_extend_from_the_list(self):
        group = self.launch(self.group_draft([self.carol]))
        self.log_in(self.alice, self.own)
        page = html.fromstring(self.url_open(f'{FILES}/others').content)
        asked = page.xpath(f'//input[@id="es-deadline-{group.id}"]')[0]
        self.assertEqual(asked.get('min'), str(group.deadline + dt.timedelta(days=1)))
        longest = group._today() + dt.timedelta(days=group.business_type_id.longest_days)
        self.assertEqual(asked.get('max'), str(longest))
        self.post(f'{FILES}/{group.id}/extend', {'deadline': 'soon', 'here': f'{FILES}/others'})
        for day in (group.deadline, longest + dt.timedelta(days=1)):
            self.post(f'{FILES}/{group.id}/extend', {'deadline': str(day)})
            self.assertNotEqual(group.deadline, longest)
        self.post(f'{FILES}/{group.id}/extend', {'deadline': asked.get('max')})
        self.assertEqual(group.deadline, longest)
        # there is no later day: it is not offered, and says why when asked for
        page = html.fromstring(self.url_open(f'{FILES}/others').content)
        self.assertFalse(page.xpath(f'//input[@id="es-deadline-{group.id}"]'))
        self.assertEqual(group._may('extend', self.identity(self.alice, self.own)).outcome, 'DEADLINE')
        self.post(f'{FILES}/{group.id}/revoke', {'reason': ' '})
        self.assertEqual(group.state, 'pending')
        response = self.post(f'{FILES}/{group.id}/revoke', {'reason': '不再需要', 'here': 'https://evil.example/'})
        self.assertTrue(response.url.endswith(f'{FILES}/sign'))
        self.assertEqual(group.state, 'revoked')
        self.post(f'{FILES}/{group.id}/revoke', {'reason': '再来'})
        self.assertEqual(group.reason, '不再需要')
        refused = self.url_open(f'{FILES}/{group.id}/download')
        self.assertNotEqual(refused.headers['Content-Type'], 'application/pdf')
        for here in ('//evil.example', 'javascript:alert(1)', f'{FILES}/\\evil'):
            response = self.post(f'{FILES}/{group.id}/revoke', {'reason': 'x', 'here': here})
            self.assertTrue(response.url.endswith(f'{FILES}/sign'), here)

    # R3.1: a copy is for reading
    def test_a_copy_is_marked_and_not_handed_out(self):
        group = self.launch(self.group_draft([self.own], copies=[self.carol]))
        url = f'{FILES}/{group.id}/page/{group.contract_ids.id}/1'
        self.log_in(self.carol)
        self.assertEqual(self.url_open(url).status_code, 404)  # not sent yet
        group.copy_ids.told_at = fields.Datetime.now()
        marked = self.url_open(url)
        self.assertEqual(marked.status_code, 200)
        self.assertNotIn('/download', self.url_open(f'{FILES}/{group.id}/preview').text)
        self.assertNotEqual(self.url_open(f'{FILES}/{group.id}/download').headers['Content-Type'], 'application/pdf')
        self.assertIn('es-files__item', self.url_open(f'{FILES}/copies').text)
        self.log_in(self.alice, self.own)
        self.assertNotEqual(self.url_open(url).content, marked.content)

    # R3.10 R3.11
    def test_data_of_all_seals(self):
        group = self.launch(self.group_draft([self.carol]))
        self.sign(group.party_ids, self.identity(self.carol))
        self.log_in(self.carol)
        page = self.url_open(f'{FILES}/{group.id}/signatures').text
        self.assertIn('es-sealdata', page)
        self.assertIn(group.act_ids.line_ids.revision_id.sha256, page)
        self.assertIn(group.act_ids.line_ids.certificate_id.serial, page)
        trace = self.url_open(f'{FILES}/{group.id}/trace').text
        for event in group.event_ids:
            self.assertIn(event.digest, trace)
        self.assertIn('es-files__item', self.url_open(f'{FILES}/done').text)

    def test_draft_is_deleted_from_the_list(self):
        group = self.new_draft()
        self.log_in(self.alice, self.own)
        self.assertIn('es-files__item', self.url_open(f'{FILES}/drafts').text)
        self.post(f'{FILES}/{group.id}/delete')
        self.assertFalse(group.exists())
