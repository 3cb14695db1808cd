import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...models.documents import esign_witness
from ...signing.errors import TraceBroken
from ...tools import proofs, witness

KEY = 'test,1'


def facts(rank, **more):
    return {
        'trace': KEY,
        'rank': rank,
        'number': rank,
        'head': f'{rank:064x}',
        'kind': 'signed',
        'consent': None,
        **more,
    }


@tagged('-at_install', 'post_install')
class TestWitness(TransactionCase):
    """The log outside of the database: whatever is taken from it, or changed, is seen."""

    # R3.10 R8.3

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        folder, copy = tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(copy.cleanup)
        self.roots = [Path(folder.name), Path(copy.name)]
        self.log = witness.WitnessLog(self.roots, 'data/base', 'node one')
        self.startPatcher(patch.object(type(self.env['esign.witness']), '_log', lambda _self: self.log))

    def files(self, root=0):
        return sorted(self.roots[root].rglob('*.jsonl'))

    def state(self):
        """(readable, sound, follows) of every line."""
        return [(line is not None, bool(line and line.sound), bool(line and line.follows))
                for _path, line in self.log.everything()]  # fmt: skip

    def test_lines_are_found_by_what_they_are_about(self):
        self.log.append(KEY, [facts(1), facts(2)])
        self.log.append('test,11', [facts(1, trace='test,11')])
        other = witness.WitnessLog(self.roots, 'data/base', 'two')
        other.append(KEY, [facts(3)])
        self.assertEqual(sorted(one['rank'] for one in self.log.about(KEY)), [1, 1, 2, 2, 3, 3])  # in two places
        self.assertEqual(set(self.state()), {(True, True, True)})
        self.assertEqual(self.files()[0].stat().st_mode & 0o777, 0o600)
        self.assertNotIn('data/base', str(self.files()[0]))

    def test_changed_and_removed_lines_are_seen(self):
        self.log.append(KEY, [facts(1), facts(2), facts(3)])
        (path,) = self.files()
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        for damaged, seen in (
            (whole.replace(b'"number":2', b'"number":9'), (True, False, True)),
            (lines[0] + lines[2], (True, True, False)),
            (lines[1] + lines[2], (True, True, False)),
            (lines[0] + b'{"torn\n' + lines[1], (False, False, False)),
        ):
            path.write_bytes(damaged)
            self.assertIn(seen, self.state())
        self.assertEqual({one['rank'] for one in self.log.about(KEY)}, {1, 2, 3}, 'the copy knows all')
        path.write_bytes(whole[:-20])  # the machine stopped
        self.log.append(KEY, [facts(4)])
        here = witness.WitnessLog(self.roots[:1], 'data/base', 'node one')
        self.assertEqual([one['rank'] for one in here.about(KEY)], [1, 2, 4])

    def test_what_was_committed_is_written_once(self):
        chain = self.env['esign.trace.chain']._of_key(KEY)
        for _one in range(2):
            chain._append('signed', actor='张三', consent='ab' * 32)
        chain._append('consent_given', actor='张三', consent='cd' * 32)
        self.env.flush_all()
        self.env.cr.execute("UPDATE esign_trace_chain SET check_note = 'x'")
        with patch.object(esign_witness, 'SETTLED_SECONDS', -3600):
            for _run in range(2):
                self.env['esign.witness']._cron_catch_up()
        found = list(self.log.about(KEY))
        self.assertEqual(sorted(one['rank'] for one in found), [1, 1, 2, 2, 3, 3])
        self.assertEqual(self.env['esign.witness']._knows_consent('cd' * 32), KEY)
        self.assertEqual(self.env['esign.witness']._knows_consent('ef' * 32), '')
        self.assertEqual(chain._faults(tokens=False), [])

    def test_the_log_may_know_more_than_the_transaction(self):
        """A check sees the database as it was when it began, and the log as it is."""
        chain = self.env['esign.trace.chain']._of_key(KEY)
        first, second = chain._append('signed'), chain._append('signed')
        self.env.flush_all()
        heads = self.env['esign.trace.head'].search([('chain_id', '=', chain.id)], order='rank')
        self.log.append(KEY, [json.loads(one.statement) for one in heads])
        compare = self.env['esign.witness']._compare
        compare(KEY, {first.number: first.digest})
        self.log.append(KEY, [facts(3)])
        with self.assertRaises(TraceBroken) as raised:
            compare(KEY, {first.number: first.digest, second.number: second.digest})
        self.assertEqual(raised.exception.code, 'witness_cut')

    def test_a_log_that_cannot_be_written_is_told(self):
        broken = witness.WitnessLog([Path('/dev/null')], 'x', 'y')
        self.env['esign.trace.chain']._of_key(KEY)._append('signed')
        head = self.env['esign.trace.head'].search([], limit=1, order='id desc')
        with self.assertLogs('odoo.addons.esign_base.models.documents.esign_witness', 'ERROR'):
            esign_witness._write_kindly(_Registry(self.env.cr), broken, [head.id])

    def test_only_what_was_committed_is_told(self):
        """A head that was rolled back to a savepoint is not witnessed."""
        chain = self.env['esign.trace.chain']._of_key(KEY)
        with self.env.cr.savepoint() as savepoint:
            chain._append('signed')
            lost = self.env['esign.trace.head'].search([('chain_id', '=', chain.id)]).id
            savepoint.rollback()
        esign_witness._write_kindly(_Registry(self.env.cr), self.log, [lost])
        self.assertEqual(list(self.log.about(KEY)), [])

    def test_the_places_are_named_by_the_environment(self):
        with patch.dict('os.environ', {'ESIGN_WITNESS_DIR': '/a', 'ESIGN_WITNESS_COPIES': '/b:/c'}):
            self.assertEqual([str(home) for home in witness.of_database('d', '/x').homes], ['/a/d', '/b/d', '/c/d'])
        with patch.dict('os.environ', {'ESIGN_WITNESS_DIR': '', 'ESIGN_WITNESS_COPIES': ''}):
            self.assertEqual([str(home) for home in witness.of_database('d', '/x').homes], ['/x/esign_witness/d'])

    @mute_logger('odoo.addons.esign_base.models.documents.esign_witness')
    def test_traces_that_only_the_log_knows(self):
        self.env['esign.trace.chain']._of_key(KEY)
        self.log.append(KEY, [facts(1)])
        self.log.append('gone,1', [facts(1, trace='gone,1')])
        self.assertEqual(self.env['esign.witness']._missing(), (['gone,1'], 0))
        (path, *_rest) = self.files()
        path.write_bytes(path.read_bytes().replace(b'"rank":1', b'"rank":7'))
        self.assertTrue(self.env['esign.witness']._missing()[1])


@tagged('-at_install', 'post_install')
class TestProofs(TransactionCase):
    """A proof of consent wants the code itself, or an authorisation that is proven."""

    # R3.4

    def test_the_code_and_nothing_else(self):
        sent = ('esign.consent', '13800000000', 'ab' * 32)
        stored, statement = proofs.code_hash(*sent, '123456'), {'digest': 'ab' * 32}
        proven = proofs.by_code(statement, stored, *sent, '123456')
        self.assertTrue(proofs.holds(proofs.CONSENT, proven.body, proven.proof))
        self.assertFalse(proofs.holds(proofs.HEAD, proven.body, proven.proof))
        self.assertFalse(proofs.holds(proofs.CONSENT, proven.body + b' ', proven.proof))
        told = json.loads(proven.body)
        self.assertEqual(told['method'], 'sms')
        self.assertNotIn('123456', proven.body.decode())
        self.assertNotIn('13800000000', proven.body.decode())
        for values in (
            (statement, stored, *sent, '654321'),
            (statement, stored, *sent, ''),
            (statement, '', *sent, ''),
            ({'digest': 'cd' * 32}, stored, *sent, '123456'),
            (statement, stored, sent[0], '13900000000', sent[2], '123456'),
            ({'digest': ''}, proofs.code_hash(*sent[:2], '', '123456'), *sent[:2], '', '123456'),
        ):
            with self.assertRaises(proofs.NotProvenError):
                proofs.by_code(*values)

    def test_authorisations_are_proven_themselves(self):
        good = proofs.warrant({'grant': 1})
        proven = proofs.by_warrants({'digest': 'x'}, [good])
        self.assertEqual(json.loads(proven.body)['warrants'], [good.sha256])
        forged = proofs.Proven(good.body + b' ', good.proof)
        for given in ([], [forged], [good, forged], [proofs.Proven(b'', '')]):
            with self.assertRaises(proofs.NotProvenError):
                proofs.by_warrants({'digest': 'x'}, given)


class _Registry:
    """Gives out the cursor of the test."""

    def __init__(self, cr):
        self.cr = cr

    def cursor(self):
        return self

    def __enter__(self):
        return self.cr

    def __exit__(self, *_exc):
        return False
