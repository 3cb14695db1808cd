from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...rules.mobile import STRAY_LOGINS, normal_mobile

# Only code of this process can hold it: no context that comes in by a call is this object.
OWN_ACCOUNT = object()
CONTEXT = 'esign_own_account'


class ResUsers(models.Model):
    """A login that looks like a mobile number belongs to who holds the number: accounts alone are opened so.

    And an account is opened by our registration, which asks for a code, or by staff and business systems through it:
    Odoo's free sign-up stays shut, whatever its setting says.
    """

    _inherit = 'res.users'

    esign_stray = fields.Boolean(
        'Looks like a mobile number without account', compute='_compute_esign_stray', search='_search_esign_stray',
        groups='esign_base.group_esign_administrator,base.group_system',
    )  # fmt: skip

    def _compute_esign_stray(self):
        stray = self._esign_stray_logins()
        for user in self:
            user.esign_stray = user in stray

    def _search_esign_stray(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return [('id', 'in' if True in value else 'not in', self.sudo()._esign_stray_logins().ids)]

    @api.model
    def _get_signup_invitation_scope(self):
        return 'b2b'

    def _esign_own_account(self):
        """These logins for the code that opens accounts and changes their numbers."""
        return self.sudo().with_context(**{CONTEXT: OWN_ACCOUNT})

    @api.constrains('login')
    def _check_esign_login(self):
        # While modules are installed, their data speak (demo logins come before their accounts).
        if self.env.context.get(CONTEXT) is OWN_ACCOUNT or not self.env.registry.ready:
            return
        for user in self:
            mobile = normal_mobile(user.login)
            if mobile and self.env['esign.account']._of_user(user).mobile != mobile:
                raise self._esign_number_refused(user.login)

    @api.model
    def _esign_number_refused(self, login):
        return ValidationError(
            self.env._(
                'The login “%s” looks like a mobile number. Such logins are made by registration with a code on that '
                'number alone. Choose another login, an e-mail address for instance.',
                login,
            )
        )

    @api.model
    def _esign_stray_logins(self):
        """Logins that look like mobile numbers and belong to no account: somebody may have taken a number over."""
        self.flush_model(['login'])
        self.env['esign.account'].flush_model(['user_id'])
        rows = self.env.execute_query(SQL(STRAY_LOGINS))
        return self.browse([row[0] for row in rows])
