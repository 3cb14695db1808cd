from odoo import fields, models


class EsignExtendWizard(models.TransientModel):
    """Asks staff for a later deadline of a contract group."""

    _name = 'esign.extend.wizard'
    _description = 'New deadline'

    group_id = fields.Many2one('esign.contract.group', 'Group', required=True, readonly=True, ondelete='cascade')
    deadline = fields.Date('Present deadline', related='group_id.deadline')
    new_deadline = fields.Date('Sign until', help='Until 24:00 of this day, Beijing time.')

    def action_confirm(self):
        """Move the deadline; the group checks who asks, and the day."""
        self.ensure_one()
        self.group_id._extend(self.group_id._staff(), self.new_deadline)
        return {'type': 'ir.actions.act_window_close'}
