import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...rules.clock import aware_utc
from ...signing.errors import TraceBroken
from ...tools import proofs
from ..common.esign_append_only import insert_row
from .esign_trace_event import KINDS

STAMPED = 'stamped'


class EsignTraceHead(models.Model):
    """The head of a trace, attested at the moment of a consent, a signature, an end, or a time stamp.

    The statement holds the trace, its own rank, the number and hash of the newest event, and the
    digest of the statement before; the proof is a keyed hash that nothing in the database can make.
    So an event cannot be rewritten, nor a head or a stamp taken away from among them; that the last
    ones were taken away is told by the witness log and by what was signed.
    """

    _name = 'esign.trace.head'
    _inherit = ['esign.append.only']
    _description = 'Attested head of a trace'
    _order = 'chain_id.id desc, rank'
    _rec_name = 'head'

    chain_id = fields.Many2one('esign.trace.chain', 'Trace', required=True, readonly=True, ondelete='restrict')
    rank = fields.Integer('Rank', required=True, readonly=True, help='First, second, … of this trace.')
    number = fields.Integer('Up to event', required=True, readonly=True)
    head = fields.Char('Attested hash', required=True, readonly=True)
    kind = fields.Selection([*KINDS, (STAMPED, 'Time-stamped')], 'Occasion', required=True, readonly=True)
    consent = fields.Char('Confirmation', readonly=True)
    stamp = fields.Char('SHA-256 of the time stamp', readonly=True)
    at = fields.Datetime('Attested at', required=True, readonly=True)
    statement = fields.Text('Attested content', required=True, readonly=True, help='Canonical JSON (RFC 8785).')
    proof = fields.Char('Keyed proof', required=True, readonly=True, help='HMAC-SHA-256, with a key outside.')

    _rank_uniq = models.Constraint('UNIQUE(chain_id, rank)', 'The heads of a trace follow one another.')

    @api.model
    def _attest(self, chain, length, head, key, kind, *, consent=None, stamp=None):
        """Attest the head of a chain whose row the caller holds.

        :param length: number of its newest event; ``head`` is the hash of that.
        :param stamp: SHA-256 (hex) of a time stamp taken over the head.
        """
        now = fields.Datetime.now()
        rank, previous = self._last(chain)
        facts = {'rank': rank + 1, 'number': length, 'head': head, 'kind': kind, 'consent': consent, 'stamp': stamp}
        proven = proofs.head({'trace': key, 'at': aware_utc(now).isoformat(), 'previous': previous, **facts})
        body = proven.body.decode()
        row = {**facts, 'chain_id': chain.id, 'at': now, 'statement': body, 'proof': proven.proof}
        record = self.sudo().browse(insert_row(self, row))
        chain.invalidate_recordset(['head_ids'], flush=False)
        self.env['esign.witness']._tell_after_commit(record)
        return record

    @api.model
    def _last(self, chain):
        """Rank, and SHA-256 of the statement, of the newest head; (0, None) without one."""
        rows = self.env.execute_query(
            SQL('SELECT rank, statement FROM esign_trace_head WHERE chain_id = %s ORDER BY rank DESC LIMIT 1', chain.id)
        )
        return (rows[0][0], _sha256(rows[0][1])) if rows else (0, None)

    @api.model
    def _attests(self, event):
        """Whether an event was attested exactly as it is now."""
        event = event.sudo()
        told = {'trace': event.chain_id.key, 'number': event.number, 'head': event.digest, 'kind': event.kind}
        heads = self.sudo().search([('chain_id', '=', event.chain_id.id), ('number', '=', event.number)])
        return event._is_itself() and any(
            one._is_proven() and told.items() <= json.loads(one.statement).items() for one in heads
        )

    def _check(self, key, events):
        """Check the heads of one trace, all of them and in order.

        :param key: of the trace.
        :param events: number → hash of its events.
        :raises TraceBroken: ``head_missing``, ``head_forged``; ``head_differs`` when the event it was
            taken over has another hash now.
        """
        previous = None
        for rank, one in enumerate(self, 1):
            if one.rank != rank:
                raise TraceBroken('head_missing', 'an attested head is missing', {'index': one.number})
            if not one._holds(key, previous):
                raise TraceBroken('head_forged', 'a head is not attested', {'index': one.number})
            if events.get(one.number) != one.head:
                raise TraceBroken('head_differs', 'an event is not the one that was attested', {'index': one.number})
            previous = _sha256(one.statement)

    def _holds(self, key, previous):
        """Whether proof and columns fit the statement."""
        told = json.loads(self.statement)
        shown = {'trace': key, 'previous': previous, 'at': aware_utc(self.at).isoformat()}
        for name in ('rank', 'number', 'head', 'kind', 'consent', 'stamp'):
            shown[name] = self[name] or None
        return told == shown and self._is_proven()

    def _is_proven(self):
        return proofs.holds(proofs.HEAD, self.statement.encode(), self.proof)


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
