import datetime as dt

from odoo import api, fields, models
from odoo.http import request

from ..common.esign_append_only import REFUSE, guard

KEPT_PARAMETER = 'esign.api_calls_kept_days'
KEPT_DAYS = 400
LEAST_DAYS = 30
_AGE = f"""
CREATE OR REPLACE FUNCTION esign_refuse_young() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF OLD.at > now() AT TIME ZONE 'UTC' - interval '{LEAST_DAYS} days' THEN
        RAISE EXCEPTION 'rows of % stay {LEAST_DAYS} days', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $body$
"""


class EsignApiCall(models.Model):
    """The audit list of remote calls: who called what, when, how long it took, how it ended.

    Never what was said: no argument, no answer, no key. The database lets nobody change a row, and
    nobody remove one before its time.
    """

    _name = 'esign.api.call'
    _description = 'Call of a business system'
    _log_access = False
    _order = 'id desc'
    _rec_name = 'method'

    at = fields.Datetime('Time', required=True, readonly=True, index=True, default=fields.Datetime.now)
    user_id = fields.Many2one('res.users', 'System', required=True, readonly=True, index=True, ondelete='restrict')
    method = fields.Char('Method', required=True, readonly=True)
    duration_ms = fields.Integer('Duration (ms)', required=True, readonly=True, aggregator='avg')
    result = fields.Char('Result', required=True, readonly=True, index=True, help='OK, or the code of the refusal.')
    address = fields.Char('Address', readonly=True, help='Known for calls by JSON-2.')

    def init(self):
        super().init()
        guard(self, REFUSE, 'esign_rows_stay', 'UPDATE', 'ROW', 'esign_refuse_change')
        guard(self, _AGE, 'esign_rows_age', 'DELETE', 'ROW', 'esign_refuse_young')
        guard(self, '', 'esign_table_stays', 'TRUNCATE', 'STATEMENT', 'esign_refuse_change')

    @api.model
    def _note(self, method, result, seconds):
        """Write a row within the transaction of the call."""
        self.sudo().create(self._row(method, result, seconds))

    @api.model
    def _note_apart(self, method, refusal, seconds):
        """Write a row that stays although the call is rolled back.

        Of calls over the limit only the first in a row is kept: the list must not be a way to fill the disk.
        """
        if refusal.data.get('repeated'):
            return
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._note(method, refusal.outcome, seconds)

    @api.model
    def _row(self, method, result, seconds):
        return {
            'user_id': self.env.uid,
            'method': method,
            'result': result,
            'duration_ms': round(seconds * 1000),
            'address': request.httprequest.remote_addr if request else '',
        }

    @api.autovacuum
    def _gc_calls(self):
        """Forget calls after the time that is set (days), a month at least."""
        text = self.env['ir.config_parameter'].sudo().get_param(KEPT_PARAMETER) or ''
        days = int(text) if text.isascii() and text.isdigit() and int(text) > 0 else KEPT_DAYS
        old = fields.Datetime.now() - dt.timedelta(days=max(days, LEAST_DAYS))
        self.sudo().search([('at', '<', old)], limit=100_000).unlink()
