from odoo import SUPERUSER_ID, api

FREEZE = 'web.base.url.freeze'


def migrate(cr, version):
    """Links in messages stay as they are, whatever address an administrator logs in by."""
    parameters = api.Environment(cr, SUPERUSER_ID, {})['ir.config_parameter']
    if not parameters.get_param(FREEZE):
        parameters.set_param(FREEZE, 'True')
