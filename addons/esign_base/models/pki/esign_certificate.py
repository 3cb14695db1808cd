import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.models import NO_ACCESS

from ...errors import EsignError
from ...rules import states
from ...rules.clock import days_left
from ...rules.states import moves, selection
from ...tools.language import in_platform_language
from ...tools.said import Sentence

_logger = logging.getLogger(__name__)

KINDS = [
    ('long_term', 'Long-term certificate'),
    ('event', 'Event certificate'),
    ('ukey', 'UKey certificate'),
    ('platform', 'Platform certificate'),
]
# RFC 5280 §5.3.1, as far as a platform has a use for them.
REASONS = [
    ('unspecified', 'Other reason'),
    ('key_compromise', 'The key may be known to others'),
    ('affiliation_changed', 'Name or affiliation changed'),
    ('superseded', 'Replaced by another certificate'),
    ('cessation_of_operation', 'No longer used'),
    ('privilege_withdrawn', 'Right withdrawn'),
]
WARN_DAYS = (30, 7, 1)
# What signing asks of a certificate: read at once.
SIGNING = [
    'uscc', 'kind', 'state', 'holder_name', 'serial', 'not_before', 'not_after', 'key_place', 'key_label', 'pem',
    'issued_here',
]  # fmt: skip


class EsignCertificate(models.Model):
    """A certificate that was issued, is being issued, or was brought along.

    The row comes first and is committed, the key in the token second: a key can then never be left
    behind by a transaction that rolled back without a row that names it (see ``key_label``).
    """

    _name = 'esign.certificate'
    _description = 'Certificate'
    _states = states.CERTIFICATE
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _moves = moves(states.CERTIFICATE)
    _rec_names_search = ['serial', 'holder_name', 'subject']

    kind = fields.Selection(KINDS, required=True, readonly=True, index=True)
    state = fields.Selection(
        selection(states.CERTIFICATE), 'Status', required=True, readonly=True, index=True, tracking=True
    )
    is_test = fields.Boolean('Test certificate', readonly=True, help='Issued by an authority without legal standing.')
    holder_name = fields.Char('Holder', required=True, readonly=True, index='trigram')
    partner_id = fields.Many2one(
        'res.partner', 'Contact of the holder', readonly=True, ondelete='restrict', index='btree_not_null'
    )
    person_id = fields.Many2one('esign.person', 'Person', readonly=True, ondelete='restrict', index='btree_not_null')
    uscc = fields.Char('Unified social credit code', readonly=True, index='btree_not_null')
    serial = fields.Char('Serial number', readonly=True, help='Hexadecimal, as on the certificate.')
    subject = fields.Char(readonly=True)
    issuer = fields.Char(readonly=True)
    not_before = fields.Datetime('Valid from', readonly=True)
    not_after = fields.Datetime('Valid until', readonly=True, index=True)
    fingerprint = fields.Char('SHA-256 fingerprint', readonly=True)
    algorithm = fields.Char('Key', readonly=True)
    key_place = fields.Selection(
        [('token', "The server's token"), ('ukey', 'UKey of the holder'), ('gone', 'Destroyed after use')],
        required=True,
        readonly=True,
        default='token',
    )
    key_label = fields.Char(readonly=True, copy=False, groups='esign_base.group_esign_administrator')
    pem = fields.Text('Certificate (PEM)', readonly=True, copy=False)
    chain_pem = fields.Text('Chain (PEM)', readonly=True, copy=False)
    reason = fields.Selection(REASONS, 'Reason of revocation', readonly=True, tracking=True)
    reason_note = fields.Char('Note', readonly=True, tracking=True)
    revoked_at = fields.Datetime('Revoked on', readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True, groups=NO_ACCESS)
    problem = Sentence('Problem', readonly=True, help='Why the certificate could not be issued yet.')
    warned_days = fields.Integer(readonly=True, default=0, groups=NO_ACCESS)
    days_left = fields.Integer('Days left', compute='_compute_days_left')

    _serial_uniq = models.UniqueIndex(
        '(issuer, serial) WHERE serial IS NOT NULL', 'This certificate is registered already.'
    )
    _label_uniq = models.UniqueIndex('(key_label) WHERE key_label IS NOT NULL', 'This key has a certificate already.')
    _one_request = models.UniqueIndex(
        "(uscc) WHERE kind = 'long_term' AND state IN ('requested', 'failed')",
        'A certificate for this enterprise is being issued already.',
    )
    _open_idx = models.Index("(next_attempt_at) WHERE state IN ('requested', 'failed')")
    _live_idx = models.Index("(uscc, not_after) WHERE state = 'valid'")

    @api.depends('serial', 'holder_name')
    def _compute_display_name(self):
        for record in self:
            record.display_name = f'{record.holder_name} {(record.serial or "")[:16]}'.strip()

    @api.depends('not_after', 'state')
    def _compute_days_left(self):
        now = fields.Datetime.now()
        for record in self:
            alive = record.state == 'valid' and record.not_after
            record.days_left = max(days_left(record.not_after, now), 0) if alive else 0

    def _valid_at(self, at):
        """Whether the certificate may be used at ``at`` (naive UTC)."""
        self.ensure_one()
        return bool(self.state == 'valid' and self.not_before <= at <= self.not_after)

    @api.model
    def _current_of(self, codes, at):
        """Valid long-term certificates of enterprises, the one that lasts longest first.

        :param codes: unified social credit codes.
        :return: code → certificate, one query.
        """
        rows = self.sudo().search_fetch(
            Domain('uscc', 'in', list(codes)) & Domain('kind', '=', 'long_term') & Domain('state', '=', 'valid'),
            SIGNING,
            order='not_after, id',
        )
        return {row.uscc: row for row in rows if row._valid_at(at)}

    # Revocation ------------------------------------------------------------------------------

    def _revoke(self, reason, note=''):
        """Revoke for good: from now on it signs nothing, and the CRL and OCSP answers say so.

        :param reason: one of :data:`REASONS`.
        :raises EsignError: unknown reason, no note, or not valid any more.
        """
        note = ' '.join((note or '').split())[:200]
        if reason not in dict(REASONS):
            raise EsignError(self.env._('Choose a reason for the revocation.'), 'REASON_MISSING')
        if not note:
            raise EsignError(self.env._('Write why the certificate is revoked.'), 'REASON_MISSING')
        for record in self:
            record._move('revoked', reason=reason, reason_note=note, revoked_at=fields.Datetime.now())
            record._on_revoked()
        self.env['esign.authority'].sudo()._forget_crl()
        return True

    def _on_revoked(self):
        """Called after each revocation; other addons tell the holder's people."""

    @api.model
    def _drop_of(self, codes, reason, note):
        """Revoke the valid and cancel the requested certificates of enterprises."""
        found = self.sudo().search([('uscc', 'in', list(codes)), ('state', 'in', ('requested', 'failed', 'valid'))])
        found.filtered(lambda c: c.state == 'valid')._revoke(reason, note)
        for record in found.filtered(lambda c: c.state in ('requested', 'failed')):
            record._move('cancelled', reason=reason, reason_note=note[:200])
        return found

    # Clocks ----------------------------------------------------------------------------------

    @api.model
    def _cron_expire(self):
        """Mark what is over, destroying no key: signatures made in time stay verifiable."""
        due = Domain('state', '=', 'valid') & Domain('not_after', '<', fields.Datetime.now())
        self.env['ir.cron']._each_due(self, due, lambda record: record._expire(), limit=500)

    def _expire(self):
        self._move('expired')
        self._on_expired()

    def _on_expired(self):
        """Called after a certificate ran out."""

    @api.model
    def _cron_warn(self):
        """Tell staff and holder 30, 7 and 1 day before the end, once each."""
        now = fields.Datetime.now()
        due = (
            Domain('state', '=', 'valid')
            & Domain('kind', '!=', 'event')
            & Domain('not_after', '>=', now)
            & Domain('not_after', '<=', now + timedelta(days=WARN_DAYS[0]))
        )
        cron = self.env['ir.cron']
        cron._commit_progress(remaining=0)
        for found in in_platform_language(self).search(due, order='not_after', limit=1000):
            record = found.try_lock_for_update().filtered_domain(due)
            if record:
                record._warn(now)
            if not cron._commit_progress():
                break

    def _warn(self, now):
        """Warn when a threshold was crossed since the last warning."""
        self.ensure_one()
        left = days_left(self.not_after, now)
        threshold = min((days for days in WARN_DAYS if left <= days), default=0)
        if not threshold or (self.warned_days and self.warned_days <= threshold):
            return False
        self.sudo().warned_days = threshold
        self.activity_schedule(
            'mail.mail_activity_data_todo',
            date_deadline=fields.Date.context_today(self),
            summary=self._warning(self.env._, left),
            user_id=self._warned_user().id,
        )
        self.env['esign.notice']._tell(self._holder_persons(), lambda _: (self._warning(_, left), ''), sms=False)
        return True

    def _warning(self, _, left):
        return _('The certificate of %(holder)s ends in %(days)s days.', holder=self.holder_name, days=left)

    def _warned_user(self):
        staff = self.env.ref('esign_base.group_esign_administrator').sudo().all_user_ids
        return staff.filtered(lambda user: user.active and user.share is False)[:1] or self.env.user

    def _holder_persons(self):
        """Persons who are warned; enterprises answer with their administrators."""
        return self.sudo().person_id
