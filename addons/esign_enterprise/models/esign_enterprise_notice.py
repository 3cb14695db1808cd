import logging

from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.esign_base.rules.mobile import international
from odoo.addons.esign_base.tools.language import in_platform_language

_logger = logging.getLogger(__name__)


class EsignEnterpriseNotice(models.AbstractModel):
    """Tell people what happened to their enterprises, by SMS and mail.

    Both are rows of Odoo's outboxes, written in the transaction of the event and sent by their
    crons afterwards: what is rolled back is never told.
    """

    _name = 'esign.enterprise.notice'
    _description = 'Notices about enterprises'

    @api.model
    def _tell(self, person, words):
        """Queue a mail and an SMS for one person, in his language.

        :param words: takes the translating function, returns (subject, text).
        """
        person = person.sudo()
        if not person:
            return
        lang = person.user_id.lang or person.partner_id.lang or self.env.lang
        subject, text = words(self.with_context(lang=lang).env._)
        body = f'{subject}。{text}' if text else subject
        if person.mobile:
            self.env['sms.sms'].sudo().create(
                {
                    'number': international(person.mobile),
                    'body': body,
                    'partner_id': person.partner_id.id,
                    'state': 'outgoing',
                }
            )
            self.env.ref('sms.ir_cron_sms_scheduler_action').sudo()._trigger()
        address = email_normalize(person.email or person.partner_id.email or '')
        if address:
            self.env['mail.mail'].sudo().create(
                {
                    'subject': subject,
                    'body_html': Markup('<p>%s</p><p>%s</p>') % (escape(subject), escape(text or '')),
                    'email_to': address,
                    'auto_delete': True,
                }
            )
            self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()

    @api.model
    def _each(self, model, domain, work):
        """Do ``work`` on each record of ``domain`` in its own commit, for crons."""
        cron = self.env['ir.cron']
        cron._commit_progress(remaining=model.search_count(domain))
        for found in in_platform_language(model).search(domain, limit=200):
            record = found.try_lock_for_update().filtered_domain(domain)
            if not record:
                continue
            try:
                work(record)
            except UserError:
                self.env.cr.rollback()
                _logger.exception('%s could not be moved by its clock', found)
            if not cron._commit_progress(1):
                break
