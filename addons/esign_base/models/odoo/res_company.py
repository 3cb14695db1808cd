from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_sms_api_class(self):
        """Every SMS of this system leaves by the configured gateway or not at all."""
        self.ensure_one()
        return self.env['esign.sms']._gateway_class()
