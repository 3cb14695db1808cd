from odoo import api, fields, models

OWNERS = [('person', 'Person'), ('enterprise', 'Enterprise'), ('department', 'Department')]
SHAPES = [
    ('round', 'Round'),
    ('oval', 'Oval'),
    ('square', 'Square'),
    ('rectangle', 'Rectangle'),
    ('free', 'Free'),
]


class EsignSealKind(models.Model):
    """A type of seal. Sizes are local practice, hence rows that staff may change, not constants."""

    _name = 'esign.seal.kind'
    _description = 'Type of seal'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    owner = fields.Selection(OWNERS, 'Belongs to', required=True, default='enterprise')
    seal_name = fields.Char(
        'Usual name of such a seal', help='Given to seals made without a name; as the trade says it, not translated.'
    )
    text = fields.Char(
        'Text below the star', translate=False, help='Printed horizontally, e.g. 合同专用章; empty for none.'
    )
    star = fields.Boolean('Star in the middle')
    one_per_owner = fields.Boolean('Only one for each owner')
    from_template = fields.Boolean('Can be made from a template', default=True)
    size_ids = fields.One2many('esign.seal.size', 'kind_id', 'Sizes')

    _code_uniq = models.UniqueIndex('(code)', 'A type of seal with this code exists already.')

    @api.model
    def _of(self, code):
        """The type with this code, as superuser, archived or not."""
        return self.sudo().with_context(active_test=False).search([('code', '=', code)], limit=1)

    def _usual_name(self):
        """What such a seal is called when nobody names it."""
        return self.seal_name or self.name

    def _usual_size(self):
        """Width and height (mm) of the first size; zeros without one."""
        return self.size_ids[:1].width_mm, self.size_ids[:1].height_mm

    def _for_owner(self, owner):
        """Types that an owner of that kind may have."""
        wanted = ('enterprise', 'department') if owner == 'department' else (owner,)
        return self.sudo().search([('owner', 'in', wanted)])


class EsignSealSize(models.Model):
    """A shape and size that a type of seal may have, in millimetres."""

    _name = 'esign.seal.size'
    _description = 'Size of seal'
    _order = 'kind_id, sequence, id'

    kind_id = fields.Many2one('esign.seal.kind', required=True, ondelete='cascade', index=True)
    sequence = fields.Integer(default=10)
    shape = fields.Selection(SHAPES, required=True, default='round')
    width_mm = fields.Float('Width (mm)', required=True, digits=(6, 2))
    height_mm = fields.Float('Height (mm)', required=True, digits=(6, 2))
    border_mm = fields.Float('Border (mm)', required=True, default=1.0, digits=(6, 2))
    star = fields.Boolean('Star allowed', default=True)

    _size_sane = models.Constraint(
        'CHECK(width_mm BETWEEN 5 AND 80 AND height_mm BETWEEN 5 AND 80 AND border_mm BETWEEN 0 AND 3)',
        'A seal is 5 to 80 mm wide and high, its border at most 3 mm.',
    )

    @api.depends('shape', 'width_mm', 'height_mm')
    def _compute_display_name(self):
        shapes = dict(self._fields['shape']._description_selection(self.env))
        for size in self:
            both = size.shape != 'round' and size.width_mm != size.height_mm
            extent = f'{size.width_mm:g}×{size.height_mm:g}' if both else f'{size.width_mm:g}'
            size.display_name = f'{shapes.get(size.shape, "")} {extent} mm'
