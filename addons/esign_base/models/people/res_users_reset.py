import logging

from odoo import api, models
from odoo.exceptions import UserError

from ...errors import RateLimited
from ...rules.mobile import normal_mobile
from ...tools.visitor import visitor_network

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    """A password reset by mail, for staff: whoever asks learns nothing, neither by words nor by time."""

    _inherit = 'res.users'

    @api.model
    def _esign_ask_reset(self, login):
        """Take an anonymous wish for a link to reset a password.

        The mail is a matter of a job, which is queued for names that nobody has as well.

        :raises RateLimited: too many wishes from this address. Too many about one login are silently left out.
        :raises UserError: a mobile number, whose password is reset by SMS.
        """
        if normal_mobile(login):
            raise UserError(self.env._('Reset the password by SMS on the portal’s page “Forgot password”.'))
        limits, network, name = self.env['esign.rate.limit'], visitor_network(), login.strip().lower()[:200]
        if network:
            limits._take_by_rule('reset.address', network)
        try:
            limits._take_by_rule('reset.login', name)
        except RateLimited:
            _logger.info('A wish to reset a password was left out: too many for one login')
            return
        self.sudo().with_context(queue_job__no_delay=False).with_delay(
            description=self.env._('Mail to reset a password')
        )._esign_send_reset(login)

    @api.model
    def _esign_send_reset(self, login):
        """Send the link, if the login is somebody's; what is in the way is for the log."""
        users = self.search(self._get_login_domain(login)) or self.search(self._get_email_domain(login))
        if len(users) != 1:
            return
        try:
            with self.env.cr.savepoint():
                users.action_reset_password()
        except UserError as error:
            _logger.warning('No mail to reset the password of user %s: %s', users.id, error)

    def reset_password(self, login):
        """Odoo's page and whoever calls it remotely: as :meth:`_esign_ask_reset`."""
        return self._esign_ask_reset(login)
