from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.clock import TIMEZONE
from odoo.addons.esign_base.tools import development

LANGUAGE = 'zh_CN'
# Nothing listens there: whoever asks an outside service gets its ordinary error at once.
NOWHERE = 'http://127.0.0.1:9'
ENDPOINTS = (
    'iap.endpoint',
    'sms.endpoint',
    'snailmail.endpoint',
    'enrich.endpoint',
    'iap.partner_autocomplete.endpoint',
)
CRONS = (
    'mail.ir_cron_module_update_notification',
    'mail.ir_cron_web_push_notification',
    'snailmail.snailmail_print',
)


class EsignDemo(models.AbstractModel):
    """Makes a database a development database: marked, Chinese, and silent towards the internet.

    Called by demo data alone. Repeating it changes nothing.
    """

    _name = 'esign.demo'
    _description = 'Development database'

    @api.model
    def _prepare(self):
        """Mark this database, then make it Chinese and silent.

        :raises EsignError: the server was not started for development: nothing of the demonstration is loaded.
        """
        self._require_server()
        self.env['ir.config_parameter'].sudo().set_param(development.PARAMETER, 'demo')
        self._silence()
        self._speak_chinese()

    def _require_server(self):
        if not development.server_marked():
            raise EsignError(self.env._('Demonstration data need a server started with ESIGN_DEVELOPMENT=1.'))

    @api.model
    def _require_development(self):
        """Refuse what only a marked database of such a server may do."""
        self._require_server()
        if not development.database_marked(self.env):
            raise EsignError(self.env._('This is no database for demonstrations.'))

    def _silence(self):
        """No outside service is called, by no cron and no page; mail is caught by ``ir.mail_server``."""
        parameters = self.env['ir.config_parameter'].sudo()
        for key in ENDPOINTS:
            parameters.set_param(key, NOWHERE)
        parameters.set_param('mail.link_preview_throttle', '0')
        for xmlid in CRONS:
            cron = self.env.ref(xmlid, raise_if_not_found=False)
            if cron:
                cron.sudo().active = False

    def _speak_chinese(self):
        """Chinese and Shanghai for everybody who exists and everybody to come."""
        self.env['res.lang']._activate_lang(LANGUAGE)
        self.env['ir.module.module'].search([('state', '=', 'installed')])._update_translations([LANGUAGE])
        defaults = self.env['ir.default'].sudo()
        defaults.set('res.partner', 'lang', LANGUAGE)
        defaults.set('res.partner', 'tz', TIMEZONE)
        people = self.env['res.users'].with_context(active_test=False).search([]).partner_id
        company_partners = self.env['res.company'].search([]).partner_id
        (people | company_partners).write({'lang': LANGUAGE, 'tz': TIMEZONE})
