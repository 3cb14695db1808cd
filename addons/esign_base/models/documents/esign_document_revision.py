import hashlib

from odoo import api, fields, models

from ...errors import EsignError

# What made a revision. The upload and the normalised file come first, then one revision per act.
REVISION_KINDS = [
    ('original', 'Original upload'),
    ('normalised', 'Normalised file'),
    ('prepared', 'Prepared for signing'),
    ('act', 'Signing act'),
    ('archive', 'Archive time stamp'),
]
# Revisions that we vouch for: they carry a signature of ours.
ISSUED_KINDS = ('prepared', 'act', 'archive')


class StoredFileChangedError(EsignError):
    """The file store gave back other bytes than were stored. Nothing is done with them."""

    code = 'STORED_FILE_CHANGED'


class EsignDocumentRevision(models.Model):
    """One state of a document's bytes, and its SHA-256. Written once; the database refuses changes."""

    _name = 'esign.document.revision'
    _inherit = ['esign.append.only']
    _description = 'Document revision'
    _order = 'document_id.id desc, number'  # .id: no join
    _rec_name = 'sha256'

    document_id = fields.Many2one('esign.document', required=True, readonly=True, ondelete='restrict', index=True)
    number = fields.Integer(required=True, readonly=True)
    kind = fields.Selection(REVISION_KINDS, required=True, readonly=True)
    reference = fields.Char('Made by', readonly=True, help='The act that made it, as model,id.')
    file_id = fields.Many2one(
        'ir.attachment',
        'File',
        required=True,
        readonly=True,
        ondelete='restrict',
        groups='esign_base.group_esign_operator,esign_base.group_esign_auditor',
    )
    sha256 = fields.Char('SHA-256', required=True, readonly=True, index=True)
    size = fields.Integer('Size (bytes)', required=True, readonly=True)

    _number_uniq = models.Constraint('UNIQUE(document_id, number)', 'A revision number is used once.')
    _number_positive = models.Constraint('CHECK(number >= 0)', 'Revisions count from zero.')

    def _bytes(self):
        """The file's bytes, checked against the digest that was taken when they were stored.

        :raises StoredFileChangedError: when the file store gives back something else.
        """
        self.ensure_one()
        revision = self.sudo()
        data = revision.file_id.raw or b''
        if hashlib.sha256(data).hexdigest() != revision.sha256:
            raise StoredFileChangedError(
                self.env._('The stored file is not the one that was written. Tell the operator; nothing was signed.')
            )
        return data

    @api.model
    def _issued(self, sha256):
        """The revision of ours with this SHA-256 (hex); empty when we never issued such bytes."""
        return self.sudo().search([('sha256', '=', sha256), ('kind', 'in', ISSUED_KINDS)], limit=1)
