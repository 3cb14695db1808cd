import io
import re

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..rules import uscc
from .common import EnterpriseFixtures, make_id, make_uscc, pdf, png


@tagged('post_install', '-at_install')
class TestPages(EnterpriseFixtures, HttpCase):
    # R1.3 R1.4 R1.8 R1.9

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_fixtures()
        cls.anna, cls.ben, cls.sam = (cls.make_person(n) for n in ('安娜', '本杰明', '萨姆'))
        for person in cls.anna | cls.ben | cls.sam:
            person.user_id.password = person.user_id.login

    def log_in(self, person):
        self.authenticate(person.user_id.login, person.user_id.login)

    def page(self, url, data=None, files=None, status=200):
        if data is not None:
            found = re.search(r'csrf_token: "([^"]+)"', self.url_open('/my/enterprises').text)
            data = {'csrf_token': found[1], **data}
        response = self.url_open(url, data=data, files=files, allow_redirects=True)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def text(self, tree):
        return ' '.join(tree.xpath('//main')[0].text_content().split())

    def test_stepper_saves_each_step_and_keeps_content_on_error(self):
        self.log_in(self.anna)
        tree = self.page('/my/enterprises/certify', {})
        action = tree.xpath('//main//form[contains(@action, "certification")]')[0].get('action')
        base = action.rsplit('/', 1)[0]
        code = make_uscc(121212)
        tree = self.page(
            f'{base}/data', {'name': '页面测试有限公司', 'uscc': code[:-1] + '0', 'go': 'next'}, status=422
        )
        self.assertEqual(tree.xpath('//input[@name="name"]')[0].get('value'), '页面测试有限公司')
        self.assertEqual(tree.xpath('//input[@name="uscc"]')[0].get('value'), code[:-1] + '0')
        self.assertTrue(tree.xpath('//input[@name="uscc"][@aria-invalid="true"]'))
        tree = self.page(f'{base}/data', {'name': '页面测试有限公司', 'uscc': code, 'go': 'next'})
        self.assertTrue(tree.xpath('//input[@name="legal_name"]'))
        number = make_id(811)
        tree = self.page(
            f'{base}/legal',
            {'legal_name': '李法人', 'legal_id_type': 'resident', 'legal_id_number': number, 'go': 'next'},
        )
        self.assertTrue(tree.xpath('//input[@name="licence"]'))
        for name, content in (('x.svg', b'<svg xmlns="http://www.w3.org/2000/svg"/>'), ('x.png', b'<html>')):
            self.page(f'{base}/proof', {'go': 'next'}, {'licence': (name, io.BytesIO(content), 'image/png')}, 422)
        tree = self.page(
            f'{base}/proof', {'go': 'next'},
            {'licence': ('执照.png', io.BytesIO(png())), 'letter': ('授权书.pdf', io.BytesIO(pdf()))},
        )  # fmt: skip
        self.assertIn(f'{number[:3]}***********{number[-4:]}', self.text(tree))
        self.assertNotIn(number, html.tostring(tree).decode())
        self.page(f'{base}/confirm', {'go': 'next'}, status=422)
        tree = self.page(f'{base}/confirm', {'go': 'next', 'agree': '1'})
        record = self.env['esign.enterprise.certification'].search([('uscc', '=', code)])
        self.assertEqual(record.state, 'pending')
        # Submitting again from an old tab changes nothing.
        self.page(f'{base}/confirm', {'go': 'next', 'agree': '1'})
        response = self.url_open(f'{base}/file/licence')
        self.assertEqual((response.status_code, response.content), (200, png()))
        self.assertIn('attachment', response.headers['Content-Disposition'])
        self.log_in(self.sam)
        for url in (base, f'{base}/data', f'{base}/file/licence'):
            self.assertEqual(self.url_open(url).status_code, 404, url)
        self.page(f'{base}/withdraw', {})
        record.invalidate_recordset()
        self.assertEqual(record.state, 'pending')
        self.log_in(self.anna)
        self.page(f'{base}/withdraw', {})
        record.invalidate_recordset()
        self.assertEqual(record.state, 'withdrawn')

    def test_visitors_come_to_the_portal_log_in(self):
        for path in ('/my/enterprises', '/my/enterprise/members'):
            self.assertIn('/esign/login', self.url_open(path).url)
        ours = self.env['esign.portal']._esign_is_ours
        self.assertTrue(ours('/en/my/enterprises/join'))
        self.assertFalse(ours('/my/enterprising'))
        self.assertFalse(ours('/odoo/enterprises'))

    def test_fifty_megabytes_are_refused_before_they_are_read(self):
        record = self.draft(self.anna)
        self.log_in(self.anna)
        found = re.search(r'csrf_token: "([^"]+)"', self.url_open('/my/enterprises').text)
        with mute_logger('odoo.http'):
            response = self.url_open(
                f'/my/enterprises/certification/{record.id}/proof', data={'csrf_token': found[1], 'go': 'next'},
                files={'licence': ('x.png', io.BytesIO(b'\x89PNG\r\n\x1a\n' + b'\0' * (50 * 1024 * 1024)))},
            )  # fmt: skip
        self.assertEqual(response.status_code, 413)

    def test_post_without_token_is_refused(self):
        record = self.pending(self.anna)
        self.log_in(self.anna)
        with mute_logger('odoo.http'):
            response = self.url_open(f'/my/enterprises/certification/{record.id}/withdraw', data={'x': '1'})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(record.sudo().state, 'pending')

    def test_search_apply_decide_and_manage(self):
        enterprise = self.certified(self.anna, name='可加入企业<&>有限公司'.replace('<&>', '＆'))
        self.log_in(self.ben)
        tree = self.page('/my/enterprises/join', {'q': '可加入'}, status=200)
        self.assertNotIn(enterprise.name, self.text(tree))
        tree = self.page('/my/enterprises/join', {'q': '可加入企业'})
        self.assertIn(enterprise.name, self.text(tree))
        self.assertNotIn(enterprise.uscc, html.tostring(tree).decode())
        self.assertIn(uscc.masked(enterprise.uscc), self.text(tree))
        tree = self.page(f'/my/enterprises/join/{enterprise.id}', {'department': '销售', 'note': '<b>请</b>通过'})
        self.assertIn(enterprise.name, self.text(tree))
        application = enterprise.join_ids
        self.assertEqual(application.note, '<b>请</b>通过')
        self.log_in(self.anna)
        tree = self.page(f'/my/enterprises/{enterprise.id}/enter', {})
        self.assertIn(enterprise.name, self.text(tree))
        tree = self.page('/my/enterprise/joins')
        self.assertIn('<b>请</b>通过', self.text(tree))
        self.assertFalse(tree.xpath('//main//td/b'))
        self.page(f'/my/enterprise/join/{application.id}/approve', {'role': 'seal_operator', 'work_number': '9'})
        member = enterprise._member_of(self.ben)
        self.assertEqual(member._codes(), {'member', 'seal_operator'})
        tree = self.page('/my/enterprise/members')
        self.assertIn('本杰明', self.text(tree))
        for url in ('/my/enterprise', '/my/enterprise/members?q=本杰明', '/my/enterprise/transfer'):
            self.page(url)
        # Own dialogue of an administrator keeps his role.
        admin = enterprise._member_of(self.anna)
        tree = self.page('/my/enterprise/members')
        form = tree.xpath(f'//form[@action="/my/enterprise/member/{admin.id}"]')[0]
        kept = [
            i.get('value')
            for i in form.xpath('.//input[@name="role"]')
            if i.get('type') == 'hidden' or i.get('checked')
        ]
        self.page(f'/my/enterprise/member/{admin.id}', {'role': kept, 'work_number': '1'})
        admin.invalidate_recordset()
        self.assertEqual((admin.work_number, admin.is_administrator), ('1', True))
        # The removed member's open session has lost the enterprise.
        self.log_in(self.ben)
        self.page(f'/my/enterprises/{enterprise.id}/enter', {})
        self.log_in(self.anna)
        self.page(f'/my/enterprises/{enterprise.id}/enter', {})
        self.page(f'/my/enterprise/member/{member.id}/remove', {'reason': '离职'})
        self.log_in(self.ben)
        tree = self.page('/my/enterprise/members')
        self.assertNotIn(enterprise.uscc, html.tostring(tree).decode())
        self.page(f'/my/enterprises/{enterprise.id}/administrator', status=404)

    def test_departments_page(self):
        enterprise = self.certified(self.anna, kind='internal')
        self.log_in(self.anna)
        self.page(f'/my/enterprises/{enterprise.id}/enter', {})
        tree = self.page('/my/enterprise/departments/add', {'name': '法务部'})
        self.assertIn('法务部', self.text(tree))
        department = enterprise.department_ids
        self.page('/my/enterprise/departments/add', {'name': '一组', 'parent': str(department.id)})
        tree = self.page(f'/my/enterprise/department/{department.id}/rename', {'name': '法律部'})
        self.assertIn('法律部 / 一组', self.text(tree))
        # Somebody of another enterprise can neither rename nor close it.
        self.certified(self.sam)
        self.log_in(self.sam)
        self.page(f'/my/enterprise/department/{department.id}/rename', {'name': '被改'})
        department.invalidate_recordset()
        self.assertEqual(department.name, '法律部')

    def test_every_state_of_my_enterprises_renders(self):
        enterprise = self.certified(self.anna)
        self.join(self.ben, enterprise, self.anna)
        change = self.env['esign.enterprise.admin.change'].create(
            {'enterprise_id': enterprise.id, 'kind': 'transfer', 'state': 'waiting', 'expires_on': '2099-01-01',
             'former_member_id': enterprise._administrators().id, 'member_id': enterprise._member_of(self.ben).id}
        )  # fmt: skip
        for record, act in (
            (self.pending(self.anna), None),
            (self.pending(self.anna), 'reject'),
            (self.draft(self.anna), None),
        ):
            if act:
                record.with_user(self.operator)._staff_reject('不清晰')
        self.log_in(self.anna)
        tree = self.page('/my/enterprises')
        self.assertIn('不清晰', self.text(tree))
        self.page('/my/enterprises?tab=joined')
        self.page(f'/my/enterprises/{enterprise.id}/enter', {'to': 'transfer'})
        self.page('/my/enterprises/letter')
        for record in self.env['esign.enterprise.certification'].search([('person_id', '=', self.anna.id)]):
            self.page(f'/my/enterprises/certification/{record.id}')
        self.log_in(self.ben)
        self.assertIn('安娜', self.text(self.page('/my/enterprises')))
        self.page(f'/my/enterprises/{enterprise.id}/administrator')
        self.page(
            f'/my/enterprises/{enterprise.id}/administrator',
            {},
            {'letter': ('x.svg', io.BytesIO(b'<svg/>'))},
            422,
        )
        self.page(f'/my/enterprises/{enterprise.id}/administrator', {}, {'letter': ('x.pdf', io.BytesIO(pdf()))})
        self.page('/my/enterprises?tab=joined')
        self.page(f'/my/enterprises/change/{change.id}/accept', {})
        self.assertEqual(enterprise._administrators().person_id, self.ben)
        self.log_in(self.anna)
        self.page('/my/enterprises')

    def test_unverified_person_is_told_the_next_step(self):
        person = self.make_person('未实名', state='draft')
        person.user_id.password = person.user_id.login
        self.log_in(person)
        self.assertTrue(self.page('/my/enterprises').xpath('//a[@href="/my/esign/me/verify"]'))
        self.page('/my/enterprises/certify', {})
        self.assertFalse(self.env['esign.enterprise.certification'].search([('person_id', '=', person.id)]))

    def test_staff_and_visitors(self):
        for url in ('/my/enterprises', '/my/enterprise', '/my/enterprises/join', '/my/enterprise/members'):
            response = self.url_open(url, allow_redirects=False)
            self.assertIn('/login', response.headers.get('Location', ''), url)

    def test_member_list_keeps_its_query_count(self):
        # R6.1
        enterprise = self.certified(self.anna)

        def fill(count):
            users = self.env['res.users'].with_context(no_reset_password=True).create(
                [{'name': f'成员{n}', 'login': f'mass_{count}_{n}',
                  'group_ids': [(6, 0, self.env.ref('base.group_portal').ids)]} for n in range(count)]
            )  # fmt: skip
            persons = self.env['esign.person'].create(
                [{'user_id': u.id, 'partner_id': u.partner_id.id, 'name': u.name, 'state': 'verified'} for u in users]
            )
            role = self.env.ref('esign_enterprise.role_member')
            self.env['esign.enterprise.member'].create(
                [{'enterprise_id': enterprise.id, 'person_id': p.id, 'role_ids': [(6, 0, role.ids)]} for p in persons]
            )
            self.env['esign.enterprise.join'].create(
                [{'enterprise_id': enterprise.id, 'person_id': p.id, 'state': 'withdrawn'} for p in persons]
            )

        def count(act):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            act()
            return self.cr.sql_log_count - before

        def staff_list():
            staff = self.env['esign.enterprise'].with_user(self.operator)
            staff.search([], limit=80).read(['name', 'member_count', 'legal_name', 'certified_on'])

        user = self.anna.user_id

        def members():
            found = enterprise.with_user(user)._member_page(user, 1, 20)
            found['members'].mapped('name')
            found['members'].role_ids.mapped('name')

        def joins():
            found = enterprise.with_user(user)._join_page(user)
            found['decided'].mapped('name')

        def mine():
            enterprise.with_user(user)._of_person(self.anna)

        fill(10)
        acts = (members, joins, mine, staff_list)

        def counts():
            # New users empty the caches of rights: fill them before counting.
            for act in acts:
                act()
            return [count(act) for act in acts]

        few = counts()
        fill(1000)
        self.assertEqual(counts(), few)
