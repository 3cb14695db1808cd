from odoo import api, fields, models

RESULTS = [('ok', 'Succeeded'), ('failed', 'Failed'), ('refused', 'Refused')]


class EsignSealUsage(models.Model):
    """The log of uses: rows are added by :meth:`_log`, and nobody changes or removes one.

    Names are copied, not only linked: the log says what was true at the time.
    """

    _name = 'esign.seal.usage'
    _inherit = ['esign.append.only']
    _description = 'Use of a seal'
    _order = 'id desc'
    _log_access = False

    at = fields.Datetime('Time', required=True, readonly=True, index=True)
    seal_id = fields.Many2one('esign.seal', 'Seal', required=True, readonly=True, ondelete='restrict', index=True)
    seal_name = fields.Char(required=True, readonly=True)
    owner_name = fields.Char('Owner', required=True, readonly=True)
    image_sha256 = fields.Char('Digest of the picture', readonly=True)
    person_id = fields.Many2one('esign.person', 'Operator', readonly=True, ondelete='restrict', index=True)
    person_name = fields.Char('Name of the operator', readonly=True)
    silent = fields.Boolean('Silent signing', readonly=True)
    grant_reference = fields.Char('Authorisation', readonly=True)
    document = fields.Char('Contract', readonly=True)
    sha256_before = fields.Char('Digest before', readonly=True)
    sha256_after = fields.Char('Digest after', readonly=True)
    page = fields.Integer(readonly=True)
    x_mm = fields.Float('From the left (mm)', readonly=True, digits=(8, 2))
    y_mm = fields.Float('From the top (mm)', readonly=True, digits=(8, 2))
    certificate_serial = fields.Char('Certificate', readonly=True)
    consent_reference = fields.Char('Consent', readonly=True)
    ip = fields.Char('IP address', readonly=True)
    result = fields.Selection(RESULTS, required=True, readonly=True, index=True)
    reason = fields.Char(readonly=True)

    @api.model
    def _log(self, seal, result, identity=None, usability=None, **facts):
        """Add a row.

        :param identity: who acted (``esign_base.identity.Identity``); None for the platform itself.
        :param usability: the answer by which the seal was used.
        :param facts: other fields of this model.
        """
        seal = seal.sudo()
        person = identity.person if identity else self.env['esign.person']
        certificate = usability.certificate if usability else None
        grant = usability.grant if usability else None
        return self.sudo().create(
            {
                'at': fields.Datetime.now(),
                'seal_id': seal.id,
                'seal_name': seal.name,
                'owner_name': seal.owner_name,
                'image_sha256': seal.artwork_id.sha256,
                'person_id': person.id,
                'person_name': person.sudo().name,
                'certificate_serial': certificate.serial if certificate else False,
                'grant_reference': grant.display_name if grant else False,
                'result': result,
                **facts,
            }
        )
