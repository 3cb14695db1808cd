from odoo import api, fields, models

from ...errors import EsignError


class EsignReasonWizard(models.TransientModel):
    """Asks staff for the reason of a decision and passes it to the record.

    Any model can use it: ``_ask(records, 'reject', title)`` calls ``_staff_reject(reason)`` of each
    record, and that method itself checks who may do it.
    """

    _name = 'esign.reason.wizard'
    _description = 'Reason of a decision'

    res_model = fields.Char('Model', required=True, readonly=True)
    res_ids = fields.Json('Records', required=True, readonly=True)
    decision = fields.Char('Decision', required=True, readonly=True)
    reason = fields.Text('Reason')

    @api.model
    def _ask(self, records, decision, title):
        wizard = self.create({'res_model': records._name, 'res_ids': records.ids, 'decision': decision})
        return {
            'type': 'ir.actions.act_window',
            'name': title,
            'res_model': self._name,
            'res_id': wizard.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def action_confirm(self):
        """Hand the reason to every record."""
        self.ensure_one()
        reason = (self.reason or '').strip()
        if not reason:
            raise EsignError(self.env._('Give a reason: the person concerned will read it.'))
        if self.res_model not in self.env:
            raise EsignError(self.env._('This decision is not known.'))
        records = self.env[self.res_model].browse(self.res_ids).exists()
        records.check_access('read')
        for record in records:
            decide = getattr(record, f'_staff_{self.decision}', None)
            if decide is None:
                raise EsignError(self.env._('This decision is not known.'))
            decide(reason[:500])
        return {'type': 'ir.actions.act_window_close'}
