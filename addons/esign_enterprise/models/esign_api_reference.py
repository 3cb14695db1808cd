from odoo import api, fields, models


class EsignApiReference(models.Model):
    """Keys that stand for enterprises."""

    _inherit = 'esign.api.reference'

    kind = fields.Selection(selection_add=[('enterprise', 'Enterprise')], ondelete={'enterprise': 'cascade'})

    @api.model
    def _models(self):
        return {**super()._models(), 'enterprise': 'esign.enterprise'}
