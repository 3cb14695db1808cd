from odoo import api, models


class EsignRateLimit(models.Model):
    """What is counted of contracts."""

    _inherit = 'esign.rate.limit'

    @api.model
    def _names(self):
        _ = self.env._
        return {
            **super()._names(),
            'link': _('Signing links that were guessed'),
            'party_search': _('Searches for a party'),
            'party_number': _('Mobile numbers looked up'),
        }
