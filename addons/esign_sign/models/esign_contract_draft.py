from odoo import fields, models

from odoo.addons.esign_base.signing.acts.opening import is_envelope
from odoo.addons.esign_base.signing.errors import FileRefused
from odoo.addons.esign_base.signing.pages.convert import offered_formats, office_to_pdf
from odoo.addons.esign_base.signing.pages.intake import image_to_pdf
from odoo.addons.esign_base.signing.pages.office_notes import office_notes
from odoo.addons.esign_base.tools.signing_messages import explained, noticed

from ..rules.shown import shown_size

IMAGES = frozenset({'png', 'jpg', 'jpeg'})


class EsignContract(models.Model):
    """A file of a draft: taken in, named, thrown away."""

    _inherit = 'esign.contract'

    upload_key = fields.Char(readonly=True, copy=False, help='Names one upload: repeating it adds nothing.')
    upload_notes = fields.Json(readonly=True, copy=False, help='What intake changed or noticed (codes).')

    _upload_once = models.UniqueIndex('(group_id, upload_key) WHERE upload_key IS NOT NULL')

    def _formats(self):
        """File name extensions that this server takes, PDF first."""
        return ['pdf', *sorted(IMAGES), *sorted(offered_formats())]

    def _as_pdf(self, name, data):
        """An upload as PDF: pictures and office documents are converted where that is possible.

        :return: (bytes, codes of what the conversion does to a document).
        :raises CoreRefused: neither PDF nor convertible; says why.
        """
        extension = name.rpartition('.')[2].lower()
        with explained(self.env):
            if is_envelope(data):
                raise FileRefused('signed_envelope', 'a signed envelope')
            if data[:1024].find(b'%PDF-') >= 0 or extension == 'pdf':
                return data, []
            if extension in IMAGES:
                with self.env['esign.turn']._turn('intake'):
                    return image_to_pdf(data), []
            if extension not in offered_formats():
                formats = ' '.join(one.upper() for one in self._formats())
                raise FileRefused('format_not_offered', 'a format that is not offered', {'formats': formats})
            with self.env['esign.turn']._turn('office'):
                return office_to_pdf(data, extension), office_notes(data, extension)

    def _draft_json(self):
        """The file as the launch page shows it."""
        self.ensure_one()
        document = self.document_id
        return {
            'id': self.id,
            'name': self.name,
            'pages': document.pages,
            'size': shown_size(self._newest().size if document else 0),
            'placed': self.placed,
            'notes': noticed(self.env, self.upload_notes or []),
            'earlier': document._earlier_texts() if document else [],
            'has_text': document.has_text,
            'frames': [{'width': frame.width_mm, 'height': frame.height_mm} for frame in document._frames()],
        }
