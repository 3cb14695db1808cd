from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [('seal', 'Seal'), ('date', 'Date seal'), ('cross_page', 'Cross-page seal')]
DATE_STYLES = [('arabic', '2026年11月23日'), ('chinese', '二〇二六年十一月二十三日')]


class EsignPlacement(models.Model):
    """Where a party signs: a box in millimetres from the top left of the page as displayed."""

    _name = 'esign.placement'
    _description = 'Signing position'
    _inherit = ['esign.draft.part']
    _group_path = 'signer_id.contract_id.group_id'
    _order = 'signer_id.id, page, y, x, id'

    signer_id = fields.Many2one('esign.contract.signer', 'Signer', required=True, ondelete='cascade', index=True)
    kind = fields.Selection(KINDS, required=True, default='seal')
    seal_kind_id = fields.Many2one(
        'esign.seal.kind', 'Type of seal', ondelete='restrict', help='Which seal goes here; none for a date.'
    )
    date_style = fields.Selection(DATE_STYLES, default='arabic')
    page = fields.Integer(required=True, default=-1, help='From 1; −1 is the last page.')
    x = fields.Float('From the left (mm)', digits=(8, 2))
    y = fields.Float('From the top (mm)', digits=(8, 2))
    width = fields.Float('Width (mm)', digits=(8, 2))
    height = fields.Float('Height (mm)', digits=(8, 2))
    last_page = fields.Integer(help='Cross-page seals: the last page of the range; −1 is the last page.', default=-1)
    field_names = fields.Json(readonly=True, copy=False, help='Signature fields made for it at launch.')

    _page_not_zero = models.Constraint('CHECK(page <> 0)', 'Pages count from 1; −1 is the last one.')

    @api.depends('kind', 'seal_kind_id', 'page')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for placement in self:
            what = placement.seal_kind_id.name or kinds.get(placement.kind, '')
            placement.display_name = self.env._('%(seal)s, page %(page)s', seal=what, page=placement.page)

    @api.constrains('kind', 'seal_kind_id')
    def _check_kind(self):
        for placement in self:
            if (placement.kind == 'date') == bool(placement.seal_kind_id):
                raise ValidationError(self.env._('Choose a type of seal for each position, and none for a date.'))
