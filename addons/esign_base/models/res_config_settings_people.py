from odoo import fields, models

from ..rules.otp import PER_DAY


class ResConfigSettings(models.TransientModel):
    """Limits that an operator may set; the others are fixed by the rules."""

    _inherit = 'res.config.settings'

    esign_otp_per_day = fields.Integer(
        'Codes a day',
        default=PER_DAY,
        config_parameter='esign.otp_per_day',
        help='SMS and mail codes that one number or address gets within 24 hours.',
    )
