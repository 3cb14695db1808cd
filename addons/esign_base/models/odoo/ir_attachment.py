from odoo import api, models

# What Odoo works out of a file's content.
WORKED_OUT = frozenset({'checksum', 'db_datas', 'file_size', 'store_fname'})


class IrAttachment(models.Model):
    """Files are named by their content: whoever names one that is there already would read it."""

    _inherit = 'ir.attachment'

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name not in WORKED_OUT])
