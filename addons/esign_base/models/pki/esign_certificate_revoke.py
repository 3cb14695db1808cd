from odoo import fields, models

from ...errors import EsignError
from .esign_certificate import REASONS


class EsignCertificateRevoke(models.TransientModel):
    """Staff: revoke certificates, with a reason."""

    _name = 'esign.certificate.revoke'
    _description = 'Revoke certificates'

    certificate_ids = fields.Many2many('esign.certificate', string='Certificates', required=True)
    reason = fields.Selection(REASONS, 'Reason of revocation', required=True)
    note = fields.Char(required=True)

    def action_revoke(self):
        """Revoke for good."""
        self.ensure_one()
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise EsignError(self.env._('Only operators do this.'), 'FORBIDDEN')
        own = self.certificate_ids.filtered(lambda row: row.kind == 'platform')
        if own and not self.env.user.has_group('esign_base.group_esign_administrator'):
            raise EsignError(self.env._('Only administrators do this.'), 'FORBIDDEN')
        self.certificate_ids._revoke(self.reason, self.note)
        return {'type': 'ir.actions.act_window_close'}
