from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.sms_http import DEFAULT_BODY, PREFIX, STATES, HttpSettings, secret


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    esign_product_name = fields.Char(
        'Product name',
        config_parameter='esign.product_name',
        help='Shown on every portal page; empty: the translated default.',
    )
    esign_sms_gateway = fields.Selection(
        lambda self: self.env['esign.sms']._gateway_choices(),
        'SMS gateway',
        config_parameter='esign.sms_gateway',
    )
    esign_sms_http_url = fields.Char('Address', config_parameter=f'{PREFIX}url')
    esign_sms_http_method = fields.Selection(
        [('POST', 'POST'), ('PUT', 'PUT')], 'Method', default='POST', config_parameter=f'{PREFIX}method'
    )
    esign_sms_http_headers = fields.Text('Headers')
    esign_sms_http_body = fields.Text('Body')
    esign_sms_http_timeout = fields.Integer('Time-out (seconds)', default=8, config_parameter=f'{PREFIX}timeout')
    esign_sms_http_ok_path = fields.Char('Where the answer holds its code', config_parameter=f'{PREFIX}ok_path')
    esign_sms_http_ok_value = fields.Char('Code of success', config_parameter=f'{PREFIX}ok_value')
    esign_sms_http_error_map = fields.Text('Codes of errors')
    esign_sms_http_states = fields.Char('Known states', compute='_compute_esign_sms_http_states')
    esign_sms_secret_set = fields.Boolean('Secret present', compute='_compute_esign_sms_http_states')

    def _compute_esign_sms_http_states(self):
        self.esign_sms_http_states = ', '.join(STATES)
        self.esign_sms_secret_set = bool(secret())

    @api.model
    def get_values(self):
        """Text fields are not handled by ``config_parameter``."""
        param = self.env['ir.config_parameter'].sudo().get_param
        return {
            **super().get_values(),
            'esign_sms_http_headers': param(f'{PREFIX}headers') or '',
            'esign_sms_http_body': param(f'{PREFIX}body') or DEFAULT_BODY,
            'esign_sms_http_error_map': param(f'{PREFIX}error_map') or '',
        }

    def set_values(self):
        """Refuse settings that could not send, then store.

        :raises ValidationError: says what to mend.
        """
        if self.esign_sms_gateway == 'http' and (fault := self._esign_sms_http_entered().fault()):
            raise ValidationError(self.env['esign.sms']._fault_text(fault))
        super().set_values()
        parameters = self.env['ir.config_parameter'].sudo()
        for name in ('headers', 'body', 'error_map'):
            parameters.set_param(PREFIX + name, (self[f'esign_sms_http_{name}'] or '').strip())

    def _esign_sms_http_entered(self):
        names = ('url', 'method', 'headers', 'body', 'ok_path', 'ok_value', 'error_map')
        given = {name: value.strip() for name in names if (value := self[f'esign_sms_http_{name}'])}
        return HttpSettings(**{'url': '', **given})
