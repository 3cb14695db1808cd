"""The draft: saved part by part, never lost, never another's."""

import datetime as dt
import io
import itertools
from unittest import skipUnless

import pikepdf

from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import EsignError, RateLimited
from odoo.addons.esign_base.signing.pages.convert import offered_formats
from odoo.addons.esign_enterprise.tests.common import png

from ..common import EngineCase, contract_pdf

_key = itertools.count()


@tagged('-at_install', 'post_install')
class TestDraft(EngineCase):
    def setUp(self):
        super().setUp()
        self.me = self.identity(self.alice, self.own)
        self.groups = self.env['esign.contract.group']
        self.group = self.groups._start_draft(self.me)

    def upload(self, name='合同.pdf', data=None, key=None):
        return self.group._take_upload(self.me, key or f'key{next(_key)}', name, data or contract_pdf())

    def save(self, part, values, version=None, identity=None):
        version = self.group.draft_version if version is None else version
        return self.group._save_draft(identity or self.me, version, part, values)

    def pick(self, text, identity=None):
        return self.env['esign.party']._pick_search(identity or self.me, text)[0]['pick']

    def refused(self, code, act, *args, **kwargs):
        with self.assertRaises(EsignError) as refusal:
            act(*args, **kwargs)
        self.assertEqual(refusal.exception.code, code)
        return str(refusal.exception)

    def parties(self, *texts, **more):
        contracts = self.group.contract_ids.ids
        rows = [{'pick': self.pick(text), 'can_refuse': True, 'contracts': contracts} for text in texts]
        return self.save('parties', {'parties': rows, **more})

    # R2.1
    def test_who_may_start(self):
        self.refused('NOT_ENTERPRISE', self.groups._start_draft, self.identity(self.alice))
        self.refused('NOT_ENTERPRISE', self.groups._start_draft, None)
        self.own._freeze('x')
        self.refused('NOT_CERTIFIED', self.groups._start_draft, self.me)

    # R2.1
    def test_a_member_without_a_role_launches_nothing(self):
        dave = self.make_person('赵六')
        member = self.join(dave, self.own, self.alice)
        plain = self.identity(dave, self.own)
        mine = self.groups._start_draft(self.me)
        mine.sudo().initiated_by = dave  # begun while he had a role
        search = self.env['esign.party'].with_context(lang='zh_CN')._pick_search
        for act in (self.groups._start_draft, mine._launch, mine._draft):
            self.refused('NO_ROLE', act, plain)
        text = self.refused('NO_ROLE', search, plain, self.carol.mobile)
        self.assertEqual(text, '您的角色不能发起签署。请联系企业管理员将您设为签章操作员。')
        self.assertFalse(self.groups._may_start(plain))
        self.assertNotIn('launch', [one.key for one in self.env['esign.portal']._esign_home_actions(plain)])
        for code in ('seal_operator', 'legal_rep', 'administrator'):
            member.sudo().role_ids = self.env['esign.enterprise.role']._of('member', code)
            with self.subTest(role=code):
                self.assertTrue(self.groups._may_start(self.identity(dave, self.own)))
        for code in ('seal_keeper', 'member_manager', 'template_manager', 'auditor'):
            member.sudo().role_ids = self.env['esign.enterprise.role']._of('member', code)
            with self.subTest(role=code):
                self.assertFalse(self.groups._may_start(self.identity(dave, self.own)))

    # R2.2 R2.3 R2.4 R2.5 R2.6 R2.10
    def test_from_nothing_to_launched(self):
        first, second = self.upload('采购合同.pdf'), self.upload('采购合同.pdf')
        self.assertEqual(self.group.name, '采购合同')
        self.assertEqual(self.group.contract_ids.mapped('name'), ['采购合同', '采购合同 (2)'])
        draft = self.parties('上海签约贸易', self.carol.mobile, copies=[{'pick': self.pick(self.bob.mobile)}],
                             placed={str(first): True})  # fmt: skip
        company, carol = draft['parties']
        self.assertEqual((company['kind'], carol['kind'], draft['copies'][0]['name']), ('enterprise', 'person', '李四'))
        orders = {company['id']: 7, carol['id']: 2}
        draft = self.save('order', {'sequential': True, 'orders': orders})
        self.assertEqual([one['id'] for one in draft['parties']], [carol['id'], company['id']])
        # The second file is signed where each party likes; on the first the launcher says where.
        faults = {fault['place'] for fault in draft['faults'] if fault['step'] == 'places'}
        self.assertEqual(faults, {f'place:{first}:{carol["id"]}', f'place:{first}:{company["id"]}'})
        items = [
            {'party': company['id'], 'kind': 'seal', 'seal_kind': 'official', 'page': 3, 'x': 100, 'y': 200},
            {'party': company['id'], 'kind': 'date', 'style': 'chinese', 'page': 3, 'x': 100, 'y': 250},
            {'party': company['id'], 'kind': 'cross_page', 'seal_kind': 'official', 'page': 1, 'y': 120},
            {'party': carol['id'], 'kind': 'seal', 'seal_kind': 'name', 'page': -1, 'x': 20, 'y': 200},
        ]
        draft = self.save('places', {'contract': first, 'items': items})
        self.assertEqual(draft['faults'], [])
        self.assertEqual(len(draft['placements'][first]), 4)
        self.group._launch(self.me)
        self.assertEqual(self.group.state, 'pending')
        self.assertEqual(self.group.party_ids.mapped('order'), [1, 2])
        self.assertEqual(second in self.group.contract_ids.ids, True)
        self.assertIn('launched', self.group._launch_message()[0])

    # R2.10
    def test_going_back_loses_nothing(self):
        first = self.upload()
        draft = self.parties('上海签约贸易', self.carol.mobile, placed={str(first): True})
        party = draft['parties'][0]['id']
        item = {'party': party, 'kind': 'seal', 'seal_kind': 'contract', 'page': 1, 'x': 10, 'y': 10}
        self.save('places', {'contract': first, 'items': [item]})
        self.upload('附件.pdf')  # a new file is signed by all, and takes no position away
        draft = self.group._draft(self.me)
        rows = [{key: one[key] for key in ('id', 'can_refuse', 'contracts')} for one in draft['parties']]
        draft = self.save('parties', {'parties': [*rows, {'pick': self.pick(self.bob.mobile), 'contracts': [first]}]})
        self.assertEqual(len(draft['placements'][first]), 1)
        self.assertEqual([len(one['contracts']) for one in draft['parties']], [2, 2, 1])
        draft = self.save('parties', {'parties': rows[1:]})
        self.assertEqual(draft['placements'][first], [])

    # The same on another device, or twice --------------------------------------------------------

    def test_a_stale_tab_changes_nothing(self):
        task = {'name': '甲', 'business_type': self.group.business_type_id.id, 'deadline': str(self.group.deadline)}
        old = self.group.draft_version
        self.save('task', task)
        self.save('task', task, version=old)  # the answer was lost: sent again, it is the same
        self.assertEqual(self.group.draft_version, old + 1)
        self.refused('STALE', self.save, 'task', {**task, 'name': '乙'}, version=old)
        self.assertEqual(self.group.name, '甲')

    def test_an_upload_sent_again_adds_nothing(self):
        self.assertEqual(self.upload(key='same'), self.upload(key='same'))
        self.assertEqual(len(self.group.contract_ids), 1)
        self.group._remove_file(self.me, self.group.contract_ids.id)
        self.group._remove_file(self.me, 12345678)
        self.assertFalse(self.group.contract_ids)

    def test_launched_is_over(self):
        self.upload()
        self.parties(self.carol.mobile)
        self.group._launch(self.me)
        contract = self.group.contract_ids
        for act in (
            lambda: self.save('task', {'name': 'x', 'business_type': 1}),
            self.upload,
            lambda: self.group._remove_file(self.me, contract.id),
            lambda: self.group._draft(self.me),
            lambda: self.group._delete_draft(self.me),
            lambda: self.group._find_keyword(self.me, contract.id, 'Contract'),
        ):
            self.refused('WRONG_STATE', act)
        self.assertFalse(self.group._draft_file(self.me, contract.id))

    # Others -----------------------------------------------------------------------------------

    def test_nobody_elses(self):
        contract = self.upload()
        values = {'name': 'x', 'business_type': self.group.business_type_id.id}
        for identity in (self.identity(self.bob, self.other), self.identity(self.alice), self.identity(self.carol)):
            for act in (
                self.group._draft,
                lambda me: self.group._save_draft(me, self.group.draft_version, 'task', values),
                lambda me: self.group._take_upload(me, 'k', 'a.pdf', contract_pdf()),
                lambda me: self.group._remove_file(me, contract),
                lambda me: self.group._find_keyword(me, contract, 'Contract'),
                self.group._launch,
                self.group._delete_draft,
            ):
                self.refused('NOT_YOURS', act, identity)
            self.assertFalse(self.groups._draft_of(self.group.id, identity))
            self.assertFalse(self.group._draft_file(identity, contract))

    def test_choices_are_signed(self):
        self.upload()
        theirs = self.pick(self.carol.mobile, self.identity(self.bob, self.other))
        good = self.pick(self.carol.mobile)
        for token in (theirs, good[:-4] + 'AAAA', '', None, 'x' * 5000, '💣', self.carol.id):
            self.refused('PICK', self.save, 'parties', {'parties': [{'pick': token, 'contracts': []}]})
        self.assertFalse(self.group.party_ids)

    def test_copies_go_to_persons(self):
        self.upload()
        bad = {'parties': [], 'copies': [{'pick': self.pick('上海签约贸易')}]}
        self.refused('COPY', self.save, 'parties', bad)

    # R2.4
    def test_the_picker_is_no_directory(self):
        search = self.env['esign.party']._pick_search
        for text in ('', '上海', '1391234', '139000000001', '%%%', None):
            self.refused('TOO_SHORT', search, self.me, text)
        self.assertEqual(search(self.me, '____'), [])
        self.assertEqual(search(self.me, '%%%%'), [])
        self.assertEqual(search(self.me, '13000000000'), [])
        found = search(self.me, f'+86 {self.carol.mobile[:3]} {self.carol.mobile[3:]}')
        self.assertEqual([row['name'] for row in found], ['*五'])  # the whole name once he is chosen
        self.assertNotIn(self.carol.mobile, str(found[0]['note']))
        draft_person = self.make_person('未认证', state='draft')
        self.assertEqual(search(self.me, draft_person.mobile), [])
        self.other._freeze('x')
        self.assertEqual(search(self.me, '上海签约贸易'), [])
        with self.assertRaises(RateLimited):
            for _turn in range(61):
                search(self.me, '____')

    # R2.4
    def test_numbers_are_looked_up_so_often_a_day(self):
        search = self.env['esign.party']._pick_search
        with freeze_time('2031-03-03 08:00:00') as clock:
            for turn in range(50):
                search(self.me, f'130000000{turn:02d}')
                clock.tick(dt.timedelta(minutes=1))
            with self.assertRaises(RateLimited):
                search(self.me, '13000000099')
            self.assertTrue(search(self.me, '上海签约贸易'))  # enterprises are in no private directory
            clock.tick(dt.timedelta(days=1))
            self.assertTrue(search(self.me, self.carol.mobile))

    def test_suggestions(self):
        rows = self.env['esign.party']._pick_suggestions(self.me)
        self.assertEqual([row['name'] for row in rows], [self.own.name])
        self.upload()
        self.parties('上海签约贸易', self.carol.mobile)
        self.group._launch(self.me)
        names = [row['name'] for row in self.env['esign.party']._pick_suggestions(self.me)]
        self.assertEqual(set(names), {self.own.name, self.other.name, '王五'})

    # Files ------------------------------------------------------------------------------------

    # R2.3
    def test_files_that_are_refused(self):
        for name, data, code in (
            ('a.pdf', b'%PDF-1.7\nbroken', 'DAMAGED'),
            ('a.pdf', b'hello', 'NOT_PDF'),
            ('a.pdf', b'', 'EMPTY'),
            ('a.exe', b'MZ', 'FORMAT_NOT_OFFERED'),
            ('a', b'MZ', 'FORMAT_NOT_OFFERED'),
            ('a.png', b'\x89PNG', 'NOT_IMAGE'),
        ):
            with self.subTest(name=name, code=code):
                with self.assertRaises(EsignError) as refusal:
                    self.group._take_upload(self.me, f'key{next(_key)}', name, data)
                self.assertEqual(refusal.exception.code, code)
                self.assertNotIn('(', str(refusal.exception))
        self.assertFalse(self.group.contract_ids)

    def test_pictures_become_pages(self):
        self.upload('照片.png', png())
        draft = self.group._draft(self.me)
        self.assertEqual((draft['files'][0]['name'], draft['files'][0]['pages']), ('照片', 1))
        self.assertEqual(draft['files'][0]['notes'], ['The pages are pictures: keywords cannot be searched for.'])

    def test_what_intake_noticed_is_said_with_what_to_do(self):
        pdf = pikepdf.open(io.BytesIO(contract_pdf()))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.TrueType, BaseFont=pikepdf.Name.SimSun)
        pdf.pages[0].obj.Resources.Font['/F9'] = pdf.make_indirect(font)
        self.upload(data=self.written(pdf))
        (said,) = self.group._draft(self.me)['files'][0]['notes']
        self.assertIn('(SimSun)', said)
        self.assertIn('fonts embedded', said)
        mark = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[1, 1, 99, 99])
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(mark)])
        said = self.refused('MARK_NOT_DRAWN', self.upload, data=self.written(pdf))
        self.assertIn('Page 1 has a mark (stamp)', said)

    @staticmethod
    def written(pdf):
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()

    @skipUnless('rtf' in offered_formats(), 'LibreOffice is not installed')
    def test_tracked_changes_of_a_document_are_told(self):
        self.upload('合同.rtf', rb'{\rtf1 price {\deleted 100}{\revised 200} yuan}')
        said = self.group._draft(self.me)['files'][0]['notes']
        self.assertTrue(any('tracked changes' in one for one in said), said)

    def test_keyword(self):
        contract = self.upload(data=contract_pdf(2, 'Party A signs here'))
        found = self.group._find_keyword(self.me, contract, 'signs here')
        self.assertEqual([one['page'] for one in found], [1, 2])
        for text in ('', None, 'x' * 300):
            self.refused('KEYWORD_INVALID', self.group._find_keyword, self.me, contract, text)
        self.refused('STALE', self.group._find_keyword, self.me, contract + 1000, 'x')

    # What a page may send -------------------------------------------------------------------------

    def test_positions_are_not_trusted(self):
        contract = self.upload()
        party = self.parties('上海签约贸易', placed={str(contract): True})['parties'][0]['id']
        good = {'party': party, 'kind': 'seal', 'seal_kind': 'official', 'page': 1, 'x': 10, 'y': 10}
        for change in (
            {'party': 999999}, {'kind': 'x'}, {'seal_kind': 'name'}, {'seal_kind': 'nothing'}, {'page': 0}, {'page': 4},
            {'page': -2}, {'x': 1e9}, {'y': float('nan')}, {'x': 'left'}, {'y': None}, {'style': 'x'}, {'last_page': 9},
        ):  # fmt: skip
            with self.subTest(change=change):
                self.refused('ITEM', self.save, 'places', {'contract': contract, 'items': [{**good, **change}]})
        for items in ([{}], [None], 'x', [{**good, 'party': None}]):
            self.refused('UNREADABLE', self.save, 'places', {'contract': contract, 'items': items})
        self.refused('TOO_MANY', self.save, 'places', {'contract': contract, 'items': [good] * 301})
        self.assertFalse(self.group.contract_ids.signer_ids.placement_ids)

    def test_parts_that_cannot_be_read(self):
        for part, values in (
            ('state', {'state': 'done'}), ('task', None), ('task', {}), ('task', {'business_type': 'x'}),
            ('task', {'business_type': 1, 'deadline': '31.12.'}), ('parties', {}), ('parties', {'parties': [7]}),
            ('order', {}), ('order', {'sequential': True, 'orders': {'a': 1}}), ('places', {'contract': 'x'}),
        ):  # fmt: skip
            with self.subTest(part=part, values=values):
                self.refused('UNREADABLE', self.save, part, values)

    def test_faults_stand_at_their_places(self):
        draft = self.group._draft(self.me)
        self.assertEqual(
            {(fault['step'], fault['place']) for fault in draft['faults']},
            {('files', 'name'), ('files', 'files'), ('parties', 'parties')},
        )
        self.upload()
        draft = self.parties(self.carol.mobile)
        row = {**draft['parties'][0], 'contracts': []}
        draft = self.save('parties', {'parties': [row]})
        places = {fault['place'] for fault in draft['faults']}
        self.assertEqual(places, {f'party:{row["id"]}', f'file:{self.group.contract_ids.id}'})
