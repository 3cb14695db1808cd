from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.rules.clock import local
from odoo.addons.esign_base.rules.states import moves, selection
from odoo.addons.esign_base.tools.answer import Answer

from ...rules import reminders, states
from .esign_contract_group import RUNNING

OPERATOR = 'seal_operator'


class EsignParty(models.Model):
    """One who signs: an enterprise, a department of an internal one, or a verified person."""

    _name = 'esign.party'
    _description = 'Party'
    _inherit = ['esign.moves', 'esign.draft.part']
    _order = 'group_id.id desc, order, id'
    _guarded = frozenset(
        {
            'state',
            'signed_at',
            'reason',
            'notified_at',
            'reminders',
            'reminded_at',
            'problem',
            'problem_code',
            'blocked',
        }
    )
    _states = states.PARTY
    _moves = moves(states.PARTY)

    group_id = fields.Many2one('esign.contract.group', 'Group', required=True, ondelete='cascade', index=True)
    group_state = fields.Selection(related='group_id.state', string='Status of the group')
    kind = fields.Selection([('enterprise', 'Enterprise'), ('person', 'Person')], required=True, default='enterprise')
    # Enterprise and person are found by indexes over several columns (see the lists).
    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', ondelete='restrict')
    department_id = fields.Many2one('esign.department', 'Department', ondelete='restrict', index='btree_not_null')
    person_id = fields.Many2one('esign.person', 'Person', ondelete='restrict')
    name = fields.Char('Name', compute='_compute_name', store=True)
    order = fields.Integer('Order', required=True, default=1, help='Equal numbers sign at the same time.')
    can_refuse = fields.Boolean('May refuse', default=True)
    state = fields.Selection(
        selection(states.PARTY), 'Status', required=True, readonly=True, default='draft', copy=False
    )
    reason = fields.Char('Reason of the refusal', readonly=True, copy=False)
    signed_at = fields.Datetime(readonly=True, copy=False)
    notified_at = fields.Datetime('Told on', readonly=True, copy=False)
    reminders = fields.Integer(readonly=True, copy=False)
    reminded_at = fields.Datetime('Last reminder', readonly=True, copy=False)
    signer_ids = fields.One2many('esign.contract.signer', 'party_id', 'Contracts to sign')

    _person_once = models.UniqueIndex(
        '(group_id, person_id) WHERE person_id IS NOT NULL', 'This person is a party already.'
    )
    _enterprise_once = models.UniqueIndex(
        '(group_id, enterprise_id, (COALESCE(department_id, 0))) WHERE enterprise_id IS NOT NULL',
        'This enterprise is a party already.',
    )

    @api.depends('person_id.name', 'enterprise_id.name', 'department_id.name')
    def _compute_name(self):
        for party in self.sudo():
            if party.group_id.state != 'draft' and party.name:
                continue  # a launched contract keeps the names it was launched with
            department = party.department_id.name
            enterprise = party.enterprise_id.name
            party.name = party.person_id.name or (f'{enterprise} · {department}' if department else enterprise)

    @api.constrains('kind', 'enterprise_id', 'department_id', 'person_id')
    def _check_who(self):
        for party in self:
            given = bool(party.enterprise_id), bool(party.person_id)
            if given != (party.kind == 'enterprise', party.kind == 'person'):
                raise ValidationError(self.env._('A party is an enterprise or a person.'))
            if party.department_id and party.department_id.enterprise_id != party.enterprise_id:
                raise ValidationError(self.env._('The department belongs to another enterprise.'))

    def _kind_of_owner(self):
        """Whose types of seals the party signs with: an owner of ``esign.position``."""
        return 'department' if self.department_id else self.kind

    def _launch_facts(self):
        """What the trace keeps of the party as it was at the launch."""
        owners = ('person_id', 'enterprise_id', 'department_id')
        return {
            'id': self.id,
            'name': self.name,
            'order': self.order,
            'identity': (self.enterprise_id.uscc if self.enterprise_id else self.person_id.id_number_masked) or None,
            **{name: self[name].id or None for name in owners},
        }

    # Who may do what --------------------------------------------------------------------------

    def _is_worn_by(self, identity):
        """Whether the identity stands for this party."""
        self.ensure_one()
        party = self.sudo()
        if not identity or identity.is_staff:
            return False
        if party.kind == 'person':
            return identity.is_person and identity.person.id == party.person_id.id
        if not identity.enterprise or identity.enterprise.id != party.enterprise_id.id:
            return False
        return not party.department_id or bool(identity.department and identity.department.id == party.department_id.id)

    @api.model
    def _domain_of(self, identity):
        """The parties an identity stands for."""
        if not identity or identity.is_staff:
            return [(0, '=', 1)]
        if identity.is_person:
            return [('person_id', '=', identity.person.id)]
        departments = [False, *([identity.department.id] if identity.department else [])]
        return [('enterprise_id', '=', identity.enterprise.id), ('department_id', 'in', departments)]

    def _usable(self, identity, *, silent=False):
        """Seals that the identity may use now for contracts of this kind: list of (seal, answer)."""
        business = self.sudo().group_id.business_type_id
        return self.env['esign.seal']._usable_for(identity, silent=silent, business=business)

    def _may_sign(self, identity, *, silent=False, usable=None):
        """Whether the identity may sign for this party now, with the reason why not.

        :param silent: by the system, without a person present.
        :param usable: what :meth:`_usable` answers, where the caller has asked already.
        """
        self.ensure_one()
        if not self._is_worn_by(identity):
            return Answer.no('NOT_YOURS', self.env._('This contract is not yours to sign.'))
        if identity.person.sudo().state != 'verified':
            return Answer.no('NOT_VERIFIED', self.env._('Complete the real-name verification first.'))
        party, group = self.sudo(), self.sudo().group_id
        if group.state in RUNNING and group._is_late():
            return Answer.no('EXPIRED', self.env._('The deadline for signing has passed.'))
        if group.state not in RUNNING:
            label = dict(group._fields['state']._description_selection(self.env))[group.state]
            return Answer.no('WRONG_STATE', self.env._('Nothing can be signed: the contract is “%s”.', label))
        if party.state == 'waiting':
            return Answer.no('NOT_YOUR_TURN', self.env._('It is not your turn yet: others sign first.'))
        if party.state != 'pending':
            return Answer.no('ALREADY', self.env._('You have signed or answered this already.'))
        if party.kind == 'enterprise' and not (party._usable(identity, silent=silent) if usable is None else usable):
            return Answer.no(
                'NO_SEAL', self.env._('You have no seal of this enterprise that can be used. Ask its administrator.')
            )
        return Answer.yes()

    def _may_refuse(self, identity, *, usable=None):
        """Whether the identity may refuse for this party now; ``usable`` as in :meth:`_may_sign`."""
        answer = self._may_sign(identity, usable=usable)
        if not answer and answer.outcome != 'NO_SEAL':
            return answer
        if not self.sudo().can_refuse:
            return Answer.no('NO_REFUSAL', self.env._('The launcher has not given you the right to refuse.'))
        if self.sudo().kind == 'enterprise' and not identity.has_role(OPERATOR, 'administrator'):
            return Answer.no(
                'NOT_YOURS', self.env._('Only seal operators and administrators refuse for an enterprise.')
            )
        return Answer.yes()

    def _may_be_reminded(self, now=None):
        """Whether a reminder to this party is allowed now."""
        self.ensure_one()
        party = self.sudo()
        if party.state != 'pending':
            return Answer.no('NOT_PENDING', self.env._('%s has nothing to sign now.', party.name))
        allowed = self.env['esign.limits']._now()
        first = reminders.next_reminder(party.notified_at, party.reminded_at, party.reminders, allowed)
        if first is None:
            return Answer.no(
                'USED_UP',
                self.env._('%(party)s has been reminded %(count)s times.', party=party.name, count=allowed.reminders),
            )
        if (now or fields.Datetime.now()) < first:
            return Answer.no(
                'TOO_SOON',
                self.env._(
                    '%(party)s can be reminded again at %(time)s.',
                    party=party.name,
                    time=f'{local(first):%H:%M}',
                ),
            )
        return Answer.yes()

    # Moves ------------------------------------------------------------------------------------

    def _take_turns(self):
        """Let requests about this party follow one another until the transaction ends.

        Rewriting the row, unlike locking it, makes PostgreSQL refuse whoever waited meanwhile: that
        request is replayed and sees what the first one made (the act of the same key).
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL('UPDATE esign_party SET write_date = write_date WHERE id = %s', self.id), log_exceptions=False
        )

    def _begin(self):
        """It is their turn: they may sign and are told so after commit."""
        if not self:
            return
        self._move('pending', notified_at=fields.Datetime.now())
        for party in self:
            party.group_id._trace('notified', note=party.name)
            party._tell_turn()

    def _refuse(self, identity, reason):
        """Refuse to sign: the whole group ends."""
        self.ensure_one()
        group = self.sudo().group_id._lock()
        self._lock()
        self._may_refuse(identity).require()
        reason = group._clean_reason(reason)
        self._move('refused', reason=reason)
        group._end('refused', f'{self.sudo().name}: {reason}'[: limits.REASON_LENGTH], 'refused', identity)
        return True

    def _has_finished(self):
        """The party has finished all its contracts: the next ones are told."""
        self.ensure_one()
        self._move('signed', signed_at=fields.Datetime.now())
        self.group_id._advance()

    def _remind(self, identity=None):
        """Remind a party that has not signed; identity None is the clock.

        :raises EsignError: too soon or too often.
        """
        self.ensure_one()
        party = self._lock().sudo()
        if identity is not None:
            party._may_be_reminded().require()
        elif party.state != 'pending':
            raise EsignError(self.env._('%s has nothing to sign now.', party.name), 'NOT_PENDING')
        party.write({'reminders': party.reminders + bool(identity), 'reminded_at': fields.Datetime.now()})
        party.group_id._trace('reminded', identity=identity, note=party.name)
        party._tell_reminder()
        return True
