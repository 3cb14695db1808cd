from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.esign_base.signing.errors import PlacementError
from odoo.addons.esign_base.tools.signing_messages import explain

from ..tools.items import DATE_SIZE, Item, plans_of

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

    # What is signed there -------------------------------------------------------------------

    def _preview_item(self):
        """The position as an item without a particular seal, for planning its fields."""
        self.ensure_one()
        width, height = self._extent()
        return Item(
            self.kind,
            0 if self.kind == 'date' else 1,
            self.page,
            self.x,
            self.y,
            width,
            height,
            self.last_page,
            self.date_style or 'arabic',
        )

    def _extent(self):
        """Width and height (mm): as set, or the usual size of the type."""
        if self.width and self.height:
            return self.width, self.height
        if self.kind == 'date':
            return DATE_SIZE
        size = self.seal_kind_id.size_ids[:1]
        return size.width_mm, size.height_mm

    def _fault(self, party, frames):
        """What is wrong with the position, as a sentence; '' when nothing is."""
        personal = self.seal_kind_id.code in ('name', 'handwriting')
        if self.kind != 'date' and personal != (party.kind == 'person'):
            return self.env._(
                '%(party)s cannot use a seal of the type “%(kind)s”.', party=party.name, kind=self.seal_kind_id.name
            )
        if self.kind == 'cross_page' and len(frames) < 2:
            return self.env._('A cross-page seal needs at least two pages.')
        try:
            plans_of(frames, [self._preview_item()], 'check')
        except PlacementError as error:
            return str(explain(self.env, error))
        return ''

    def _fingerprint(self):
        """What a consent is bound to: any later change of the position is found."""
        return {
            'id': self.id,
            'kind': self.kind,
            'seal_kind': self.seal_kind_id.code or None,
            'page': self.page,
            'last_page': self.last_page,
            'box': [f'{value:.2f}' for value in (self.x, self.y, self.width, self.height)],
            'style': self.date_style or None,
        }
