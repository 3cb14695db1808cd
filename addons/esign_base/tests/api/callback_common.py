"""A business system that is called back: a receiver on the loopback, and a subscription to it."""

import contextlib
import json
import os
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user

from ...rules import callbacks as rule
from ...tools import development


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        receiver = self.server.receiver
        answer = receiver.answers.pop(0) if receiver.answers else 200
        receiver.seen.append((self.path, dict(self.headers), body))
        with contextlib.suppress(OSError):
            answer(self) if callable(answer) else self._answer(answer)

    def _answer(self, status):
        self.send_response(status)
        self.send_header('Content-Length', '0')
        if 300 <= status < 400:
            self.send_header('Location', f'{self.server.receiver.url}/elsewhere')
        self.end_headers()

    def log_message(self, *args):
        """Keep the test's output clean."""


class Receiver:
    """Answers what ``answers`` says, 200 when it says nothing; ``seen`` holds (path, headers, body)."""

    def __init__(self):
        self.seen, self.answers = [], []
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
        self.server.daemon_threads = True
        self.server.receiver = self
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        """End the receiver; its port refuses connections from now on."""
        self.server.shutdown()
        self.server.server_close()

    def events(self):
        """What was received, as values, in the order it came."""
        return [json.loads(body) for _path, _headers, body in self.seen]


def hang(handler):
    """Say nothing for longer than a call-back waits."""
    time.sleep(rule.TIMEOUT_SECONDS + 2)


def drip(handler):
    """Send the status byte by byte: each byte comes in time, all of them do not."""
    for byte in b'HTTP/1.1 200 OK\r\n':
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.6)


def babble(handler):
    """Answer something that is not HTTP."""
    handler.wfile.write(b'SSH-2.0-OpenSSH_9.2\r\n')


class CallbackCase:
    """Mixin of cases with a registry: a development installation and a system that listens on the loopback."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(os.environ, {development.ENVIRONMENT: '1'}))
        self.env['ir.config_parameter'].sudo().set_param(development.PARAMETER, 'demo')
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server.server_close)
        self.addCleanup(self.receiver.server.shutdown)

    def subscription(self, *kinds, user=None, start=True, **values):
        """A running subscription to all (or the given) events; its secret is ``callback.told``."""
        found = self.env['esign.callback.kind'].search([('code', 'in', kinds)] if kinds else [])
        user = user or new_test_user(
            self.env, f'system{self.env["res.users"].search_count([])}', groups='esign_base.group_esign_integration'
        )
        callback = (
            self.env['esign.callback']
            .with_user(self.env.ref('base.user_admin'))
            .create(
                {
                    'name': 'HR',
                    'user_id': user.id,
                    'url': f'{self.receiver.url}/hook?b=2&a=1',
                    'kind_ids': [(6, 0, found.ids)],
                    'scope': 'all',
                    **values,
                }
            )
        )
        self.secrets = {
            **getattr(self, 'secrets', {}),
            callback.app_id: callback.action_new_secret()['context']['default_shown'],
        }
        if start:
            callback.action_start()
        return callback

    def emit(self, record, occasion='', kind='person.verified', **facts):
        """Write an event down, as a change of state does."""
        self.env['esign.callback']._emit(kind, record, occasion, lambda _ref: facts)

    def deliver(self, callback, rounds=100):
        """Do what the jobs of a subscription do, as if every pause were over; how many attempts were made."""
        events = callback.sudo().event_ids.filtered(lambda event: event.state == 'pending')
        made = len(callback.sudo().event_ids.attempt_ids)
        for lane in dict.fromkeys(events.sorted('id').mapped('lane')):
            for _round in range(rounds):
                waiting = events.filtered(lambda event, lane=lane: event.lane == lane and event.state == 'pending')
                if not waiting:
                    break
                waiting.write({'next_at': fields.Datetime.now()})
                callback._deliver(lane)
        return len(callback.sudo().event_ids.attempt_ids) - made

    def genuine(self, index=-1, **values):
        """Whether the receiver finds a request genuine by the secret it was given."""
        path, headers, body = self.receiver.seen[index]
        values = {'now': datetime.now(UTC), **values}
        return rule.genuine(self.secrets[headers['X-App-Id']], path, body, headers, **values)
