from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from ...rules.reach import STAFF


class IrFilters(models.Model):
    """Staff keep filters for themselves: a default one for everybody would hide rows from others."""

    _inherit = 'ir.filters'

    def _esign_is_bounded(self):
        return not self.env.su and self.env.user._esign_reach() == STAFF

    def _esign_own(self, vals):
        return {**vals, 'user_ids': [Command.set([self.env.uid])]}

    def _esign_refuse_others(self):
        """:raises AccessError: a filter is shared, or somebody else's."""
        if self._esign_is_bounded() and any(row.user_ids != self.env.user for row in self.sudo()):
            raise AccessError(self.env._('You may change your own filters only.'))

    @api.model_create_multi
    def create(self, vals_list):
        bounded = self._esign_is_bounded()
        return super().create([self._esign_own(vals) for vals in vals_list] if bounded else vals_list)

    def write(self, vals):
        self._esign_refuse_others()
        return super().write(self._esign_own(vals) if self._esign_is_bounded() else vals)

    @api.ondelete(at_uninstall=False)
    def _esign_unlink_own(self):
        self._esign_refuse_others()
