import json
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.identity import Identity
from odoo.addons.esign_base.rules.clock import day_end, day_start, today, years_after
from odoo.addons.esign_base.rules.states import moves, selection
from odoo.addons.esign_base.tools import proofs

from ..rules import states
from .esign_enterprise_role import ADMINISTRATOR, LEGAL, SEAL_OPERATOR
from .esign_seal import AUDITOR, KEEPER

_logger = logging.getLogger(__name__)
MAX_MEMBERS = 10
MAX_YEARS = 3
CONFIRMERS = (ADMINISTRATOR, LEGAL)
END_REASONS = [
    ('unsigned', 'Never confirmed'),
    ('period', 'Period over'),
    ('withdrawn', 'Withdrawn'),
    ('account', 'Operator left or lost the role'),
    ('seal_gone', 'Seal no longer exists'),
]


class EsignSealGrant(models.Model):
    """An authorisation: these members, or these departments, may use this seal for this period.

    A keeper proposes, an administrator or the legal representative confirms; until then it has no
    effect. Who keeps or audits seals is never authorised to use one.
    """

    _name = 'esign.seal.grant'
    _description = 'Authorisation to use a seal'
    _states = states.GRANT
    _inherit = ['mail.thread', 'esign.moves']
    _order = 'id desc'
    _moves = moves(states.GRANT)

    reference = fields.Char(readonly=True, copy=False)
    seal_id = fields.Many2one('esign.seal', 'Seal', required=True, readonly=True, ondelete='restrict', index=True)
    enterprise_id = fields.Many2one(related='seal_id.enterprise_id', store=True, index=True)
    member_ids = fields.Many2many('esign.enterprise.member', string='Operators', readonly=True)
    department_ids = fields.Many2many('esign.department', string='Departments', readonly=True)
    role = fields.Selection(
        [('use', 'User'), ('approve', 'Approver')], 'Role in use of seals', required=True, readonly=True, default='use'
    )
    silent = fields.Boolean(
        'Silent signing', readonly=True, help='Signing by the system without a code for each act; never the default.'
    )
    business_type_ids = fields.Many2many(
        'esign.business.type', string='For business types', readonly=True, help='Empty: for all contracts.'
    )
    date_from = fields.Date('From', required=True, readonly=True)
    date_to = fields.Date('Until', readonly=True, help='Until 23:59:59 of this day in Shanghai; empty: long-term.')
    starts_at = fields.Datetime(compute='_compute_instants', store=True)
    ends_at = fields.Datetime(compute='_compute_instants', store=True, index=True)
    state = fields.Selection(
        selection(states.GRANT),
        'Status', required=True, readonly=True, default='pending', tracking=True, index=True,
    )  # fmt: skip
    end_reason = fields.Selection(END_REASONS, 'Reason of the end', readonly=True, tracking=True)
    note = fields.Char(readonly=True)
    proposed_by = fields.Many2one('res.users', 'Proposed by', readonly=True)
    confirmed_by = fields.Many2one('res.users', 'Confirmed by', readonly=True, tracking=True)
    confirmed_at = fields.Datetime('Confirmed on', readonly=True)
    warrant = fields.Text('Proven content', readonly=True, copy=False, help='Canonical JSON (RFC 8785).')
    warrant_proof = fields.Char('Keyed proof', readonly=True, copy=False, help='HMAC-SHA-256, with a key outside.')

    _period = models.Constraint('CHECK(date_to IS NULL OR date_to >= date_from)', 'The period ends before it begins.')
    _live_idx = models.Index("(seal_id, role, silent) WHERE state = 'active'")

    @api.depends('date_from', 'date_to')
    def _compute_instants(self):
        for grant in self:
            grant.starts_at = day_start(grant.date_from) if grant.date_from else False
            grant.ends_at = day_end(grant.date_to) if grant.date_to else False

    @api.depends('reference')
    def _compute_display_name(self):
        for grant in self:
            grant.display_name = grant.reference or ''

    @api.constrains('member_ids', 'department_ids', 'seal_id', 'date_from', 'date_to', 'silent', 'role')
    def _check_grant(self):
        for grant in self.sudo():
            problem = grant._problem()
            if problem:
                raise ValidationError(problem)

    def _problem(self):
        enterprise = self.seal_id.enterprise_id
        if not enterprise:
            return self.env._('A personal seal is not lent to anybody.')
        if not self.member_ids and not self.department_ids:
            return self.env._('Choose at least one operator or department.')
        if len(self.member_ids) > MAX_MEMBERS:
            return self.env._('An authorisation names at most %s operators.', MAX_MEMBERS)
        if (self.member_ids.enterprise_id | self.department_ids.enterprise_id) - enterprise:
            return self.env._('Operators and departments must belong to the enterprise of the seal.')
        if self.date_to and self.date_to > years_after(self.date_from, MAX_YEARS):
            return self.env._('An authorisation lasts at most %s years.', MAX_YEARS)
        if self.silent and self.role != 'use':
            return self.env._('Silent signing is a way of using a seal, not of approving.')
        return ''

    # Life ------------------------------------------------------------------------------------

    @api.model
    def _propose(self, seal, user, members=None, departments=None, **values):
        """Propose an authorisation; one proposed by a confirmer is in force at once.

        :param values: ``role``, ``silent``, ``date_from``, ``date_to``, ``note``, ``business_type_ids`` (commands).
        :raises EsignError: seal not in use, an operator whose duty excludes using seals.
        """
        actor = seal.sudo().enterprise_id._require(user, *CONFIRMERS, KEEPER)
        grant = self._draw_up(seal, user, members, departments, **values)
        if not actor._codes().isdisjoint(CONFIRMERS):
            grant._confirm(user)
        return grant

    @api.model
    def _draw_up(self, seal, user, members=None, departments=None, **values):
        """A proposed authorisation; who may propose was decided before."""
        seal = seal.sudo()
        if seal.state not in ('active', 'suspended'):
            raise EsignError(self.env._('Only a seal that is in use can be authorised.'), 'SEAL_STATE')
        members = (members or self.env['esign.enterprise.member']).sudo()
        self._refuse_duties(members)
        day = today()
        grant = self.sudo().create(
            {
                'date_from': day,
                **values,
                'reference': self.env['ir.sequence'].sudo().next_by_code('esign.seal.grant'),
                'seal_id': seal.id,
                'member_ids': [(6, 0, members.ids)],
                'department_ids': [(6, 0, departments.ids if departments else [])],
                'proposed_by': user.id,
            }
        )
        if grant.date_to and grant.date_to < day:
            raise EsignError(self.env._('The period is over already.'), 'PERIOD')
        return grant

    def _refuse_duties(self, members):
        for member in members:
            codes = member._codes()
            if member.state != 'active' or member.person_id.state != 'verified':
                raise EsignError(self.env._('%s is not a verified member.', member.name), 'NOT_MEMBER')
            if SEAL_OPERATOR not in codes:
                raise EsignError(
                    self.env._('%s is not a seal operator: give the role first.', member.name), 'NOT_OPERATOR'
                )
            if codes & {KEEPER, AUDITOR}:
                raise EsignError(
                    self.env._('%s keeps or audits seals and therefore does not use them.', member.name), 'DUTIES'
                )

    def _confirm(self, user):
        """Put a proposed authorisation into force, for an administrator or legal representative."""
        for grant in self.sudo():
            grant.enterprise_id._require(user, *CONFIRMERS)
            grant._put_into_force(user)
        return True

    def _put_into_force(self, user):
        """Confirm a proposed authorisation in the name of ``user``, whose right was decided before."""
        for grant in self.sudo():
            grant._lock()
            if grant.confirmed_by or grant.state != 'pending':
                raise EsignError(self.env._('This authorisation was decided already.'), 'DECIDED')
            grant._refuse_duties(grant.member_ids)
            grant.write({'confirmed_by': user.id, 'confirmed_at': fields.Datetime.now()})
            if grant.silent:
                grant._prove()
            grant._advance(fields.Datetime.now())
        return True

    def _prove(self):
        """Prove what was confirmed: silent signing stands on this, not on the row."""
        proven = proofs.warrant(self._stated())
        self.write({'warrant': proven.body.decode(), 'warrant_proof': proven.proof})

    def _stated(self):
        """What is confirmed when an authorisation for silent signing is put into force."""
        return {
            'grant': self.id,
            'reference': self.reference,
            'enterprise': self.enterprise_id.id,
            'seal': self.seal_id.id,
            'role': self.role,
            'members': sorted(self.member_ids.ids),
            'departments': sorted(self.department_ids.ids),
            'business_types': sorted(self.business_type_ids.ids),
            'from': str(self.date_from),
            'until': str(self.date_to) if self.date_to else None,
            'confirmed_by': self.confirmed_by.id,
            'confirmed_at': self.confirmed_at.isoformat() + 'Z',
        }

    def _warrant(self):
        """The proven statement (:class:`..tools.proofs.Proven`); an empty one when the row says something else.

        Members may have left since it was given; nobody may have joined.
        """
        self.ensure_one()
        grant, nothing = self.sudo(), proofs.Proven(b'', '')
        if not grant.warrant or not grant.confirmed_at:
            return nothing
        told, stated = json.loads(grant.warrant), grant._stated()
        joined = set(stated.pop('members')) - set(told.pop('members', ()))
        fits = told == stated and not joined
        return proofs.Proven(grant.warrant.encode(), grant.warrant_proof or '') if fits else nothing

    def _cancel(self, user, note=''):
        """Withdraw an authorisation at once."""
        for grant in self.sudo():
            grant.enterprise_id._require(user, *CONFIRMERS, KEEPER)
            grant._move('cancelled', end_reason='withdrawn', note=(note or '')[:200])
        return True

    def _suspend(self, user):
        """Stop an authorisation for a while."""
        for grant in self.sudo():
            grant.enterprise_id._require(user, *CONFIRMERS, KEEPER)
            grant._move('suspended')
        return True

    def _resume(self, user):
        """Let a suspended authorisation work again; only those who confirm may."""
        for grant in self.sudo():
            grant.enterprise_id._require(user, *CONFIRMERS)
            grant._move('active')
            grant._advance(fields.Datetime.now())
        return True

    def _end_all(self, reason):
        """End whatever of these is not over yet, in this transaction."""
        for grant in self.sudo().filtered(lambda g: g.state in ('pending', 'active', 'suspended')):
            grant._move('cancelled', end_reason=reason)

    @api.model
    def _drop_member(self, member):
        """Take a member out of all authorisations; one that names nobody else ends."""
        found = self.sudo().search(
            [('member_ids', 'in', member.ids), ('state', 'in', ('pending', 'active', 'suspended'))]
        )
        for grant in found:
            if grant.member_ids == member and not grant.department_ids:
                grant._end_all('account')
            elif grant.member_ids == member:
                grant.write({'member_ids': [(5,)]})
            else:
                grant.write({'member_ids': [(3, member.id)]})

    def _advance(self, now):
        """Let the clock act on one authorisation: begin, end, or nothing."""
        self.ensure_one()
        if self.ends_at and self.ends_at < now:
            self._move('expired', end_reason='period' if self.confirmed_by else 'unsigned')
        elif self.state == 'pending' and self.confirmed_by and self.starts_at <= now:
            self._move('active')

    @api.model
    def _cron_advance(self):
        """Begin and end authorisations; their use is checked against the clock in any case."""
        now = fields.Datetime.now()
        due = Domain('state', 'in', ('pending', 'active', 'suspended')) & Domain('ends_at', '<', now)
        due |= Domain('state', '=', 'pending') & Domain('confirmed_by', '!=', False) & Domain('starts_at', '<=', now)
        self.env['ir.cron']._each_due(self, due, lambda grant: grant._advance(now), limit=500)

    @api.model
    def _seen(self, identity, grant_id):
        """An authorisation of the worn enterprise for those who manage seals, or an empty record."""
        if not identity or not identity.enterprise or not identity.has_role(*CONFIRMERS, KEEPER):
            return self.sudo().browse()
        return self.sudo().search([('id', '=', grant_id), ('enterprise_id', '=', identity.enterprise.id)], limit=1)

    # Asking ----------------------------------------------------------------------------------

    @api.model
    def _domain_for(self, identity: Identity, at, *, silent=False):
        """Authorisations that let the identity use a seal at ``at`` (naive UTC)."""
        return self._domain_of_member(self.env['esign.seal']._live_member(identity), at, silent=silent)

    @api.model
    def _domain_of_member(self, member, at, *, silent):
        codes = member._codes() if member else frozenset()
        if SEAL_OPERATOR not in codes or codes & {KEEPER, AUDITOR}:
            return Domain.FALSE
        mine = Domain('member_ids', 'in', member.ids)
        if member.department_id:
            mine |= Domain('department_ids', 'parent_of', member.department_id.ids)
        return (
            mine
            & Domain('state', '=', 'active')
            & Domain('role', '=', 'use')
            & Domain('silent', '=', silent)
            & Domain('starts_at', '<=', at)
            & (Domain('ends_at', '=', False) | Domain('ends_at', '>=', at))
        )

    @api.model
    def _for(self, seals, member, at, *, silent=False):
        """A member's authorisations in force by seal, whatever they are for: seal id → authorisations, by one query."""
        if not member:
            return {}
        domain = self._domain_of_member(member, at, silent=silent) & Domain('seal_id', 'in', seals.ids)
        found = self.sudo().search_fetch(domain, ['seal_id', 'reference'])
        return {seal.id: grants for seal, grants in found.grouped('seal_id').items()}

    def _covering(self, business):
        """The first of these that covers contracts of the business type; any, when None is asked for."""
        return self.filtered(
            lambda grant: business is None or not grant.business_type_ids or grant.business_type_ids & business
        )[:1]
