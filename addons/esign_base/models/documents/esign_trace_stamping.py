import logging

from odoo import api, models
from odoo.tools import SQL

from ...rules.clock import naive_utc
from ...signing.acts.stamps import stamp_digest
from ...signing.errors import SigningError, TraceBroken
from .esign_trace_head import STAMPED

_logger = logging.getLogger(__name__)
BATCH = 200


class EsignTraceChain(models.Model):
    """Time-stamping the heads of traces: what happened before a stamp cannot be rewritten afterwards."""

    _inherit = 'esign.trace.chain'

    @api.model
    def _cron_stamp(self):
        """Stamp the traces that have grown since their last stamp, each in its own commit.

        Without trusted time nothing is stamped; the next run tries again.
        """
        cron, grown = self.env['ir.cron'], self.sudo()._grown()
        cron._commit_progress(remaining=len(grown))
        for found in grown:
            chain = found.try_lock_for_update()
            if not chain:
                continue  # somebody appends to it at this moment: next time
            try:
                chain._stamp()
            except SigningError:
                self.env.cr.rollback()
                _logger.exception('The trace %s could not be time-stamped', found.id)
                break
            if not cron._commit_progress(1):
                break

    @api.model
    def _grown(self):
        """Traces with events after their last stamp, the oldest first, at most one batch."""
        self.flush_model(['length', 'stamped_length'])
        rows = self.env.execute_query(
            SQL('SELECT id FROM esign_trace_chain WHERE stamped_length < length ORDER BY id LIMIT %s', BATCH)
        )
        return self.browse([chain_id for (chain_id,) in rows])

    def _stamp(self):
        """Stamp the head as it is now; nothing to do when it is stamped already.

        :raises SigningError: no trusted time could be had.
        """
        self.ensure_one()
        chain = self.sudo()
        length, head, key = chain._hold()
        if chain.stamped_length >= length:
            return chain.env['esign.trace.stamp']
        signing = self.env['esign.signing']
        token, moment = stamp_digest(bytes.fromhex(head), signing._time_stamper(), signing._trust())
        stamp = chain.env['esign.trace.stamp']._keep(chain, token, naive_utc(moment).replace(microsecond=0))
        chain.stamped_length = length
        # That there was a stamp is attested: taking it away is found.
        self.env['esign.trace.head']._attest(chain, length, head, key, STAMPED, stamp=stamp._sha256())
        return stamp

    def _check_trace(self, *, tokens):
        """Check the trace, then every time stamp against the event it was taken over.

        :raises TraceBroken: also ``stamp_missing``, and ``trace_stamp`` when a stamp does not
            validate, or was taken over another hash than the event has.
        """
        super()._check_trace(tokens=tokens)
        chain = self.sudo()
        stamps = chain.stamp_ids
        if (stamps[-1:].number or 0) != chain.stamped_length or chain.stamped_length > chain.length:
            raise TraceBroken('stamp_missing', 'time stamps are missing', {'index': chain.stamped_length})
        kept = {stamp._sha256() for stamp in stamps}
        lost = chain.head_ids.filtered(lambda one: one.stamp and one.stamp not in kept)
        if lost:
            raise TraceBroken('stamp_missing', 'a time stamp that was attested is missing', {'index': lost[0].number})
        trust = self.env['esign.signing']._trust() if stamps and tokens else None
        for stamp in stamps if tokens else ():
            stamp._check(trust)
