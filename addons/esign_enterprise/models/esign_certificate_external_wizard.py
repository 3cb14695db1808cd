from odoo import models


class EsignCertificateExternal(models.TransientModel):
    """The floor that knows whose credit code it is."""

    _inherit = 'esign.certificate.external'

    def _holder(self, code):
        enterprise = self.env['esign.enterprise'].search([('uscc', '=', code), ('state', '!=', 'revoked')], limit=1)
        return {'enterprise_id': enterprise.id, 'partner_id': enterprise.partner_id.id} if enterprise else {}
