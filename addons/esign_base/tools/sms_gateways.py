"""SMS gateways on Odoo's own seam (``SmsApiBase``): one class a way out, no silent fallback.

A gateway never raises for what the world may do to it: each number gets a state that
``sms.sms`` understands and a reason a person can read. Results, logs and reasons hold neither
the number nor the text.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from odoo.addons.sms.tools.sms_api import SmsApiBase

from ..rules.mobile import international, normal_mobile
from . import development
from .sms_http import HttpSettings, deliver

FILE_ENVIRONMENT = 'ESIGN_SMS_FILE'
SENT = 'success'


class Gateway(SmsApiBase):
    """Base of our gateways: normalises numbers and sends them one by one."""

    PROVIDER_TO_SMS_FAILURE_TYPE = SmsApiBase.PROVIDER_TO_SMS_FAILURE_TYPE | {
        'insufficient_credit': 'sms_credit',
        'country_not_supported': 'sms_country_not_supported',
        'unregistered': 'sms_acc',
        'not_configured': 'sms_acc',
        'limited': 'sms_server',
        'rejected': 'sms_server',
    }

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        """Send messages as Odoo groups them; one result a number, in their order."""
        refusal = self._refusal()
        return [
            {'uuid': entry['uuid'], **self._send_one(entry, message['content'], refusal)}
            for message in messages
            for entry in message['numbers']
        ]

    def _send_one(self, entry, text, refusal):
        if refusal:
            return {'state': 'not_configured', 'failure_reason': refusal}
        mobile = normal_mobile(entry['number'])
        if not mobile:
            reason = self.env._('This is not a mobile number of mainland China.')
            return {'state': 'wrong_number_format', 'failure_reason': reason}
        state, reason = self._deliver(mobile, text, entry['uuid'])
        return {'state': state, 'failure_reason': reason} if reason else {'state': state}

    def _refusal(self):
        """Why this gateway cannot be used at all, None when it can."""
        raise NotImplementedError

    def _deliver(self, mobile, text, message_id):
        """Hand one message over; answer (state, reason)."""
        raise NotImplementedError

    def _has_left(self, message_id):
        """Whether a message was sent although nobody heard the answer; None when nobody can tell."""

    def _get_sms_api_error_messages(self):
        _ = self.env._
        return {
            'not_configured': _('No SMS gateway is set up. Choose one in the settings of E-contracts.'),
            'wrong_number_format': _('This is not a mobile number of mainland China.'),
            'insufficient_credit': _('The SMS account has no credit left.'),
            'country_not_supported': _('The SMS gateway does not deliver to this country.'),
            'unregistered': _('The SMS gateway refuses the account or the secret.'),
            'limited': _('The SMS gateway asks to send more slowly. Try again later.'),
            'rejected': _('The SMS gateway refuses this message.'),
            'server_error': _('The SMS gateway cannot be reached or failed. Try again later.'),
        }


class NoGateway(Gateway):
    """Nothing is chosen: every message is refused with a clear reason."""

    def _refusal(self):
        return self._get_sms_api_error_messages()['not_configured']


class FileGateway(Gateway):
    """Development: one JSON line a message in the file that ``ESIGN_SMS_FILE`` names."""

    def _refusal(self):
        if not (development.server_marked() and development.database_marked(self.env)):
            return self.env._('The file gateway works only in a development installation.')
        if not os.environ.get(FILE_ENVIRONMENT):
            return self.env._('The file gateway needs the environment variable %s.', FILE_ENVIRONMENT)
        return None

    def _deliver(self, mobile, text, message_id):
        line = {'id': message_id, 'to': international(mobile), 'text': text, 'at': datetime.now(UTC).isoformat()}
        try:
            _append(Path(os.environ[FILE_ENVIRONMENT]), json.dumps(line, ensure_ascii=False) + '\n')
        except OSError as error:
            return 'server_error', self.env._('The SMS file cannot be written: %s', error.strerror)
        return SENT, None

    def _has_left(self, message_id):
        if self._refusal():
            return None
        try:
            with Path(os.environ[FILE_ENVIRONMENT]).open(encoding='utf-8') as lines:
                return any(json.loads(line).get('id') == message_id for line in lines)
        except FileNotFoundError:
            return False


class HttpGateway(Gateway):
    """Any provider with an HTTPS interface, described by settings; the secret stays outside the database."""

    def _refusal(self):
        fault = HttpSettings.of(self.env).fault()
        return fault and self.env['esign.sms']._fault_text(fault)

    def _deliver(self, mobile, text, message_id):
        state, fault = deliver(HttpSettings.of(self.env), mobile, text, message_id)
        return state, fault and self.env['esign.sms']._fault_text(fault)


GATEWAYS = {'file': FileGateway, 'http': HttpGateway}


def _append(path: Path, line: str) -> None:
    """Append in one write, so that lines of several workers do not mix; readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
