from odoo import models

from ...rules.names import LONGEST
from ...tools.api_method import remote
from ...tools.api_values import Choice, Flag, Maybe, Ref, Text
from ..people.esign_person import ID_TYPES

# The interface calls the resident identity card by the country's code.
CN_ID = 'cn_id'
ID_KINDS = (CN_ID, *(code for code, _label in ID_TYPES if code != 'resident'))


class EsignApi(models.AbstractModel):
    """Persons."""

    _inherit = 'esign.api'

    @remote(
        vouch='verified',
        ref=Ref(),
        name=Text(2 * LONGEST),
        mobile=Text(24),
        id_type=(Choice(ID_KINDS), CN_ID),
        id_number=Text(40),
        email=(Maybe(Text(120)), None),
        verified=(Flag(), False),
    )
    def sync_person(self, ref, name, mobile, id_type, id_number, email, verified):
        """Make a person known. ``verified`` needs the right to vouch; said later, it verifies the same person."""
        persons = self.env['esign.person']
        stated = persons._stated(name, mobile, 'resident' if id_type == CN_ID else id_type, id_number, email)
        reference = self.env['esign.api.reference']._claim('person', ref, stated)
        person = reference._record()
        if not person:
            person = reference._point(*persons._stand_for(stated))
        if verified:
            person._vouch(stated)
        elif person.state == 'verified':
            person._refuse_other_identity(stated)
        return {'ref': ref, 'state': person.state}
