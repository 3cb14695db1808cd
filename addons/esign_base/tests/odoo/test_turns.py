import time
from contextlib import ExitStack
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...errors import Busy
from ...models.common import esign_turn


@tagged('post_install', '-at_install')
class TestTurns(TransactionCase):
    """Expensive work takes turns, on all nodes together."""

    def setUp(self):
        super().setUp()
        self.turns = self.env['esign.turn']
        self.parameters = self.env['ir.config_parameter'].sudo()
        quick = {kind: esign_turn.Kind(one.share, 0, one.queue) for kind, one in esign_turn.KINDS.items()}
        self.patch(esign_turn, 'KINDS', quick)

    def _set(self, kind, places):
        self.parameters.set_param(esign_turn.PARAMETER.format(kind), places)

    def _locks(self):
        """Places and waiting places that are held, as another connection sees them."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN %s AND database ="
                    ' (SELECT oid FROM pg_database WHERE datname = current_database())',
                    tuple(
                        self.turns._lane_key(lane) % 2**32
                        for kind in esign_turn.KINDS
                        for lane in (kind, f'{kind}:queue')
                    ),
                )
            )
            return cr.fetchone()[0]

    def test_no_more_than_there_are_places(self):  # R4.1
        self._set('visitor', 2)
        with ExitStack() as held:
            for _ in range(2):
                held.enter_context(self.turns._turn('visitor'))
            with self.assertRaises(Busy) as refused, self.turns._turn('visitor'):
                self.fail('a third one works')
            self.assertIn(str(refused.exception.details['wait']), str(refused.exception))
        with self.turns._turn('visitor'):
            pass
        self.assertEqual(self._locks(), 0)

    def test_visitors_take_nothing_from_who_has_logged_in(self):  # R4.1
        self._set('visitor', 1)
        with self.turns._turn('visitor'):
            for kind in ('verification', 'intake', 'office', 'preview'):
                with self.turns._turn(kind):
                    pass

    def test_a_place_is_free_again_after_a_failure(self):
        self._set('intake', 1)
        for _ in range(3):
            with self.assertRaises(ZeroDivisionError), self.turns._turn('intake'):
                raise ZeroDivisionError
        self.assertEqual(self._locks(), 0)

    def test_who_waits_gets_the_place_that_comes_free(self):
        self._set('intake', 1)
        self.patch(esign_turn, 'KINDS', {'intake': esign_turn.Kind(1, 30, 1)})
        first = ExitStack()
        first.enter_context(self.turns._turn('intake'))
        slept = self.startPatcher(patch.object(esign_turn.time, 'sleep', side_effect=lambda _: first.close()))
        with self.turns._turn('intake'):
            self.assertEqual(self._locks(), 1, 'the waiting place was not given back')
        self.assertEqual(slept.call_count, 1)

    def test_only_a_few_wait(self):
        self._set('intake', 1)
        self.patch(esign_turn, 'KINDS', {'intake': esign_turn.Kind(1, 30, 0)})
        started = time.monotonic()
        with self.turns._turn('intake'), self.assertRaises(Busy), self.turns._turn('intake'):
            self.fail('two work')
        self.assertLess(time.monotonic() - started, 10)

    def test_places_by_setting_or_by_processors(self):
        for text in ('', '0', '-1', 'x', '1001'):
            self._set('office', text)
            self.assertGreaterEqual(self.turns._places('office'), 1)
            self.assertLess(self.turns._places('office'), 1001)
        self._set('office', '7')
        self.assertEqual(self.turns._places('office'), 7)
