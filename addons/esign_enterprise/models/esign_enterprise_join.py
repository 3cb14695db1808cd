from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import moves, selection

from ..rules import states
from .esign_enterprise_role import ADMINISTRATOR, MEMBER, MEMBER_MANAGER, PLAIN

LIFETIME = timedelta(days=30)
DECIDERS = (ADMINISTRATOR, MEMBER_MANAGER)


class EsignEnterpriseJoin(models.Model):
    """A verified person's application to join a certified enterprise."""

    _name = 'esign.enterprise.join'
    _description = 'Application to join an enterprise'
    _inherit = ['esign.moves']
    _order = 'id desc'
    _rec_names_search = ['enterprise_id']
    _states = states.JOIN
    _moves = moves(states.JOIN)

    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict', index=True)
    person_id = fields.Many2one('esign.person', 'Applicant', required=True, ondelete='restrict', index=True)
    user_id = fields.Many2one(related='person_id.user_id', store=True, index=True, string='Login')
    name = fields.Char('Name', compute='_compute_shown', compute_sudo=True)
    mobile_masked = fields.Char('Mobile number', compute='_compute_shown', compute_sudo=True)
    enterprise_name = fields.Char(compute='_compute_shown', compute_sudo=True)
    department_text = fields.Char('Department stated', help="The applicant's words; the approver picks the department.")
    work_number = fields.Char('Work number')
    note = fields.Char('Note')
    state = fields.Selection(
        selection(states.JOIN),
        required=True, readonly=True, default='pending', index=True,
    )  # fmt: skip
    expires_on = fields.Datetime(readonly=True, index=True)
    decided_on = fields.Datetime(readonly=True)
    decided_by = fields.Many2one('res.users', 'Decided by', readonly=True)
    reason = fields.Char('Reason', readonly=True)
    member_id = fields.Many2one('esign.enterprise.member', 'Membership', readonly=True, ondelete='set null')

    _one_pending = models.UniqueIndex(
        "(enterprise_id, person_id) WHERE state = 'pending'", 'You have applied to this enterprise already.'
    )

    @api.depends('person_id', 'enterprise_id')
    def _compute_shown(self):
        for record in self:
            record.name = record.person_id.name
            record.mobile_masked = record.person_id.mobile_masked
            record.enterprise_name = record.enterprise_id.name

    @api.depends('person_id', 'enterprise_id')
    def _compute_display_name(self):
        for record in self:
            record.display_name = f'{record.sudo().person_id.name or ""} → {record.sudo().enterprise_id.name or ""}'

    @api.model
    def _apply(self, user, enterprise, department_text='', work_number='', note=''):
        """Apply for ``user``; applying twice returns the first application.

        :raises EsignError: not verified, no such certified enterprise, or a member already.
        """
        person = self.env['esign.enterprise.certification']._applicant(user)
        target = enterprise.sudo().exists()
        if not target or target.state != 'certified':
            raise EsignError(self.env._('There is no such certified enterprise.'), 'NOT_FOUND')
        if target._member_of(person):
            raise EsignError(self.env._('You are a member of this enterprise already.'), 'MEMBER')
        pending = self.sudo().search(
            [('enterprise_id', '=', target.id), ('person_id', '=', person.id), ('state', '=', 'pending')],
            limit=1,
        )
        if pending:
            return pending
        self.env['esign.rate.limit']._take('enterprise_join', str(user.id), 20, 86400)
        application = self.sudo().create(
            {
                'enterprise_id': target.id,
                'person_id': person.id,
                'department_text': self._short(department_text, 60),
                'work_number': self._short(work_number, 40),
                'note': self._short(note, 200),
                'expires_on': fields.Datetime.now() + LIFETIME,
            }
        )
        deciders = target.member_ids.filtered(lambda m: m.state == 'active' and m._codes() & set(DECIDERS))
        self.env['esign.notice']._tell(
            deciders.person_id,
            lambda _: (
                _('%(person)s wants to join %(enterprise)s', person=person.name, enterprise=target.name),
                _('Decide in the enterprise centre, under applications to join.'),
            ),
        )
        return application

    def _approve(self, user, codes=(MEMBER,), department=None, work_number=None):
        """Admit the applicant with roles and department, for an administrator or member manager."""
        record = self._lock().sudo()
        record._check_visible()
        actor = record.enterprise_id._require(user, *DECIDERS)
        codes = set(codes) | {MEMBER}
        if codes - PLAIN and ADMINISTRATOR not in actor._codes():
            raise AccessError(self.env._('Only an administrator gives and takes roles.'))
        member_model = self.env['esign.enterprise.member']
        member_model.new({'enterprise_id': record.enterprise_id.id}).sudo()._check_assignment(actor, codes - PLAIN)
        if record.state == 'pending' and record.expires_on < fields.Datetime.now():
            raise EsignError(self.env._('This application has expired: ask the person to apply again.'), 'EXPIRED')
        self._move('approved', decided_on=fields.Datetime.now(), decided_by=user.id)
        number = record.work_number if work_number is None else self._short(work_number, 40)
        record.member_id = member_model._admit(record.enterprise_id, record.person_id, codes, department, number)
        record._tell(lambda _: (_('You are now a member of %s', record.enterprise_id.name), ''))
        return record.member_id

    def _reject(self, user, reason):
        """Refuse the applicant with a reason, for an administrator or member manager."""
        record = self.sudo()
        record._check_visible()
        record.enterprise_id._require(user, *DECIDERS)
        reason = self.env['esign.enterprise']._reason(reason)
        self._move('rejected', decided_on=fields.Datetime.now(), decided_by=user.id, reason=reason)
        record._tell(lambda _: (_('Your application to join %s was rejected', record.enterprise_id.name), reason))
        return self

    def _withdraw(self, user):
        """Take one's own application back (撤销加入企业)."""
        self._check_visible()
        if not user or self.sudo().user_id != user:
            raise EsignError(self.env._('There is no such application.'), 'NOT_FOUND')
        return self._move('withdrawn', decided_on=fields.Datetime.now(), decided_by=user.id)

    def _check_visible(self):
        self.ensure_one()
        if not self.exists():
            raise EsignError(self.env._('There is no such application.'), 'NOT_FOUND')

    def _tell(self, words):
        self.env['esign.notice']._tell(self.sudo().person_id, words)

    @api.model
    def _cron_expire(self):
        """Expire what nobody decided within 30 days."""
        due = Domain('state', '=', 'pending') & Domain('expires_on', '<', fields.Datetime.now())
        self.env['ir.cron']._each_due(self, due, lambda record: record._expire())

    def _expire(self):
        self._move('expired', decided_on=fields.Datetime.now())
        self._tell(lambda _: (_('Your application to join %s has expired', self.sudo().enterprise_id.name), ''))

    @api.model
    def _short(self, text, limit):
        text = ' '.join((text or '').split())
        if len(text) > limit:
            raise EsignError(self.env._('Write no more than %s characters.', limit), 'LONG')
        return text or False
