from odoo import models

from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import Ref


class EsignApi(models.AbstractModel):
    """Two ways to sign that a business system starts: a link for a person, silently for an enterprise."""

    _inherit = 'esign.api'

    @remote(group=Ref(), party=Ref())
    def sign_link(self, group, party):
        """A short-lived link by which a person signs: ``{url, expires_at}``. Each call makes another one."""
        link, url = self.env['esign.sign.link']._make(self._party_of(self._group_of(group), party))
        return {'url': url, 'expires_at': self._iso(link.expires_at)}

    @remote(group=Ref(), party=Ref())
    def auto_sign(self, group, party):
        """Sign silently for an enterprise, as a job: ``{state, job}``; a second call starts nothing new.

        While the documents are being prepared it is noted (``job`` is empty) and done when it is the party's turn.
        """
        act = self._party_of(self._group_of(group), party)._auto_sign(self.env.user)
        return {'state': 'signed' if act.state == 'done' else 'signing', 'job': act.job or ''}
