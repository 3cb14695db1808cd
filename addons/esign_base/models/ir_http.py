from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Portal scripts get the translations of every addon of this system."""
        names = super()._get_translation_frontend_modules_name()
        installed = cls.pool._init_modules
        return [*names, *sorted(name for name in installed if name.startswith('esign_'))]
