import base64
import io
import json
import zipfile

from odoo.tests import tagged

from odoo.addons.esign_base.tests.api.api_common import Refused, new_person

from .api_journey import ApiJourneyCase, far_day, still


@tagged('post_install', '-at_install')
class TestApi(ApiJourneyCase):
    """One table of calls, run by XML-RPC and by JSON-2, with the same answers."""

    def table(self, tag):
        """(method, arguments) of the main job; a text stands for what is done between the calls."""
        group = {'group': f'g{tag}'}
        return [
            ('sync_member', {'enterprise': f'e{tag}', 'person': f'p1{tag}', 'roles': ['administrator', 'seal_operator'],
                             'department': '人事部'}),
            ('grant_seal', {'enterprise': f'e{tag}', 'seal_kind': 'contract', 'operator': f'p1{tag}', 'silent': True,
                            'until': far_day(300)}),
            ('grant_seal', {'enterprise': f'e{tag}', 'seal_kind': 'contract', 'silent': True, 'until': far_day(300)}),
            ('templates', {}),
            ('create_group', self.group(tag, launch=False)),
            ('group', group),
            ('create_group', self.group(tag)),
            ('create_group', self.group(tag)),
            ('launch', group),
            ('evidence', group),
            'prepare',
            ('group', group),
            ('remind', group),
            ('extend', {**group, 'deadline': far_day(30)}),
            ('extend', {**group, 'deadline': far_day(30)}),
            ('extend', {**group, 'deadline': far_day(25)}),
            ('download', {**group, 'contract': 'c1'}),
            ('download', group),
            ('trace', group),
            ('revoke', {**group, 'reason': '职位取消'}),
            ('revoke', {**group, 'reason': '职位取消'}),
            ('group', group),
            ('download', group),
            ('launch', group),
            ('batch', {'ref': 'b'}),
            ('batch_status', {'batch': 'b'}),
        ]  # fmt: skip

    maxDiff = None

    def run_table(self, way, tag):
        """Everything that was answered, in order."""
        answers = []
        self.found_house(way, tag)
        for step in self.table(tag):
            if step == 'prepare':
                self.prepare(f'g{tag}')
                continue
            method, arguments = step
            told = json.dumps(self.told(way, method, arguments), ensure_ascii=False)
            answers.append(f'{method} {still(told.replace(tag, ""))}')
        return answers

    def test_both_ways_tell_the_same(self):  # R7.1
        by_xml, by_json = self.run_table(self.xmlrpc, '-by-xml'), self.run_table(self.json2, '-by-json')
        self.assertEqual(by_xml, by_json)
        codes = [text.partition(' ')[2][1:].partition(':')[0] for text in by_json]
        self.assertEqual(codes.count('ESIGN_INVALID'), 1, by_json)  # an earlier deadline
        self.assertEqual(codes.count('ESIGN_STATE'), 3, by_json)  # evidence of a running group, what a void one lacks
        self.assertEqual(codes.count('ESIGN_UNAVAILABLE'), 3, by_json)

    def test_a_launched_group(self):  # R7.1
        made = self.found_house(self.json2)
        answer = self.json2('create_group', self.group())
        self.assertEqual((answer['group'], answer['state']), ('g', 'preparing'))
        self.assertTrue(answer['number'])
        group = self.prepare('g')
        told = self.json2('group', {'group': 'g'})
        self.assertEqual(
            [(p['ref'], p['state']) for p in told['parties']], [('company', 'pending'), ('staff', 'waiting')]
        )
        self.assertEqual(told['parties'][1]['name'], made['p2']['name'])
        self.assertEqual(told['contracts'][0]['sha256'], group.contract_ids._newest().sha256)
        placements = group.contract_ids.signer_ids.placement_ids
        self.assertEqual(sorted(placements.mapped('kind')), ['cross_page', 'date', 'seal', 'seal'])
        keyword = placements.filtered(lambda one: one.seal_kind_id.code == 'name')
        self.assertEqual(keyword.page, 2)
        self.assertEqual(group.copy_ids.person_id.mobile, made['p1']['mobile'])

    def test_what_is_handed_out_is_genuine(self):  # R7.1
        self.found_house(self.json2)
        self.json2('create_group', self.group())
        self.prepare('g')
        content = self.json2('download', {'group': 'g', 'contract': 'c1'})['content']
        verdict = self.both('verify', {'content': content})
        self.assertEqual((verdict['verdict'], verdict['issued_here'], verdict['newest']), ('genuine', True, True))
        data = base64.b64decode(content)
        altered = data.replace(b'/Contents', b'/Kontents', 1)
        told = self.json2('verify', {'content': base64.b64encode(altered).decode()})
        self.assertNotEqual(told['verdict'], 'genuine')
        self.assertEqual(self.both('verify', {'content': self.file()})['verdict'], 'unsigned')
        self.assertRegex(self.both('verify', {'content': ''}), '^ESIGN_INVALID: content')
        told = self.both('verify', {'content': base64.b64encode(b'no pdf').decode()})
        self.assertEqual(told['verdict'], 'invalid')
        self.assertIn('不是 PDF 文件', told['reason'])

    def test_evidence_of_what_has_ended(self):  # R7.1
        self.found_house(self.json2)
        self.json2('create_group', self.group())
        self.prepare('g')
        self.json2('revoke', {'group': 'g', 'reason': '职位取消'})
        pack = self.json2('evidence', {'group': 'g'})
        names = zipfile.ZipFile(io.BytesIO(base64.b64decode(pack['content']))).namelist()
        self.assertTrue(any(name.endswith('.pdf') for name in names), names)
        self.assertTrue(self.json2('trace', {'group': 'g'})['valid'])

    def test_paths_name_what_is_wrong(self):  # R7.1
        self.found_house(self.json2)

        def told(change):
            arguments = self.group()
            change(arguments)
            return self.both('create_group', arguments)

        def place(arguments):
            return arguments['contracts'][0]['parties'][1]['placements']

        cases = {
            'contracts[0].parties[1].placements[1].page': lambda a: place(a)[1].update(page=9),
            'contracts[0].parties[1].placements[1].x': lambda a: place(a)[1].update(x='12'),
            'contracts[0].parties[1].placements[0].keyword': lambda a: place(a)[0].update(keyword='Nowhere'),
            'contracts[0].parties[1].placements[0].nth': lambda a: place(a)[0].update(nth=5),
            'contracts[0].parties[1].placements[0].page': lambda a: place(a)[0].update(page=1),
            'contracts[0].parties[1].placements[1]': lambda a: place(a)[1].update(x=500),
            'contracts[0].parties[1].placements[0].width': lambda a: place(a)[0].update(width=7),
            'contracts[0].parties[1].placements[0]': lambda a: place(a)[0].update(seal_kind='official'),
            'contracts[0].parties[1].placements': lambda a: place(a).clear(),
            'contracts[0].parties[0].ref': lambda a: a['contracts'][0]['parties'][0].update(ref='nobody'),
            'contracts[0].file': lambda a: a['contracts'][0].pop('file'),
            'contracts[0].parties[1]': lambda a: place(a).pop(0),
            'parties[1].person': lambda a: a['parties'][1].pop('person'),
            'parties[1].department': lambda a: a['parties'][1].update(department='人事部'),
            'parties[1].ref': lambda a: a['parties'][1].update(ref='company'),
            'deadline': lambda a: a.update(deadline='2020-01-01'),
        }
        for path, change in cases.items():
            with self.subTest(path):
                self.assertEqual(told(change).split(': ')[:2], ['ESIGN_INVALID', path])
        self.assertFalse(self.env['esign.api.reference'].search([('ref', '=', 'g')]), 'nothing is left of them')
        unknown = {
            'initiator': lambda a: a.update(initiator='x'),
            'contracts[0].file': lambda a: a['contracts'][0].update(file='x'),
            'parties[0].enterprise': lambda a: a['parties'][0].update(enterprise='x'),
            'parties[0].department': lambda a: a['parties'][0].update(department='x'),
            'cc[0]': lambda a: a.update(cc=['x']),
            'business_type': lambda a: a.update(business_type='x'),
        }
        for path, change in unknown.items():
            with self.subTest(path):
                self.assertEqual(told(change).split(': ')[:2], ['ESIGN_NOT_FOUND', path])

    def test_who_is_not_verified_signs_nothing(self):  # R7.1
        self.found_house(self.json2)
        self.json2('sync_person', {'ref': 'later', **new_person()})
        arguments = self.group()
        arguments['parties'][1]['person'] = 'later'
        self.assertEqual(self.both('create_group', arguments).split(': ')[:2], ['ESIGN_STATE', 'parties[1]'])
        draft = self.json2('create_group', {**arguments, 'launch': False})
        self.assertEqual(draft, {'group': 'g', 'number': '', 'state': 'draft'})

    def test_one_key_one_group(self):  # R7.1
        self.found_house(self.json2)
        first = self.both('create_group', self.group())
        with self.assertRaisesRegex(Refused, '^ESIGN_CONFLICT: ref'):
            self.json2('create_group', self.group(name='另一份合同'))
        self.assertEqual(self.json2('create_group', self.group()), first)
        group = self.our_group('g')
        self.assertEqual(group.search([('initiator_id', '=', group.initiator_id.id)]), group)

    def test_a_file_serves_several_groups(self):  # R7.1
        self.found_house(self.json2)
        self.json2('create_group', self.group())
        self.json2('create_group', self.group(ref='g2'))
        documents = self.our_group('g').contract_ids.document_id | self.our_group('g2').contract_ids.document_id
        self.assertEqual(len(documents), 2)

    def test_parties_may_choose_their_places(self):  # R7.1
        self.found_house(self.json2)
        arguments = self.group()
        for party in arguments['contracts'][0]['parties']:
            party['placements'] = []
        self.json2('create_group', arguments)
        self.assertFalse(self.our_group('g').contract_ids.placed)
