import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from odoo.addons.esign_base.rules.clock import today
from odoo.addons.esign_base.rules.names import folded
from odoo.addons.esign_base.rules.shown import literal
from odoo.addons.esign_base.rules.states import moves, selection

from ..rules import names, states, uscc
from .esign_enterprise_role import ADMINISTRATOR, LEGAL, MEMBER
from .esign_identity import ACTING

SEARCH_MIN = 4
SEARCH_MAX_ROWS = 20
# States in which the enterprise owns its code: a second one cannot be certified beside it.
LIVE = ('certified', 'frozen', 'expired')


class EsignEnterprise(models.Model):
    """An organisation that was certified at least once.

    The record is made by the approval of the first certification and changed by the approvals
    that follow: what it says has always been reviewed. Other addons extend the hooks
    ``_on_certified``, ``_on_renamed``, ``_on_legal_changed``, ``_on_state_changed``,
    ``_on_member_removed`` and ``_rename_blockers``; all run inside the transaction of the change.
    """

    _name = 'esign.enterprise'
    _description = 'Enterprise'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'name, id'
    _rec_names_search = ['name', 'uscc']
    _guarded = frozenset(
        {'state', 'name', 'uscc', 'kind', 'partner_id', 'certification_id', 'state_reason', 'term_to'}
        | {'certification_ids', 'member_ids', 'department_ids', 'join_ids', 'change_ids'}
    )
    _states = states.ENTERPRISE
    _moves = moves(states.ENTERPRISE)

    partner_id = fields.Many2one(
        'res.partner', 'Contact', required=True, readonly=True, ondelete='restrict', index=True
    )
    roster = fields.Integer('Revision of the roster', readonly=True, copy=False, groups=NO_ACCESS)
    name = fields.Char('Enterprise name', required=True, readonly=True, tracking=True)
    found_by = fields.Char(
        compute='_compute_found_by', store=True, index='trigram', help='The name as searches compare it.'
    )
    uscc = fields.Char('Unified social credit code', required=True, readonly=True, index=True, copy=False)
    uscc_masked = fields.Char('Masked credit code', compute='_compute_uscc_masked')
    kind = fields.Selection(
        [('internal', 'Internal enterprise'), ('external', 'External enterprise')],
        required=True, readonly=True, default='external', index=True,
    )  # fmt: skip
    state = fields.Selection(
        selection(states.ENTERPRISE),
        required=True, readonly=True, default='certified', tracking=True, index=True, copy=False,
    )  # fmt: skip
    state_reason = fields.Char('Reason of the state', readonly=True, copy=False)
    certification_id = fields.Many2one(
        'esign.enterprise.certification',
        'Certification in force',
        readonly=True,
        ondelete='restrict',
        copy=False,
    )
    certified_on = fields.Datetime('Certified on', related='certification_id.decided_on')
    legal_name = fields.Char('Legal representative', related='certification_id.legal_name')
    legal_id_masked = fields.Char('ID number of the legal representative', related='certification_id.legal_id_masked')
    address = fields.Char(related='certification_id.address')
    term_from = fields.Date('Business term from', related='certification_id.term_from')
    term_to = fields.Date(
        'Business term to', related='certification_id.term_to', store=True, help='Empty: without end.'
    )
    certification_ids = fields.One2many('esign.enterprise.certification', 'enterprise_id', 'Certifications')
    member_ids = fields.One2many('esign.enterprise.member', 'enterprise_id', 'Memberships')
    department_ids = fields.One2many('esign.department', 'enterprise_id', 'Departments')
    join_ids = fields.One2many('esign.enterprise.join', 'enterprise_id', 'Applications to join')
    change_ids = fields.One2many('esign.enterprise.admin.change', 'enterprise_id', 'Administrator changes')
    member_count = fields.Integer('Members', compute='_compute_counts')
    department_count = fields.Integer('Departments count', compute='_compute_counts')
    pending_count = fields.Integer('Pending certifications', compute='_compute_counts')

    _uscc_live = models.UniqueIndex(
        "(uscc) WHERE state <> 'revoked'",
        'An enterprise with this unified social credit code is certified already.',
    )

    @api.depends('name')
    def _compute_found_by(self):
        for record in self:
            record.found_by = folded(record.name)

    @api.model
    def _named_like(self, text):
        """Domain of the enterprises that have this text in their name, however it is spelt."""
        return Domain('found_by', 'like', literal(folded(text)))

    @api.depends('uscc')
    def _compute_uscc_masked(self):
        for record in self:
            record.uscc_masked = uscc.masked(record.uscc)

    def _compute_counts(self):
        def count(model, domain):
            rows = self.env[model]._read_group(
                Domain('enterprise_id', 'in', self.ids) & Domain(domain), ['enterprise_id'], ['__count']
            )
            return {enterprise.id: number for enterprise, number in rows}

        members = count('esign.enterprise.member', [('state', '=', 'active')])
        departments = count('esign.department', [])
        pending = count('esign.enterprise.certification', [('state', '=', 'pending')])
        for record in self:
            record.member_count = members.get(record.id, 0)
            record.department_count = departments.get(record.id, 0)
            record.pending_count = pending.get(record.id, 0)

    @api.constrains('name', 'uscc')
    def _check_identity(self):
        for record in self:
            if names.problem(record.name) or uscc.problem(record.uscc):
                raise ValidationError(self.env._('The name or the unified social credit code is not valid.'))

    # What staff does with an enterprise ------------------------------------------------------

    def action_freeze(self):
        """Ask for the reason of a freeze."""
        self.env['esign.enterprise.certification']._check_staff()
        return self.env['esign.reason.wizard']._ask(self, 'freeze', self.env._('Freeze'))

    def action_unfreeze(self):
        """Release a frozen enterprise."""
        self.env['esign.enterprise.certification']._check_staff()
        self.check_access('read')
        self._unfreeze()
        return True

    def action_revoke(self):
        """Ask for the reason of a revocation."""
        self.env['esign.enterprise.certification']._check_staff()
        return self.env['esign.reason.wizard']._ask(self, 'revoke', self.env._('Revoke'))

    def _staff_freeze(self, reason):
        """Freeze, as the operator asked."""
        self.env['esign.enterprise.certification']._check_staff()
        return self._freeze(reason)

    def _staff_revoke(self, reason):
        """Revoke, as the operator asked."""
        self.env['esign.enterprise.certification']._check_staff()
        return self._revoke(reason)

    def _freeze(self, reason):
        """Stop the enterprise for a while: its identities disappear, nothing is lost."""
        return self._change_state('frozen', self._reason(reason))

    def _unfreeze(self):
        """Let a frozen enterprise act again."""
        if any(record.state != 'frozen' for record in self._lock()):
            raise UserError(self.env._('Only a frozen enterprise can be released.'))
        return self._change_state('certified', False)

    def _revoke(self, reason):
        """Take the certification away for good; seals and certificates stop by the hook."""
        reason = self._reason(reason)
        self._change_state('revoked', reason)
        for record in self.sudo():
            record.join_ids.filtered(lambda j: j.state == 'pending')._move('rejected', reason=reason)
            record.change_ids.filtered('is_open')._move('cancelled', reason=reason)
            record.certification_ids.filtered(lambda c: c.state == 'pending')._move('rejected', reason=reason)
        return self

    def _change_state(self, target, reason):
        before = {record.id: record.state for record in self}
        self._move(target, state_reason=reason)
        for record in self.sudo():
            record._on_state_changed(before[record.id], target)
            record._tell_new_state(reason or '')
        return self

    def _tell_new_state(self, reason):
        self._tell_administrators(
            lambda _: (
                _('%(enterprise)s is now: %(state)s', enterprise=self.name, state=self._state_label()),
                reason,
            )
        )

    def _state_label(self):
        return dict(self._fields['state']._description_selection(self.env)).get(self.state, '')

    @api.model
    def _reason(self, text):
        reason = ' '.join((text or '').split())
        if not reason:
            raise UserError(self.env._('Give a reason: it is shown to those concerned.'))
        return reason[:200]

    @api.model
    def _cron_expire(self):
        """Expire the enterprises whose licence ended before today (Asia/Shanghai)."""
        due = Domain('term_to', '<', today()) & Domain('state', 'in', ('certified', 'frozen'))
        self.env['ir.cron']._each_due(
            self,
            due,
            lambda record: record._change_state('expired', record.env._('The business term has ended.')),
        )

    # Who belongs to it -----------------------------------------------------------------------

    def _member_of(self, person, *roles):
        """Return the active membership of ``person`` that has one of ``roles`` (any, if none given)."""
        self.ensure_one()
        domain = (
            Domain('enterprise_id', '=', self.id) & Domain('person_id', '=', person.id) & Domain('state', '=', 'active')
        )
        if roles:
            domain &= Domain('role_ids.code', 'in', roles)
        return self.env['esign.enterprise.member'].sudo().search_fetch(domain, ACTING, limit=1)

    def _require(self, user, *roles, states=('certified',)):
        """Return the membership by which ``user`` may act for this enterprise, locked.

        The lock makes an act that races with the removal of the member fail and be replayed.

        :param states: states of the enterprise in which the act is possible.
        :raises AccessError: no active membership with one of ``roles``, or another state.
        """
        self.ensure_one()
        self.env.flush_all()
        return self.env['esign.enterprise.member']._acting(self, user, roles, states)

    def _touch_roster(self):
        """Make two changes of the roster at one time collide, so that the second is replayed.

        Without it two administrators could leave together, each seeing the other still there.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL('UPDATE esign_enterprise SET roster = COALESCE(roster, 0) + 1 WHERE id IN %s', tuple(self.ids))
        )
        self.invalidate_recordset(['roster'])

    def _log_member(self, actor, member, before, after):
        """Note a change of roles or the end of a membership where staff reads it."""
        names_of = {r.code: r.name for r in self.env['esign.enterprise.role'].sudo().search([])}

        def text(codes):
            return '、'.join(names_of.get(code, code) for code in sorted(codes)) or '—'

        self.sudo().message_post(
            body=self.env._(
                '%(person)s: %(before)s → %(after)s (by %(actor)s)',
                person=member.name or '', before=text(before), after=text(after),
                actor=(actor.name if actor else self.env.user.name) or '',
            ),
            subtype_xmlid='mail.mt_note',
            author_id=self.env.user.partner_id.id,
        )  # fmt: skip

    def _administrators(self):
        return self.sudo().member_ids.filtered(lambda m: m.state == 'active' and m.is_administrator)

    def _tell_administrators(self, words):
        self.env['esign.notice']._tell(self._administrators().person_id, words)

    @api.model
    def _search_certified(self, text, user):
        """Find certified enterprises by a part of the name, for somebody who wants to join one.

        :param text: at least four characters of the name.
        :return: dicts of ``id``, ``name``, ``uscc`` (masked); at most twenty.
        :raises UserError: too short, or too many searches (thirty in ten minutes a user).
        """
        text = ' '.join((text or '').split())
        if len(text) < SEARCH_MIN:
            raise UserError(self.env._('Enter at least %s characters of the enterprise name.', SEARCH_MIN))
        self.env['esign.rate.limit']._take('enterprise_search', str(user.id), 30, 600)
        domain = Domain('state', '=', 'certified') & self._named_like(text)
        found = self.sudo().search(domain, limit=SEARCH_MAX_ROWS)
        return [{'id': r.id, 'name': r.name, 'uscc': r.uscc_masked} for r in found]

    # Hooks ------------------------------------------------------------------------------------

    def _on_certified(self, certification, first):
        """Called when ``certification`` was approved and applied; ``first``: it made this enterprise."""

    def _on_renamed(self, old_name):
        """Called when the name changed: organisation seals and the certificate are void."""

    def _on_legal_changed(self, old_name):
        """Called when the legal representative changed: the former seal is void."""

    def _on_state_changed(self, old, new):
        """Called after freezing, releasing, expiring or revoking."""

    def _on_member_removed(self, member):
        """Called when ``member`` left or was removed: revoke the grants, reassign the tasks."""

    def _on_member_roles_changed(self, member, lost):
        """Called when ``member`` lost the role codes ``lost``."""

    def _rename_blockers(self):
        """Return a translated sentence that says why the name cannot change now, or ''."""
        return ''

    # How an approval gets into it -------------------------------------------------------------

    @api.model
    def _found(self, certification):
        """Make the enterprise of a first certification and its first administrator."""
        partner = (
            self.env['res.partner']
            .sudo()
            .create(
                {
                    'name': certification.name,
                    'is_company': True,
                    'lang': certification.person_id.partner_id.lang,
                }
            )
        )
        enterprise = (
            self.sudo()
            .with_context(mail_create_nosubscribe=True)
            .create(
                {
                    'partner_id': partner.id,
                    'name': certification.name,
                    'uscc': certification.uscc,
                    'kind': certification.kind,
                    'certification_id': certification.id,
                }
            )
        )
        certification.sudo().enterprise_id = enterprise
        roles = {MEMBER, ADMINISTRATOR} | ({LEGAL} if certification._applicant_is_legal() else set())
        self.env['esign.enterprise.member']._admit(enterprise, certification.person_id, roles)
        return enterprise

    def _apply(self, certification):
        """Bring the data of an approved re-certification into force."""
        self.ensure_one()
        old = self.certification_id
        old_name, old_legal = self.name, (old.legal_name, old.legal_id_hash)
        renamed = certification.name != old_name
        blocker = self._rename_blockers() if renamed else ''
        if blocker:
            raise UserError(blocker)
        self.sudo().write({'name': certification.name, 'certification_id': certification.id})
        if old.state == 'certified':
            old._move('superseded')
        self.partner_id.sudo().name = certification.name
        if self.state == 'expired':
            self._change_state('certified', False)
        if renamed:
            self.sudo()._on_renamed(old_name)
        if (certification.legal_name, certification.legal_id_hash) != old_legal:
            self.sudo().member_ids._drop_former_legal(certification)
            self.sudo()._on_legal_changed(old_legal[0])
        return self

    def _digest(self, *parts):
        """Return what a confirmation code is bound to: this enterprise and ``parts``."""
        return hashlib.sha256('|'.join(map(str, (self._name, self.id, *parts))).encode()).hexdigest()
