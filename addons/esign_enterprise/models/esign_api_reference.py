from odoo import api, fields, models

from odoo.addons.esign_base.errors import ApiRefused


class EsignApiReference(models.Model):
    """Keys that stand for enterprises, also while their certification is under way."""

    _inherit = 'esign.api.reference'

    kind = fields.Selection(selection_add=[('enterprise', 'Enterprise')], ondelete={'enterprise': 'cascade'})
    certification_id = fields.Many2one(
        'esign.enterprise.certification', 'Certification applied for', readonly=True, ondelete='restrict'
    )

    @api.model
    def _models(self):
        return {**super()._models(), 'enterprise': 'esign.enterprise'}

    def _target(self):
        return super()._target() or self.sudo().certification_id.enterprise_id.id

    def _record(self):
        reference = self.sudo()
        if reference.kind == 'enterprise' and not reference.res_id and reference.certification_id.enterprise_id:
            reference.res_id = reference.certification_id.enterprise_id.id
        return super()._record()

    @api.model
    def _find_acting(self, ref, path):
        """An enterprise in whose name the caller may act, as superuser.

        That is one it made and may vouch for, an internal one it made, or an internal one that the
        operator shared with it. Others it may only name as parties.

        :raises ApiRefused: unknown, or not the caller's to act for.
        """
        enterprise, reference = self._find('enterprise', ref, path), self._of('enterprise', ref)
        internal, vouches = enterprise.kind == 'internal', self.env['esign.api']._may_vouch()
        if not ((reference.origin == 'made' and (internal or vouches)) or (reference.origin == 'shared' and internal)):
            raise ApiRefused(
                'ESIGN_FORBIDDEN',
                self.env._('%(path)s: your system may not act for “%(ref)s”, only name it.', path=path, ref=ref),
            )
        return enterprise
