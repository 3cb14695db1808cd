import datetime as dt
import json
import logging
import time
import uuid
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.orm.models import NO_ACCESS

from odoo.addons.queue_job.exception import RetryableJobError

from ...errors import EsignError
from ...rules import callbacks as rule
from ...rules import states
from ...rules.states import selection
from ...tools import development, outbound, vault

_logger = logging.getLogger(__name__)
SECRET_CONTEXT = 'esign.callback.secret'  # noqa: S105 - a name, not a secret
ADMINISTRATORS = 'esign_base.group_esign_administrator'
# Faults of a receiver that does not answer; how long the rest of what waits for it leaves it alone.
SILENT = ('timeout', 'unreachable')
REST = dt.timedelta(seconds=60)
NAMESPACE = uuid.UUID('6f0a1f5e-5f0c-4c36-9a3c-0d4c6a0c7a11')


class EsignCallback(models.Model):
    """Whom a business system wants to be told at: address, events, secret.

    An event is written down in the transaction in which it happens (:meth:`_emit`) and sent by a job
    after the commit. Events about one record follow one another; see :meth:`_deliver`.
    """

    _name = 'esign.callback'
    _description = 'Call-back subscription'
    _states = states.CALLBACK
    _inherit = ['mail.thread']
    _order = 'name, id'

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        'res.users', 'Business system', required=True, ondelete='restrict', index=True, tracking=True,
        domain=lambda self: [('all_group_ids', 'in', self.env.ref('esign_base.group_esign_integration').ids)],
    )  # fmt: skip
    url = fields.Char('Address', required=True, tracking=True, help='https://…; no address of an internal network.')
    kind_ids = fields.Many2many('esign.callback.kind', string='Events')
    scope = fields.Selection(
        [('own', 'What this system created'), ('all', 'Everything on the platform')],
        'Tells of', required=True, default='own', tracking=True,
    )  # fmt: skip
    app_id = fields.Char(
        'App id', required=True, readonly=True, copy=False, default=lambda self: uuid.uuid4().hex[:16],
        help='Sent as X-App-Id, so that the receiver knows which secret to take.',
    )  # fmt: skip
    algorithm = fields.Selection(
        [(rule.SHA256, 'HMAC-SHA256'), (rule.SM3, 'HMAC-SM3')], 'Signature', required=True, default=rule.SHA256
    )
    secret_cipher = fields.Char(readonly=True, copy=False, groups=NO_ACCESS)
    secret_at = fields.Datetime('Secret made on', readonly=True, copy=False, tracking=True)
    state = fields.Selection(
        selection(states.CALLBACK),
        'Status', required=True, readonly=True, default='paused', copy=False, tracking=True,
    )  # fmt: skip
    event_ids = fields.One2many('esign.callback.event', 'callback_id', 'Call-backs', readonly=True)
    waiting_count = fields.Integer('Waiting', compute='_compute_counts')
    dead_count = fields.Integer('Given up', compute='_compute_counts')

    _app_uniq = models.Constraint('UNIQUE(app_id)', 'This app id is taken.')

    def _compute_counts(self):
        rows = (
            self.env['esign.callback.event']
            .sudo()
            ._read_group([('callback_id', 'in', self.ids)], ['callback_id', 'state'], ['__count'])
        )
        counts = {(callback.id, state): number for callback, state, number in rows}
        for callback in self:
            callback.waiting_count = counts.get((callback.id, 'pending'), 0)
            callback.dead_count = counts.get((callback.id, 'dead'), 0)

    @api.constrains('url')
    def _check_url(self):
        for callback in self:
            callback._check_address()

    def _check_address(self):
        """Refuse an address that may not, or cannot, be asked now.

        :raises EsignError: with what to mend.
        """
        try:
            outbound.checked(self.url, loopback=self._loopback(), timeout=rule.TIMEOUT_SECONDS)
        except outbound.OutboundError as error:
            raise EsignError(self._fault_text(error.code), 'CALLBACK_ADDRESS') from error

    @api.model
    def _loopback(self):
        """Whether this machine itself may be a receiver: in a development installation only."""
        return development.server_marked() and development.database_marked(self.env)

    # Events -----------------------------------------------------------------------------------

    @api.model
    def _emit(self, kind, record, occasion, facts):
        """Write an event down for every system that asked for it; it leaves after commit.

        To be called in the transaction, and under the lock, of the change of state it tells of.

        :param kind: code of the event.
        :param record: what it is about; events about one record keep their order.
        :param occasion: names the change: the same one is told once, however often this is called.
        :param facts: takes a function that answers the system's own key of a record (or None), and
            returns JSON values: no personal data, no content.
        """
        found = self.sudo().search([('kind_ids.code', '=', kind)])
        for callback in found:
            if callback._hears_of(record):
                told = {'biz_no': callback._ref_of(record), **facts(callback._ref_of)}
                callback._write_down(kind, record, occasion, told)

    def _hears_of(self, record):
        """Whether this system is told of a record; upper floors narrow it."""
        return self.scope == 'all' or self._ref_of(record) is not None

    def _ref_of(self, record):
        """The business system's own key of a record that it made or that is shared with it, else None."""
        known = [('user_id', '=', self.user_id.id), ('res_model', '=', record._name), ('res_id', '=', record.id)]
        return self.env['esign.api.reference'].search(known, limit=1).ref or None

    def _write_down(self, kind, record, occasion, facts):
        event = self.env['esign.callback.event']
        event_id = self._event_id(kind, record, occasion)
        if event.search_count([('callback_id', '=', self.id), ('event_id', '=', event_id)], limit=1):
            return
        now = datetime.now(UTC)
        values = {'event': kind, 'event_id': event_id, 'timestamp': int(now.timestamp() * 1000), **facts}
        body = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
        lane = f'{record._name},{record.id}'
        made = event.create({'callback_id': self.id, 'event_id': event_id, 'kind': kind, 'lane': lane, 'body': body})
        self._deliver_later(made)

    @api.model
    def _event_id(self, kind, record, occasion):
        """The same for every subscriber and at every attempt, and for no other change."""
        database = self.env['ir.config_parameter'].sudo().get_param('database.uuid')
        return str(uuid.uuid5(NAMESPACE, f'{database}/{kind}/{record._name},{record.id}/{occasion}'))

    # Delivery ---------------------------------------------------------------------------------

    def _deliver_later(self, event, at=None):
        """Queue an attempt for what waits in the lane of an event; one job for each event and time.

        Every event brings a job of its own, though the job tries the oldest of the lane: a transaction
        that saw another job waiting does not know whether that one has looked at the lane already.

        :param at: when, for what is to be tried later.
        """
        when = f'{at:%Y%m%d%H%M%S}' if at else f'now{event.attempts}'
        # Never in this transaction, whatever the context says of jobs.
        self.sudo().with_context(queue_job__no_delay=False).with_delay(
            identity_key=f'esign-callback-{self.id}-{event.id}-{when}',
            channel='root.esign_callback',
            description=f'Call-back to {self.name}',
            eta=at,
        )._deliver(event.lane)

    def _deliver(self, lane):
        """Try the oldest call-back of a lane that is not settled, once; a job of its own does the next.

        So an event waits for the earlier ones about the same record, until they were received or
        given up; other records do not wait. What was received in the moment before a crash is sent
        again, with the same event id.

        :raises RetryableJobError: another job is at it.
        """
        self.ensure_one()
        callback = self.sudo()
        if not callback.active or callback.state != 'active':
            return
        head = callback._head(lane)
        if not head:
            return
        if not head.try_lock_for_update():
            raise RetryableJobError('another attempt is under way', seconds=2, ignore_retry=True)
        now = fields.Datetime.now()
        if head.next_at <= now and callback._is_quiet(lane):
            head.next_at = now + REST + dt.timedelta(seconds=head.id % 30)
        elif head.next_at <= now:
            head._attempt()
        following = callback._head(lane)
        if following:
            later = following.next_at > fields.Datetime.now()
            callback._deliver_later(following, following.next_at if later else None)

    def _is_quiet(self, lane):
        """Whether this receiver gave no answer at all a moment ago, to an event of another lane.

        Then one lane tries on by its schedule and the others wait for what comes of it: a receiver
        that hangs takes the time of one attempt, not of all that is waiting for it.
        """
        last = self.env['esign.callback.attempt'].search([('callback_id', '=', self.id)], order='id desc', limit=1)
        recent = last and last.create_date > fields.Datetime.now() - REST
        return bool(recent) and last.fault in SILENT and last.event_id.lane != lane

    def _head(self, lane):
        return self.env['esign.callback.event'].search(
            [('callback_id', '=', self.id), ('lane', '=', lane), ('state', '=', 'pending')], order='id', limit=1
        )

    def _post(self, body):
        """Send a body once: (status or 0, code of the fault or '', address, milliseconds)."""
        started, status, fault, address = time.monotonic(), 0, '', ''
        try:
            secret = vault.decrypt(self.secret_cipher or '', SECRET_CONTEXT)
            headers = rule.headers_of(
                self.app_id, secret, self.url, body, now=datetime.now(UTC), algorithm=self.algorithm
            )
            answer = outbound.post(self.url, body, headers, loopback=self._loopback(), timeout=rule.TIMEOUT_SECONDS)
            status, address = answer.status, answer.address
            fault = '' if 200 <= status < 300 else 'redirect' if 300 <= status < 400 else 'status'
        except outbound.OutboundError as error:
            fault = error.code
        except vault.VaultError:
            fault = 'secret'
        return status, fault, address, int((time.monotonic() - started) * 1000)

    @api.model
    def _cron_deliver(self):
        """Queue what should have been tried a minute ago: its job was lost."""
        late = [
            ('state', '=', 'pending'),
            ('callback_id.state', '=', 'active'),
            ('callback_id.active', '=', True),
            ('next_at', '<', fields.Datetime.subtract(fields.Datetime.now(), minutes=1)),
        ]
        rows = self.env['esign.callback.event'].sudo()._read_group(late, ['callback_id', 'lane'], limit=1000)
        for callback, lane in rows:
            callback._deliver_later(callback._head(lane))

    def _fault_text(self, fault):
        """What an administrator is told about a fault."""
        _ = self.env._
        return {
            'address': _('The address must begin with https:// and hold no user name, blank or anchor.'),
            'insecure': _('The address must begin with https://.'),
            'unresolved': _('The name of the receiver cannot be resolved.'),
            'internal': _('The address lies in an internal network. The operator of the server may allow networks.'),
            'unreachable': _('The receiver cannot be reached.'),
            'tls': _('The certificate of the receiver is not trusted.'),
            'timeout': _('The receiver did not answer within %s seconds.', int(rule.TIMEOUT_SECONDS)),
            'broken_answer': _('The receiver gave an answer that cannot be understood.'),
            'redirect': _('The receiver redirects to another address. Enter the final address.'),
            'status': _('The receiver did not answer with a status from 200 to 299.'),
            'secret': _('The secret cannot be read: make a new one.'),
        }[fault]

    # What administrators do -------------------------------------------------------------------

    @api.model
    def _check_administrator(self):
        """Refuse others than administrators, whatever the way they call."""
        if not self.env.user.has_group(ADMINISTRATORS):
            raise AccessError(self.env._('Only administrators manage call-backs.'))

    def action_new_secret(self):
        """Make a secret and show it once; the former one is void at once."""
        self._check_administrator()
        self.ensure_one()
        secret = rule.new_secret()
        try:
            cipher = vault.encrypt(secret, SECRET_CONTEXT)
        except vault.VaultError as error:
            raise EsignError(
                self.env._('No secret can be stored: the server has no secret key. Tell the operator.'),
                'SECRET_KEY_MISSING',
            ) from error
        self.sudo().write({'secret_cipher': cipher, 'secret_at': fields.Datetime.now()})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('The new secret'),
            'res_model': 'esign.callback.shown',
            'target': 'new',
            'views': [(False, 'form')],
            'context': {'default_app': self.app_id, 'default_shown': secret},
        }

    def action_start(self):
        """Send what waits, and what comes."""
        self._check_administrator()
        for callback in self:
            if not callback.sudo().secret_cipher:
                raise EsignError(self.env._('Make a secret first, and give it to the receiver.'), 'CALLBACK_SECRET')
            callback._check_address()
            callback.sudo().state = 'active'
            waiting = callback.sudo().event_ids.filtered(lambda event: event.state == 'pending')
            for lane in dict.fromkeys(waiting.mapped('lane')):
                callback._deliver_later(callback._head(lane))
        return True

    def action_pause(self):
        """Keep what comes until it is started again; nothing is lost."""
        self._check_administrator()
        self.sudo().state = 'paused'
        return True

    def action_test(self):
        """Send a test now and say what came of it."""
        self._check_administrator()
        self.ensure_one()
        event = self.env['esign.callback.event'].sudo()._test(self.sudo())
        well = event.state == 'sent'
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success' if well else 'danger',
                'title': self.env._('Received') if well else self.env._('Not received'),
                'message': event.attempt_ids[:1].said,
                'sticky': not well,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }


class EsignCallbackShown(models.AbstractModel):
    """The window that shows a new secret: it has no table, so the secret is in none."""

    _name = 'esign.callback.shown'
    _description = 'A secret, shown once'

    app = fields.Char('App id', readonly=True)
    shown = fields.Char('Secret', readonly=True)
