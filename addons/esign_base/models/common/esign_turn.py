import os
import time
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from psycopg2.pool import PoolError

from odoo import api, models
from odoo.sql_db import db_connect
from odoo.tools import SQL

from ...errors import Busy

PARAMETER = 'esign.turns_{}'
PAUSE = 0.2  # seconds between two looks for a place
AGAIN = 10  # seconds that one is asked to wait who found none
HIGHEST = 1000


@dataclass(frozen=True)
class Kind:
    """A kind of expensive work.

    :param share: places for each processor of this node; one at least.
    :param wait: seconds to wait for a place before saying that the server is busy.
    :param queue: how many may wait, for each who works.
    """

    share: float
    wait: int
    queue: int


# Visitors have places of their own: however many come, whoever has logged in finds one.
KINDS = {
    'visitor': Kind(0.5, 5, 2),
    'verification': Kind(1, 15, 4),
    'intake': Kind(1, 20, 4),
    'office': Kind(0.5, 20, 4),
    'preview': Kind(2, 20, 16),  # quick, and a page asks for many
}


class EsignTurn(models.AbstractModel):
    """Turns for work that keeps a processor busy for seconds: so many at once, on all nodes together.

    A place is an advisory lock of the database, held by a transaction of its own: it is free again when
    the work is done, when it fails, and when its process or its machine dies. A few may wait; whoever
    comes when they all do is told at once, so that a flood does not sit in the server's workers.
    """

    _name = 'esign.turn'
    _description = 'Turns for expensive work'

    @api.model
    @contextmanager
    def _turn(self, kind):
        """Hold a place for work of a kind (a key of :data:`KINDS`) as long as the block lasts.

        :raises Busy: all places are taken; ``details['wait']`` is the number of seconds to wait.
        """
        with ExitStack() as held:
            if not self._take_place(held, kind, self._places(kind)):
                self._queue(held, kind)
            yield

    @api.model
    def _queue(self, held, kind):
        places, deadline = self._places(kind), time.monotonic() + KINDS[kind].wait
        with ExitStack() as queue:
            if not self._take_place(queue, f'{kind}:queue', KINDS[kind].queue * places):
                self._refuse()
            while not self._take_place(held, kind, places):
                if time.monotonic() >= deadline:
                    self._refuse()
                time.sleep(PAUSE)

    @api.model
    def _take_place(self, held, lane, places):
        """Whether one of ``places`` was free; ``held`` gives it back when it is closed."""
        try:
            # Not the registry's cursor: under tests that is one connection for all, and would lock out nobody.
            cursor = db_connect(self.env.cr.dbname).cursor()
        except PoolError:
            return False
        with ExitStack() as mine:
            mine.callback(cursor.close)
            cursor.execute(
                SQL(
                    'SELECT place FROM generate_series(1, %s) AS place'
                    ' WHERE pg_try_advisory_xact_lock(%s, place) LIMIT 1',
                    places,
                    self._lane_key(lane),
                )
            )
            if not cursor.fetchone():
                return False
            held.push(mine.pop_all())
            return True

    @api.model
    def _lane_key(self, lane):
        """The first number of the lane's locks: 32 bits, signed."""
        return zlib.crc32(f'esign.turn:{lane}'.encode()) - 2**31

    @api.model
    def _places(self, kind):
        """The operator's number of places, otherwise by the processors of this node."""
        text = (self.env['ir.config_parameter'].sudo().get_param(PARAMETER.format(kind)) or '').strip()
        if text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST:
            return int(text)
        return max(1, int(len(os.sched_getaffinity(0)) * KINDS[kind].share))

    @api.model
    def _refuse(self):
        raise Busy(
            self.env._('The server is busy with other files. Please try again in %s seconds.', AGAIN), wait=AGAIN
        )
