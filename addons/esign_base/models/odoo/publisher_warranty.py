from odoo import models

from ...tools import development


class PublisherWarrantyContract(models.AbstractModel):
    _inherit = 'publisher_warranty.contract'

    def update_notification(self, cron_mode=True):
        """A development database tells nobody that it exists."""
        if development.database_marked(self.env):
            return True
        return super().update_notification(cron_mode)
