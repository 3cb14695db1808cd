from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules.limits import DEFAULTS, HIGHEST

NAMES = tuple(f'esign_limit_{name}' for name in DEFAULTS.__slots__)


def _limit(label, name):
    return fields.Integer(label, default=getattr(DEFAULTS, name), config_parameter=f'esign.limit_{name}')


class ResConfigSettings(models.TransientModel):
    """Limits of contract groups and reminders."""

    _inherit = 'res.config.settings'

    esign_limit_files = _limit('Files in a group', 'files')
    esign_limit_file_mib = _limit('Size of a file (MB)', 'file_mib')
    esign_limit_group_mib = _limit('Size of all files of a group (MB)', 'group_mib')
    esign_limit_parties = _limit('Parties of a group', 'parties')
    esign_limit_placements = _limit('Positions on a contract', 'placements')
    esign_limit_remind_after = _limit('Minutes to the first reminder', 'remind_after')
    esign_limit_remind_every = _limit('Minutes between reminders', 'remind_every')
    esign_limit_reminders = _limit('Reminders to a party', 'reminders')

    @api.constrains(*NAMES)
    def _check_limits(self):
        for settings in self:
            for name in NAMES:
                highest = getattr(HIGHEST, name.removeprefix('esign_limit_'))
                if not 1 <= settings[name] <= highest:
                    raise ValidationError(
                        self.env._(
                            '“%(limit)s” lies between 1 and %(highest)s.',
                            limit=self._fields[name]._description_string(self.env),
                            highest=highest,
                        )
                    )
