from uuid import uuid4

from odoo import models

from ...errors import EsignError
from ...rules.mobile import international, normal_mobile
from ...tools import development
from ...tools.sms_gateways import GATEWAYS, SENT, NoGateway

GATEWAY_PARAMETER = 'esign.sms_gateway'


class SmsRefused(EsignError):
    """A message was not taken by the gateway; ``details['state']`` is the gateway's state."""

    code = 'SMS_FAILED'


class EsignSms(models.AbstractModel):
    """The one way out for SMS.

    Codes go straight to the gateway and are never stored. Ordinary notices are rows of ``sms.sms``
    that leave after commit.
    """

    _name = 'esign.sms'
    _description = 'SMS of electronic contracts'

    def _send_code(self, number, text):
        """Hand one message over now, storing nothing.

        :param number: a mobile number of mainland China, in any usual writing.
        :raises SmsRefused: code ``SMS_NUMBER``, ``SMS_NOT_CONFIGURED`` or ``SMS_FAILED``; the text is for
            the user.
        """
        message = {'content': text, 'numbers': [{'uuid': uuid4().hex, 'number': self._checked(number)}]}
        [result] = self._gateway()._send_sms_batch([message])
        state = result['state']
        if state != SENT:
            code = 'SMS_NOT_CONFIGURED' if state == 'not_configured' else 'SMS_FAILED'
            raise SmsRefused(self._user_text(state), code, state=state)

    def _queue(self, number, text, partner=None):
        """Queue an ordinary notice; it leaves after commit. Answers the row.

        :raises SmsRefused: code ``SMS_NUMBER`` when the number cannot get an SMS.
        """
        values = {'number': international(self._checked(number)), 'body': text}
        if partner:
            values['partner_id'] = partner.id
        return self.env['sms.sms'].sudo().create(values)

    def _gateway(self):
        """The gateway of this company."""
        return self._gateway_class()(self.env)

    def _gateway_class(self):
        """The class of the configured gateway; one that refuses everything when there is none."""
        chosen = self.env['ir.config_parameter'].sudo().get_param(GATEWAY_PARAMETER)
        return GATEWAYS.get(chosen, NoGateway)

    def _gateway_choices(self):
        """What settings may offer: the file gateway only where it could work."""
        choices = [('http', self.env._('HTTPS interface of a provider'))]
        if development.database_marked(self.env):
            choices.append(('file', self.env._('File (development)')))
        return choices

    def _checked(self, number):
        mobile = normal_mobile(number)
        if not mobile:
            raise SmsRefused(self.env._('Enter a mobile number of mainland China (11 digits).'), 'SMS_NUMBER')
        return mobile

    def _user_text(self, state):
        """What a user of the portal is told: what can be done, nothing about the provider."""
        if state == 'wrong_number_format':
            return self.env._('Enter a mobile number of mainland China (11 digits).')
        if state == 'not_configured':
            return self.env._('SMS is not set up on this platform. Please tell its administrator.')
        return self.env._('The SMS could not be sent. Try again in a minute.')

    def _fault_text(self, fault):
        """What an administrator is told about a fault of the HTTPS gateway."""
        _ = self.env._
        return {
            'url_missing': _('Enter the address of the SMS provider.'),
            'url_insecure': _(
                'The address of the SMS provider must begin with https:// (http only on this machine) '
                'and hold no user name.'
            ),
            'method': _('The method must be POST or PUT.'),
            'headers': _('Write one header a line, as "Name: value".'),
            'body': _(
                'The body needs {{text}} and {{number}} or {{national}}, no unknown placeholder, '
                'and must be valid JSON unless a Content-Type header says otherwise.'
            ),
            'error_map': _('Write one error a line, as "code = state"; see the list of states below.'),
            'secret_missing': _(
                'The templates use {{secret}}, but the server has no ESIGN_SMS_SECRET or ESIGN_SMS_SECRET_FILE.'
            ),
            'tls': _('The certificate of the SMS provider is not trusted.'),
            'unreachable': _('The SMS provider cannot be reached.'),
            'timeout': _('The SMS provider did not answer in time; the message may still arrive.'),
            'broken_answer': _('The SMS provider gave an answer that cannot be understood.'),
            'redirect': _('The SMS provider redirects to another address. Enter the final address.'),
            'status': _('The SMS provider reports an internal error.'),
            'refused': _('The SMS provider refused the message.'),
        }[fault]
