import logging
import secrets

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...errors import ApiRefused, EsignError, FormRefused, RateLimited
from ...tools.answer import Answer
from ...tools.api_codes import CODES, INVALID
from ...tools.api_method import TRIES
from ...tools.api_values import Misfit
from ...tools.signing_messages import CoreRefused

_logger = logging.getLogger(__name__)
# The first class that fits decides.
TOLD = (
    (ApiRefused, '_told_as_is'),
    (Misfit, '_told_misfit'),
    (RateLimited, '_told_limit'),
    (FormRefused, '_told_form'),
    (CoreRefused, '_told_core'),
    (EsignError, '_told_rule'),
    (AccessError, '_told_access'),
    (MissingError, '_told_missing'),
    (UserError, '_told_plain'),
    (IntegrityError, '_told_violation'),
    (PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, '_told_busy'),
    (Exception, '_told_unexpected'),
)


class EsignApi(models.AbstractModel):
    """What a business system is told when something is refused or fails."""

    _inherit = 'esign.api'

    @api.model
    def _told(self, spec, error):
        """The :class:`Answer` to an error; what is to be replayed goes on its way as it is.

        :raises psycopg2.Error: a conflict of transactions that the server replays.
        """
        name = next(name for kind, name in TOLD if isinstance(error, kind))
        refused = getattr(self, name)(error, spec)
        return Answer.no(refused.code, refused.text, **refused.details)

    @api.model
    def _invalid(self, path, reason):
        """An ``ApiRefused`` that says where the arguments are wrong."""
        return ApiRefused(INVALID, f'{path}: {reason}')

    def _told_as_is(self, error, _spec):
        return error

    def _told_misfit(self, error, _spec):
        return self._invalid(error.path, self.env._(error.reason) % error.values)

    def _told_limit(self, error, _spec):
        return ApiRefused('ESIGN_LIMIT', str(error), **error.details)

    def _told_form(self, error, _spec):
        return self._invalid(*next(iter(error.fields.items())))

    def _told_core(self, error, _spec):
        return ApiRefused(CODES.get(error.code, 'ESIGN_FILE'), str(error))

    def _told_rule(self, error, _spec):
        return ApiRefused(CODES.get(error.code, INVALID), str(error))

    def _told_access(self, _error, _spec):
        return ApiRefused('ESIGN_FORBIDDEN', self.env._('Your system may not do this.'))

    def _told_missing(self, _error, _spec):
        return ApiRefused('ESIGN_NOT_FOUND', self.env._('It is not there any more.'))

    def _told_plain(self, error, _spec):
        return ApiRefused(INVALID, str(error))

    def _told_violation(self, error, _spec):
        """The message of a constraint that the database upheld."""
        table = error.diag.table_name
        model = next((name for name, one in self.env.registry.items() if one._table == table), 'base')
        return ApiRefused('ESIGN_CONFLICT', self.env[model]._sql_error_to_message(error))

    def _told_busy(self, error, _spec):
        """Let the server replay a call that collided with another one, as often as it does.

        :raises psycopg2.Error: while tries are left.
        """
        tries = TRIES.get(self.env.cr, 0) + 1
        if tries < MAX_TRIES_ON_CONCURRENCY_FAILURE:
            TRIES[self.env.cr] = tries
            raise error
        TRIES.pop(self.env.cr, None)
        return ApiRefused(
            'ESIGN_LIMIT',
            self.env._('Too many calls concern the same thing at once; nothing was changed. Call again.'),
        )

    def _told_unexpected(self, error, spec):
        """An error nobody foresaw: its traceback is in the log, under the number the caller is given."""
        incident = secrets.token_hex(4)
        _logger.error('esign.api.%s failed, incident %s', spec.name, incident, exc_info=error)
        return ApiRefused(
            'ESIGN_UNAVAILABLE',
            self.env._('This failed unexpectedly; nothing was changed. Tell the operator: incident %s.', incident),
        )
