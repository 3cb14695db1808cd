import base64
import hashlib

from odoo import api, fields, models

from ...rules.clock import naive_utc
from ...signing.acts.stamps import check_stamp
from ...signing.errors import TimestampError, TraceBroken


class EsignTraceStamp(models.Model):
    """A trusted time stamp (RFC 3161) over the head of a trace: from then on its past is fixed."""

    _name = 'esign.trace.stamp'
    _inherit = ['esign.append.only']
    _description = 'Time stamp of a trace'
    _order = 'chain_id.id desc, number'

    chain_id = fields.Many2one(
        'esign.trace.chain', 'Trace', required=True, readonly=True, ondelete='restrict', index=True
    )
    number = fields.Integer('Up to event', required=True, readonly=True)
    head = fields.Char('Stamped hash', required=True, readonly=True)
    token = fields.Binary(
        'Time stamp token (DER)',
        attachment=False,
        required=True,
        readonly=True,
        groups='esign_base.group_esign_auditor',
    )
    at = fields.Datetime('Stamped at', required=True, readonly=True)

    _number_uniq = models.Constraint('UNIQUE(chain_id, number)', 'A head is stamped once.')

    @api.model
    def _keep(self, chain, token, at):
        """Keep the stamp over the present head of a trace.

        :param token: DER.
        :param at: its time, UTC without zone.
        """
        return self.sudo().create(
            {
                'chain_id': chain.id,
                'number': chain.length,
                'head': chain.head,
                'token': base64.b64encode(token),
                'at': at,
            }
        )

    def _sha256(self):
        """Digest of the token, hex."""
        return hashlib.sha256(base64.b64decode(self.sudo().with_context(bin_size=False).token)).hexdigest()

    def _check(self, trust):
        """Check the token against the event it was taken over.

        :raises TraceBroken: ``trace_stamp``.
        """
        self.ensure_one()
        event = self.chain_id.event_ids.filtered(lambda one: one.number == self.number)
        if not event or event.digest != self.head:
            raise TraceBroken('trace_stamp', 'a time stamp is over another hash', {'index': self.number})
        try:
            moment = check_stamp(base64.b64decode(self.token), bytes.fromhex(self.head), trust)
        except TimestampError as error:
            raise TraceBroken('trace_stamp', f'a time stamp does not hold: {error}', {'index': self.number}) from error
        if naive_utc(moment).replace(microsecond=0) != self.at:
            raise TraceBroken('trace_stamp', 'a time stamp shows another time', {'index': self.number})
