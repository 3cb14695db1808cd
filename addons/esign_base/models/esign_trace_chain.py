from odoo import api, fields, models
from odoo.tools import SQL

from ..errors import EsignError
from ..signing import trace
from ..signing.errors import TraceBroken

BATCH = 1000


class EsignTraceChain(models.Model):
    """The head of one trace: how long it is and what its last hash is. One chain per contract group."""

    _name = 'esign.trace.chain'
    _description = 'Trace'
    _rec_name = 'key'
    _order = 'id desc'

    key = fields.Char(required=True, readonly=True, help='What the trace is about, as model,id.')
    length = fields.Integer('Events', readonly=True, default=0)
    head = fields.Char('Last hash', readonly=True)
    event_ids = fields.One2many('esign.trace.event', 'chain_id', 'Events of the trace', readonly=True)
    stamp_ids = fields.One2many('esign.trace.stamp', 'chain_id', 'Time stamps', readonly=True)
    stamped_length = fields.Integer('Stamped up to', readonly=True, default=0)
    checked_at = fields.Datetime('Last check', readonly=True)
    check_result = fields.Selection(
        [('sound', 'Sound'), ('broken', 'Broken')], 'Result of the last check', readonly=True
    )
    check_note = fields.Char('What the last check found', readonly=True)

    _key_uniq = models.Constraint('UNIQUE(key)', 'Each thing has one trace.')
    _unstamped_idx = models.Index('(id) WHERE stamped_length < length')

    @api.model
    def _of(self, record):
        """The trace of a record, made when it has none yet."""
        return self._of_key(f'{record._name},{record.id}')

    @api.model
    def _of_key(self, key):
        chain = self.sudo().search([('key', '=', key)], limit=1)
        return chain or self.sudo().create({'key': key})

    def _append(self, kind, **facts):
        """Append an event; see :meth:`esign.trace.event._write_down` for the facts.

        The row of the head is locked until the transaction ends: events of one trace follow one another.
        """
        self.ensure_one()
        chain = self.sudo()
        length, head, key = chain._hold()
        event, digest = chain.env['esign.trace.event']._write_down(
            chain, key, length + 1, bytes.fromhex(head) if head else trace.GENESIS, kind, facts
        )
        chain._advance(length + 1, digest.hex())
        return event

    def _advance(self, length, head):
        """Set the head, which the caller holds."""
        query = SQL('UPDATE esign_trace_chain SET length = %s, head = %s WHERE id = %s', length, head, self.id)
        self.env.cr.execute(query)
        self.invalidate_recordset(['length', 'head'], flush=False)

    def _hold(self):
        """Lock the head until the transaction ends and return (length, hash in hex or None, key).

        Whoever appended since this transaction began makes it fail with a serialization error, and
        the request is replayed. Called first thing by what cannot be replayed once it has begun
        (a code that is counted, a message that is handed over).
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL('SELECT length, head, key FROM esign_trace_chain WHERE id = %s FOR UPDATE', self.id),
            log_exceptions=False,
        )
        return self.env.cr.fetchone()

    def _entries(self):
        """The chain's entries in order, in batches, so that a long trace needs little memory."""
        self.ensure_one()
        last = 0
        while True:
            events = (
                self.env['esign.trace.event']
                .sudo()
                .search([('chain_id', '=', self.id), ('number', '>', last)], order='number', limit=BATCH)
            )
            if not events:
                return
            yield from (event._entry() for event in events)
            last = events[-1].number
            events.invalidate_recordset()

    def _check(self):
        """Check the whole trace against its hashes and its stored head.

        :raises TraceBroken: naming the first bad event.
        """
        self.ensure_one()
        chain = self.sudo()
        count = self.env['esign.trace.event'].sudo().search_count([('chain_id', '=', self.id)])
        if count != chain.length:
            raise TraceBroken('trace_head', 'events are missing', {'index': min(count, chain.length)})
        if chain.length:
            trace.check(chain._entries(), head=bytes.fromhex(chain.head))

    def action_check(self):
        """Check the traces and note the result on each; for auditors."""
        if not self.env.user.has_group('esign_base.group_esign_auditor'):
            raise EsignError(self.env._('Only auditors check traces.'), 'NOT_ALLOWED')
        for chain in self:
            chain._note_check()
        return True

    def _note_check(self):
        """Check, and write down what came of it."""
        self.ensure_one()
        try:
            self._check()
        except TraceBroken as broken:
            result = {'check_result': 'broken', 'check_note': str(broken)}
        else:
            result = {'check_result': 'sound', 'check_note': False}
        self.sudo().write({**result, 'checked_at': fields.Datetime.now()})
        return result['check_result'] == 'sound'
