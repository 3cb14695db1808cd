from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules.clock import today
from ...signing.errors import PlacementError
from ...tools.date_pictures import date_picture
from ...tools.positions import DATE_SIZE, STYLES, Position, plans_at
from ...tools.signing_messages import explain

KINDS = [('seal', 'Seal'), ('date', 'Date seal'), ('cross_page', 'Cross-page seal')]
DATE_STYLES = [('arabic', 'In figures'), ('chinese', 'In Chinese characters')]
# Which owners' types of seals a kind of party signs with.
OWNERS = {'enterprise': ('enterprise',), 'department': ('enterprise', 'department'), 'person': ('person',)}


class EsignPosition(models.AbstractModel):
    """Where somebody signs: the columns of a :class:`...tools.positions.Position`, its one reader and one writer."""

    _name = 'esign.position'
    _description = 'Position on a document'

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

    _page_not_zero = models.Constraint('CHECK(page <> 0)', 'Pages count from 1; −1 is the last one.')

    @api.depends('kind', 'seal_kind_id', 'page')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for position in self:
            what = position.seal_kind_id.name or kinds.get(position.kind, '')
            position.display_name = self.env._('%(seal)s, page %(page)s', seal=what, page=position.page)

    @api.constrains('kind', 'seal_kind_id')
    def _check_kind(self):
        for position in self:
            if (position.kind == 'date') == bool(position.seal_kind_id):
                raise ValidationError(self.env._('Choose a type of seal for each position, and none for a date.'))

    # Reading and writing ------------------------------------------------------------------------

    def _position(self):
        """The position; one stored without a size has the usual one of its type."""
        self.ensure_one()
        width, height = self.width, self.height
        if not (width and height):
            width, height = self.seal_kind_id._usual_size() if self.seal_kind_id else DATE_SIZE
        return Position(
            kind=self.kind,
            seal_kind=self.seal_kind_id.code or '',
            page=self.page,
            x=self.x,
            y=self.y,
            width=width,
            height=height,
            last_page=self.last_page or -1,
            style=self.date_style or 'arabic',
        )

    @api.model
    def _position_values(self, position):
        """Values of the columns for a :class:`Position`."""
        kind = self.env['esign.seal.kind']
        return {
            'kind': position.kind,
            'seal_kind_id': kind._of(position.seal_kind).id if position.seal_kind else False,
            'date_style': position.style,
            'page': position.page,
            'last_page': position.last_page,
            'x': position.x,
            'y': position.y,
            'width': position.width,
            'height': position.height,
        }

    @api.model
    def _read_sent(self, given, owner, pages):
        """A position with a type of seal, as a page sent it; the size is the usual one of the type.

        :param owner: who signs there: a key of ``OWNERS``.
        :param pages: of the document.
        :raises EsignError: it cannot be read, or the type does not go with the owner.
        """
        code = given.get('seal_kind') if isinstance(given, dict) and given.get('kind') != 'date' else ''
        seal = self.env['esign.seal.kind']._of(str(code or ''))
        fitting = seal if seal.owner in OWNERS[owner] else seal.browse()
        return Position.read(self.env, given, fitting.code or '', fitting._usual_size(), pages)

    # Checking -----------------------------------------------------------------------------------

    def _fault(self, owner, name, frames):
        """What is wrong with the position, as a sentence; '' when nothing is.

        :param owner: who signs there: a key of ``OWNERS``.
        :param name: the signer's, for the sentence.
        :param frames: of the document's pages.
        """
        personal = self.seal_kind_id.owner == 'person'
        if self.kind != 'date' and personal != (owner == 'person'):
            return self.env._(
                '%(party)s cannot use a seal of the type “%(kind)s”.', party=name, kind=self.seal_kind_id.name
            )
        if self.kind == 'cross_page' and len(frames) < 2:
            return self.env._('A cross-page seal needs at least two pages.')
        try:
            plans_at(frames, [self._position()], 'check')
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

    # The board ----------------------------------------------------------------------------------

    @api.model
    def _kinds_json(self):
        """Types of seals that a launcher may ask for, with their usual sizes in mm."""
        kinds = self.env['esign.seal.kind'].sudo().search([('code', '!=', 'handwriting')])
        return [
            {
                'code': kind.code,
                'name': kind.name,
                'parties': [party for party, owners in OWNERS.items() if kind.owner in owners],
                'shape': kind.size_ids[:1].shape or 'round',
                'width': kind._usual_size()[0] or DATE_SIZE[0],
                'height': kind._usual_size()[1] or DATE_SIZE[1],
            }
            for kind in kinds
        ]

    @api.model
    def _dates_json(self):
        """Pictures of today's date seals: style → data URI; all have one size (mm)."""
        day, (width, height) = today(), DATE_SIZE
        return {
            'width': width,
            'height': height,
            'pictures': {style: date_picture(day, style) for style in sorted(STYLES)},
        }
