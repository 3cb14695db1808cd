from odoo import fields, models

from odoo.addons.esign_base.rules.states import moves, selection

from ...rules import states


class EsignContractSigner(models.Model):
    """One party on one contract: where it signs, and whether it has."""

    _name = 'esign.contract.signer'
    _description = 'Signer of a contract'
    _inherit = ['esign.moves', 'esign.draft.part']
    _order = 'contract_id, id'
    _group_path = 'contract_id.group_id'
    _guarded = frozenset({'state', 'signed_at', 'act_line_ids'})
    _states = states.SIGNER
    _moves = moves(states.SIGNER)

    contract_id = fields.Many2one('esign.contract', 'Contract', required=True, ondelete='cascade', index=True)
    party_id = fields.Many2one('esign.party', 'Party', required=True, ondelete='cascade', index=True)
    group_id = fields.Many2one(related='contract_id.group_id', store=True, index=True)
    state = fields.Selection(
        selection(states.SIGNER),
        'Status',
        required=True,
        readonly=True,
        default='open',
        copy=False,
    )
    signed_at = fields.Datetime(readonly=True, copy=False)
    placement_ids = fields.One2many('esign.placement', 'signer_id', 'Positions')
    act_line_ids = fields.One2many('esign.signing.act.line', 'signer_id', 'Signatures', readonly=True)

    _once = models.Constraint('UNIQUE(contract_id, party_id)', 'A party stands on a contract once.')

    def _prefix(self):
        """Name of the group of signature fields that are this party's on the document."""
        self.ensure_one()
        return f'party{self.party_id.id}'
