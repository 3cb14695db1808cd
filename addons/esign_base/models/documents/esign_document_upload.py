from odoo import api, models

from ...signing.acts.opening import refuse_envelope
from ...signing.apart.intake import image_to_pdf
from ...signing.errors import FileRefused
from ...signing.pages.convert import offered_formats, office_to_pdf
from ...signing.pages.office_notes import office_notes
from ...tools.signing_messages import explained

IMAGES = frozenset({'png', 'jpg', 'jpeg'})


class EsignDocument(models.Model):
    """What people and systems upload: made a PDF where it is none, then taken in."""

    _inherit = 'esign.document'

    @api.model
    def _formats(self):
        """File name extensions that this server takes, PDF first."""
        return ['pdf', *sorted(IMAGES), *sorted(offered_formats())]

    @api.model
    def _as_pdf(self, name, data):
        """An upload as PDF: pictures and office documents are converted where that is possible.

        :return: (bytes, codes of what the conversion does to a document).
        :raises CoreRefused: neither PDF nor convertible; says why.
        """
        extension = name.rpartition('.')[2].lower()
        with explained(self.env):
            refuse_envelope(data)
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

    @api.model
    def _take_upload(self, name, data):
        """Take a file of any format that is offered: (document, codes of what was changed or noticed).

        :raises CoreRefused: it cannot be signed, and why.
        """
        pdf, notes = self._as_pdf(name, data)
        document, more = self._take_in(name, pdf)
        return document, notes + more
