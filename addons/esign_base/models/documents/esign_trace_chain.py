import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...errors import EsignError
from ...signing import trace
from ...signing.errors import TraceBroken
from ...tools.locks import WHOLE, locked_values
from ...tools.said import Sentence, keep, listening
from ...tools.trace_faults import FAULTS
from .esign_trace_event import SEALED_KINDS
from .esign_trace_head import STAMPED

_logger = logging.getLogger(__name__)

BATCH = 1000
MOST_NAMED = 20  # of what differs, in one sentence


class EsignTraceChain(models.Model):
    """The head of one trace: how long it is and what its last hash is. One chain per contract group."""

    _name = 'esign.trace.chain'
    _inherit = ['esign.forward.only']
    _description = 'Trace'
    _rec_name = 'key'
    _order = 'id desc'
    _grows = frozenset({'length', 'stamped_length'})
    _free = frozenset({'head', 'checked_at', 'check_result', 'check_note'})

    key = fields.Char(required=True, readonly=True, help='What the trace is about, as model,id.')
    length = fields.Integer('Events', readonly=True, default=0)
    head = fields.Char('Last hash', readonly=True)
    event_ids = fields.One2many('esign.trace.event', 'chain_id', 'Events of the trace', readonly=True)
    head_ids = fields.One2many('esign.trace.head', 'chain_id', 'Attested heads', readonly=True)
    stamp_ids = fields.One2many('esign.trace.stamp', 'chain_id', 'Time stamps', readonly=True)
    stamped_length = fields.Integer('Stamped up to', readonly=True, default=0)
    checked_at = fields.Datetime('Last check', readonly=True)
    check_result = fields.Selection(
        [('sound', 'Sound'), ('broken', 'Broken')], 'Result of the last check', readonly=True
    )
    check_note = Sentence('What the last check found', readonly=True)

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
        if kind in SEALED_KINDS:
            self.env['esign.trace.head']._attest(
                chain, length + 1, digest.hex(), key, kind, consent=event.consent or None
            )
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
        return locked_values(self, ('length', 'head', 'key'), strength=WHOLE)[0]

    def _entries(self):
        """The chain's events with their entries, in order and in batches, so that a long trace needs little memory."""
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
            for event in events:
                yield event, event._entry()
            last = events[-1].number
            events.invalidate_recordset()

    def _check(self):
        """Check the whole trace: its hashes, its stored head, the attested heads, the witness log.

        :raises TraceBroken: naming the first bad event.
        """
        for fault in self._faults():
            raise fault

    def _faults(self, *, tokens=True):
        """Everything that is not in order, as :class:`TraceBroken`; what stands on a trace adds to it.

        :param tokens: validate time stamps as well, which takes some milliseconds each.
        """
        self.ensure_one()
        try:
            self._check_trace(tokens=tokens)
        except TraceBroken as broken:
            return [broken]
        return []

    def _check_trace(self, *, tokens):
        """Check events, heads and witnesses; see :meth:`_check`."""
        self.ensure_one()
        chain, found, sealed = self.sudo(), {}, set()
        count = self.env['esign.trace.event'].sudo().search_count([('chain_id', '=', self.id)])
        if count != chain.length:
            raise TraceBroken('trace_head', 'events are missing', {'index': min(count, chain.length)})
        if chain.length:
            trace.check(chain._seen_entries(found, sealed), head=bytes.fromhex(chain.head))
        self._check_heads(found, sealed)

    def _holds_consent(self, consent):
        """Whether the trace holds the event of a consent: its digest and person, attested when it was given."""
        events = self.env['esign.trace.event'].sudo()
        found = events.search(
            [
                ('chain_id', '=', self.id),
                ('kind', '=', 'consent_given'),
                ('consent', '=', consent.record_sha256),
                ('person_id', '=', consent.person_id.id),
            ]
        )
        return any(self.env['esign.trace.head']._attests(event) for event in found)

    def _seen_entries(self, found, sealed):
        for event, entry in self._entries():
            found[event.number] = event.digest
            if event.kind in SEALED_KINDS:
                sealed.add(event.number)
            yield entry

    def _check_heads(self, events, sealed):
        """Check what was attested of the trace, here and in the witness log.

        :param events: number → hash; ``sealed``: numbers of those whose head is attested.
        """
        heads = self.env['esign.trace.head'].sudo().search([('chain_id', '=', self.id)], order='rank')
        heads._check(self.key, events)
        missing = sealed - set(heads.filtered(lambda one: one.kind != STAMPED).mapped('number'))
        if missing:
            raise TraceBroken('head_missing', 'an attested head is missing', {'index': min(missing)})
        self.env['esign.witness']._compare(self.key, events)

    def action_check(self):
        """Check the traces and note the result on each; for auditors."""
        if not self.env.user.has_group('esign_base.group_esign_auditor'):
            raise EsignError(self.env._('Only auditors check traces.'), 'NOT_ALLOWED')
        for chain in self:
            chain._note_check()
        return True

    @listening()
    def _note_check(self):
        """Check, and write down what came of it."""
        self.ensure_one()
        try:
            self._check()
        except TraceBroken as broken:
            result = {'check_result': 'broken', 'check_note': keep(self._words(broken))}
        else:
            result = {'check_result': 'sound', 'check_note': False}
        self.sudo().write({**result, 'checked_at': fields.Datetime.now()})
        return result['check_result'] == 'sound'

    def _words(self, broken):
        """What a broken trace is called: what was found, and where."""
        text = self.env._(FAULTS[broken.code])
        if what := broken.details.get('what'):
            return self.env._('%(fault)s: %(what)s', fault=text, what=', '.join(what[:MOST_NAMED]))
        number = broken.details.get('index')
        return self.env._('%(fault)s (event %(number)s)', fault=text, number=number) if number is not None else text

    def _alarm(self, note):
        """Note that the trace, or what hangs on it, is not in order; who audits is told."""
        _logger.error('Trace %s: %s', self.key, note)
        self.sudo().write({'check_result': 'broken', 'check_note': keep(note), 'checked_at': fields.Datetime.now()})
