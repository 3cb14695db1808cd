import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.esign_base.tools.language import in_platform_language

_logger = logging.getLogger(__name__)


class EsignEnterpriseNotice(models.AbstractModel):
    """Tell people what happened to their enterprises, by SMS and mail, each in his language."""

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
        person._tell(*words(self.with_context(lang=lang).env._))

    @api.model
    def _each(self, model, domain, work):
        """Do ``work`` on each record of ``domain`` in its own commit, for crons."""
        cron = self.env['ir.cron']
        cron._commit_progress(remaining=model.search_count(domain))
        for found in in_platform_language(model).search(domain, limit=200):
            try:
                record = found.try_lock_for_update().filtered_domain(domain)
                if not record:
                    continue
                work(record)
                record.env.flush_all()
            except UserError:
                self.env.cr.rollback()
                _logger.exception('%s could not be moved by its clock', found)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                _logger.info('%s is at work elsewhere and left to the next run', found)
            if not cron._commit_progress(1):
                break
