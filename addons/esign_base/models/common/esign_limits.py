from dataclasses import fields as columns

from odoo import api, models

from ...rules.limits import DEFAULTS, HIGHEST, GroupLimits

PREFIX = 'esign.limit_'


class EsignLimits(models.AbstractModel):
    """The limits in force: the one place where their settings are read."""

    _name = 'esign.limits'
    _description = 'Limits in force'

    @api.model
    def _now(self):
        """The limits as they are set; the usual one where nothing, or nonsense, is set."""
        parameters = self.env['ir.config_parameter'].sudo()
        return GroupLimits(**{one.name: self._value(parameters, one.name) for one in columns(GroupLimits)})

    @api.model
    def _value(self, parameters, name):
        default, highest = getattr(DEFAULTS, name), getattr(HIGHEST, name)
        text = (parameters.get_param(f'{PREFIX}{name}') or '').strip()
        return min(int(text), highest) if text.isascii() and text.isdigit() and int(text) > 0 else default
