from odoo import models
from odoo.exceptions import AccessError

from ...rules.reach import OURS

OPERATORS = 'esign_base.group_esign_operator'
# What names a sender or an address: left to Odoo's own code and to administrators.
FREE = frozenset({
    'email_from', 'incoming_email_cc', 'incoming_email_to', 'mail_server_id', 'outgoing_email_to', 'partner_emails',
    'reply_to',
})  # fmt: skip
# Kinds of messages that are sent, whatever their subtype.
LEAVES = ('email', 'email_outgoing', 'sms', 'snail')


class MailThread(models.AbstractModel):
    """Logins of limited reach write notes for staff, and nothing that leaves the house.

    Asked of superusers' calls as well: Odoo's own routes post as superuser in the name of whoever asks. What the
    platform itself says to people goes by ``esign.person._tell``, not by threads.
    """

    _inherit = 'mail.thread'

    @property
    def _mail_post_access(self):
        """The right that a note or an activity asks for: operators note on what they see, others on what they write."""
        user = self.env.user
        return 'read' if self._name.startswith(OURS) and user and user.has_group(OPERATORS) else 'write'

    def message_post(self, *args, **kwargs):
        if self.env.user._esign_reach():
            self._esign_check_note(kwargs)
            self._esign_check_recipients(kwargs)
        return super().message_post(*args, **kwargs)

    def message_notify(self, *args, **kwargs):
        if self.env.user._esign_reach():
            self._esign_check_recipients(kwargs)
        return super().message_notify(*args, **kwargs)

    def _message_get_suggested_recipients(self, *args, **kwargs):
        """None for those who send nothing: the addresses of others are no business of theirs."""
        return [] if self.env.user._esign_reach() else super()._message_get_suggested_recipients(*args, **kwargs)

    def _message_update_content(self, message, /, **kwargs):
        if self.env.user._esign_reach():
            self._esign_check_recipients(kwargs)
        return super()._message_update_content(message, **kwargs)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if self.env.user._esign_reach():
            self._esign_check_recipients({'partner_ids': partner_ids})
        return super().message_subscribe(partner_ids, subtype_ids)

    def _esign_check_note(self, values):
        """:raises AccessError: unless it is a note or another message that followers from outside do not get."""
        subtype = self.env['mail.message.subtype'].sudo().browse(values.get('subtype_id') or [])
        if values.get('subtype_xmlid'):
            subtype = self.env.ref(values['subtype_xmlid']).sudo()
        if (subtype and not subtype.internal) or values.get('message_type') in LEAVES:
            raise AccessError(self.env._('You may log notes here, but send no messages.'))

    def _esign_check_recipients(self, values):
        """:raises AccessError: a sender other than oneself, or a recipient who is no colleague."""
        partners = self.env['res.partner'].sudo().browse(values.get('partner_ids') or [])
        author = values.get('author_id')
        if (
            any(values.get(name) for name in FREE)
            or (author and author != self.env.user.partner_id.id)
            or any(partner.partner_share for partner in partners)
        ):
            raise AccessError(self.env._('You may send messages to colleagues only, in your own name.'))
