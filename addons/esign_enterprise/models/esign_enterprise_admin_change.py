from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import moves, selection

from ..rules import states
from .esign_enterprise_certification import STAFF
from .esign_enterprise_review import ACTIVITY
from .esign_enterprise_role import ADMINISTRATOR, MEMBER

LIFETIME = timedelta(days=7)
OTP_PURPOSE = 'admin_transfer'
OPEN = ('waiting', 'pending')


class EsignEnterpriseAdminChange(models.Model):
    """A change of an enterprise's administrator.

    *Transfer* (转让管理员): the administrator names a verified member and confirms by SMS code;
    the member accepts within seven days. *Application* (申请已认证企业管理员): a member of an
    external enterprise asks with an authorisation letter; staff reviews. When done, the former
    administrator loses the role and leaves the enterprise in the same transaction.
    """

    _name = 'esign.enterprise.admin.change'
    _description = 'Change of an enterprise administrator'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _guarded = frozenset(
        {
            'state',
            'enterprise_id',
            'kind',
            'former_member_id',
            'member_id',
            'note',
            'expires_on',
            'decided_on',
        }
        | {'decided_by', 'reason', 'letter', 'letter_name', 'letter_type', 'letter_sha256'}
        | {'user_id', 'former_user_id'}
    )
    _states = states.ADMIN_CHANGE
    _moves = moves(states.ADMIN_CHANGE)

    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict', index=True)
    enterprise_name = fields.Char(compute='_compute_shown', compute_sudo=True)
    kind = fields.Selection(
        [('transfer', 'Transfer'), ('application', 'Application')], 'Kind of change',
        required=True, readonly=True, index=True,
    )  # fmt: skip
    state = fields.Selection(
        selection(states.ADMIN_CHANGE),
        required=True, readonly=True, tracking=True, index=True,
    )  # fmt: skip
    is_open = fields.Boolean(compute='_compute_is_open')
    former_member_id = fields.Many2one(
        'esign.enterprise.member', 'Former administrator', ondelete='restrict', index=True
    )
    member_id = fields.Many2one(
        'esign.enterprise.member', 'New administrator', required=True, ondelete='restrict', index=True
    )
    former_user_id = fields.Many2one(related='former_member_id.user_id', store=True, index=True, string='Former login')
    user_id = fields.Many2one(related='member_id.user_id', store=True, index=True, string='New login')
    former_name = fields.Char('Former administrator name', compute='_compute_shown', compute_sudo=True)
    name = fields.Char('New administrator name', compute='_compute_shown', compute_sudo=True)
    note = fields.Char('Note')
    letter = fields.Binary('Authorisation letter', attachment=True, groups=STAFF, readonly=True)
    letter_name = fields.Char(groups=STAFF, readonly=True)
    letter_type = fields.Char(groups=STAFF, readonly=True)
    letter_sha256 = fields.Char('SHA-256 of the letter', groups=STAFF, readonly=True)
    expires_on = fields.Datetime(readonly=True, index=True)
    decided_on = fields.Datetime(readonly=True)
    decided_by = fields.Many2one('res.users', 'Decided by', readonly=True)
    reason = fields.Char('Reason', readonly=True, tracking=True)

    _one_transfer = models.UniqueIndex(
        "(enterprise_id, former_member_id) WHERE state = 'waiting'",
        'A transfer is waiting for acceptance already.',
    )
    _one_application = models.UniqueIndex(
        "(member_id) WHERE state = 'pending'", 'You have applied to become administrator already.'
    )

    @api.depends('state')
    def _compute_is_open(self):
        for record in self:
            record.is_open = record.state in OPEN

    @api.depends('member_id', 'former_member_id', 'enterprise_id')
    def _compute_shown(self):
        for record in self:
            record.name = record.member_id.person_id.name
            record.former_name = record.former_member_id.person_id.name
            record.enterprise_name = record.enterprise_id.name

    @api.depends('member_id', 'enterprise_id')
    def _compute_display_name(self):
        for record in self:
            record.display_name = (
                f'{record.sudo().enterprise_id.name or ""}: {record.sudo().member_id.person_id.name or ""}'
            )

    # Transfer -----------------------------------------------------------------------------------

    @api.model
    def _send_code(self, user, enterprise, target):
        """Send the administrator the code that confirms a transfer to ``target`` and to nobody else."""
        actor = self._transferable(user, enterprise, target)
        subject = self._subject(enterprise, actor, target)
        self.env['esign.otp']._issue(OTP_PURPOSE, actor.person_id.mobile, subject, own=True)
        return actor.person_id.mobile_masked

    @api.model
    def _transfer(self, user, enterprise, target, code):
        """Offer the role to ``target`` after the right SMS code; seven days are left to accept."""
        actor = self._transferable(user, enterprise, target)
        self.env['esign.otp']._check(
            OTP_PURPOSE, actor.person_id.mobile, code, self._subject(enterprise, actor, target)
        )
        change = (
            self.sudo()
            .with_context(mail_create_nosubscribe=True)
            .create(
                {
                    'enterprise_id': enterprise.id,
                    'kind': 'transfer',
                    'state': 'waiting',
                    'former_member_id': actor.id,
                    'member_id': target.id,
                    'expires_on': fields.Datetime.now() + LIFETIME,
                }
            )
        )
        change._tell(
            target,
            lambda _: (_('%(person)s wants to make you administrator of %(enterprise)s',
                       person=actor.name, enterprise=enterprise.sudo().name),
            _('Accept or decline within 7 days under My enterprises.')),
        )  # fmt: skip
        return change

    def _transferable(self, user, enterprise, target):
        actor = enterprise._require(user, ADMINISTRATOR)
        target = target.sudo().exists()
        if not target or target.enterprise_id != enterprise or target.state != 'active' or target == actor:
            raise EsignError(self.env._('Choose another active member of the enterprise.'), 'TARGET')
        target.person_id._check_verified()
        if target.is_administrator:
            raise EsignError(self.env._('This member is an administrator already.'), 'TARGET')
        if self.sudo().search_count([('former_member_id', '=', actor.id), ('state', '=', 'waiting')], limit=1):
            raise EsignError(self.env._('A transfer is waiting for acceptance already: cancel it first.'), 'OPEN')
        return actor

    def _subject(self, enterprise, actor, target):
        return enterprise._digest(OTP_PURPOSE, actor.id, target.id)

    def _accept(self, user):
        """Take over the role that was offered."""
        change = self._of(user, 'user_id')._lock().sudo()
        if change.state == 'waiting' and change.expires_on < fields.Datetime.now():
            raise EsignError(self.env._('The offer has expired: ask the administrator for a new one.'), 'EXPIRED')
        self._move('done', decided_on=fields.Datetime.now(), decided_by=user.id)
        return change._complete()

    def _decline(self, user, reason=''):
        """Refuse the role that was offered."""
        change = self._of(user, 'user_id').sudo()
        self._move('declined', decided_on=fields.Datetime.now(), decided_by=user.id, reason=(reason or '')[:200])
        change._tell(change.former_member_id, lambda _: (_('%s declined to become administrator', change.name), reason))
        return self

    def _cancel(self, user):
        """Take an offer back that was not accepted yet."""
        self._of(user, 'former_user_id')
        return self._move('cancelled', decided_on=fields.Datetime.now(), decided_by=user.id)

    # Application ----------------------------------------------------------------------------------

    @api.model
    def _apply(self, user, enterprise, data, filename, note=''):
        """Apply to become administrator of an external enterprise, with an authorisation letter."""
        actor = enterprise._require(user)
        record = enterprise.sudo()
        if record.kind != 'external':
            raise EsignError(self.env._('Ask an administrator of the internal enterprise for the role.'), 'INTERNAL')
        if actor.is_administrator:
            raise EsignError(self.env._('You are the administrator already.'), 'TARGET')
        running = self.sudo().search([('member_id', '=', actor.id), ('state', '=', 'pending')], limit=1)
        if running:
            return running
        letter = self.env['esign.enterprise.certification']._file_values('letter', data, filename)
        change = (
            self.sudo()
            .with_context(mail_create_nosubscribe=True)
            .create(
                {
                    'enterprise_id': enterprise.id,
                    'kind': 'application',
                    'state': 'pending',
                    'former_member_id': record._administrators()[:1].id,
                    'member_id': actor.id,
                    'note': ' '.join((note or '').split())[:200] or False,
                    **letter,
                }
            )
        )
        change._ask_for_review()
        change._tell(
            change.former_member_id,
            lambda _: (_('%(person)s has applied to become administrator of %(enterprise)s',
                       person=actor.name, enterprise=record.name),
            _('The platform reviews the authorisation letter. Tell it at once if this is not right.')),
        )  # fmt: skip
        return change

    def _withdraw(self, user):
        """Take one's own application back."""
        self._of(user, 'user_id')
        self._move('withdrawn', decided_on=fields.Datetime.now(), decided_by=user.id)
        self.sudo().activity_unlink([ACTIVITY])
        return self

    def action_approve(self):
        """Approve an application: the role moves now."""
        for change in self:
            change._check_reviewer()
            change._lock()
            if change.sudo().kind != 'application':
                raise EsignError(self.env._('A transfer is accepted by the member, not by staff.'), 'TRANSFER')
            change._move('done', decided_on=fields.Datetime.now(), decided_by=self.env.uid)
            change.sudo()._complete()
        return True

    def action_reject(self):
        """Ask for the reason of a rejection."""
        self.env['esign.enterprise.certification']._check_staff()
        return self.env['esign.reason.wizard']._ask(self, 'reject', self.env._('Reject'))

    def _staff_reject(self, reason):
        """Reject with a reason; called by the question that ``action_reject`` opens."""
        self._check_reviewer()
        reason = self.env['esign.enterprise']._reason(reason)
        self._move('rejected', decided_on=fields.Datetime.now(), decided_by=self.env.uid, reason=reason)
        change = self.sudo()
        change.activity_unlink([ACTIVITY])
        change._tell(
            change.member_id, lambda _: (_('Your application to become administrator of %s was rejected',
                                         change.enterprise_name), reason)
        )  # fmt: skip
        return self

    def _check_reviewer(self):
        self.env['esign.enterprise.certification']._check_staff()
        change, user = self.sudo(), self.env.user
        people = (change.member_id | change.former_member_id).person_id
        if user in people.user_id or user.partner_id in people.partner_id:
            raise EsignError(self.env._('Somebody else must decide: you are concerned yourself.'), 'OWN_APPLICATION')

    def _ask_for_review(self):
        self.env['esign.notice']._ask_reviewer(self.sudo(), ACTIVITY, self.sudo().user_id)

    # Completion -----------------------------------------------------------------------------------

    def _complete(self):
        """Install the new administrator and remove the former one, in this transaction."""
        self.ensure_one()
        enterprise, member = self.enterprise_id, self.member_id._lock()
        enterprise._touch_roster()
        # Who is administrator is read now: it may be another since this was asked.
        former = self.former_member_id if self.kind == 'transfer' else enterprise._administrators()[:1]
        former._lock()
        if enterprise.state != 'certified' or member.state != 'active':
            raise EsignError(self.env._('The member or the enterprise is not active any more.'), 'ENDED')
        if self.kind == 'transfer' and not (former.state == 'active' and former.is_administrator):
            raise EsignError(self.env._('Who offered the role is not the administrator any more.'), 'ENDED')
        member.person_id._check_verified()
        self.former_member_id = former
        by = self.env.user
        if former:
            former._end('removed', by, self.env._('The administrator role was transferred.'), replaced=True)
        before = member._codes()
        codes = member._with_implied(enterprise, before | {ADMINISTRATOR, MEMBER})
        member.role_ids = [(6, 0, self.env['esign.enterprise.role']._of(*codes).ids)]
        self.env.flush_all()
        enterprise._log_member(None, member, before, codes)
        self.activity_unlink([ACTIVITY])
        (enterprise.change_ids - self).filtered('is_open')._move(
            'cancelled', reason=self.env._('Another change was made.')
        )
        self._tell(member, lambda _: (_('You are now the administrator of %s', enterprise.name), ''))
        self._tell(
            former,
            lambda _: (
                _(
                    '%(person)s is now the administrator of %(enterprise)s',
                    person=member.name,
                    enterprise=enterprise.name,
                ),
                _('You have lost the role and have left the enterprise.'),
            ),
        )
        return self

    @api.model
    def _cancel_of(self, member):
        """Cancel the open changes that a membership which ends is part of."""
        domain = (Domain('member_id', '=', member.id) | Domain('former_member_id', '=', member.id)) & Domain(
            'state', 'in', OPEN
        )
        found = self.sudo().search(domain).filtered(lambda c: c.kind == 'transfer' or c.member_id == member)
        found._move('cancelled', reason=self.env._('The membership has ended.'))

    @api.model
    def _cron_expire(self):
        """Expire transfers that nobody accepted within seven days."""
        due = Domain('state', '=', 'waiting') & Domain('expires_on', '<', fields.Datetime.now())
        self.env['ir.cron']._each_due(self, due, lambda record: record._expire())

    def _expire(self):
        change = self._move('expired', decided_on=fields.Datetime.now()).sudo()
        change._tell(
            change.former_member_id,
            lambda _: (_('Your transfer of %s has expired', change.enterprise_name), ''),
        )

    def _of(self, user, field):
        """Return the record when ``user`` is the party named by ``field``; else it does not exist."""
        self.ensure_one()
        if not self.exists() or not user or self.sudo()[field] != user:
            raise EsignError(self.env._('There is no such change of administrator.'), 'NOT_FOUND')
        return self

    def _tell(self, member, words):
        self.env['esign.notice']._tell(member.sudo().person_id, words)
