import base64
import datetime as dt

from odoo import SUPERUSER_ID, api, fields, models
from odoo.orm.models import NO_ACCESS

from ...errors import EsignError
from ...rules import states
from ...rules.states import moves, selection
from ...rules.verification import SUFFICIENT, Outcome
from ...tools import vault
from .esign_person import ID_TYPES
from .esign_verification_provider import METHODS

PHOTO_CONTEXT = 'esign.person.verification.photo'
REVIEW_DAYS = 30
REVIEW_ACTIVITY = 'esign_base.activity_review_person'


class EsignPersonVerification(models.Model):
    """One attempt of a person to prove who they are, kept as evidence.

    The ID number and the photos are stored encrypted; staff see the photos while they review.
    """

    _name = 'esign.person.verification'
    _description = 'Real-name verification'
    _states = states.VERIFICATION
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _rec_name = 'name'
    _moves = moves(states.VERIFICATION)

    person_id = fields.Many2one('esign.person', 'Person', required=True, readonly=True, ondelete='restrict', index=True)
    provider_id = fields.Many2one('esign.verification.provider', 'Provider', readonly=True, ondelete='restrict')
    method = fields.Selection(
        [*METHODS, ('vouched', 'Vouched for by a business system')], 'Verification method', required=True, readonly=True
    )
    state = fields.Selection(
        selection(states.VERIFICATION),
        'Status',
        required=True,
        default='init',
        readonly=True,
        tracking=True,
        index=True,
        group_expand='_group_expand_states',
    )
    name = fields.Char('Name', required=True, readonly=True)
    id_type = fields.Selection(ID_TYPES, 'ID type', required=True, readonly=True)
    id_number_masked = fields.Char('ID number', readonly=True)
    id_number_cipher = fields.Char('Encrypted ID number', readonly=True, copy=False, groups=NO_ACCESS)
    id_number_hash = fields.Char('ID number hash', readonly=True, copy=False, groups=NO_ACCESS)
    mobile_masked = fields.Char('Mobile number', readonly=True)
    submitted_at = fields.Datetime('Submitted on', readonly=True, default=fields.Datetime.now, index=True)
    decided_at = fields.Datetime('Decided on', readonly=True)
    reviewer_id = fields.Many2one('res.users', 'Reviewed by', readonly=True, groups='esign_base.group_esign_viewer')
    reason = fields.Char('Reason', readonly=True, tracking=True)
    flow = fields.Char('Provider reference', readonly=True, groups='esign_base.group_esign_operator')
    score = fields.Float('Score', readonly=True, groups='esign_base.group_esign_operator')
    ip = fields.Char('IP address', readonly=True, groups='esign_base.group_esign_operator')
    user_agent = fields.Char('Browser', readonly=True, groups='esign_base.group_esign_operator')
    consent_id = fields.Many2one(
        'esign.agreement.acceptance',
        'Consent',
        readonly=True,
        ondelete='restrict',
        groups='esign_base.group_esign_viewer',
    )
    photo_front_cipher = fields.Binary('Encrypted front', attachment=True, readonly=True, groups=NO_ACCESS)
    photo_back_cipher = fields.Binary('Encrypted back', attachment=True, readonly=True, groups=NO_ACCESS)
    photo_front = fields.Binary(
        'Front of the document', compute='_compute_photos', groups='esign_base.group_esign_operator'
    )
    photo_back = fields.Binary(
        'Back of the document', compute='_compute_photos', groups='esign_base.group_esign_operator'
    )
    own = fields.Boolean('My own', compute='_compute_own')

    # One review at a time: a double click makes one request.
    _ongoing_uniq = models.UniqueIndex(
        "(person_id) WHERE state = 'ongoing'", 'A verification of this person is under review already.'
    )

    @api.model
    def _group_expand_states(self, _states, _domain):
        return ['ongoing', 'success', 'fail']

    @api.depends_context('uid')
    def _compute_own(self):
        for verification in self:
            verification.own = verification.person_id.sudo().user_id == self.env.user

    def _compute_photos(self):
        for verification in self.with_context(bin_size=False):
            stored = verification.sudo()
            verification.photo_front = self._open_photo(stored.photo_front_cipher)
            verification.photo_back = self._open_photo(stored.photo_back_cipher)

    @api.model
    def _seal_photo(self, data):
        return base64.b64encode(vault.encrypt(data, PHOTO_CONTEXT).encode()) if data else False

    @api.model
    def _open_photo(self, stored):
        if not stored:
            return False
        return base64.b64encode(vault.decrypt_bytes(base64.b64decode(stored).decode(), PHOTO_CONTEXT))

    # ---- moves --------------------------------------------------------------------------------

    def _conclude(self, answer):
        """Apply a provider's answer to this record and to the person."""
        self.ensure_one()
        facts = {'flow': answer.flow, 'score': answer.score}
        if answer.outcome is Outcome.WAITING:
            self._move('ongoing', **facts)
            if self.person_id.state != 'verified':
                self.person_id._move('pending', reason=False)
            self._call_reviewer()
        elif answer.outcome is Outcome.SUCCESS:
            self._succeed(**facts)
        else:
            self._move('fail', decided_at=fields.Datetime.now(), reason=self._reason_text(answer.reason), **facts)

    def _succeed(self, **facts):
        self._move('success', decided_at=fields.Datetime.now(), **facts)
        if self.method in SUFFICIENT:
            self.person_id._become_verified(self)

    @api.model
    def _reason_text(self, reason):
        return {
            'unavailable': self.env._('The verification service cannot be reached. Try again later.'),
        }.get(
            reason,
            self.env._('Name, ID number and mobile number do not belong together. Check what you entered.'),
        )

    # ---- review -------------------------------------------------------------------------------

    def _check_reviewer(self):
        self.ensure_one()
        if not self.env.user.has_group('esign_base.group_esign_operator'):
            raise EsignError(self.env._('Only operators may do this.'), 'NOT_ALLOWED')
        if self.own:
            raise EsignError(
                self.env._('Nobody reviews their own verification. Leave it to a colleague.'), 'OWN_REVIEW'
            )
        if self.method != 'manual':
            raise EsignError(self.env._('Only verifications by photos are reviewed by staff.'), 'NOT_ALLOWED')

    def action_approve(self):
        """Operator: name, number and photos agree."""
        for verification in self:
            verification._check_reviewer()
            verification._succeed(reviewer_id=self.env.uid)
            verification._review_done()
        return True

    def action_reject(self):
        """Operator: ask for the reason, then reject."""
        for verification in self:
            verification._check_reviewer()
        return self.env['esign.reason.wizard']._ask(self, 'reject', self.env._('Reject'))

    def _staff_reject(self, reason):
        self._check_reviewer()
        self._move('fail', decided_at=fields.Datetime.now(), reviewer_id=self.env.uid, reason=reason)
        if self.person_id.state == 'pending':
            self.person_id._move('rejected', reason=reason)
        self.person_id._tell(
            lambda _: (_('Your real-name verification was not passed: %s. Please submit it again.', reason), '')
        )
        self._review_done()

    def _withdraw(self):
        """The person takes it back before it is decided."""
        self._move('withdrawn', decided_at=fields.Datetime.now())
        if self.person_id.state == 'pending':
            self.person_id._move('draft')
        self._review_done()

    def _call_reviewer(self):
        # In the platform's name: the applicant may have no address that a mail could come from.
        record = self.with_user(SUPERUSER_ID)
        self.env['esign.notice']._ask_reviewer(record, REVIEW_ACTIVITY, self.env.user)

    def _review_done(self):
        self.sudo().activity_unlink([REVIEW_ACTIVITY])

    @api.model
    def _cron_expire(self):
        """Reviews that nobody decided in 30 days lapse; the person may submit again."""
        before = fields.Datetime.now() - dt.timedelta(days=REVIEW_DAYS)
        due = [('state', '=', 'ongoing'), ('submitted_at', '<', before)]
        self.env['ir.cron']._each_due(self, due, lambda verification: verification._lapse(), limit=100)

    def _lapse(self):
        self._move('expired', decided_at=fields.Datetime.now())
        if self.person_id.state == 'pending':
            self.person_id._move('draft')
        self._review_done()
        self.person_id._tell(
            lambda _: (_('Your real-name verification was not decided in time. Please submit it again.'), '')
        )
