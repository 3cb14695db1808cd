from odoo import api, fields, models
from odoo.exceptions import UserError

RESULTS = [('ok', 'Succeeded'), ('failed', 'Failed'), ('refused', 'Refused')]
_GUARD = """
CREATE OR REPLACE FUNCTION esign_seal_usage_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'esign_seal_usage is append-only' USING ERRCODE = 'restrict_violation';
END;
$$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS esign_seal_usage_append_only ON esign_seal_usage;
CREATE TRIGGER esign_seal_usage_append_only BEFORE UPDATE OR DELETE ON esign_seal_usage
    FOR EACH ROW EXECUTE FUNCTION esign_seal_usage_append_only();
DROP TRIGGER IF EXISTS esign_seal_usage_no_truncate ON esign_seal_usage;
CREATE TRIGGER esign_seal_usage_no_truncate BEFORE TRUNCATE ON esign_seal_usage
    FOR EACH STATEMENT EXECUTE FUNCTION esign_seal_usage_append_only();
"""


class EsignSealUsage(models.Model):
    """The log of uses: rows are added by :meth:`_log`, and nobody changes or removes one.

    Names are copied, not only linked: the log says what was true at the time. A database trigger
    stands below the ORM.
    """

    _name = 'esign.seal.usage'
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

    def init(self):
        super().init()
        self.env.cr.execute(_GUARD)

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

    def write(self, vals):
        raise UserError(self.env._('The log of uses is never changed.'))

    @api.ondelete(at_uninstall=False)
    def _never_unlink(self):
        raise UserError(self.env._('The log of uses is never shortened.'))
