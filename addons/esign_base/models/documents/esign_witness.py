import json
import logging

from odoo import api, models
from odoo.tools import SQL, config

from ...signing.errors import TraceBroken
from ...tools import witness

_logger = logging.getLogger(__name__)
PENDING = 'esign.witness'
BATCH = 1000
SETTLED_SECONDS = 60
MARK = 'caught_up.json'


class EsignWitness(models.AbstractModel):
    """What is attested in the database is written into the witness log as well, outside of it.

    Lines are written after commit, so that the log holds nothing that was rolled back; what a
    process could not write any more is made up for by a clock.
    """

    _name = 'esign.witness'
    _description = 'Witness log'

    @api.model
    def _log(self):
        return witness.of_database(self.env.cr.dbname, config['data_dir'])

    @api.model
    def _tell_after_commit(self, head):
        """Write about a head (``esign.trace.head``) once it is committed."""
        hooks = self.env.cr.postcommit
        pending = hooks.data.get(PENDING)
        if pending is None:
            pending = hooks.data[PENDING] = []
            registry, log = self.env.registry, self._log()
            hooks.add(lambda: _write_kindly(registry, log, pending))
        pending.append(head.id)

    # Comparing --------------------------------------------------------------------------------

    @api.model
    def _compare(self, key, events):
        """Compare a trace with what the log says about it.

        :param events: number → hash of the events of the trace.
        :raises TraceBroken: ``witness_cut``, ``witness_differs``.
        """
        for facts in self._log().about(key):
            number = facts['number']
            known = events.get(number) or self._committed(key, number)
            if known is None:
                raise TraceBroken('witness_cut', 'the witness log knows a later event', {'index': number})
            if known != facts['head']:
                raise TraceBroken('witness_differs', 'the witness log knows another event', {'index': number})

    @api.model
    def _committed(self, key, number):
        """Hash of an event as it is now; None without one.

        Lines are written after commit, so the log may know more than this transaction, which sees the
        database as it was when it began.
        """
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    SELECT event.digest FROM esign_trace_event event
                    JOIN esign_trace_chain chain ON chain.id = event.chain_id
                    WHERE chain.key = %s AND event.number = %s
                    """,
                    key, number,
                )
            )  # fmt: skip
            found = cr.fetchone()
        return found[0] if found else None

    @api.model
    def _knows_consent(self, digest):
        """The trace under which a consent was given, by the log alone; '' when it has never heard of it."""
        return next((facts['trace'] for facts in self._log().about(f'consent:{digest}')), '')

    @api.model
    def _missing(self):
        """Traces that the log knows and the database does not; and the number of lines that were damaged.

        :return: (keys, damaged).
        """
        keys, damaged = set(), 0
        for path, line in self._log().everything():
            if line is None or not line.sound or not line.follows:
                damaged += 1
                _logger.error('Witness log %s holds a line that was changed, or that does not follow', path)
            elif line.facts['about'] == line.facts['trace']:
                keys.add(line.facts['trace'])
        with self.env.registry.cursor() as cr:  # which sees what was committed before the log was read
            cr.execute(SQL('SELECT unnest(%s::text[]) EXCEPT SELECT key FROM esign_trace_chain', sorted(keys)))
            return sorted(key for (key,) in cr.fetchall()), damaged

    # Making up for what was not written -------------------------------------------------------

    @api.model
    def _cron_catch_up(self):
        """Write what was committed and not written: a crash between, a disk that was full."""
        mark = self._log().homes[0] / MARK
        done = json.loads(mark.read_text())['head'] if mark.exists() else 0
        while heads := self._settled_after(done):
            self._write_missing([statement for _id, statement in heads])
            done = heads[-1][0]
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.write_text(json.dumps({'head': done}))

    @api.model
    def _settled_after(self, head_id):
        return self.env.execute_query(
            SQL(
                """
                SELECT id, statement FROM esign_trace_head
                WHERE id > %s AND create_date < now() at time zone 'UTC' - make_interval(secs => %s)
                ORDER BY id LIMIT %s
                """,
                head_id, SETTLED_SECONDS, BATCH,
            )
        )  # fmt: skip

    @api.model
    def _write_missing(self, statements):
        log, late = self._log(), []
        for text in statements:
            facts = json.loads(text)
            if not any(one['rank'] == facts['rank'] for one in log.about(facts['trace'])):
                late.append(facts)
        _write(log, late)


def _write_kindly(registry, log, head_ids):
    """The consent or signature is committed: a log that cannot be written is told, and made up for by the clock.

    The heads are read again: what was rolled back to a savepoint was not committed.
    """
    try:
        with registry.cursor() as cr:
            cr.execute(SQL('SELECT statement FROM esign_trace_head WHERE id IN %s ORDER BY id', tuple(head_ids)))
            statements = [json.loads(text) for (text,) in cr.fetchall()]
        _write(log, statements)
    except Exception:
        _logger.exception('The witness log could not be written')


def _write(log, statements):
    for key in dict.fromkeys(one['trace'] for one in statements):
        log.append(key, [one for one in statements if one['trace'] == key])
    for one in statements:
        if one['consent'] and one['kind'] == 'consent_given':
            log.append(f'consent:{one["consent"]}', [one])
