import json
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.models.documents import esign_witness
from odoo.addons.esign_base.tests.common import REFUSED_BY_DATABASE, as_owner, rehash
from odoo.addons.esign_base.tools import proofs, witness
from odoo.addons.esign_base.tools.trace_faults import FAULTS

from ..common import EngineCase

ALARM = 'odoo.addons.esign_base.models.documents.esign_trace_chain'
CHAIN, EVENT, HEAD, STAMP, CONSENT = (
    'esign_trace_chain', 'esign_trace_event', 'esign_trace_head', 'esign_trace_stamp', 'esign_consent'
)  # fmt: skip


class RewritingCase(EngineCase):
    """A contract signed by one of two parties, its witness log in a folder of the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        log = patch.object(
            type(cls.env['esign.witness']), '_log', lambda _self: witness.WitnessLog([cls.folder], 'test', 'one')
        )
        log.start()
        cls.addClassCleanup(log.stop)
        cls.group = cls.launch(cls.group_draft([cls.own, cls.carol]))
        cls.chain, cls.contract = cls.group.chain_id, cls.group.contract_ids

    def setUp(self):
        super().setUp()
        for path in self.folder.rglob('*.jsonl'):
            path.unlink()
        self.act = self.sign(self.group.party_ids[0], self.identity(self.alice, self.own))
        self.env.flush_all()
        self.env.invalidate_all()

    def bear_witness(self):
        """What happens after a commit, which a test has not."""
        heads = self.env['esign.trace.head'].search([('chain_id', '=', self.chain.id)], order='id')
        esign_witness._write(self.env['esign.witness']._log(), [json.loads(one.statement) for one in heads])

    def faults(self):
        self.env.invalidate_all()
        return [fault.code for fault in self.chain._faults()]

    def assert_found(self, *codes):
        found = self.faults()
        for code in codes:
            self.assertIn(code, found)
        told = self.env['esign.evidence']._faults(self.contract.document_id)
        self.assertLessEqual(set(codes), set(told))
        chain = self.chain.with_context(lang='zh_CN')
        with mute_logger('odoo.addons.esign_verify.models.esign_trace_check'):
            self.assertFalse(chain._note_check())
        self.assertIn(chain.env._(FAULTS[codes[0]]), chain.check_note)


@tagged('-at_install', 'post_install')
class TestRewriting(RewritingCase):
    """Whatever the owner of the tables does with the triggers switched off is found, and named."""

    # R3.4 R3.10 R8.3

    def test_nothing_is_wrong_with_what_was_signed(self):
        self.bear_witness()
        self.assertEqual(self.faults(), [])
        kinds = self.chain.head_ids.sorted('rank').mapped('kind')
        self.assertEqual(kinds, ['consent_given', 'signed', 'stamped'])
        self.assertEqual(self.chain.stamped_length, self.chain.length)
        told = json.loads(self.act.consent_id.record)
        self.assertEqual((told['method'], told['history']['trace']), ('sms', self.chain.key))
        self.assertNotIn('246810', self.act.consent_id.record)
        self.assertEqual(self.env['esign.evidence']._faults(self.contract.document_id), ())

    def test_a_whole_chain_rehashed_and_its_stamps_deleted(self):
        with as_owner(self.env, EVENT, STAMP, CHAIN) as rewrite:
            rehash(self.env, self.chain, lambda _event, payload: payload.update(note='x') or {'note': 'x'}, rewrite)
            rewrite('DELETE FROM esign_trace_stamp WHERE chain_id = %s', self.chain.id)
            rewrite('UPDATE esign_trace_chain SET stamped_length = 0 WHERE id = %s', self.chain.id)
        self.assert_found('head_differs', 'history_differs')

    def test_a_whole_chain_rehashed_with_its_heads_deleted_as_well(self):
        self.bear_witness()
        with as_owner(self.env, EVENT, STAMP, CHAIN, HEAD) as rewrite:
            rehash(self.env, self.chain, lambda _event, payload: payload.update(note='x') or {'note': 'x'}, rewrite)
            rewrite('DELETE FROM esign_trace_stamp WHERE chain_id = %s', self.chain.id)
            rewrite('DELETE FROM esign_trace_head WHERE chain_id = %s', self.chain.id)
            rewrite('UPDATE esign_trace_chain SET stamped_length = 0 WHERE id = %s', self.chain.id)
        self.assert_found('head_missing', 'history_differs')
        with self.assertRaisesRegex(Exception, 'witness log knows another'):
            found = {one.number: one.digest for one in self.chain.event_ids}
            self.env['esign.witness']._compare(self.chain.key, found)

    def test_a_signed_event_rewritten(self):
        def other(event, payload):
            if event.kind != 'signed':
                return None
            payload['actor'] = '李四'
            return {'actor': '李四'}

        with as_owner(self.env, EVENT, STAMP, CHAIN, HEAD) as rewrite:
            rehash(self.env, self.chain, other, rewrite)
            rewrite('DELETE FROM esign_trace_stamp WHERE chain_id = %s', self.chain.id)
            rewrite('UPDATE esign_trace_chain SET stamped_length = 0 WHERE id = %s', self.chain.id)
            rewrite("DELETE FROM esign_trace_head WHERE chain_id = %s AND kind = 'stamped'", self.chain.id)
        self.assert_found('head_differs')

    def test_a_tail_cut_together_with_its_heads(self):
        self.bear_witness()
        keep = self.chain.event_ids.filtered(lambda one: one.kind == 'consent_given').number
        head = self.chain.event_ids.filtered(lambda one: one.number == keep).digest
        with as_owner(self.env, EVENT, STAMP, CHAIN, HEAD) as rewrite:
            for table in (STAMP, HEAD, EVENT):
                rewrite(f'DELETE FROM {table} WHERE chain_id = %s AND number > %s', self.chain.id, keep)
            rewrite(
                'UPDATE esign_trace_chain SET length = %s, head = %s, stamped_length = 0 WHERE id = %s',
                keep, head, self.chain.id,
            )  # fmt: skip
        self.assert_found('witness_cut', 'signature_untraced')

    def test_a_used_consent_edited(self):
        for column, value in (
            ('digest', 'ab' * 32), ('person_id', self.bob.id), ('given_at', '2020-01-01'), ('method', 'silent'),
            ('reference', 'x,1'), ('record', '{}'), ('record_sha256', 'ab' * 32), ('address', '127.9.9.9'),
        ):  # fmt: skip
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                with as_owner(self.env, CONSENT) as rewrite:
                    rewrite(f'UPDATE esign_consent SET {column} = %s WHERE id = %s', value, self.act.consent_id.id)
                self.assert_found('consent_edited')
                savepoint.rollback()
            self.env.invalidate_all()
        with as_owner(self.env, CONSENT) as rewrite:
            rewrite('UPDATE esign_consent SET proof = NULL WHERE id = %s', self.act.consent_id.id)
        self.assert_found('consent_unproven')

    def test_stamps_deleted_and_their_length_lowered(self):
        with as_owner(self.env, STAMP, CHAIN) as rewrite:
            rewrite('DELETE FROM esign_trace_stamp WHERE chain_id = %s', self.chain.id)
            rewrite('UPDATE esign_trace_chain SET stamped_length = 0 WHERE id = %s', self.chain.id)
        self.assert_found('stamp_missing')

    def test_heads_that_the_owner_made_himself(self):
        with as_owner(self.env, HEAD) as rewrite:
            rewrite(
                "UPDATE esign_trace_head SET proof = 'v1.k1.' || repeat('0', 64) WHERE chain_id = %s", self.chain.id
            )
        self.assert_found('head_forged')

    def test_a_whole_trace_removed(self):
        self.bear_witness()
        self.assertEqual(self.env['esign.witness']._missing(), ([], 0))
        key, consent = self.chain.key, self.act.consent_id.record_sha256
        with as_owner(self.env, CHAIN) as rewrite:
            rewrite("UPDATE esign_trace_chain SET key = 'gone,1' WHERE id = %s", self.chain.id)
        gone, damaged = self.env['esign.witness']._missing()
        self.assertEqual((gone, damaged), ([key], 0))
        self.assertEqual(self.env['esign.witness']._knows_consent(consent), key)


@tagged('-at_install', 'post_install')
class TestProofOfConsent(RewritingCase):
    """Nothing signs, and nothing is believed, that was not consented to by a code."""

    # R3.4

    def setUp(self):
        super().setUp()
        self.party = self.group.party_ids[1]
        self.me = self.identity(self.carol)

    def refused(self, act, code):
        with self.assertRaises(EsignError) as error, self.env.cr.savepoint():
            act._perform()
        self.assertEqual(error.exception.code, code)
        self.assertEqual(self.party.state, 'pending')

    def inserted(self, act, **values):
        """A consent as somebody with the database in his hands would write it."""
        self.env.flush_all()
        row = {
            'person_id': act.person_id.id, 'method': 'sms', 'reference': f'{act._name},{act.id}',
            'digest': act.digest, 'state': 'given', 'record': '{}', 'record_sha256': 'ab' * 32,
            'proof': 'v1.k1.' + '0' * 64, 'given_at': fields.Datetime.now(), **values,
        }  # fmt: skip
        cr = self.env.cr
        names = ', '.join(row)
        cr.execute(f'INSERT INTO esign_consent ({names}) VALUES %s RETURNING id', [tuple(row.values())])
        (consent,) = cr.fetchone()
        cr.execute("UPDATE esign_signing_act SET consent_id = %s, state = 'consented' WHERE id = %s", [consent, act.id])
        self.env.invalidate_all()

    def test_a_consent_inserted_by_sql_signs_nothing(self):
        for values in ({}, {'proof': None}, {'record': None, 'record_sha256': None, 'proof': None}):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                act = self.freeze(self.party, self.me)
                self.inserted(act, **values)
                self.refused(act, 'CONSENT_UNPROVEN')
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_clock_fails_it_and_tells_staff(self):
        act = self.freeze(self.party, self.me)
        self.inserted(act)
        try:
            act._perform()
        except EsignError as error:
            with mute_logger(ALARM):
                act._note_failure(error)
        self.assertEqual(act.state, 'failed')
        self.assertEqual(self.chain.check_result, 'broken')
        self.assertIn(str(act.id), self.chain.check_note)

    def test_the_proof_of_another_act(self):
        """Rows are copied with their proofs: the proof is over the row's own number."""
        mine, act = self.act.consent_id, self.freeze(self.party, self.me)
        self.inserted(act, record=mine.record, record_sha256=mine.record_sha256, proof=mine.proof)
        self.refused(act, 'CONSENT_UNPROVEN')

    def test_a_proof_without_its_event(self):
        act = self.freeze(self.party, self.me)
        self.clear_limits()
        act._ask_consent(self.me)
        act.consent_id._give('246810', act.group_id._trace_head())
        act._move('consented')
        self.refused(act, 'CONSENT_UNTRACED')

    def test_methods_of_models_prove_nothing(self):
        """What a server action could call, with whatever it likes."""
        act = self.freeze(self.party, self.me)
        self.clear_limits()
        act._ask_consent(self.me)
        consent, codes = act.consent_id, self.env['esign.otp'].sudo()
        self.assertFalse(hasattr(consent, '_given'))
        self.assertFalse(hasattr(codes, '_code_hash'))
        number = self.carol.mobile
        made_up = codes.create(
            {
                'purpose': 'esign.consent',
                'number_hash': codes._hash(number),
                'subject_hash': codes._hash(act.digest),
                'code_hash': codes._hash('\x1f'.join(('esign.consent', number, act.digest, '111111'))),
                'expires_at': fields.Datetime.add(fields.Datetime.now(), hours=1),
            }
        )
        self.env.flush_all()
        for statement in (consent._statement(fields.Datetime.now(), None), {'digest': act.digest}):
            with self.assertRaises(EsignError), self.env.cr.savepoint():
                codes._prove('esign.consent', number, '111111', act.digest, statement)
        made_up.open = False
        with self.assertRaises(EsignError), self.env.cr.savepoint():
            self.env['esign.consent']._by_authority(
                self.carol, act.digest, f'{act._name},{act.id}', 'x', [proofs.Proven(b'{}', 'v1.k1.' + '0' * 64)]
            )

    def test_a_code_that_went_to_another_number(self):
        """A true code of another telephone states that number, and does not count for this person."""
        act = self.freeze(self.party, self.me)
        self.clear_limits()
        act._ask_consent(self.me)
        consent, codes, now = act.consent_id, self.env['esign.otp'], fields.Datetime.now()
        self.clear_limits()
        codes._issue('esign.consent', '13899990000', act.digest)
        statement = consent._statement(now, act.group_id._trace_head())
        proven = codes._prove('esign.consent', '13899990000', '246810', act.digest, statement)
        consent._keep(now, proven)
        act._move('consented')
        self.group._trace('consent_given', identity=self.me, consent=consent.record_sha256, data={'act': act.id})
        self.refused(act, 'CONSENT_UNPROVEN')

    def test_a_used_consent_is_not_edited(self):
        consent = self.act.consent_id.sudo()
        for values in ({'digest': 'ab' * 32}, {'proof': 'x'}, {'given_at': '2020-01-01'}, {'record': '{}'}):
            with self.subTest(values), self.assertRaises(EsignError), self.env.cr.savepoint():
                consent.write(values)
        with self.assertRaisesRegex(*REFUSED_BY_DATABASE), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            consent.state = 'given'
            self.env.flush_all()
        with self.assertRaises(EsignError):
            consent.unlink()
        for statement in (
            "UPDATE esign_consent SET digest = 'x'", "UPDATE esign_consent SET state = 'given'",
            'UPDATE esign_consent SET proof = NULL', 'DELETE FROM esign_consent',
        ):  # fmt: skip
            with (
                self.subTest(statement),
                self.assertRaisesRegex(*REFUSED_BY_DATABASE),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(f'{statement} WHERE id = {consent.id}')

    def test_a_silent_authorisation_made_by_sql(self):
        """An authorisation whose row says more than was put into force proves nothing."""
        seal = self.env['esign.seal'].search([('enterprise_id', '=', self.other.id), ('kind_code', '=', 'official')])
        member = self.other._member_of(self.bob)
        grant = self.env['esign.seal.grant']._propose(seal, self.bob.user_id, member, silent=True)
        group = self.launch(self.group_draft([self.other]))
        self.env.flush_all()
        for change in ("warrant_proof = 'v1.k1.0'", 'warrant = NULL', "date_from = '2020-01-01'"):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(f'UPDATE esign_seal_grant SET {change} WHERE id = {grant.id}')
                self.env.invalidate_all()
                with self.assertRaises(EsignError) as error, self.env.cr.savepoint():
                    group.party_ids._auto_sign(self.env.ref('base.user_admin'))
                self.assertEqual(error.exception.code, 'CONSENT_UNPROVEN')
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(group.party_ids._auto_sign(self.env.ref('base.user_admin'))._perform().state, 'done')
        self.assertEqual([fault.code for fault in group.chain_id._faults()], [])


@tagged('-at_install', 'post_install')
class TestRowsAndTrace(RewritingCase):
    """What pages and papers show of a contract is what its trace tells, or it is said that it differs."""

    # R3.4 R3.10 R8.3

    def edited(self, table, column, value, record):
        """What the page and the check say after one value was edited by SQL; the edit is undone."""
        with self.subTest(f'{table}.{column}'), self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(f'ALTER TABLE {table} DISABLE TRIGGER USER')
            self.env.cr.execute(f'UPDATE {table} SET {column} = %s WHERE id = %s', [value, record.id])
            self.env.invalidate_all()
            self.assert_found('facts_differ')
            self.assertIn(f'{record._name},{record.id} {column.strip(chr(34))}', self.chain.check_note)
            savepoint.rollback()
        self.env.invalidate_all()

    def test_rows_of_the_contract(self):
        group, party, long_ago = self.group, self.group.party_ids[0], '2020-01-01'
        for column, value in (
            ('name', '另一份合同'), ('number', 'X1'), ('state', 'done'), ('state', 'pending'),
            ('deadline', '2099-01-01'),
            ('launched_at', long_ago), ('initiator_id', self.other.id), ('initiated_by', self.bob.id),
        ):  # fmt: skip
            self.edited('esign_contract_group', column, value, group)
        for column, value in (
            ('name', '冒名者'), ('state', 'pending'), ('order', 7), ('enterprise_id', self.other.id)
        ):  # fmt: skip
            self.edited('esign_party', f'"{column}"' if column == 'order' else column, value, party)

    def test_rows_of_persons_files_and_acts(self):
        carol = self.group.party_ids[1]
        self.edited('esign_party', 'person_id', self.bob.id, carol)
        self.edited('esign_party', 'state', 'signed', carol)
        self.edited('esign_contract', 'name', '另一份.pdf', self.contract)
        for column, value in (
            ('done_at', '2020-01-01'), ('party_id', carol.id), ('identity_key', f'person:{self.bob.id}'),
            ('identity_key', f'enterprise:{self.other.id}'),
        ):  # fmt: skip
            self.edited('esign_signing_act', column, value, self.act)

    def test_a_contract_that_points_to_another_file(self):
        document = self.contract.document_id
        other = self.launch(self.group_draft([self.carol])).contract_ids.document_id
        self.env.flush_all()
        self.env.cr.execute('UPDATE esign_contract SET document_id = %s WHERE id = %s', [other.id, self.contract.id])
        self.env.invalidate_all()
        self.assertIn('facts_differ', self.faults())
        self.assertIn('facts_differ', self.env['esign.evidence']._faults(document))

    def test_a_contract_that_points_to_another_trace(self):
        other = self.launch(self.group_draft([self.carol]))
        self.env.flush_all()
        for chain in (other.chain_id.id, None):
            with self.subTest(chain), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    'UPDATE esign_contract_group SET chain_id = %s WHERE id = %s', [chain, self.group.id]
                )
                self.assertIn('facts_differ', self.faults())
                if chain:
                    self.assertIn('facts_differ', [fault.code for fault in other.chain_id._faults()])
                savepoint.rollback()
            self.env.invalidate_all()

    def test_ends(self):
        """Each way in which a contract ends is sound, and no other end passes for it."""
        self.sign(self.group.party_ids[1], self.identity(self.carol))
        refused = self.launch(self.group_draft([self.carol, self.other]))
        refused.party_ids[0]._refuse(self.identity(self.carol), '价格不对')
        revoked = self.launch(self.group_draft([self.carol, self.other]))
        revoked._extend(self.identity(self.alice, self.own), revoked.deadline + timedelta(days=1))
        revoked._revoke(self.identity(self.alice, self.own), '不需要了')
        self.env.flush_all()
        for group in (self.group, refused, revoked):
            self.env.invalidate_all()
            self.assertEqual([str(fault.details) for fault in group.chain_id._faults()], [])
            for column, value in (('state', 'expired'), ('ended_at', '2020-01-01'), ('reason', '另有原因')):
                with self.subTest(state=group.state, column=column), self.env.cr.savepoint() as savepoint:
                    self.env.cr.execute(
                        f'UPDATE esign_contract_group SET {column} = %s WHERE id = %s', [value, group.id]
                    )
                    self.env.invalidate_all()
                    self.assertEqual([fault.code for fault in group.chain_id._faults()], ['facts_differ'])
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_a_new_name_of_a_person_changes_no_paper(self):
        """People are renamed rightly: nothing is wrong then, and papers call them as they were called."""
        self.sign(self.group.party_ids[1], self.identity(self.carol))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE esign_person SET name = '王新名', id_number_masked = 'X' WHERE id = %s", [self.carol.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.faults(), [])
        told = self.env['esign.evidence']._case(self.chain).parties[1]
        self.assertEqual((told.name, told.acts[0].operator, told.verifications[0][0]), ('王五', '王五', '王五'))
        self.assertNotIn('X', told.identity)

    def test_a_new_name_while_the_files_are_prepared(self):
        group = self.group_draft([self.carol])
        with patch.object(type(group), '_prepare_later'):
            self.launch(group)
        self.assertEqual((group.state, group.party_ids.state), ('preparing', 'draft'))
        self.carol.sudo().name = '王新名'
        self.env.flush_all()
        self.assertEqual(group.party_ids.name, '王五')
        self.assertEqual(group.chain_id._faults(), [])
