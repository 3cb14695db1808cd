from odoo import fields, models

from ...errors import EsignError
from ...signing.keys.profiles import enterprise_name
from ...tools.signing_messages import explained
from .esign_certificate_external import COUNTRY


class EsignCertificateExternal(models.TransientModel):
    """Staff: ask an external authority for a certificate, and bring it in."""

    _name = 'esign.certificate.external'
    _description = 'Certificate of an external authority'

    certificate_id = fields.Many2one('esign.certificate', 'Request')
    holder_name = fields.Char('Holder')
    uscc = fields.Char('Unified social credit code')
    csr_pem = fields.Text(related='certificate_id.csr_pem')
    certificate_pem = fields.Text('Certificate (PEM)')
    chain_pem = fields.Text('Intermediate certificates (PEM)')
    roots_pem = fields.Text('Trusted roots (PEM)')

    def action_request(self):
        """Write the request down; its key is made by the next step, when this is committed."""
        self.ensure_one()
        self._check_administrator()
        name, code = (self.holder_name or '').strip(), (self.uscc or '').strip()
        with explained(self.env):
            enterprise_name(COUNTRY, name, code)
        self.certificate_id = self.env['esign.certificate']._request(
            holder_name=name, uscc=code, external=True, next_attempt_at=False, **self._holder(code)
        )
        return self._again()

    def _holder(self, code):
        """More values of the row; other floors know whose code it is."""
        return {}

    def action_make_request(self):
        """Make key and request."""
        self.ensure_one()
        self._check_administrator()
        self._request()._make_request()
        return self._again()

    def action_import(self):
        """Bring the issued certificate in."""
        self.ensure_one()
        self._check_administrator()
        self._request()._accept(
            (self.certificate_pem or '').strip().encode(),
            (self.chain_pem or '').encode(),
            (self.roots_pem or '').encode(),
        )
        return {'type': 'ir.actions.act_window_close'}

    def _request(self):
        if not self.certificate_id:
            raise EsignError(self.env._('This is not a request to an external authority.'), 'NOT_EXTERNAL')
        return self.certificate_id

    def _check_administrator(self):
        if not self.env.user.has_group('esign_base.group_esign_administrator'):
            raise EsignError(self.env._('Only administrators do this.'), 'FORBIDDEN')

    def _again(self):
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': self.id,
            'view_mode': 'form',
            'target': 'new',
            'name': self.env._('Certificate of an external authority'),
        }
