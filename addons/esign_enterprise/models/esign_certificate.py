from odoo import api, fields, models


class EsignCertificate(models.Model):
    """Certificates of enterprises: requested by the approval, issued right after it."""

    _inherit = 'esign.certificate'

    enterprise_id = fields.Many2one(
        'esign.enterprise', 'Enterprise', readonly=True, ondelete='restrict', index='btree_not_null'
    )

    @api.model
    def _request_for(self, enterprise):
        """Ask for the certificate of an enterprise unless it has one or one is under way."""
        known = self.sudo().search_count(
            [('uscc', '=', enterprise.uscc), ('kind', '=', 'long_term'), ('state', 'in', ('requested', 'failed'))],
            limit=1,
        )
        if known or self._current_of([enterprise.uscc], fields.Datetime.now()):
            return self.browse()
        return self._request(
            holder_name=enterprise.name,
            partner_id=enterprise.partner_id.id,
            uscc=enterprise.uscc,
            enterprise_id=enterprise.id,
        )

    def _holder_persons(self):
        return super()._holder_persons() | self.sudo().enterprise_id._administrators().person_id
