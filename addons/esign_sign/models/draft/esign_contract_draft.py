from odoo import fields, models

from odoo.addons.esign_base.rules.shown import shown_size
from odoo.addons.esign_base.tools.signing_messages import noticed


class EsignContract(models.Model):
    """A file of a draft: taken in, named, thrown away."""

    _inherit = 'esign.contract'

    upload_key = fields.Char(readonly=True, copy=False, help='Names one upload: repeating it adds nothing.')
    upload_notes = fields.Json(readonly=True, copy=False, help='What intake changed or noticed (codes).')

    _upload_once = models.UniqueIndex('(group_id, upload_key) WHERE upload_key IS NOT NULL')

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
