from odoo import models

from odoo.addons.esign_base.errors import ApiRefused
from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import Items, Maybe, Ref, Struct

from .esign_api_create import CONTRACT


class EsignApi(models.AbstractModel):
    """Batches: known by name until they are there."""

    _inherit = 'esign.api'

    @remote(ref=Ref(), template_group=(Maybe(Ref()), None), contracts=(Items(CONTRACT), []), rows=(Items(Struct()), []))
    def batch(self, ref, template_group, contracts, rows):
        """Launch many groups from rows: not offered yet."""
        raise ApiRefused('ESIGN_UNAVAILABLE', self.env._('Batches are not offered yet. Use create_group.'))

    @remote(batch=Ref())
    def batch_status(self, batch):
        """How far a batch is: not offered yet."""
        raise ApiRefused('ESIGN_UNAVAILABLE', self.env._('Batches are not offered yet. Use create_group.'))
