import json

from odoo import api, fields, models
from odoo.http import request

from ...rules.clock import aware_utc
from ...signing import trace
from ...tools.said import words_of
from ..common.esign_append_only import insert_row

# What can happen to a contract; the codes are what is hashed, the labels are for people.
KINDS = [
    ('created', 'Created'),
    ('launched', 'Launched'),
    ('prepared', 'Documents sealed against changes'),
    ('notified', 'Notified'),
    ('opened', 'Opened'),
    ('read', 'Read to the end'),
    ('consent_asked', 'Confirmation code sent'),
    ('consent_given', 'Willingness confirmed'),
    ('signed', 'Signed'),
    ('finished', 'Signing finished'),
    ('auto_signed', 'Signed automatically'),
    ('refused', 'Refused'),
    ('linked', 'Signing link made'),
    ('link_opened', 'Signing link opened'),
    ('reassigned', 'Handed to another person'),
    ('reminded', 'Reminded'),
    ('extended', 'Deadline extended'),
    ('copied', 'Copy sent'),
    ('revoked', 'Revoked'),
    ('expired', 'Expired'),
    ('failed', 'Failed'),
    ('completed', 'Completed'),
    ('archived', 'Archive time stamp added'),
    ('downloaded', 'Downloaded'),
    ('verified', 'Verified'),
    ('evidence', 'Evidence issued'),
]
# What changes where a contract stands: the head is attested at once (see ``esign.trace.head``).
SEALED_KINDS = frozenset({'consent_given', 'signed', 'auto_signed', 'refused', 'revoked', 'expired', 'completed'})
KIND_CODES = frozenset(code for code, _label in KINDS)
MAX_AGENT = 250


class EsignTraceEvent(models.Model):
    """One event: who, when, from where, what, on which revision. Hashed into its trace, never changed."""

    _name = 'esign.trace.event'
    _inherit = ['esign.append.only']
    _description = 'Trace event'
    _order = 'chain_id.id desc, number'
    _rec_name = 'kind'

    chain_id = fields.Many2one(
        'esign.trace.chain', 'Trace', required=True, readonly=True, ondelete='restrict', index=True
    )
    number = fields.Integer('No.', required=True, readonly=True)
    at = fields.Datetime('Time', required=True, readonly=True)
    kind = fields.Selection(KINDS, 'Event', required=True, readonly=True)
    person_id = fields.Many2one('esign.person', 'Person', readonly=True, ondelete='restrict', index='btree_not_null')
    actor = fields.Char('Who', readonly=True, help='Name of the person and of whom they acted for, at that time.')
    address = fields.Char('From address', readonly=True)
    agent = fields.Char('Device', readonly=True)
    revision_id = fields.Many2one('esign.document.revision', 'Revision', readonly=True, ondelete='restrict')
    certificate = fields.Char('Certificate serial number', readonly=True)
    consent = fields.Char('Confirmation', readonly=True, help='Digest of exactly what was confirmed.')
    note = fields.Char(readonly=True)
    shown_note = fields.Char('Remark', compute='_compute_shown_note')
    version = fields.Integer(required=True, readonly=True)
    payload = fields.Text('Hashed content', required=True, readonly=True, help='Canonical JSON (RFC 8785).')
    previous = fields.Char('Previous hash', required=True, readonly=True)
    digest = fields.Char('Hash', required=True, readonly=True)

    _number_uniq = models.Constraint('UNIQUE(chain_id, number)', 'An event number is used once.')

    @api.model
    def _write_down(self, chain, key, number, previous, kind, facts):
        """Hash and store one event; called by the chain alone, which holds the lock.

        Facts: ``identity`` (value object) or ``actor`` (text), ``revision``, ``certificate``,
        ``consent``, ``note``, ``data`` (JSON values that are hashed but have no column of their own).

        :return: (event, its hash).
        """
        if kind not in KIND_CODES:
            raise ValueError(kind)
        now = fields.Datetime.now()
        values = {**self._who(facts), **self._where(), **self._what(facts)}
        revision = facts.get('revision')
        payload = {
            'trace': key,
            'number': number,
            'at': aware_utc(now).isoformat(),
            'kind': kind,
            **{name: values[name] for name in ('actor', 'address', 'agent', 'certificate', 'consent', 'note')},
            'person': values['person_id'],
            'document': revision.document_id.id if revision else None,
            'revision': revision.number if revision else None,
            'sha256': revision.sha256 if revision else None,
            'data': facts.get('data') or {},
        }
        entry = trace.append(previous, payload)
        event = self._insert(
            chain,
            {
                **values,
                'chain_id': chain.id,
                'number': number,
                'at': now,
                'kind': kind,
                'version': entry.version,
                'payload': entry.payload.decode(),
                'previous': entry.previous.hex(),
                'digest': entry.digest.hex(),
            },
        )
        return event, entry.digest

    @api.model
    def _insert(self, chain, row):
        event_id = insert_row(self, row)
        chain.modified(['event_ids'])
        chain.invalidate_recordset(['event_ids'], flush=False)
        return self.sudo().browse(event_id)

    @api.model
    def _who(self, facts):
        identity = facts.get('identity')
        if identity is None:
            return {'person_id': None, 'actor': facts.get('actor') or 'platform'}
        return {'person_id': identity.person.id or None, 'actor': identity.actor}

    @api.model
    def _where(self):
        if not request:
            return {'address': None, 'agent': None}
        browser = request.httprequest.user_agent.string or ''
        return {'address': request.httprequest.remote_addr, 'agent': browser[:MAX_AGENT]}

    @api.model
    def _what(self, facts):
        revision = facts.get('revision')
        return {
            'revision_id': revision.id if revision else None,
            'certificate': facts.get('certificate'),
            'consent': facts.get('consent'),
            'note': facts.get('note'),
        }

    def _shown_note(self):
        """The note in the reader's language where it was kept as a sentence, otherwise as it was written."""
        self.ensure_one()
        said = json.loads(self.payload)['data'].get('said')
        return words_of(self.env, said) if said else self.note or ''

    def _compute_shown_note(self):
        for event in self:
            event.shown_note = event._shown_note()

    def _entry(self):
        """The event as the core checks it. The columns are checked against what was hashed as well."""
        self.ensure_one()
        return trace.Entry(
            self.version, bytes.fromhex(self.previous), self._checked_payload(), bytes.fromhex(self.digest)
        )

    def _is_itself(self):
        """Whether hash and columns of this event fit what was hashed."""
        entry = self._entry()
        return trace.append(entry.previous, json.loads(self.payload)).digest == entry.digest and (
            entry.payload == self.payload.encode()
        )

    def _checked_payload(self):
        """The hashed bytes; other bytes when a column beside them tells another story."""
        payload = json.loads(self.payload)
        shown = {
            'number': self.number,
            'kind': self.kind,
            'at': aware_utc(self.at).isoformat(),
            'person': self.person_id.id or None,
            'sha256': self.revision_id.sha256 or None,
            **{name: self[name] or None for name in ('actor', 'address', 'agent', 'certificate', 'consent', 'note')},
        }
        told = {name: payload.get(name) or None for name in shown}
        return self.payload.encode() if told == shown else b'columns differ: ' + self.payload.encode()
