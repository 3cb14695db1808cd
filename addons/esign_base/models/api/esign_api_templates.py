from odoo import models

from ...errors import ApiRefused
from ...tools.api_method import remote
from ...tools.api_values import Maybe, Text


class EsignApi(models.AbstractModel):
    """Templates: known by name until they are there."""

    _inherit = 'esign.api'

    @remote(scenario=(Maybe(Text(64)), None), business_type=(Maybe(Text(64)), None))
    def templates(self, scenario, business_type):
        """Templates and template groups that can be launched: not offered yet."""
        raise ApiRefused('ESIGN_UNAVAILABLE', self.env._('Templates are not offered yet. Launch from files.'))
