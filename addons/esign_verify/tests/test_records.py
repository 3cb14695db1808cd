import io
import json
import subprocess
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.models.documents import esign_witness
from odoo.addons.esign_base.tests.common import as_owner, rehash
from odoo.addons.esign_base.tools import witness
from odoo.addons.esign_base.tools.trace_faults import FAULTS, GONE

from ..rules.judgement import Origin
from .clean_python import clean_python
from .test_evidence import VERIFIER, EvidenceCase

ALARM = 'odoo.addons.esign_base.models.documents.esign_trace_chain'


@tagged('post_install', '-at_install')
class TestRecords(EvidenceCase):
    """A file is as it was signed, and the records of it are not in order: said, and never called genuine."""

    # R3.4 R3.10 R8.3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, 'records_auditor', groups='esign_base.group_esign_auditor')
        home = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.log = witness.WitnessLog([Path(home)], 'test', 'one')
        cls.enterClassContext(patch.object(type(cls.env['esign.witness']), '_log', lambda _self: cls.log))

    def verified(self):
        record, _token = self.env['esign.verification'].with_context(lang='zh_CN')._check(self.final._bytes())
        return record

    def rewrite(self):
        """The owner of the tables tells another story; its hashes fit each other."""
        with as_owner(self.env, 'esign_trace_event', 'esign_trace_chain') as rewrite:
            rehash(self.env, self.chain, lambda _event, payload: payload.update(note='x') or {'note': 'x'}, rewrite)

    def told(self):
        activities = self.env['mail.activity'].search([('user_id', '=', self.auditor.id)])
        return [one.summary for one in activities if self.chain.key in one.summary]

    def test_every_fault_has_its_words(self):
        record = self.verified()
        self.assertEqual((record.answer, record._known_origin().faults), ('genuine', ()))
        for code in FAULTS:
            with self.subTest(code):
                record.sudo().write({'answer': 'unproven', 'origin': {'issued': True, 'faults': [code]}})
                shown = record._shown(None)
                self.assertEqual(shown['title'], '签署记录有问题')
                self.assertEqual(len(shown['reasons']), 1)
                self.assertRegex(shown['reasons'][0], '[一-鿿]')
        record.sudo().origin = {'issued': True, 'faults': ['consent_unproven']}
        self.assertEqual(record._shown(None)['reasons'], ['签署意愿没有证明'])

    @mute_logger(ALARM)
    def test_a_rewritten_trace_is_named_on_the_page_and_told(self):
        self.rewrite()
        record = self.verified()
        self.assertEqual((record.answer, record._known_origin().faults), ('unproven', ('head_differs',)))
        self.assertIn('轨迹被改写', record._shown(None)['reasons'][0])
        self.assertEqual(self.chain.check_result, 'broken')
        self.assertEqual(len(self.told()), 1)
        self.verified()
        self.assertEqual(len(self.told()), 1)

    def test_records_that_were_removed(self):
        """The file in the signer's hands names its consent, which the witness log knows."""
        heads = self.env['esign.trace.head'].search([('chain_id', '=', self.chain.id)], order='id')
        esign_witness._write(self.log, [json.loads(one.statement) for one in heads])
        with patch.object(type(self.final), '_issued', lambda model, _sha256: model.browse()):
            record = self.verified()
            self.assertEqual((record.answer, record._known_origin().faults), ('unproven', (GONE,)))
            self.assertEqual(len(self.told()), 1)
            for path in self.log.homes[0].rglob('*.jsonl'):
                path.unlink()
            self.assertEqual(self.verified().answer, 'foreign')

    @mute_logger(ALARM)
    def test_evidence_says_so_itself(self):
        """Evidence is still given out, with what is wrong on its first page; the pack's own program finds it, too."""
        self.rewrite()
        env = self.env(context={**self.env.context, 'lang': 'zh_CN'}, user=self.user)
        _name, data, _kind = env['esign.evidence.issue']._issue(self.chain.id, 'pack', self.identity)
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(folder)
        self.assertIn('轨迹被改写', json.loads((folder / 'facts.json').read_text('utf-8'))['faults'][0])
        python = clean_python(Path(self.enterContext(tempfile.TemporaryDirectory())), VERIFIER)
        done = subprocess.run(
            [str(python), '-I', '-B', str(folder / 'verify.py')], capture_output=True, text=True, timeout=120,
            cwd='/', check=False, env={'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8'},
        )  # fmt: skip
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn('平台确认的链头与轨迹不符', done.stdout)
        self.assertIn('该意愿之前的轨迹已被改写', done.stdout)

    def test_old_findings_are_read(self):
        """What was kept before faults were known has none."""
        record = self.verified()
        record.sudo().origin = {'issued': True, 'newest': True}
        self.assertEqual(record._known_origin(), Origin(issued=True, newest=True))
