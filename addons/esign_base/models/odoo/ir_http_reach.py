from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request

from ...rules.reach import FACADE, SYSTEM

RPC = f'/json/2/{FACADE}/'


class IrHttp(models.AbstractModel):
    """Business systems have one address behind their key, and none behind a session."""

    _inherit = 'ir.http'

    @classmethod
    def _auth_method_user(cls):
        super()._auth_method_user()
        if request.env.user._esign_reach() == SYSTEM and not request.httprequest.path.startswith(RPC):
            raise AccessDenied(request.env._('Business systems call “%s” and nothing else.', FACADE))
