from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import filenames
from odoo.addons.esign_base.rules.states import moves, selection

from ...rules import states


class EsignContract(models.Model):
    """One file of a group, signed as a document of its own."""

    _name = 'esign.contract'
    _description = 'Contract'
    _inherit = ['esign.moves', 'esign.draft.part']
    _order = 'group_id.id desc, sequence, id'
    _guarded = frozenset({'state', 'document_id', 'prepared_id', 'problem', 'problem_code'})
    _states = states.CONTRACT
    _moves = moves(states.CONTRACT)

    group_id = fields.Many2one('esign.contract.group', 'Group', required=True, ondelete='cascade', index=True)
    group_state = fields.Selection(related='group_id.state', string='Status of the group')
    sequence = fields.Integer(default=10)
    name = fields.Char('Contract name', required=True)
    document_id = fields.Many2one('esign.document', 'Document', readonly=True, ondelete='restrict', index=True)
    prepared_id = fields.Many2one(
        'esign.document.revision', 'What the parties sign', readonly=True, copy=False, ondelete='restrict'
    )
    pages = fields.Integer(related='document_id.pages')
    placed = fields.Boolean(
        'Positions set', help='The launcher says where everybody signs; otherwise each party chooses.'
    )
    state = fields.Selection(
        selection(states.CONTRACT), 'Status', required=True, readonly=True, default='draft', copy=False, index=True
    )
    archived_at = fields.Datetime('Archive time stamp', readonly=True, copy=False)
    signer_ids = fields.One2many('esign.contract.signer', 'contract_id', 'Signers')
    placement_ids = fields.One2many(related='signer_ids.placement_ids', string='Positions')

    _unarchived_idx = models.Index("(id) WHERE state = 'signed' AND archived_at IS NULL")

    def _newest(self):
        """The newest revision of the document."""
        self.ensure_one()
        return self.sudo().document_id._newest()

    def _take_file(self, name, data):
        """Take an uploaded file as this contract's document: inspected, normalised, stored.

        :param data: bytes as uploaded.
        :return: codes of what was changed or noticed (see the core's intake).
        :raises CoreRefused: the file cannot be signed; says why.
        """
        self.ensure_one()
        if self.sudo().state != 'draft':
            raise EsignError(self.env._('The files of a launched contract cannot be changed.'), 'WRONG_STATE')
        self.sudo().document_id, warnings = self.env['esign.document']._take_in(name, data)
        if self.document_id._earlier_fields():
            self.sudo().placed = False  # a signed file takes no fields beforehand: each act brings its own
        return warnings

    def _file_name(self):
        """Name of the download: number and title."""
        self.ensure_one()
        group = self.sudo().group_id
        return filenames.file_name(group.number or '', self.sudo().name)

    @api.depends('group_id.number', 'name')
    def _compute_display_name(self):
        for contract in self:
            contract.display_name = contract.name

    def _is_signed_by_all(self):
        self.ensure_one()
        return all(signer.state == 'signed' for signer in self.sudo().signer_ids)
