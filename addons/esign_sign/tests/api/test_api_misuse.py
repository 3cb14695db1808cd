from odoo.tests import new_test_user, tagged

from odoo.addons.esign_base.errors import ApiRefused
from odoo.addons.esign_base.tests.api.api_common import new_person
from odoo.addons.esign_base.tools.api_values import Choice, Day, File, Flag, Items, Maybe, Number, Struct, Whole
from odoo.addons.esign_enterprise.tests.common import make_uscc

from .api_journey import ApiJourneyCase, far_day

METHODS = (
    'sync_person', 'sync_enterprise', 'sync_member', 'grant_seal', 'upload_file', 'templates', 'create_group', 'launch',
    'revoke', 'remind', 'extend', 'group', 'download', 'trace', 'evidence', 'verify', 'batch', 'batch_status',
)  # fmt: skip
# One value of each JSON type, and some that only look right.
ANYTHING = (
    None, True, 7, -1, 10**12, 1.5, '', ' ', 'x', 'x' * 70_000, '\x00', '\ud800', '\u202e\x1b', [], [None], ['x'], [[]],
    {}, {'x': 1}, {'ref': None}, '2026-13-40', '2026-1-1', '%', "'; --", '../../etc/passwd',
)  # fmt: skip
PATIENT = ('ESIGN_INVALID', 'ESIGN_NOT_FOUND', 'ESIGN_UNAVAILABLE', 'ESIGN_FILE', 'ESIGN_FORBIDDEN', 'ESIGN_CONFLICT')


def fitting(kind):
    """A value that a kind takes."""
    if isinstance(kind, Maybe):
        return fitting(kind.of)
    if isinstance(kind, Items):
        return [fitting(kind.of)] * kind.least
    if isinstance(kind, Struct):
        return {name: fitting(one) for name, (one, _default) in kind.fields.items()}
    if isinstance(kind, Whole | Number):
        return max(kind.least, 1)
    if isinstance(kind, Choice):
        return kind.values[0]
    return {Flag: False, Day: far_day(), File: 'eA=='}.get(type(kind), 'nothing')


@tagged('post_install', '-at_install')
class TestApiMisuse(ApiJourneyCase):
    """What a careless or hostile system sends changes nothing and is answered by a code."""

    def spec(self, method):
        return getattr(type(self.env['esign.api']), method).spec

    def methods(self):
        """Every remote method, whichever addon offers it."""
        model = type(self.env['esign.api'])
        return sorted(name for name in dir(model) if hasattr(getattr(model, name, None), 'spec'))

    def test_every_method_of_the_contract_is_there(self):  # R7.1
        self.assertEqual(set(METHODS) - set(self.methods()), set())

    def test_every_public_method_enters_by_the_door(self):  # R7.1
        """Whatever our addons add to the façade without a declaration is private."""
        model = type(self.env['esign.api'])
        added = {
            name
            for owner in model.__mro__
            if owner.__module__.startswith('odoo.addons.esign_')
            for name, value in vars(owner).items()
            if callable(value) and not name.startswith('_')
        }
        self.assertEqual(added, set(self.methods()))

    def test_wrong_values_for_every_argument(self):  # R7.1
        """Generated from the signatures: each argument gets each value while the others fit."""
        asked = 0
        for method in self.methods():
            fields = self.spec(method).arguments.fields
            good = {name: fitting(kind) for name, (kind, _default) in fields.items()}
            for name in fields:
                for value in ANYTHING:
                    with self.subTest(method=method, argument=name, value=repr(value)[:40]):
                        told = self.call_here(method, {**good, name: value})
                        asked += 1
                        if isinstance(told, str):
                            self.assertIn(told.partition(':')[0], PATIENT, told)
                        else:
                            self.assertNotIn(None, told.values())
        self.assertGreater(asked, 1000)

    def call_here(self, method, arguments):
        """The call without HTTP (a thousand of them): the same entry, rolled back."""
        with self.env.cr.savepoint() as savepoint:
            try:
                return getattr(self.env['esign.api'].with_user(self.system), method)(**arguments)
            except ApiRefused as refused:
                return str(refused)
            finally:
                savepoint.rollback()

    def test_wrong_values_over_the_wire(self):  # R7.1
        for method, arguments in (
            ('sync_person', {'ref': 'a\u0001b'}),
            ('sync_person', {'ref': ['x']}),
            ('create_group', {'ref': 'x', 'contracts': {}}),
            ('create_group', {**self.group(), 'contracts': [{}] * 500}),
            ('create_group', {**self.group(), 'parties': 'company'}),
            ('group', {'group': {'id': 1}}),
            ('group', {'group': 'x', 'self': 1}),
            ('verify', {'content': '%%%'}),
            ('upload_file', {'ref': 'x', 'name': 'x.pdf', 'content': 'AAAA' * 4_000_000}),
        ):
            with self.subTest(method):
                if 'self' in arguments:
                    continue  # a word of the language that JSON-2 itself stumbles over
                if arguments.get('ref') == 'a\u0001b':
                    self.assertRegex(self.told(self.json2, method, arguments), '^ESIGN_INVALID: ref')
                    continue  # XML has no such characters
                self.assertRegex(self.both(method, arguments), '^ESIGN_(INVALID|FILE|NOT_FOUND): ')

    def test_other_systems_see_and_touch_nothing(self):  # R7.1
        self.found_house(self.json2)
        self.json2('create_group', self.group())
        self.prepare('g')
        before = self.our_group('g').state
        groups = 'esign_base.group_esign_integration,esign_base.group_esign_vouch'
        self.use_system(new_test_user(self.env, 'api_other', groups=groups))
        group = {'group': 'g'}
        for method, arguments in (
            ('group', group), ('launch', group), ('revoke', {**group, 'reason': 'x'}), ('remind', group),
            ('extend', {**group, 'deadline': far_day(40)}), ('download', group), ('trace', group), ('evidence', group),
            ('grant_seal', {'enterprise': 'e', 'seal_kind': 'contract'}),
            ('sync_member', {'enterprise': 'e', 'person': 'p1', 'roles': ['member']}),
            ('create_group', self.group()),
        ):  # fmt: skip
            with self.subTest(method):
                theirs = self.both(method, arguments)
                self.assertRegex(theirs, '^ESIGN_NOT_FOUND: ')
                nobodys = {name: 'zz' if value in ('g', 'e') else value for name, value in arguments.items()}
                if method not in ('create_group', 'sync_member'):
                    self.assertEqual(
                        self.told(self.json2, method, nobodys), theirs.replace('“g”', '“zz”').replace('“e”', '“zz”')
                    )
        self.use_system()
        self.assertEqual(self.our_group('g').state, before)

    def test_a_known_enterprise_may_only_be_named(self):  # R7.1
        """Another system that knows name and code of an enterprise gets no power over it."""
        self.found_house(self.json2)
        enterprise = self.env['esign.api.reference'].search([('ref', '=', 'e')], limit=1)._record()
        groups = 'esign_base.group_esign_integration,esign_base.group_esign_vouch'
        self.use_system(new_test_user(self.env, 'api_other', groups=groups))
        self.json2('sync_person', {'ref': 'p1', **new_person(), 'verified': True})
        said = {
            'ref': 'e', 'name': enterprise.name, 'uscc': enterprise.uscc, 'kind': 'internal', 'administrator': 'p1',
            'verified': True,
        }  # fmt: skip
        self.assertEqual(self.json2('sync_enterprise', said)['state'], 'verified')
        for method, arguments in (
            ('grant_seal', {'enterprise': 'e', 'seal_kind': 'contract', 'silent': True}),
            ('sync_member', {'enterprise': 'e', 'person': 'p1', 'roles': ['administrator']}),
            ('create_group', {**self.group(), 'parties': self.group()['parties'][:1], 'cc': []}),
        ):
            self.assertRegex(self.both(method, arguments), '^ESIGN_(FORBIDDEN|NOT_FOUND): ')
        self.assertRegex(self.both('sync_enterprise', {**said, 'ref': 'e2', 'name': '别的有限公司'}), '^ESIGN_CONFLICT')
        self.assertEqual(len(enterprise._administrators()), 1)

    def test_without_the_right_to_vouch_people_decide(self):  # R7.1
        self.use_system(new_test_user(self.env, 'api_plain', groups='esign_base.group_esign_integration'))
        persons = self.env['esign.person']
        for ref, name in (('boss', '冯老板'), ('hand', '陈经办')):
            said = new_person(name)
            self.assertEqual(self.both('sync_person', {'ref': ref, **said})['state'], 'draft')
            persons |= self.env['esign.person'].search([('mobile', '=', said['mobile'])])
        number = int(persons[0].mobile[4:]) + 41_000_000
        said = {
            'ref': 'e', 'name': f'苏州自证{number}有限公司', 'uscc': make_uscc(number), 'administrator': 'boss',
        }  # fmt: skip
        self.assertRegex(self.both('sync_enterprise', {**said, 'uscc': said['uscc'][:17]}), '^ESIGN_INVALID: uscc')
        self.assertRegex(self.both('sync_enterprise', said), '^ESIGN_STATE: ')
        for person, name in zip(persons, ('冯老板', '陈经办'), strict=True):
            person._move('verified', name=name)
        self.assertEqual(self.both('sync_enterprise', said), {'ref': 'e', 'state': 'draft', 'seals': []})
        self.assertRegex(self.both('sync_enterprise', {**said, 'verified': True}), '^ESIGN_FORBIDDEN: verified')
        self.assertRegex(self.both('grant_seal', {'enterprise': 'e', 'seal_kind': 'contract'}), '^ESIGN_NOT_FOUND: ')
        certification = persons[0].env['esign.enterprise.certification'].search([('uscc', '=', said['uscc'])])
        self.assertEqual((certification.state, certification.person_id), ('draft', persons[0]))
        enterprise = certification._vouch()
        answer = self.both('sync_enterprise', said)
        self.assertEqual(answer['state'], 'verified')
        self.assertEqual({seal['kind'] for seal in answer['seals']}, {'official', 'contract'})
        member = {'enterprise': 'e', 'person': 'hand', 'roles': ['seal_operator']}
        self.assertEqual(self.both('sync_member', member), {'state': 'pending'})
        self.assertFalse(enterprise._member_of(persons[1]))
        self.join_approved(enterprise, persons)
        self.assertEqual(self.both('sync_member', member), {'state': 'active'})
        grant = self.both('grant_seal', {'enterprise': 'e', 'seal_kind': 'contract', 'silent': True})
        self.assertEqual(grant['state'], 'pending')
        found = self.env['esign.seal.grant'].search([('reference', '=', grant['grant'])])
        self.assertFalse(found.confirmed_by)

    def join_approved(self, enterprise, persons):
        """The administrator admits whoever applied."""
        application = self.env['esign.enterprise.join'].search([('enterprise_id', '=', enterprise.id)])
        self.assertEqual(application.person_id, persons[1])
        application._approve(persons[0].user_id, ['seal_operator'])
