import werkzeug.exceptions

from odoo import models
from odoo.http import request

from ...tools.quiet_links import is_changed
from ...tools.room_address import CHANGED


class IrHttp(models.AbstractModel):
    """No redirect repeats a path with the secret of a signing link: languages and slashes come after this."""

    _inherit = 'ir.http'

    @classmethod
    def _match(cls, path):
        if is_changed(path):
            response = request.redirect(CHANGED, 303)
            response.headers['Referrer-Policy'] = 'no-referrer'
            werkzeug.exceptions.abort(response)
        return super()._match(path)
