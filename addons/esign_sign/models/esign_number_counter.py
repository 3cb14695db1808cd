from odoo import fields, models


class EsignNumberCounter(models.Model):
    """How far the contract numbers of an enterprise have counted. Written by the launch alone."""

    _name = 'esign.number.counter'
    _description = 'Counter of contract numbers'
    _log_access = False

    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict')
    prefix = fields.Char(required=True)
    last = fields.Integer(required=True)

    _once = models.Constraint('UNIQUE(enterprise_id, prefix)', 'There is one counter for each prefix.')
