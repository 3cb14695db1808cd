from odoo import api, models


class EsignRateLimit(models.Model):
    """What is counted of verifications."""

    _inherit = 'esign.rate.limit'

    @api.model
    def _names(self):
        _ = self.env._
        return {
            **super()._names(),
            'esign.verify': _('Verifications of files'),
            'esign.verify.report': _('Reports of verifications'),
            'esign.evidence': _('Evidence packs and reports'),
        }
