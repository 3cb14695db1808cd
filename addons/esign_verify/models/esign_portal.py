from odoo import models

from odoo.addons.esign_base.tools.portal import MenuEntry


class EsignPortal(models.AbstractModel):
    """The verification page in the menu."""

    _inherit = 'esign.portal'

    def _esign_menu(self, identity):
        entries = super()._esign_menu(identity)
        if identity:
            entries.append(
                MenuEntry('verify', self.env._('Document verification'), '/esign/verify', 'shield', sequence=50)
            )
        return entries
