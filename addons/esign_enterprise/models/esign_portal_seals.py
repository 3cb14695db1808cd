from odoo import models

from odoo.addons.esign_base.tools.portal import MenuEntry

from .esign_seal_pages import LIST


class EsignPortal(models.AbstractModel):
    """Enterprise seals in the portal's menu."""

    _inherit = 'esign.portal'

    def _esign_menu(self, identity):
        entries = super()._esign_menu(identity)
        if getattr(identity, 'enterprise', None):
            entries.append(MenuEntry('seals', self.env._('Enterprise seals'), LIST, 'seal', 55))
        return entries
