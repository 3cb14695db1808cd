from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .esign_api import CALLS, CALLS_PARAMETER, HIGHEST_CALLS


class ResConfigSettings(models.TransientModel):
    """How much business systems may ask."""

    _inherit = 'res.config.settings'

    esign_api_calls_per_minute = fields.Integer(
        'Calls a minute',
        default=CALLS,
        config_parameter=CALLS_PARAMETER,
        help='How many calls each business system may make within a minute; more are refused with ESIGN_LIMIT.',
    )

    @api.constrains('esign_api_calls_per_minute')
    def _check_api_calls(self):
        for settings in self:
            if not 1 <= settings.esign_api_calls_per_minute <= HIGHEST_CALLS:
                raise ValidationError(
                    self.env._('“Calls a minute” of a business system lies between 1 and %s.', HIGHEST_CALLS)
                )
