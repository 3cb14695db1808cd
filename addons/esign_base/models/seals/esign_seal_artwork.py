import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS

PREVIEW_DPI = 200
_KEPT = 256
_pictures = {}


class EsignSealArtwork(models.Model):
    """One picture of a seal, kept for ever: signed files and the usage log name it by its digest."""

    _name = 'esign.seal.artwork'
    _description = 'Picture of a seal'
    _order = 'id desc'
    _rec_name = 'sha256'

    seal_id = fields.Many2one('esign.seal', 'Seal', required=True, readonly=True, ondelete='restrict', index=True)
    pdf = fields.Binary('Vector page', attachment=True, readonly=True, groups=NO_ACCESS)
    preview = fields.Binary('Picture', attachment=True, readonly=True)
    sha256 = fields.Char('SHA-256', required=True, readonly=True, index=True)
    width_mm = fields.Float('Width (mm)', required=True, readonly=True, digits=(6, 2))
    height_mm = fields.Float('Height (mm)', required=True, readonly=True, digits=(6, 2))
    source = fields.Selection(
        [('template', 'Drawn from a template'), ('upload', 'Uploaded picture'), ('pad', 'Written by hand')],
        required=True,
        readonly=True,
    )

    @api.model
    def _keep(self, seal, artwork, source):
        """Store an artwork of the core for a seal.

        :param artwork: ``signing.pages.seals.Artwork``.
        """
        return self.sudo().create(
            {
                'seal_id': seal.id,
                'pdf': base64.b64encode(artwork.pdf),
                'preview': base64.b64encode(artwork.png(PREVIEW_DPI)),
                'sha256': artwork.sha256,
                'width_mm': artwork.width_mm,
                'height_mm': artwork.height_mm,
                'source': source,
            }
        )

    def _kept(self):
        """The same as :meth:`_artwork`, from this process's memory: a picture is what its digest says."""
        self.ensure_one()
        digest = self.sudo().sha256
        found = _pictures.get(digest)
        if found is None:
            found = self._artwork()
            if len(_pictures) >= _KEPT:
                _pictures.clear()
            _pictures[digest] = found
        return found

    def _artwork(self):
        """The core's value object, after checking that the stored bytes are those of the digest.

        :raises UserError: the file was altered behind our back.
        """
        from ...signing.pages.seals import Artwork

        self.ensure_one()
        data = base64.b64decode(self.sudo().with_context(bin_size=False).pdf or b'')
        if hashlib.sha256(data).hexdigest() != self.sudo().sha256:
            raise UserError(self.env._('The stored picture of this seal was altered. Tell the operator.'))
        return Artwork(pdf=data, width_mm=self.width_mm, height_mm=self.height_mm)

    def write(self, vals):
        raise UserError(self.env._('A picture of a seal is never changed; a new one is added.'))

    @api.ondelete(at_uninstall=False)
    def _never_unlink(self):
        raise UserError(self.env._('A picture of a seal is kept as long as the log of its use.'))
