from odoo import api, fields, models

from ...errors import EsignError


class EsignAgreementAcceptance(models.Model):
    """Who accepted which text, when and from where. Written once."""

    _name = 'esign.agreement.acceptance'
    _description = 'Acceptance of an agreement'
    _order = 'id desc'
    _rec_name = 'agreement_id'

    agreement_id = fields.Many2one('esign.agreement', 'Agreement', required=True, ondelete='restrict', index=True)
    kind = fields.Selection(related='agreement_id.kind', store=True)
    version = fields.Char('Version', required=True)
    user_id = fields.Many2one('res.users', 'Login', required=True, ondelete='restrict', index=True)
    accepted_at = fields.Datetime('Accepted on', required=True, default=fields.Datetime.now)
    lang = fields.Char('Language shown')
    sha256 = fields.Char('SHA-256 of the text shown', required=True)
    ip = fields.Char('IP address')
    user_agent = fields.Char('Browser')

    def write(self, vals):
        raise EsignError(self.env._('An acceptance is kept as it is.'))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise EsignError(self.env._('An acceptance is kept as it is.'))
