from odoo import api, fields, models
from odoo.exceptions import AccessError

# What staff may do with a reason: (model, act) → method. Nothing else can be reached from here.
_ACTS = {
    ('esign.enterprise.certification', 'reject'): '_reject',
    ('esign.enterprise.admin.change', 'reject'): '_reject',
    ('esign.enterprise', 'freeze'): '_freeze',
    ('esign.enterprise', 'revoke'): '_revoke',
}


class EsignReasonWizard(models.TransientModel):
    """Ask staff for the reason of a decision that the people concerned will read."""

    _name = 'esign.reason.wizard'
    _description = 'Reason of a decision'

    model = fields.Selection('_select_model', required=True, readonly=True)
    record_id = fields.Integer(required=True, readonly=True)
    act = fields.Selection([('reject', 'Reject'), ('freeze', 'Freeze'), ('revoke', 'Revoke')], required=True, readonly=True)
    reason = fields.Text(required=True)

    @api.model
    def _select_model(self):
        return [(model, model) for model, _act in _ACTS]

    @api.model
    def _open(self, record, act):
        """Return the action that opens the question for one record."""
        record.ensure_one()
        labels = dict(self._fields['act']._description_selection(self.env))
        return {
            'type': 'ir.actions.act_window',
            'name': labels[act],
            'res_model': self._name,
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_model': record._name, 'default_record_id': record.id, 'default_act': act},
        }

    def action_confirm(self):
        """Carry the decision out; the record's own method checks who may."""
        self.ensure_one()
        method = _ACTS.get((self.model, self.act))
        if not method:
            raise AccessError(self.env._('There is no such decision.'))
        record = self.env[self.model].browse(self.record_id).exists()
        record.ensure_one()
        record.check_access('read')
        self.env['esign.enterprise.certification']._check_staff()
        getattr(record, method)(self.reason)
        return {'type': 'ir.actions.act_window_close'}
