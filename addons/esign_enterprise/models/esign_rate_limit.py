from odoo import api, models


class EsignRateLimit(models.Model):
    """What is counted of enterprises."""

    _inherit = 'esign.rate.limit'

    @api.model
    def _names(self):
        _ = self.env._
        return {
            **super()._names(),
            'enterprise_search': _('Searches for an enterprise'),
            'enterprise_join': _('Applications to join'),
        }
