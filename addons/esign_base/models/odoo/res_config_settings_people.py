from odoo import fields, models

from ...rules.otp import PER_DAY
from ..people.res_users_access import PASSWORD_ONLY, STAFF_KEYS


class ResConfigSettings(models.TransientModel):
    """Limits that an operator may set; the others are fixed by the rules."""

    _inherit = 'res.config.settings'

    esign_otp_per_day = fields.Integer(
        'Codes a day',
        default=PER_DAY,
        config_parameter='esign.otp_per_day',
        help='SMS and mail codes that one number or address gets within 24 hours; half of them are kept for its owner.',
    )
    esign_staff_password_only = fields.Boolean(
        'Staff without a second factor',
        config_parameter=PASSWORD_ONLY,
        help='Staff log in with their password alone. Off: who has no second factor sets one up at the next log-in.',
    )
    esign_staff_api_keys = fields.Boolean(
        'API keys of staff',
        config_parameter=STAFF_KEYS,
        help='Staff may make API keys and call remote interfaces with their own rights. Off: business systems only.',
    )
