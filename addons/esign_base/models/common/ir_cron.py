import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...tools.language import in_platform_language

_logger = logging.getLogger(__name__)


class IrCron(models.Model):
    """The one loop of our clocks."""

    _inherit = 'ir.cron'

    @api.model
    def _each_due(self, model, domain, work, *, order=None, limit=200):
        """Do ``work`` on each record of ``domain`` in its own commit; what is left is done by the next run.

        A record that is at work elsewhere is left out, one that refuses is logged and stops nobody.

        :param work: takes one locked record, which fits ``domain`` no longer when it is done.
        """
        self._commit_progress(remaining=model.search_count(domain))
        for found in in_platform_language(model).search(domain, order=order, limit=limit):
            try:
                record = found.try_lock_for_update().filtered_domain(domain)
                if record:
                    work(record)
                    record.env.flush_all()
            except UserError:
                self.env.cr.rollback()
                _logger.exception('%s could not be moved by its clock', found)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                _logger.info('%s is at work elsewhere and left to the next run', found)
            if not self._commit_progress(1):
                break
