from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.esign_base.errors import EsignError

REVIEWERS = 'esign_base.group_esign_operator'
ACTIVITY = 'esign_enterprise.activity_review'


class EsignEnterpriseCertification(models.Model):
    """The reviewer's side of a certification."""

    _inherit = 'esign.enterprise.certification'

    def action_submit(self):
        """Hand in a draft that staff entered (internal enterprises)."""
        self._check_staff()
        for record in self:
            record._hand_in(record.sudo().person_id, self.env.user)
        return True

    def action_agree(self):
        """Note that the paper agreement was signed."""
        self._check_staff()
        for record in self.sudo():
            record._agree(record.person_id.user_id)
        return True

    def action_approve(self):
        """Approve: found the enterprise, or bring the changed data into force."""
        for record in self:
            record._check_reviewer()
            record._approve()
        return True

    def action_reject(self):
        """Ask for the reason of a rejection."""
        self._check_staff()
        return self.env['esign.reason.wizard']._ask(self, 'reject', self.env._('Reject'))

    def _check_staff(self):
        if not self.env.user.has_group(REVIEWERS):
            raise AccessError(self.env._('Only operators of the platform decide on this.'))
        self.check_access('read')

    def _check_reviewer(self):
        """Refuse the applicant, and whoever entered the application for him, as its reviewer."""
        self._check_staff()
        record, user = self.sudo(), self.env.user
        if user in (record.person_id.user_id, record.submitted_by) or user.partner_id == record.person_id.partner_id:
            raise EsignError(self.env._('Somebody else must decide: you applied or handed this in.'), 'OWN_APPLICATION')

    def _approve(self):
        self.ensure_one()
        record = self._lock().sudo()
        if record.state == 'pending':
            problems = record._problems()
            if problems:
                raise EsignError('\n'.join(problems.values()), 'INCOMPLETE', problems=problems)
            record.person_id._check_verified()
        return self._take_effect()

    def _take_effect(self):
        """Bring a checked application into force: found the enterprise, or change its data."""
        record = self.sudo()
        self._move('certified', decided_on=fields.Datetime.now(), decided_by=self.env.uid, reason=False)
        first = not record.enterprise_id
        if first:
            enterprise = record.env['esign.enterprise']._found(record)
        else:
            enterprise = record.enterprise_id._lock()._apply(record)
        self.env.flush_all()
        enterprise.sudo()._on_certified(record, first)
        record._clear_reviews()
        record._tell_applicant(
            lambda _: (
                _('%s is certified', record.name),
                _('The certification was approved. Switch to the enterprise to work for it.'),
            ),
        )
        return enterprise

    def _staff_reject(self, reason):
        """Reject with a reason; called by the question that ``action_reject`` opens."""
        self._check_reviewer()
        reason = self.env['esign.enterprise']._reason(reason)
        self._move('rejected', decided_on=fields.Datetime.now(), decided_by=self.env.uid, reason=reason)
        record = self.sudo()
        record._clear_reviews()
        record._tell_applicant(lambda _: (_('The certification of %s was rejected', record.name), reason))
        return self

    def _ask_for_review(self):
        """Give the review to an operator who is not concerned himself."""
        for record in self.sudo():
            reviewer = self._next_reviewer(record.person_id.user_id | record.submitted_by)
            if reviewer:
                record.with_context(lang=reviewer.lang).activity_schedule(ACTIVITY, user_id=reviewer.id)

    @api.model
    def _next_reviewer(self, concerned):
        """Return the operator with the fewest open reviews, none of ``concerned``."""
        users = self.env.ref(REVIEWERS).sudo().all_user_ids.filtered(lambda u: u.active and not u.share) - concerned
        users -= self.env.ref('base.user_root')
        domain = Domain('user_id', 'in', users.ids) & Domain('activity_type_id', '=', self.env.ref(ACTIVITY).id)
        load = {u.id: n for u, n in self.env['mail.activity'].sudo()._read_group(domain, ['user_id'], ['__count'])}
        return min(users, key=lambda u: (load.get(u.id, 0), u.id), default=users)

    def _clear_reviews(self):
        self.sudo().activity_unlink([ACTIVITY])

    def _tell_applicant(self, words):
        self.env['esign.enterprise.notice']._tell(self.sudo().person_id, words)
