import datetime as dt
import json
import logging
import uuid
from datetime import UTC, datetime

from odoo import api, fields, models

from ...rules import callbacks as rule
from ...rules import states
from ...rules.states import selection

_logger = logging.getLogger(__name__)
KEEP = dt.timedelta(days=180)


class EsignCallbackEvent(models.Model):
    """One event for one subscriber: what is sent, and how far that is.

    The body never changes: every attempt sends the same bytes with the same ``event_id``.
    """

    _name = 'esign.callback.event'
    _description = 'Call-back'
    _states = states.CALLBACK_EVENT
    _order = 'id desc'
    _rec_name = 'event_id'

    callback_id = fields.Many2one(
        'esign.callback', 'Subscription', required=True, readonly=True, ondelete='cascade', index=True
    )
    user_id = fields.Many2one(related='callback_id.user_id', string='Business system')
    event_id = fields.Char('Event id', required=True, readonly=True, index=True)
    kind = fields.Char('Event', required=True, readonly=True)
    lane = fields.Char('About', required=True, readonly=True, help='Call-backs about the same record keep their order.')
    body = fields.Text('What is sent', required=True, readonly=True)
    state = fields.Selection(
        selection(states.CALLBACK_EVENT),
        'Status', required=True, readonly=True, default='pending', index=True,
    )  # fmt: skip
    attempts = fields.Integer(readonly=True, help='Attempts since it was made or sent again.')
    next_at = fields.Datetime('Next attempt', readonly=True, default=fields.Datetime.now)
    settled_at = fields.Datetime('Received or given up on', readonly=True)
    attempt_ids = fields.One2many('esign.callback.attempt', 'event_id', 'Attempts made', readonly=True)

    _once = models.Constraint('UNIQUE(callback_id, event_id)', 'A subscriber is told of a change once.')
    _waiting_idx = models.Index("(callback_id, lane, id) WHERE state = 'pending'")
    _late_idx = models.Index("(next_at) WHERE state = 'pending'")

    def _attempt(self):
        """Send it once and write down what came of it; True when it was received."""
        self.ensure_one()
        status, fault, address, milliseconds = self.callback_id._post(self.body.encode())
        attempts, now = self.attempts + 1, fields.Datetime.now()
        self.env['esign.callback.attempt'].create(
            {'event_id': self.id, 'status': status, 'fault': fault, 'address': address, 'milliseconds': milliseconds}
        )
        pause = rule.pause_after(attempts)
        if not fault:
            self.write({'state': 'sent', 'attempts': attempts, 'settled_at': now})
        elif pause is None:
            _logger.info('Call-back %s is given up after %s attempts (%s)', self.event_id, attempts, fault)
            self.write({'state': 'dead', 'attempts': attempts, 'settled_at': now})
        else:
            self.write({'attempts': attempts, 'next_at': now + pause})
        return not fault

    @api.model
    def _test(self, callback):
        """Send a test of a lane of its own, once, and keep it with its outcome."""
        event_id, now = str(uuid.uuid4()), datetime.now(UTC)
        body = json.dumps(
            {'event': 'test', 'event_id': event_id, 'timestamp': int(now.timestamp() * 1000)},
            sort_keys=True, separators=(',', ':'),
        )  # fmt: skip
        event = self.create(
            {'callback_id': callback.id, 'event_id': event_id, 'kind': 'test', 'lane': f'test,{event_id}', 'body': body}
        )
        if not event._attempt():
            event.write({'state': 'dead', 'settled_at': fields.Datetime.now()})
        return event

    def action_replay(self):
        """Send these again: the same bytes, the same event id, a fresh schedule."""
        self.env['esign.callback']._check_administrator()
        for event in self.sudo().sorted('id'):
            event.write({'state': 'pending', 'attempts': 0, 'next_at': fields.Datetime.now(), 'settled_at': False})
            event.callback_id._deliver_later(event)
        return True

    @api.autovacuum
    def _gc_received(self):
        """Drop what was received long ago; what was not stays."""
        self.sudo().search([('state', '=', 'sent'), ('settled_at', '<', fields.Datetime.now() - KEEP)]).unlink()
