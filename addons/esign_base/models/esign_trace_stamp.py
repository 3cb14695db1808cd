from odoo import fields, models


class EsignTraceStamp(models.Model):
    """A trusted time stamp (RFC 3161) over the head of a trace: from then on its past is fixed."""

    _name = 'esign.trace.stamp'
    _inherit = ['esign.append.only']
    _description = 'Time stamp of a trace'
    _order = 'chain_id, number'

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
