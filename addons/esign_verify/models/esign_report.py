import hashlib

from odoo import api, fields, models

from odoo.addons.esign_base.rules.clock import today
from odoo.addons.esign_base.signing.acts.detached import sign_detached
from odoo.addons.esign_base.signing.acts.prepare import LaunchMode, prepare
from odoo.addons.esign_base.tools.signing_messages import explained

KINDS = [
    ('verification', 'Verification report'),
    ('evidence', 'Evidence report'),
    ('pack', 'Evidence pack'),
]
PREFIX = {'verification': 'YZ', 'evidence': 'CZ', 'pack': 'ZJ'}


class EsignReport(models.Model):
    """The register of reports that were issued: number and digest, so that each can be verified later."""

    _name = 'esign.report'
    _inherit = ['esign.append.only']
    _description = 'Issued report'
    _order = 'id desc'
    _rec_name = 'number'

    number = fields.Char(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    sha256 = fields.Char('SHA-256', required=True, readonly=True, index=True)
    size = fields.Integer('Size (bytes)', required=True, readonly=True)
    at = fields.Datetime('Issued at', required=True, readonly=True)
    subject_sha256 = fields.Char('SHA-256 of the file reported on', readonly=True)
    chain_id = fields.Many2one('esign.trace.chain', 'Trace', readonly=True, ondelete='restrict', index='btree_not_null')
    asked_by = fields.Char('Asked for by', readonly=True)

    _number_uniq = models.Constraint('UNIQUE(number)', 'A report number is used once.')

    @api.model
    def _issued(self, sha256):
        """The report with this SHA-256 (hex); empty when there is none."""
        return self.sudo().search([('sha256', '=', sha256)], limit=1)

    @api.model
    def _new_number(self, kind):
        """A number of its own; taken from a sequence of the database, so it may leave gaps."""
        serial = self.env['ir.sequence'].sudo().next_by_code('esign.report')
        return f'{PREFIX[kind]}{today():%Y%m%d}{serial}'

    @api.model
    def _write_down(self, kind, number, data, **facts):
        """Write down what was issued."""
        return self.sudo().create(
            {
                'kind': kind,
                'number': number,
                'sha256': hashlib.sha256(data).hexdigest(),
                'size': len(data),
                'at': fields.Datetime.now(),
                **facts,
            }
        )

    @api.model
    def _sign(self, pdf):
        """The report with the platform's signature and a trusted time in it.

        :raises CoreRefused: key or time stamp cannot be had; there is no unsigned report.
        """
        signatory = self.env['esign.signing']._platform_signatory()
        with explained(self.env):
            return prepare(pdf, {}, signatory, LaunchMode.FREE).content

    @api.model
    def _sign_detached(self, data):
        """A time-stamped detached signature of the platform over ``data``, DER."""
        signatory = self.env['esign.signing']._platform_signatory()
        with explained(self.env):
            return sign_detached(data, signatory)
