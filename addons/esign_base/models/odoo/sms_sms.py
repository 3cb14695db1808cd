from datetime import timedelta

from odoo import fields, models

# A hand-over that has not been answered for so long was cut off: three requests with their time-outs fit in.
CUT_OFF = timedelta(minutes=10)
MESSAGES_A_RUN = 200
OUTGOING = [('state', '=', 'outgoing'), ('to_delete', '!=', True)]


class SmsSms(models.Model):
    """The outbox of notices: nobody gets one twice, and none is lost without being seen.

    A gateway cannot take part in our transaction. That a message is handed over now is therefore
    committed before it is handed over, message by message, and such a message is never handed over
    again by itself: at most once. When the process dies in between, only the gateway can know
    whether the message has left. One that can be asked by the message's id decides; otherwise the
    message becomes an error that says so, and staff decide: a reminder that comes twice is worse
    than one that a person sends again knowingly.
    """

    _inherit = 'sms.sms'

    esign_handed_at = fields.Datetime('Handed to the gateway on', readonly=True, copy=False)
    failure_type = fields.Selection(selection_add=[('esign_cut_off', 'Interrupted: it may have been sent')])

    def write(self, vals):
        if vals.get('state') == 'outgoing':
            vals = {**vals, 'esign_handed_at': False}  # staff send it again
        return super().write(vals)

    def send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Leave alone what the queue is handing over."""
        free = self.filtered(lambda sms: not sms.esign_handed_at)
        return super(SmsSms, free).send(unlink_failed, unlink_sent, raise_exception)

    def _process_queue(self):
        """Send what waits, each message under its own mark and commit."""
        self._settle_cut_off()
        cron = self.env['ir.cron']
        waiting = self.search([*OUTGOING, ('esign_handed_at', '=', False)], order='id', limit=MESSAGES_A_RUN)
        cron._commit_progress(remaining=len(waiting))
        for found in waiting:
            row = found.try_lock_for_update().filtered_domain([*OUTGOING, ('esign_handed_at', '=', False)])
            if row:
                row.esign_handed_at = fields.Datetime.now()
                cron._commit_progress()
                row._send(unlink_failed=False, unlink_sent=True, raise_exception=False)
            if not cron._commit_progress(1):
                break

    def _settle_cut_off(self):
        """Decide about messages during whose hand-over the process died."""
        limit = fields.Datetime.now() - CUT_OFF
        rows = self.search([*OUTGOING, ('esign_handed_at', '<', limit)], limit=MESSAGES_A_RUN)
        for row in rows.try_lock_for_update():
            left = row._get_sms_company()._get_sms_api_class()(self.env)._has_left(row.uuid)
            if left is None:
                row._update_sms_state_and_trackers('error', failure_type='esign_cut_off')
            elif left:
                row._update_sms_state_and_trackers('pending')
            else:
                row.esign_handed_at = False

    def _split_by_api(self):
        """Messages of several companies go by the gateway of each."""
        for company, messages in self.grouped(lambda sms: sms._get_sms_company()).items():
            yield company._get_sms_api_class()(self.env), messages

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Rows of several companies may be handed over at once: send company by company."""
        if self.env.context.get('sms_api'):
            return super()._send(unlink_failed, unlink_sent, raise_exception)
        for api, messages in self._split_by_api():
            messages.with_context(sms_api=api)._send(unlink_failed, unlink_sent, raise_exception)
        return None
