from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...errors import EsignError
from ...signing.errors import TraceBroken
from ..common import REFUSED_BY_DATABASE, as_owner


@tagged('-at_install', 'post_install')
class TestTraces(TransactionCase):
    """Whatever is changed in a trace is found, and the ordinary ways to change it are shut."""

    # R3.10 R8.3

    def setUp(self):
        super().setUp()
        self.chain = self.env['esign.trace.chain']._of(self.env.user)
        for kind in ('created', 'launched', 'signed'):
            self.chain._append(kind, actor='张三', note=kind)
        self.env.flush_all()

    def past_the_trigger(self, statement, *values):
        """What somebody with the database in his hands could do."""
        with as_owner(self.env, 'esign_trace_event') as rewrite:
            rewrite(statement, *values)

    def test_a_sound_trace(self):
        self.chain._check()
        self.assertEqual(self.chain.length, 3)
        self.assertEqual(self.chain.head, self.chain.event_ids[-1].digest)

    def test_one_trace_for_each_thing(self):
        self.assertEqual(self.env['esign.trace.chain']._of(self.env.user), self.chain)

    def test_every_change_is_found(self):
        for column, value in (
            ('note', 'other'),
            ('actor', '李四'),
            ('kind', 'refused'),
            ('at', '2020-01-01 00:00:00'),
            ('payload', '{}'),
            ('address', '127.9.9.9'),
            ('certificate', 'aa'),
            ('consent', 'aa'),
        ):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.past_the_trigger(
                    f'UPDATE esign_trace_event SET {column} = %s WHERE chain_id = %s AND number = 2',
                    value,
                    self.chain.id,
                )
                with self.assertRaises(TraceBroken):
                    self.chain._check()
                savepoint.rollback()
            self.env.invalidate_all()
        self.chain._check()

    def test_missing_events_are_found(self):
        for number in (1, 2, 3):
            with self.subTest(number), self.env.cr.savepoint() as savepoint:
                self.past_the_trigger(
                    'DELETE FROM esign_trace_event WHERE chain_id = %s AND number = %s', self.chain.id, number
                )
                with self.assertRaises(TraceBroken):
                    self.chain._check()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_nobody_changes_an_event(self):
        event = self.chain.event_ids[0].sudo()
        for attempt in (lambda: event.write({'note': 'x'}), event.unlink):
            with self.assertRaises(EsignError):
                attempt()
        for statement in ("UPDATE esign_trace_event SET note = 'x'", 'DELETE FROM esign_trace_event'):
            with (
                self.assertRaisesRegex(*REFUSED_BY_DATABASE),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_only_auditors_check(self):
        viewer = new_test_user(self.env, 'trace_viewer', 'esign_base.group_esign_viewer')
        auditor = new_test_user(self.env, 'trace_auditor', 'esign_base.group_esign_auditor')
        portal = new_test_user(self.env, 'trace_portal', 'base.group_portal')
        with self.assertRaises(EsignError):
            self.chain.with_user(viewer).action_check()
        self.chain.with_user(auditor).action_check()
        self.assertEqual(self.chain.check_result, 'sound')
        with self.assertRaises(AccessError):
            self.chain.with_user(portal).read(['key'])

    def test_a_broken_trace_is_noted(self):
        self.past_the_trigger('UPDATE esign_trace_event SET note = NULL WHERE chain_id = %s', self.chain.id)
        self.assertFalse(self.chain._note_check())
        self.assertEqual(self.chain.check_result, 'broken')
        self.assertTrue(self.chain.check_note)
