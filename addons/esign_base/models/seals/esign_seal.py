from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ...errors import EsignError
from ...rules import states
from ...rules.states import moves, selection
from ...rules.usability import Usability
from ...tools import seal_artist
from ...tools.said import Sentence
from ...tools.signing_messages import explained

# States of a seal that is no more: its name and its place are free again.
GONE = ('collected', 'destroyed', 'rejected', 'failed')
NAME_MAX = 60
COLOURS = [('red', 'Red'), ('blue', 'Blue'), ('black', 'Black')]


class EsignSeal(models.Model):
    """A seal: a name, an owner, a picture of a size, and a state.

    This floor knows seals of persons; others add owners by extending ``owner_kind``,
    :meth:`_owner_fields`, :meth:`_owner_usability` and the record rules.
    """

    _name = 'esign.seal'
    _description = 'Seal'
    _states = states.SEAL
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'sequence, id'
    _moves = moves(states.SEAL)

    sequence = fields.Integer(related='kind_id.sequence', store=True)
    name = fields.Char('Seal name', required=True, readonly=True, tracking=True)
    seal_no = fields.Char('Seal number', readonly=True, copy=False)
    police_code = fields.Char(
        'Anti-counterfeiting code', readonly=True, copy=False,
        help='13 digits from the filing with the police; never invented.',
    )  # fmt: skip
    kind_id = fields.Many2one('esign.seal.kind', 'Type', required=True, readonly=True, ondelete='restrict', index=True)
    kind_code = fields.Char(related='kind_id.code', store=True)
    one_per_owner = fields.Boolean(readonly=True)
    size_id = fields.Many2one('esign.seal.size', 'Size', readonly=True, ondelete='restrict')
    bears = fields.Char('Name on the seal', readonly=True, help='The registered or verified name it was drawn with.')
    colour = fields.Selection(COLOURS, required=True, readonly=True, default='red')
    owner_kind = fields.Selection([('person', 'Person')], 'Kind of owner', required=True, readonly=True)
    owner_key = fields.Char(required=True, readonly=True, index=True)
    owner_name = fields.Char('Owner', compute='_compute_owner_name')
    person_id = fields.Many2one('esign.person', 'Person', readonly=True, ondelete='restrict', index='btree_not_null')
    state = fields.Selection(
        selection(states.SEAL), 'Status', required=True, readonly=True, default='making', tracking=True, index=True
    )
    state_reason = Sentence('Reason of the state', readonly=True, tracking=True)
    is_default = fields.Boolean('Used first', readonly=True)
    artwork_id = fields.Many2one('esign.seal.artwork', 'Picture in force', readonly=True, ondelete='restrict')
    draft_artwork_id = fields.Many2one(
        'esign.seal.artwork', 'Picture waiting for approval', readonly=True, ondelete='restrict'
    )
    preview = fields.Binary('Picture', compute='_compute_preview')
    width_mm = fields.Float(related='artwork_id.width_mm')
    height_mm = fields.Float(related='artwork_id.height_mm')
    artwork_ids = fields.One2many('esign.seal.artwork', 'seal_id', 'Pictures')
    usage_ids = fields.One2many('esign.seal.usage', 'seal_id', 'Uses')
    usage_count = fields.Integer('Number of uses', compute='_compute_usage_count')

    _name_uniq = models.UniqueIndex(
        "(owner_key, name) WHERE state NOT IN ('collected', 'destroyed', 'rejected', 'failed')",
        'There is a seal with this name already.',
    )
    _one_each = models.UniqueIndex(
        "(owner_key, kind_id) WHERE one_per_owner AND state NOT IN ('collected', 'destroyed', 'rejected', 'failed')",
        'There can be only one seal of this type.',
    )
    _no_uniq = models.UniqueIndex('(seal_no) WHERE seal_no IS NOT NULL', 'This seal number is taken.')

    def _compute_owner_name(self):
        for seal in self.sudo():
            seal.owner_name = seal._owner_label()

    def _owner_label(self):
        return self.person_id.name or ''

    @api.depends('artwork_id', 'draft_artwork_id')
    def _compute_preview(self):
        for seal in self:
            seal.preview = (seal.artwork_id or seal.draft_artwork_id).sudo().preview

    def _compute_usage_count(self):
        rows = self.env['esign.seal.usage'].sudo()._read_group([('seal_id', 'in', self.ids)], ['seal_id'], ['__count'])
        counts = {seal.id: number for seal, number in rows}
        for seal in self:
            seal.usage_count = counts.get(seal.id, 0)

    @api.constrains('name')
    def _check_name(self):
        for seal in self:
            if not 1 <= len(seal.name.strip()) <= NAME_MAX or any(c in '<>"\\' or c < ' ' for c in seal.name):
                raise ValidationError(self.env._('Write the seal name with 1 to %s plain characters.', NAME_MAX))

    @api.constrains('police_code')
    def _check_police_code(self):
        for seal in self:
            code = seal.police_code
            if code and not (len(code) == 13 and code.isascii() and code.isdigit()):
                raise ValidationError(self.env._('The anti-counterfeiting code has 13 digits.'))

    # Making ----------------------------------------------------------------------------------

    @api.model
    def _owner_fields(self, owner):
        """Field values that name an owner record; other floors add theirs.

        :raises EsignError: for records that own no seals.
        """
        if owner._name == 'esign.person':
            return {'owner_kind': 'person', 'owner_key': f'person:{owner.id}', 'person_id': owner.id}
        raise EsignError(self.env._('This cannot own a seal.'), 'OWNER_REFUSED')

    @api.model
    def _owned(self, owner, kind_code=None):
        """Seals of an owner that are not gone."""
        domain = Domain('owner_key', '=', self._owner_fields(owner)['owner_key'])
        domain &= Domain('state', 'not in', GONE)
        if kind_code:
            domain &= Domain('kind_code', '=', kind_code)
        return self.sudo().search(domain)

    @api.model
    def _new(self, owner, kind, name, size=None, **values):
        """Make the record of a seal without a picture (state ``making``).

        :raises EsignError: a twin exists, or the size is not one of the type's.
        """
        size = size or kind.size_ids[:1]
        if size and size not in kind.size_ids:
            raise EsignError(self.env._('Choose a size of this type of seal.'), 'SIZE_REFUSED')
        self._refuse_twin(owner, kind, name)
        return self.sudo().create(
            {
                **self._owner_fields(owner),
                'name': name,
                'kind_id': kind.id,
                'one_per_owner': kind.one_per_owner,
                'size_id': size.id,
                'seal_no': self.env['ir.sequence'].sudo().next_by_code('esign.seal'),
                **values,
            }
        )

    @api.model
    def _refuse_twin(self, owner, kind, name):
        there = self._owned(owner)
        if name in there.mapped('name'):
            raise EsignError(self.env._('There is a seal with this name already.'), 'NAME_TAKEN')
        if kind.one_per_owner and kind in there.kind_id:
            raise EsignError(self.env._('There can be only one seal of this type: %s.', kind.name), 'KIND_TAKEN')

    def _draw(self, text, size=None, colour=None):
        """Draw a template seal: the core's artwork, nothing stored.

        :param text: ``seal_artist.SealText``.
        :raises CoreRefused: missing glyph, text too long, size out of range.
        """
        with explained(self.env):
            return seal_artist.draw(text, seal_artist.size_of(size or self.size_id), colour or self.colour)

    @api.model
    def _name_fault(self, name):
        """Why no seal can be drawn with this name, as a sentence; '' when one can."""
        try:
            with explained(self.env):
                seal_artist.require(name)
        except EsignError as refusal:
            return str(refusal)
        return ''

    def _take(self, artwork, source, *, approved=True):
        """Give the seal a picture, in force at once or waiting for approval."""
        self.ensure_one()
        kept = self.env['esign.seal.artwork']._keep(self, artwork, source)
        self.sudo().write(
            {'artwork_id': kept.id, 'draft_artwork_id': False} if approved else {'draft_artwork_id': kept.id}
        )
        return kept

    def _artwork(self):
        """The core's artwork in force.

        :raises EsignError: the seal has no picture yet.
        """
        self.ensure_one()
        kept = self.sudo().artwork_id
        if not kept:
            raise EsignError(self.env._('This seal has no picture yet.'), 'NO_PICTURE')
        return kept._artwork()

    # Using -----------------------------------------------------------------------------------

    def _usability(self, identity, at=None, *, silent=False, business=None):
        """Say whether the identity may use this seal at ``at``, or why not.

        The one place that decides; lists, the signing room and the act itself ask it.

        :param identity: ``esign_base.identity.Identity``.
        :param at: naive UTC; now when empty.
        :param silent: without a person confirming the single act (needs an authorisation for that).
        :param business: the ``esign.business.type`` of the contract; an act always names it. Without it
            the question is whether there is any contract for which the seal may be used.
        :return: :class:`Usability`.
        """
        self.ensure_one()
        return self._usabilities(identity, at, silent=silent, business=business)[self.id]

    def _usabilities(self, identity, at=None, *, silent=False, business=None):
        """:meth:`_usability` of many seals by a constant number of queries: seal id → answer."""
        at = at or fields.Datetime.now()
        seals = self.sudo()
        shared = {**seals._usability_context(identity, at, silent), 'business': business}
        return {seal.id: seal._answer(identity, at, shared) for seal in seals}

    def _answer(self, identity, at, shared):
        refusal = self._state_usability()
        return self._owner_usability(identity, at, shared) if refusal is None else refusal

    def _usability_context(self, identity, at, silent):
        """What :meth:`_owner_usability` needs for all seals, read at once."""
        return {'silent': silent}

    def _state_usability(self):
        """The refusal that follows from the seal's own state, or None."""
        if self.state != 'active':
            label = dict(self._fields['state']._description_selection(self.env))[self.state]
            return Usability(
                f'seal_{self.state}',
                self.env._('The seal "%(seal)s" cannot be used: %(state)s.', seal=self.name, state=label),
            )
        if not self.artwork_id:
            return Usability('no_picture', self.env._('The seal "%s" has no picture yet.', self.name))
        return None

    def _owner_usability(self, identity, at, shared):
        """The answer that depends on the owner; seals of persons serve their owner alone."""
        if self.owner_kind != 'person':
            return Usability('owner_unknown', self.env._('Nobody can use this seal.'))
        if not identity or not identity.is_person or identity.person.id != self.person_id.id:
            return Usability('not_yours', self.env._('This seal belongs to somebody else.'))
        if self.person_id.state != 'verified':
            return Usability('person_not_verified', self.env._('Complete the real-name verification first.'))
        if shared['silent']:
            return Usability('silent_refused', self.env._('A personal seal is used by the person alone.'))
        return Usability('ok')

    @api.model
    def _usable_for(self, identity, at=None, *, silent=False, business=None):
        """All seals that the identity may use now, with their answers: list of (seal, answer)."""
        active = self._candidate_domain(identity, silent) & Domain('state', '=', 'active')
        seals = self.sudo().search_fetch(active, self._usability_fields())
        answers = seals._usabilities(identity, at, silent=silent, business=business)
        return [(seal, answers[seal.id]) for seal in seals if answers[seal.id]]

    @api.model
    def _usability_fields(self):
        """Fields that :meth:`_usabilities` looks at, read at once."""
        return ['name', 'state', 'kind_code', 'owner_kind', 'person_id', 'artwork_id']

    @api.model
    def _candidate_domain(self, identity, silent):
        """Seals among which usable ones are looked for."""
        return self._identity_domain(identity)

    @api.model
    def _identity_domain(self, identity):
        """Seals that an identity's pages show; other floors add those of enterprises."""
        if identity and identity.is_person:
            return Domain('owner_key', '=', f'person:{identity.person.id}')
        return Domain.FALSE

    def _suspend(self, reason):
        """Take the seal out of use for a while."""
        return self._move('suspended', state_reason=self._reason(reason))

    def _resume(self):
        """Put a suspended seal into use again."""
        return self._move('active', state_reason=False)

    def _collect(self, reason):
        """Take the seal out of use for good; it can only be destroyed then."""
        return self._move('collected', state_reason=self._reason(reason), is_default=False)

    # Buttons of staff ------------------------------------------------------------------------

    def action_suspend(self):
        """Stop a seal at once; asks for the reason."""
        return self.env['esign.reason.wizard']._ask(self, 'suspend', self.env._('Suspend the seal'))

    def _staff_suspend(self, reason):
        """What the wizard calls."""
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise AccessError(self.env._('Only operators do this.'))
        return self._suspend(reason)

    def action_usage(self):
        """Open the log of this seal."""
        action = self.env['ir.actions.act_window']._for_xml_id('esign_base.action_seal_usage')
        return {**action, 'domain': [('seal_id', 'in', self.ids)]}

    @api.model
    def _reason(self, text):
        reason = ' '.join((text or '').split())[:200]
        if not reason:
            raise EsignError(self.env._('Give a reason: it is shown to those concerned.'), 'REASON_MISSING')
        return reason
