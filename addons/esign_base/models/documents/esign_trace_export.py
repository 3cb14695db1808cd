import csv
import io
import json

from odoo import models

from ...errors import EsignError
from ...rules.clock import aware_utc

AUDITORS = 'esign_base.group_esign_auditor'
TYPES = {'json': 'application/json', 'csv': 'text/csv; charset=utf-8'}
COLUMNS = ('number', 'at', 'kind', 'actor', 'address', 'agent', 'sha256', 'certificate', 'consent', 'note', 'digest')
RULE = (
    'digest = SHA-256(version as one byte, previous digest as 32 bytes, payload as UTF-8); the first previous digest '
    'is 32 zero bytes; payload is canonical JSON (RFC 8785); a stamp is an RFC 3161 token over the digest of its event.'
)


class EsignTraceChain(models.Model):
    """A trace outside the system: complete and checkable as JSON, readable as a table."""

    _inherit = 'esign.trace.chain'

    def action_export_json(self):
        """Download the trace with everything that is needed to check it elsewhere."""
        return self._export_action('json')

    def action_export_csv(self):
        """Download the trace as a table."""
        return self._export_action('csv')

    def _export_action(self, form):
        self.ensure_one()
        self._require_auditor()
        return {'type': 'ir.actions.act_url', 'url': f'/esign/staff/traces/{self.id}.{form}', 'target': 'download'}

    def _require_auditor(self):
        if not self.env.user.has_group(AUDITORS):
            raise EsignError(self.env._('Only auditors export traces.'), 'NOT_ALLOWED')

    def _export(self, form):
        """Name, content type and bytes of the trace.

        :param form: ``json`` or ``csv``.
        :raises EsignError: for others than auditors.
        """
        self.ensure_one()
        self._require_auditor()
        chain = self.sudo()
        data = chain._as_json() if form == 'json' else chain._as_csv()
        return f'trace_{chain.key.replace(",", "_")}.{form}', TYPES[form], data

    def _as_json(self):
        found = {
            'trace': self.key,
            'rule': RULE,
            'length': self.length,
            'head': self.head or None,
            'events': [
                {
                    'number': event.number,
                    'version': event.version,
                    'previous': event.previous,
                    'payload': event.payload,
                    'digest': event.digest,
                }
                for event in self.event_ids
            ],
            'stamps': [
                {'number': stamp.number, 'digest': stamp.head, 'at': _utc(stamp.at), 'token': stamp.token.decode()}
                for stamp in self.stamp_ids
            ],
        }
        return json.dumps(found, ensure_ascii=False, indent=1).encode()

    def _as_csv(self):
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(COLUMNS)
        for event in self.event_ids:
            row = [_utc(event.at) if name == 'at' else self._cell(event, name) for name in COLUMNS]
            table.writerow([_plain(value) for value in row])
        return out.getvalue().encode('utf-8-sig')

    def _cell(self, event, name):
        return event.revision_id.sha256 if name == 'sha256' else event[name]


def _utc(moment):
    return aware_utc(moment).isoformat()


def _plain(value):
    """Text that no spreadsheet takes for a formula."""
    text = '' if value is False or value is None else str(value)
    return f"'{text}" if text[:1] in ('=', '+', '-', '@', '\t', '\r') else text
