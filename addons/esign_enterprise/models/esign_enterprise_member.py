from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import moves, selection
from odoo.addons.esign_base.tools.locks import KEEP_OUT_WRITERS, lock

from ..rules import states
from .esign_enterprise_role import ADMINISTRATOR, EARNED, LEGAL, MEMBER, MEMBER_MANAGER, PLAIN, SEAL_OPERATOR


class EsignEnterpriseMember(models.Model):
    """One person's membership in one enterprise, with its roles.

    A membership that ended stays as a row: who acted for whom, and when, must remain known.
    Nobody writes it but the methods below (no access row allows it).
    """

    _name = 'esign.enterprise.member'
    _description = 'Member of an enterprise'
    _inherit = ['esign.moves']
    _order = 'enterprise_id, id'
    _rec_names_search = ['person_id']
    _states = states.MEMBER
    _moves = moves(states.MEMBER)

    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict', index=True)
    enterprise_kind = fields.Selection(related='enterprise_id.kind', store=True, string='Kind')
    person_id = fields.Many2one('esign.person', 'Person', required=True, ondelete='restrict', index=True)
    user_id = fields.Many2one(related='person_id.user_id', store=True, index=True, string='Login')
    name = fields.Char('Name', compute='_compute_shown', compute_sudo=True)
    mobile_masked = fields.Char('Mobile number', compute='_compute_shown', compute_sudo=True)
    department_id = fields.Many2one('esign.department', 'Department', ondelete='restrict', index=True)
    work_number = fields.Char('Work number')
    role_ids = fields.Many2many('esign.enterprise.role', string='Roles')
    codes = fields.Char('Codes of the roles', compute='_compute_codes', store=True)
    is_administrator = fields.Boolean('Is administrator', compute='_compute_is_administrator', store=True)
    state = fields.Selection(
        selection(states.MEMBER),
        required=True, readonly=True, default='active', index=True,
    )  # fmt: skip
    joined_on = fields.Datetime(default=fields.Datetime.now, readonly=True)
    ended_on = fields.Datetime(readonly=True)
    ended_by = fields.Many2one('res.users', 'Ended by', readonly=True)
    reason = fields.Char(readonly=True)

    _one_membership = models.UniqueIndex(
        "(enterprise_id, person_id) WHERE state = 'active'", 'This person is a member already.'
    )
    _one_administrator = models.UniqueIndex(
        "(enterprise_id) WHERE is_administrator AND enterprise_kind = 'external' AND state = 'active'",
        'An external enterprise has exactly one administrator.',
    )
    _active_user = models.Index("(user_id, enterprise_id) WHERE state = 'active'")

    @api.depends('role_ids.code')
    def _compute_codes(self):
        for record in self:
            record.codes = ' '.join(record.sudo().role_ids.mapped('code'))

    @api.depends('role_ids')
    def _compute_is_administrator(self):
        for record in self:
            record.is_administrator = ADMINISTRATOR in record.sudo().role_ids.mapped('code')

    @api.depends('person_id')
    def _compute_shown(self):
        for record in self:
            record.name = record.person_id.name
            record.mobile_masked = record.person_id.mobile_masked

    @api.depends('person_id', 'enterprise_id')
    def _compute_display_name(self):
        for record in self:
            record.display_name = f'{record.sudo().person_id.name or ""} · {record.sudo().enterprise_id.name or ""}'

    def _codes(self):
        """Return the role codes of this member."""
        self.ensure_one()
        return frozenset((self.sudo().codes or '').split())

    # Who may act --------------------------------------------------------------------------------

    @api.model
    def _acting(self, enterprise, user, roles, states=('certified',)):
        """Return the locked active membership by which ``user`` acts; see ``enterprise._require``."""
        domain = (
            Domain('enterprise_id', '=', enterprise.id)
            & Domain('enterprise_id.state', 'in', states)
            & Domain('user_id', '=', user.id if user else 0)
            & Domain('person_id.state', '=', 'verified')
            & Domain('state', '=', 'active')
        )
        member = self.sudo().search(domain, limit=1)
        if member:
            lock(member, strength=KEEP_OUT_WRITERS)
        if not member or (roles and member._codes().isdisjoint(roles)):
            raise AccessError(self.env._('You cannot do this for the enterprise (any more).'))
        return member

    # Coming -------------------------------------------------------------------------------------

    @api.model
    def _admit(self, enterprise, person, codes, department=None, work_number=None):
        """Make ``person`` an active member with the roles ``codes``."""
        person._check_verified()
        enterprise = enterprise.sudo()
        if department and department.sudo().enterprise_id != enterprise:
            raise EsignError(self.env._('The department belongs to another enterprise.'), 'DEPARTMENT')
        if enterprise._member_of(person):
            raise EsignError(self.env._('This person is a member already.'), 'MEMBER')
        codes = self._with_implied(enterprise, set(codes))
        member = self.sudo().create(
            {
                'enterprise_id': enterprise.id,
                'person_id': person.id,
                'department_id': department.id if department else False,
                'work_number': work_number or False,
                'role_ids': self.env['esign.enterprise.role']._of(*codes).ids,
            }
        )
        self.env.flush_all()
        return member

    @api.model
    def _with_implied(self, enterprise, codes):
        """Everybody is a member; the administrator of an external enterprise operates its seals."""
        implied = {MEMBER}
        if ADMINISTRATOR in codes and enterprise.sudo().kind == 'external':
            implied.add(SEAL_OPERATOR)
        return codes | implied

    # Changing -----------------------------------------------------------------------------------

    def _assign(self, user, codes, department=None, work_number=None):
        """Set roles, department and work number of a member for an administrator or member manager.

        :param codes: role codes that the member shall have.
        :raises AccessError: the acting member may not give or take one of them.
        """
        self.ensure_one()
        member = self._lock().sudo()
        actor = member.enterprise_id._require(user, ADMINISTRATOR, MEMBER_MANAGER)
        if member.state != 'active':
            raise EsignError(self.env._('This person is not a member any more.'), 'ENDED')
        wanted = self._with_implied(member.enterprise_id, set(codes))
        member._check_assignment(actor, member._codes() ^ wanted)
        member._take_roles(wanted, department, work_number, actor)
        return self

    def _take_roles(self, wanted, department, work_number, actor=None):
        """Give a locked member exactly these roles; who may do so was decided before.

        :param actor: the membership behind it; None for the current login itself.
        """
        self.ensure_one()
        member = self.sudo()
        if department and department.sudo().enterprise_id != member.enterprise_id:
            raise EsignError(self.env._('The department belongs to another enterprise.'), 'DEPARTMENT')
        member.enterprise_id._touch_roster()
        before = member._codes()
        roles = self.env['esign.enterprise.role']._of(*wanted)
        member.write(
            {
                'role_ids': [(6, 0, roles.ids)],
                'department_id': department.id if department else False,
                'work_number': work_number or False,
            }
        )
        self.env.flush_all()
        member._check_administrated()
        member.enterprise_id._log_member(actor, member, before, wanted)
        if before - wanted:
            member.enterprise_id._on_member_roles_changed(member, before - wanted)
        return self

    def _check_assignment(self, actor, changed):
        """Refuse a change of roles that is not the actor's to make."""
        if changed & EARNED:
            raise AccessError(self.env._('The legal representative follows from the certification.'))
        if ADMINISTRATOR in changed and self.enterprise_id.kind == 'external':
            raise AccessError(self.env._('An external enterprise has exactly one administrator: transfer the role.'))
        if changed - PLAIN and ADMINISTRATOR not in actor._codes():
            raise AccessError(self.env._('Only an administrator gives and takes roles.'))

    def _check_administrated(self):
        """Refuse to leave an enterprise without an administrator."""
        for enterprise in self.sudo().enterprise_id:
            if not enterprise._administrators():
                raise EsignError(
                    self.env._('The enterprise needs an administrator: transfer the role first.'),
                    'LAST_ADMINISTRATOR',
                )

    # Going --------------------------------------------------------------------------------------

    @api.model
    def _leave_enterprise(self, user, enterprise_id):
        """End the membership of ``user`` in one enterprise (退出企业)."""
        domain = Domain('enterprise_id', '=', enterprise_id) & Domain('user_id', '=', user.id)
        member = self.sudo().search(domain & Domain('state', '=', 'active'), limit=1)
        if not member:
            raise EsignError(self.env._('You are not a member of this enterprise.'), 'NOT_FOUND')
        return member.sudo(False)._leave(user)

    def _leave(self, user):
        """End one's own membership."""
        self.ensure_one()
        if not user or self.sudo().user_id != user:
            raise AccessError(self.env._('You cannot do this for the enterprise (any more).'))
        return self._end('left', user, '')

    def _remove(self, user, reason):
        """Remove another member, for an administrator or (plain members only) a member manager."""
        self.ensure_one()
        member = self.sudo()
        actor = member.enterprise_id._require(user, ADMINISTRATOR, MEMBER_MANAGER)
        if actor == member:
            raise EsignError(self.env._('Leave the enterprise instead of removing yourself.'), 'SELF')
        if member._codes() - PLAIN and ADMINISTRATOR not in actor._codes():
            raise AccessError(self.env._('Only an administrator removes members who have roles.'))
        self._end('removed', user, self.env['esign.enterprise']._reason(reason))
        self.env['esign.notice']._tell(
            member.person_id,
            lambda _: (_('You were removed from %s', member.enterprise_id.name), member.reason),
        )
        return self

    def _end(self, target, user, reason, replaced=False):
        """End the membership and everything that hangs on it, in this transaction.

        :param replaced: a new administrator is installed by the caller.
        """
        member = self.sudo()
        member.enterprise_id._touch_roster()
        lost = member._codes()
        self._move(target, ended_on=fields.Datetime.now(), ended_by=user.id, reason=reason)
        member.write({'role_ids': [(5,)], 'department_id': False})
        self.env.flush_all()
        if not replaced:
            member._check_administrated()
        changes = self.env['esign.enterprise.admin.change'].sudo()
        changes._cancel_of(member)
        member.enterprise_id._log_member(None, member, lost, frozenset())
        member.enterprise_id._on_member_removed(member)
        return self

    def _drop_former_legal(self, certification):
        """Give the role of legal representative to whom the certification names, and take it from others."""
        role = self.env['esign.enterprise.role']._of(LEGAL)
        for member in self.sudo().filtered(lambda m: m.state == 'active'):
            is_legal = (
                bool(certification.legal_id_hash) and member.person_id.id_number_hash == certification.legal_id_hash
            )
            if is_legal != (LEGAL in member._codes()):
                member.role_ids = [(4 if is_legal else 3, role.id)]
