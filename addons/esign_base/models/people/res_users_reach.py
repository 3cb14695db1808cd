from odoo import models
from odoo.exceptions import AccessError

from ...rules.reach import OUTSIDE, STAFF, SYSTEM
from .res_users_access import SYSTEMS

LOWEST_STAFF = 'esign_base.group_esign_viewer'
UNLIMITED = ('esign_base.group_esign_administrator', 'base.group_system')


class ResUsers(models.Model):
    """How far a login reaches: business systems, outsiders and staff roles less far than Odoo would let them."""

    _inherit = 'res.users'

    def _esign_reach(self):
        """``system``, ``outside``, ``staff`` (``rules/reach``), or '' for a login that only Odoo's own rights bound."""
        if self and self._esign_is_system():
            return SYSTEM
        if not self or not self._is_internal():
            return OUTSIDE
        if self.has_group(LOWEST_STAFF) and not any(self.has_group(group) for group in UNLIMITED):
            return STAFF
        return ''

    def _init_odoobot(self):
        """Odoo's assistant (``mail_bot``) opens a channel at the first log-in: none for our roles."""
        return None if self._esign_reach() == STAFF else super()._init_odoobot()

    def write(self, vals):
        """Outsiders change nothing of their login by themselves: our pages ask for codes, and write as superuser."""
        if not self.env.su and self.env.user._esign_reach() in (SYSTEM, OUTSIDE):
            raise AccessError(self.env._('Change your data in the user centre.'))
        return super().write(vals)


class ResGroups(models.Model):
    """A business system is a kind of user of its own, beside internal, portal and public ones.

    Odoo refuses a user of two kinds: no login of a business system ever is staff or a portal account as well.
    """

    _inherit = 'res.groups'

    def _get_user_type_groups(self):
        kinds = super()._get_user_type_groups()
        systems = self.env.ref(SYSTEMS, raise_if_not_found=False)
        return kinds | systems.sudo() if systems else kinds
