import base64
import hashlib
import json

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...errors import EsignError
from ...signing.errors import TimestampError, TraceBroken
from ..common import as_owner, private_token, rehash


@tagged('-at_install', 'post_install')
class TestTraceStamps(TransactionCase):
    """Heads are stamped by a trusted clock; traces leave the system whole."""

    # R3.10 R8.3

    @classmethod
    def setUpClass(cls):
        private_token()
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        cls.auditor = new_test_user(cls.env, 'stamp_auditor', 'esign_base.group_esign_auditor')
        cls.viewer = new_test_user(cls.env, 'stamp_viewer', 'esign_base.group_esign_viewer')

    def setUp(self):
        super().setUp()
        self.chain = self.env['esign.trace.chain']._of(self.env.user)
        for kind in ('created', 'launched'):
            self.chain._append(kind, actor='张三', note=f'={kind}')
        self.env.flush_all()

    def past_the_trigger(self, table, statement, *values):
        with as_owner(self.env, table) as rewrite:
            rewrite(statement, *values)

    def broken(self):
        with self.assertRaises(TraceBroken) as raised:
            self.chain._check()
        return raised.exception.code

    def test_the_cron_stamps_what_has_grown_once(self):
        cron = self.env.ref('esign_base.cron_stamp_traces')
        cron.method_direct_trigger()
        self.assertEqual((self.chain.stamped_length, len(self.chain.stamp_ids)), (2, 1))
        self.assertEqual(self.chain.stamp_ids.head, self.chain.head)
        cron.method_direct_trigger()
        self.assertEqual(len(self.chain.stamp_ids), 1)
        self.chain._append('signed', actor='李四')
        self.assertEqual(self.chain._grown() & self.chain, self.chain)
        cron.method_direct_trigger()
        self.assertEqual(self.chain.stamp_ids.mapped('number'), [2, 3])
        self.chain._check()

    def test_a_rewritten_trace_does_not_fit_its_stamp(self):
        """Whoever recomputes every hash after a change has no stamp over the new ones."""
        self.chain._stamp()
        story = 'another story'
        with as_owner(self.env, 'esign_trace_event', 'esign_trace_chain') as rewrite:
            head = rehash(
                self.env, self.chain, lambda _event, payload: payload.update(note=story) or {'note': story}, rewrite
            )
        self.assertEqual(self.broken(), 'head_differs')
        self.past_the_trigger('esign_trace_head', 'DELETE FROM esign_trace_head WHERE chain_id = %s', self.chain.id)
        self.assertEqual(self.broken(), 'trace_stamp')
        self.past_the_trigger('esign_trace_stamp', 'UPDATE esign_trace_stamp SET head = %s', head)
        self.assertEqual(self.broken(), 'trace_stamp')

    def test_missing_and_foreign_stamps_are_found(self):
        stamp = self.chain._stamp()
        token = base64.b64decode(stamp.token)
        damaged = base64.b64encode(token[:-1] + bytes([token[-1] ^ 1]))
        for code, statement, *values in (
            ('stamp_missing', 'DELETE FROM esign_trace_stamp WHERE chain_id = %s', self.chain.id),
            ('trace_stamp', "UPDATE esign_trace_stamp SET at = '2020-01-01' WHERE chain_id = %s", self.chain.id),
            ('stamp_missing', 'UPDATE esign_trace_stamp SET token = %s', base64.b64encode(b'no token')),
            ('stamp_missing', 'UPDATE esign_trace_stamp SET token = %s', damaged),
        ):
            with self.subTest(statement), self.env.cr.savepoint() as savepoint:
                self.past_the_trigger('esign_trace_stamp', statement, *values)
                self.assertEqual(self.broken(), code)
                savepoint.rollback()
            self.env.invalidate_all()
        self.chain._check()

    def test_no_trusted_time_no_stamp(self):
        """Nothing is replaced by local time; the next run tries again."""

        def unreachable(_self):
            raise TimestampError('tsa_unreachable', 'the authority does not answer')

        self.patch(type(self.env['esign.signing']), '_time_stamper', unreachable)
        with mute_logger('odoo.addons.esign_base.models.documents.esign_trace_stamping'):
            self.env.ref('esign_base.cron_stamp_traces').method_direct_trigger()
        self.assertEqual((self.chain.stamped_length, len(self.chain.stamp_ids)), (0, 0))

    def test_json_can_be_checked_without_us(self):
        self.chain._stamp()
        name, kind, data = self.chain.with_user(self.auditor)._export('json')
        self.assertEqual((name.rpartition('.')[2], kind), ('json', 'application/json'))
        found = json.loads(data)
        previous = bytes(32)
        for event in found['events']:
            self.assertEqual(event['previous'], previous.hex())
            body = bytes([event['version']]) + previous + event['payload'].encode()
            previous = hashlib.sha256(body).digest()
            self.assertEqual(event['digest'], previous.hex())
        self.assertEqual(found['head'], previous.hex())
        self.assertEqual([stamp['digest'] for stamp in found['stamps']], [found['head']])

    def test_csv_holds_no_formula(self):
        _name, _kind, data = self.chain.with_user(self.auditor)._export('csv')
        lines = data.decode('utf-8-sig').splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("'=launched", lines[2])
        self.assertNotIn(',=', data.decode())

    def test_only_auditors_export(self):
        for name in ('action_export_json', 'action_export_csv'):
            self.assertIn(str(self.chain.id), getattr(self.chain.with_user(self.auditor), name)()['url'])
            for user in (self.viewer, self.env.ref('base.public_user')):
                with self.subTest(name, user=user.login), self.assertRaises(UserError):
                    getattr(self.chain.with_user(user), name)()
        with self.assertRaises(EsignError):
            self.chain.with_user(self.viewer)._export('json')
