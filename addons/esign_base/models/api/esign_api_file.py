from odoo import models

from ...signing.apart.intake import DEFAULT_LIMITS
from ...tools.api_method import remote
from ...tools.api_values import File, Ref, Text
from ...tools.signing_messages import noticed


class EsignApi(models.AbstractModel):
    """Files."""

    _inherit = 'esign.api'

    @remote(ref=Ref(), name=Text(200), content=File(DEFAULT_LIMITS.size))
    def upload_file(self, ref, name, content):
        """Take a file that groups are made of: inspected, made a PDF where it is none, kept."""
        reference = self.env['esign.api.reference']._claim('file', ref, [name, content])
        document = reference._record()
        if not document:
            document, codes = self.env['esign.document']._take_upload(name, content)
            reference._point(document, made=True)
            reference.sudo().notes = codes
        return {
            'file': ref,
            'pages': document.pages,
            'sha256': document._newest().sha256,
            'warnings': [*document._earlier_texts(), *noticed(self.env, reference.sudo().notes or [])],
        }
