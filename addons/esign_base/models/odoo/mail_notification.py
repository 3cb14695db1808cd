from odoo import fields, models


class MailNotification(models.Model):
    """Messages of the chatter know the reasons that rows of the SMS outbox know."""

    _inherit = 'mail.notification'

    failure_type = fields.Selection(selection_add=[('esign_cut_off', 'Interrupted: it may have been sent')])
