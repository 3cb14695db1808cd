import datetime as dt

from odoo import api, fields, models

from .esign_contract_group import RUNNING

REMIND_DAYS = (3, 1)
# What no job was at for so long is taken up again.
LEFT_OVER, STAMP_AGAIN = dt.timedelta(minutes=1), dt.timedelta(minutes=5)


class EsignContractGroup(models.Model):
    """What happens by itself: expiry, reminders, work that was left over."""

    _inherit = 'esign.contract.group'

    auto_reminded_days = fields.Integer(readonly=True, copy=False, default=0)

    @api.model
    def _cron_expire(self):
        """Expire what is late."""
        late = [('state', 'in', RUNNING), ('expires_at', '<=', fields.Datetime.now())]
        self.env['ir.cron']._each_due(self.sudo(), late, lambda group: group._expire())

    @api.model
    def _cron_remind(self):
        """Remind those who have not signed, three days and one day before the deadline, once each."""
        for days in REMIND_DAYS:
            limit = fields.Datetime.now() + dt.timedelta(days=days)
            due = [
                ('state', 'in', RUNNING),
                ('expires_at', '<=', limit),
                '|',
                ('auto_reminded_days', '=', 0),
                ('auto_reminded_days', '>', days),
            ]
            self.env['ir.cron']._each_due(self.sudo(), due, lambda group, days=days: group._remind_all(days))

    def _remind_all(self, days):
        """Remind every party whose turn it is, and note that this warning was given."""
        self.auto_reminded_days = days
        for party in self.party_ids.filtered(lambda one: one.state == 'pending'):
            party._remind()

    def _remind(self, identity):
        """Remind all parties that may be reminded now.

        :return: (names of those reminded, reasons why others were not).
        """
        group = self._require('remind', identity)
        done, left = [], []
        for party in group.party_ids.filtered(lambda one: one.state == 'pending'):
            answer = party._may_be_reminded()
            if answer:
                party._remind(identity)
                done.append(party.name)
            else:
                left.append(answer.message)
        return done, left

    @api.model
    def _cron_resume(self):
        """Take up what a crash left: preparations without a job, and archive stamps."""
        limit = fields.Datetime.now() - LEFT_OVER
        left = self.sudo().search([('state', '=', 'preparing'), ('write_date', '<', limit)], limit=50)
        for group in left:
            group._prepare_later()
        limit = fields.Datetime.now() - STAMP_AGAIN
        unstamped = (
            self.env['esign.contract']
            .sudo()
            .search([('state', '=', 'signed'), ('archived_at', '=', False), ('write_date', '<', limit)], limit=50)
        )
        for contract in unstamped:
            contract._archive_later()
