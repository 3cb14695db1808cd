from odoo import models

# One request a message: a small batch keeps the cron's transaction short.
BATCH_SIZE = 20


class SmsSms(models.Model):
    _inherit = 'sms.sms'

    def _split_by_api(self):
        """Messages of several companies go by the gateway of each."""
        for company, messages in self.grouped(lambda sms: sms._get_sms_company()).items():
            yield company._get_sms_api_class()(self.env), messages

    def _get_send_batch_size(self):
        return min(super()._get_send_batch_size(), BATCH_SIZE)

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """The queue hands over rows of several companies at once: send company by company."""
        if self.env.context.get('sms_api'):
            return super()._send(unlink_failed, unlink_sent, raise_exception)
        for api, messages in self._split_by_api():
            messages.with_context(sms_api=api)._send(unlink_failed, unlink_sent, raise_exception)
        return None
