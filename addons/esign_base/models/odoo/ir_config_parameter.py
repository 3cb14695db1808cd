import logging

from odoo import api, models

from ...rules.tries import PARAMETER
from ..people.res_users_access import PASSWORD_ONLY, STAFF_KEYS

_logger = logging.getLogger(__name__)
GUARDED = (PASSWORD_ONLY, STAFF_KEYS)


class IrConfigParameter(models.Model):
    """Whoever opens a door by a setting is named in the log, whichever way it is set."""

    _inherit = 'ir.config_parameter'

    def _esign_told(self, change):
        """Log a change of these parameters, and forget which passwords were found right before it."""
        for parameter in self.sudo():
            if parameter.key in GUARDED or (parameter.key or '').startswith(PARAMETER):
                _logger.info(
                    'Access setting %s %s (%s), by user %s', parameter.key, change, parameter.value, self.env.uid
                )
                self.env.registry.clear_cache()

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._esign_told('was set')
        return parameters

    def write(self, vals):
        done = super().write(vals)
        self._esign_told('was changed')
        return done

    def unlink(self):
        self._esign_told('was removed')
        return super().unlink()
