from odoo import api, fields, models


class EsignCallbackAttempt(models.Model):
    """One attempt: when, where to, how long, what status. Neither body, headers nor answer."""

    _name = 'esign.callback.attempt'
    _description = 'Attempt of a call-back'
    _order = 'id desc'

    event_id = fields.Many2one(
        'esign.callback.event', 'Call-back', required=True, readonly=True, ondelete='cascade', index=True
    )
    callback_id = fields.Many2one(related='event_id.callback_id', store=True, index=True)
    status = fields.Integer('HTTP status', readonly=True)
    fault = fields.Char(readonly=True)
    said = fields.Char('Result', compute='_compute_said')
    address = fields.Char('IP address', readonly=True)
    milliseconds = fields.Integer('Took (ms)', readonly=True)

    @api.depends('fault', 'status')
    def _compute_said(self):
        callbacks = self.env['esign.callback']
        for attempt in self:
            text = callbacks._fault_text(attempt.fault) if attempt.fault else self.env._('Received.')
            attempt.said = f'{attempt.status}: {text}' if attempt.status else text
