from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.esign_base.signing.errors import SigningError
from odoo.addons.esign_base.tools.token import token_settings


class EsignDemo(models.AbstractModel):
    """Certificates, seals and authorisations of the demonstration, by the methods that people use."""

    _inherit = 'esign.demo'

    @api.model
    def _issue_certificates(self):
        """Issue what the approvals requested; without a token they stay requested, as they would."""
        self._require_development()
        try:
            token_settings()
        except SigningError:
            return
        self.env['esign.certificate'].sudo().search(
            [('state', '=', 'requested'), ('external', '=', False)]
        )._issue_all()

    @api.model
    def _make_seal(self, enterprise_id, values, outcome='approved'):
        """Ask for a seal as the administrator and decide on it; 'pending' leaves it to be reviewed."""
        self._require_development()
        enterprise = self.env['esign.enterprise'].browse(enterprise_id)
        user = enterprise._administrators()[0].user_id
        asked = self.env['esign.seal']._request_new(enterprise, user, values)
        if outcome == 'approved':
            asked.with_user(self.env.ref('base.user_admin'))._approve()

    @api.model
    def _authorise(self, enterprise_id, kind_code, person_id, days=0, *, silent=False):
        """Authorise a member to use the enterprise's seals of a type, for some days or long-term."""
        self._require_development()
        enterprise = self.env['esign.enterprise'].browse(enterprise_id)
        member = enterprise._member_of(self.env['esign.person'].browse(person_id))
        until = fields.Date.today() + timedelta(days=days) if days else False
        for seal in self.env['esign.seal']._owned(enterprise, kind_code):
            self.env['esign.seal.grant']._propose(
                seal, enterprise._administrators()[0].user_id, member, date_to=until, silent=silent
            )
