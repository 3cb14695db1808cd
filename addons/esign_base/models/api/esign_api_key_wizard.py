from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.base.models.res_users import check_identity

from ..people.res_users_reach import SYSTEMS


class EsignApiKeyWizard(models.TransientModel):
    """A key for a business system, whose login has no pages of its own to make one; and its login, if it is new."""

    _name = 'esign.api.key.wizard'
    _description = 'Key for a business system'

    user_id = fields.Many2one(
        'res.users', 'System', domain=lambda self: [('all_group_ids', 'in', self.env.ref(SYSTEMS).ids)],
        help='Empty: a new one.', ondelete='cascade',
    )  # fmt: skip
    name = fields.Char('Name of the new system')
    login = fields.Char('Its login')
    purpose = fields.Char('What the key is for', required=True, default='RPC')
    days = fields.Integer('Valid for days', required=True, default=90)

    _days_valid = models.Constraint('CHECK (days BETWEEN 1 AND 365)', 'A key is valid for 1 to 365 days.')

    @check_identity
    def action_make(self):
        """Make the key and show it once; who sits at the screen gives the password again first."""
        self.ensure_one()
        if not self.env.user.has_group('esign_base.group_esign_administrator'):
            raise AccessError(self.env._('Only administrators give keys to business systems.'))
        system = self.user_id.sudo() or self._new_system()
        if not system.has_group(SYSTEMS):
            raise UserError(self.env._('%s is no business system.', system.name))
        until = fields.Datetime.now() + timedelta(days=self.days)
        key = self.env['res.users.apikeys'].with_user(system).sudo()._generate(None, self.purpose, until)
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('The new key'),
            'res_model': 'res.users.apikeys.show',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_key': key},
        }

    def _new_system(self):
        if not (self.name and self.login):
            raise UserError(self.env._('Choose a system, or give name and login of a new one.'))
        users = self.env['res.users'].sudo().with_context(no_reset_password=True)
        groups = [Command.set(self.env.ref(SYSTEMS).ids)]
        return users.create({'name': self.name, 'login': self.login.strip(), 'group_ids': groups})
