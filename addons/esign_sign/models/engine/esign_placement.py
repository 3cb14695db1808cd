from odoo import fields, models


class EsignPlacement(models.Model):
    """Where a party signs: a box in millimetres from the top left of the page as displayed."""

    _name = 'esign.placement'
    _description = 'Signing position'
    _inherit = ['esign.position', 'esign.draft.part']
    _group_path = 'signer_id.contract_id.group_id'
    _order = 'signer_id.id, page, y, x, id'

    signer_id = fields.Many2one('esign.contract.signer', 'Signer', required=True, ondelete='cascade', index=True)

    def _place_fault(self):
        """What is wrong with the position on its contract, as a sentence; '' when nothing is."""
        signer = self.signer_id
        party, document = signer.party_id, signer.contract_id.document_id
        return self._fault(party._kind_of_owner(), party.name, document._frames())

    def _board_facts(self):
        """The position as the board takes it."""
        return {**self._position().as_json(), 'id': self.id, 'party': self.signer_id.party_id.id}
