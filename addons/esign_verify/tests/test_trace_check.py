import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tests.common import as_owner, private_token
from odoo.addons.esign_base.tools import witness

LOGGER = 'odoo.addons.esign_verify.models.esign_trace_check'


@tagged('post_install', '-at_install')
class TestTraceCheck(TransactionCase):  # R3.10
    @classmethod
    def setUpClass(cls):
        private_token()
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, 'trace_auditor', groups='esign_base.group_esign_auditor')
        chains = cls.env['esign.trace.chain']
        cls.chains = chains.browse()
        for number in range(5):
            chain = chains._of_key(f'test,{number}')
            for kind in ('created', 'launched', 'signed'):
                chain._append(kind, actor='张三')
            cls.chains |= chain

    def start(self):
        checks = self.env(user=self.auditor, context={'queue_job__no_delay': True})['esign.trace.check']
        return self.env['esign.trace.check'].browse(checks.action_start()['res_id'])

    def break_one(self):
        with as_owner(self.env, 'esign_trace_event') as rewrite:
            rewrite("UPDATE esign_trace_event SET note = 'x' WHERE chain_id = %s AND number = 2", self.chains[2].id)

    def activities(self):
        return self.env['mail.activity'].search(
            [('res_model', '=', 'esign.trace.check'), ('user_id', '=', self.auditor.id)]
        )

    def test_sound_traces(self):
        check = self.start()
        self.assertEqual((check.state, check.checked, check.progress), ('done', check.total, 100))
        self.assertEqual(set(self.chains.mapped('check_result')), {'sound'})
        self.assertFalse(self.activities())

    @mute_logger(LOGGER)
    def test_a_broken_trace_is_told_once(self):
        self.break_one()
        check = self.start()
        self.assertEqual(check.broken, 1)
        self.assertEqual(self.chains[2].check_result, 'broken')
        self.assertIn('test,2', self.activities().summary)
        self.start()
        self.assertEqual(len(self.activities()), 1)

    @mute_logger(LOGGER)
    def test_the_button_on_one_trace_tells_as_well(self):
        self.break_one()
        self.chains[2].with_user(self.auditor).action_check()
        self.assertEqual(len(self.activities()), 1)

    def test_a_step_done_twice_counts_once(self):
        check = self.start()
        before = check.checked
        self.assertFalse(check._step())
        self.assertEqual(check.checked, before)

    def test_in_steps(self):
        for number in range(60):
            self.env['esign.trace.chain']._of_key(f'more,{number}')._append('created')
        check = self.start()
        self.assertEqual((check.state, check.checked), ('done', check.total))

    def test_only_auditors(self):
        for group in ('base.group_portal', 'esign_base.group_esign_operator', 'base.group_user'):
            user = new_test_user(self.env, f'trace_{group[-8:]}', groups=group)
            with self.assertRaises(EsignError):
                self.env(user=user)['esign.trace.check'].action_start()

    @mute_logger(LOGGER, 'odoo.addons.esign_base.models.documents.esign_witness')
    def test_a_trace_that_only_the_witness_log_knows(self):
        with tempfile.TemporaryDirectory() as folder:
            log = witness.WitnessLog([Path(folder)], 'test', 'one')
            facts = {'rank': 1, 'number': 1, 'head': 'ab' * 32, 'kind': 'signed', 'consent': None}
            log.append('gone,7', [{'trace': 'gone,7', **facts}])
            with patch.object(type(self.env['esign.witness']), '_log', lambda _self: log):
                check = self.start()
        self.assertEqual(check.broken, 1)
        self.assertIn('gone,7', self.activities().summary)

    @mute_logger('odoo.addons.esign_base.models.documents.esign_trace_chain')
    def test_an_alarm_reaches_the_auditors_at_once(self):
        self.chains[0]._alarm('nothing proves it')
        self.assertEqual(self.chains[0].check_result, 'broken')
        self.assertIn('nothing proves it', self.activities().summary)
