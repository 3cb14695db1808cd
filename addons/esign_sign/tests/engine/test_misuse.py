from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.esign_base.errors import CodeRefused, EsignError
from odoo.addons.esign_base.models.documents.esign_consent import ConsentMissing

from ..common import CODE, EngineCase


@tagged('-at_install', 'post_install')
class TestMisuse(EngineCase):
    """What must not be possible: no signature, no change of state, a reason."""

    # R3.4 R3.14
    def setUp(self):
        super().setUp()
        self.group = self.launch(self.group_draft([self.own, self.carol], sequential=True))
        self.party, self.second = self.group.party_ids
        self.me = self.identity(self.alice, self.own)
        self.revisions = self.group.contract_ids.document_id.revision_number

    def assert_nothing_signed(self):
        self.group.invalidate_recordset()
        self.assertEqual(self.group.contract_ids.document_id.revision_number, self.revisions)
        self.assertNotIn('signed', self.group.event_ids.mapped('kind'))

    def assert_refused(self, code, attempt):
        with self.assertRaises(EsignError) as refused:
            attempt()
        self.assertEqual(refused.exception.code, code)
        self.assert_nothing_signed()

    def consented(self):
        return self.consent(self.freeze(self.party, self.me), self.me)

    def test_another_tenant(self):
        for worn in (self.identity(self.bob, self.other), self.identity(self.alice), None):
            self.assert_refused('NOT_YOURS', lambda worn=worn: self.freeze(self.party, worn))

    def test_act_of_another_tenant(self):
        act = self.freeze(self.party, self.me)
        acts = self.env['esign.signing.act']
        for worn in (self.identity(self.bob, self.other), self.identity(self.alice), None):
            with self.subTest(worn and worn.key):
                self.assert_refused('NOT_YOURS', lambda worn=worn: act._ask_consent(worn))
                self.assert_refused('NOT_FOUND', lambda worn=worn: acts._room_act(worn, act.id))
                self.assertEqual(act._status(worn), {'state': 'unknown'})
        self.consent(act, self.me)
        self.assertEqual(act.state, 'consented')
        for worn in (self.identity(self.bob, self.other), self.identity(self.alice), None):
            self.assert_refused('NOT_YOURS', lambda worn=worn: act._confirm(worn, CODE))

    def test_key_of_another_tenant(self):
        """A request of somebody else, guessed or overheard, gives nothing away."""
        self.freeze(self.party, self.me, key='overheard')
        clerk = self.make_person('赵六')
        self.join(clerk, self.own, self.alice, roles={'seal_operator'})
        self.authorise(self.own, clerk)
        self.assert_refused('NOT_YOURS', lambda: self.freeze(self.party, self.identity(self.carol), key='overheard'))

    def test_contracts_of_another_group(self):
        foreign = self.launch(self.group_draft([self.own])).contract_ids
        mine = self.group.contract_ids
        for contracts in (foreign, mine | foreign, mine.browse()):
            self.assert_refused(
                'CONTRACTS', lambda wanted=contracts: self.freeze(self.party, self.me, contracts=wanted)
            )
        self.assertFalse(foreign.signer_ids.act_line_ids)

    def test_positions_of_another_party(self):
        """An act holds the positions of its own party, whoever's else are on the page."""
        act = self.freeze(self.party, self.me)
        own = self.party.signer_ids.placement_ids
        self.assertEqual([(one['x'], one['y']) for one in act.line_ids.items], [(one.x, one.y) for one in own])
        placement = self.second.signer_ids.placement_ids
        for user in (self.alice.user_id, self.carol.user_id, self.operator):
            with self.assertRaises(UserError):
                placement.with_user(user).write({'x': 1})

    def test_seal_of_another_tenant(self):
        foreign = self.env['esign.seal']._owned(self.other)[:1]
        acts = self.env['esign.signing.act']
        self.assert_refused(
            'NO_SEAL',
            lambda: acts._freeze(
                self.party, self.me, self.group.contract_ids, key='foreign', seals={foreign.kind_code: foreign.id}
            ),
        )

    def test_wrong_state(self):
        """Nothing is begun where nothing is to be signed any more, or not yet."""
        draft = self.group_draft([self.own])
        self.assert_refused('WRONG_STATE', lambda: self.freeze(draft.party_ids, self.me))
        self.group._revoke(self.me, '撤销')
        self.assert_refused('WRONG_STATE', lambda: self.freeze(self.party, self.me))

    def test_wrong_turn(self):
        self.assert_refused('NOT_YOUR_TURN', lambda: self.freeze(self.second, self.identity(self.carol)))

    def test_no_signature_without_consent(self):
        act = self.freeze(self.party, self.me)
        self.assert_refused('CONSENT_MISSING', act._perform)
        self.assert_refused('CONSENT_MISSING', lambda: act._confirm(self.me, CODE))

    def test_wrong_code(self):
        act = self.freeze(self.party, self.me)
        self.clear_limits()
        act._ask_consent(self.me)
        with self.assertRaises(CodeRefused):
            act._confirm(self.me, '000000')
        self.assert_nothing_signed()

    def test_code_of_another_act(self):
        act = self.freeze(self.party, self.me)
        self.clear_limits()
        act._ask_consent(self.me)
        other = self.freeze(self.party, self.me)
        self.assertEqual(act.state, 'cancelled', 'who begins anew gives up the former act')
        other.consent_id = act.consent_id
        self.assertRaises(EsignError, other._confirm, self.me, CODE)
        self.assert_nothing_signed()

    def test_consent_covers_exactly_one_digest(self):
        act = self.consented()
        with self.assertRaises(ConsentMissing):
            act.consent_id._require('00' * 32)

    def test_a_used_consent_signs_nothing_more(self):
        act = self.consented()
        act._perform()
        with self.assertRaises(ConsentMissing):
            act.consent_id._require(act.digest)

    def test_another_document_after_consent(self):
        act = self.consented()
        foreign = self.launch(self.group_draft([self.own])).contract_ids.prepared_id
        self.group.contract_ids.sudo().prepared_id = foreign
        self.assert_refused('CHANGED_AFTER_CONSENT', act._perform)

    def test_another_picture_after_consent(self):
        act = self.consented()
        seals = act.line_ids._seals()
        picture = self.env['esign.seal']._owned(self.other)[:1].artwork_id
        seals.sudo().artwork_id = picture
        self.assert_refused('CHANGED_AFTER_CONSENT', act._perform)

    def test_expired_after_consent(self):
        act = self.consented()
        with freeze_time(self.group.expires_at):
            self.assert_refused('EXPIRED', act._perform)
            self.assertTrue(self.group._expire())
            self.assertEqual((act.state, act.consent_id.state), ('cancelled', 'void'))
            self.assert_refused('CONSENT_MISSING', act._perform)
            self.assert_refused('WRONG_STATE', lambda: self.freeze(self.party, self.me))

    def test_frozen_person(self):
        act = self.consented()
        self.alice.sudo()._move('frozen')
        self.assert_refused('NOT_YOURS', act._perform)

    def test_changed_positions_after_consent(self):
        act = self.consented()
        self.group.contract_ids.signer_ids.placement_ids[:1].sudo().x += 1
        self.assert_refused('CHANGED_AFTER_CONSENT', act._perform)

    def test_changed_name_after_consent(self):
        act = self.consented()
        self.group.sudo().name = '另一份合同'
        self.assert_refused('CHANGED_AFTER_CONSENT', act._perform)

    def test_suspended_seal(self):
        act = self.consented()
        for seal in act.line_ids._seals():
            seal._suspend('停用')
        self.assertRaises(EsignError, act._perform)
        self.assert_nothing_signed()

    def test_revoked_certificate(self):
        act = self.consented()
        self.env['esign.certificate']._drop_of([self.own.uscc], 'key_compromise', 'x')
        self.assertRaises(EsignError, act._perform)
        self.assert_nothing_signed()

    def test_ended_authorisation(self):
        act = self.consented()
        grants = self.env['esign.seal.grant'].search([('enterprise_id', '=', self.own.id), ('state', '=', 'active')])
        for grant in grants:
            grant._cancel(self.alice.user_id, '收回')
        self.assert_refused('NO_SEAL', act._perform)

    def test_removed_operator(self):
        clerk = self.make_person('赵六')
        self.join(clerk, self.own, self.alice, roles={'seal_operator'})
        self.authorise(self.own, clerk)
        worn = self.identity(clerk, self.own)
        act = self.freeze(self.party, worn)
        self.clear_limits()
        act._ask_consent(worn)
        act._confirm(worn, CODE)
        self.own._member_of(clerk)._remove(self.alice.user_id, '离职')
        self.assert_refused('NOT_YOURS', act._perform)

    def test_ended_group(self):
        act = self.consented()
        self.group._revoke(self.me, '撤销')
        self.assertEqual(act.state, 'cancelled')
        self.assertRaises(EsignError, act._perform)
        self.assert_nothing_signed()

    def test_the_same_request_twice_is_one_act(self):
        act = self.freeze(self.party, self.me, key='one')
        self.assertEqual(self.freeze(self.party, self.me, key='one'), act)
        self.confirm(act, self.me)
        self.assertEqual(self.freeze(self.party, self.me, key='one'), act)
        act._confirm(self.me, CODE)
        act._perform()
        self.assertEqual(self.group.contract_ids.document_id.revision_number, self.revisions + 1)

    def test_a_finished_party_signs_no_more(self):
        self.sign(self.party, self.me)
        self.revisions += 1
        with self.assertRaises(EsignError) as refused:
            self.freeze(self.party, self.me)
        self.assertEqual(refused.exception.code, 'ALREADY')

    def test_placing_nonsense(self):
        group = self.launch(self.group_draft([self.carol], placed=False))
        worn, contract = self.identity(self.carol), group.contract_ids
        seal = self.env['esign.seal']._owned(self.carol)[:1]
        foreign = self.env['esign.seal']._owned(self.own)[:1]
        for item in (
            None,
            [],
            'seal',
            {'kind': 'seal'},
            {'kind': 'virus', 'seal': seal.id, 'page': 1, 'x': 1, 'y': 1},
            {'kind': 'seal', 'seal': seal.id, 'page': 0, 'x': 1, 'y': 1},
            {'kind': 'seal', 'seal': seal.id, 'page': 99, 'x': 1, 'y': 1},
            {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': -500, 'y': 1},
            {'kind': 'seal', 'seal': seal.id, 'page': 1, 'x': float('nan'), 'y': 1},
            {'kind': 'seal', 'seal': foreign.id, 'page': 1, 'x': 1, 'y': 1},
            {'kind': 'seal', 'seal': 10**9, 'page': 1, 'x': 1, 'y': 1},
            {'kind': 'date', 'page': 1, 'x': 1, 'y': 1, 'style': 'roman'},
        ):
            with self.subTest(str(item)), self.assertRaises(EsignError):
                self.freeze(group.party_ids, worn, items={contract.id: [item]})

    def test_portal_users_reach_nothing_directly(self):
        for model in (
            'esign.contract.group', 'esign.contract', 'esign.party', 'esign.contract.signer', 'esign.placement',
            'esign.copy', 'esign.frequent.party', 'esign.signing.act', 'esign.signing.act.line', 'esign.consent',
            'esign.document', 'esign.document.revision', 'esign.trace.chain', 'esign.trace.event',
            'esign.number.counter',
        ):  # fmt: skip
            for operation in ('read', 'write', 'create', 'unlink'):
                with self.subTest(f'{model} {operation}'), self.assertRaises(AccessError):
                    self.env[model].with_user(self.alice.user_id).check_access(operation)

    def test_staff_cannot_write_states(self):
        for record in (self.group, self.party, self.group.contract_ids, self.group.contract_ids.signer_ids[0]):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.operator).write({'state': 'draft'})
