from odoo import models


class EsignPortal(models.AbstractModel):
    """What seals add to the portal shell."""

    _inherit = 'esign.portal'

    def _esign_centre_tabs(self, identity):
        tabs = super()._esign_centre_tabs(identity)
        return [*tabs, ('seals', self.env._('Personal seals'), '/my/esign/seals', 0)]
