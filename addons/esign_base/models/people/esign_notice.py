from markupsafe import Markup

from odoo import api, models
from odoo.tools import email_normalize

OPERATORS = 'esign_base.group_esign_operator'


class EsignNotice(models.AbstractModel):
    """How people are told what happened: persons by SMS and mail, the platform's staff by activities.

    All of it is rows of Odoo's outboxes, written in the transaction of the event and sent by their
    crons afterwards: what is rolled back is never told.
    """

    _name = 'esign.notice'
    _description = 'Notices'

    @api.model
    def _tell(self, people, words, *, sms=True):
        """Queue an SMS, and a mail where there is an address, for each person, in their language.

        :param people: ``esign.person`` records.
        :param words: takes the translating function, returns (subject, text); the text may be empty.
        :param sms: by SMS as well; without it by mail alone.
        """
        for person in people.sudo():
            lang = person.user_id.lang or person.partner_id.lang or self.env.lang
            subject, text = words(self.with_context(lang=lang).env._)
            if sms and person.mobile:
                self._sms(person.mobile, f'{subject}。{text}' if text else subject, person.partner_id)
            self._mail(person.email, subject, text)

    @api.model
    def _sms(self, number, text, partner=None):
        """Queue one SMS and wake the cron that sends it."""
        self.env['esign.sms']._queue(number, text, partner)
        self.env.ref('sms.ir_cron_sms_scheduler_action').sudo()._trigger()

    @api.model
    def _sender(self):
        """The platform's address: mails never come from whoever happened to cause them."""
        return self.env.company.sudo().email_formatted or self.env['ir.mail_server'].sudo()._get_default_from_address()

    @api.model
    def _mail(self, address, subject, text):
        """Queue one mail, where the address is one, and wake the cron that sends it."""
        address = email_normalize(address or '')
        if not address:
            return
        body = Markup('').join(Markup('<p>%s</p>') % part for part in (subject, text) if part)
        self.env['mail.mail'].sudo().create(
            {
                'subject': subject,
                'body_html': body,
                'email_from': self._sender(),
                'email_to': address,
                'auto_delete': True,
            }
        )
        self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()

    @api.model
    def _ask_reviewer(self, record, activity, concerned, summary=''):
        """Give the review of a record to the operator with the fewest open ones; to nobody when none may.

        :param activity: external id of the type of activity.
        :param concerned: users who must not decide.
        """
        users = self.env.ref(OPERATORS).sudo().all_user_ids.filtered(lambda user: user.active and not user.share)
        users -= concerned | self.env.ref('base.user_root')
        kind = self.env.ref(activity)
        rows = (
            self.env['mail.activity']
            .sudo()
            ._read_group([('activity_type_id', '=', kind.id), ('user_id', 'in', users.ids)], ['user_id'], ['__count'])
        )
        load = {user.id: count for user, count in rows}
        if users:
            reviewer = min(users, key=lambda user: (load.get(user.id, 0), user.id))
            in_words = record.with_context(lang=reviewer.lang)
            in_words.activity_schedule(activity, user_id=reviewer.id, summary=summary)
