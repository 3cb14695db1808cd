from odoo import api, models

from odoo.addons.esign_base.errors import ApiRefused


class EsignApi(models.AbstractModel):
    """Groups and their parties as business systems name them."""

    _inherit = 'esign.api'

    @api.model
    def _group_of(self, ref, path='group'):
        """The caller's group, as superuser. :raises ApiRefused: unknown to this system."""
        return self.env['esign.api.reference']._find('group', ref, path)

    @api.model
    def _party_of(self, group, ref, path='party'):
        """A party of the group by its key. :raises ApiRefused: no such party."""
        party = group.party_ids.filtered(lambda one: one.ref == ref)
        if not party:
            raise ApiRefused(
                'ESIGN_NOT_FOUND',
                self.env._('%(path)s: this group has nothing called “%(ref)s”.', path=path, ref=ref),
            )
        return party
