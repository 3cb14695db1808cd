from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import moves, selection

from ..rules import states
from .esign_seal import MANAGERS

ACTS = [
    ('make', 'Make a seal'),
    ('change', 'Change the picture'),
    ('enable', 'Put into use'),
    ('suspend', 'Suspend'),
    ('collect', 'Collect'),
    ('destroy', 'Destroy'),
]
ACTIVITY = 'mail.mail_activity_data_todo'
# What the enterprise may do at once: stopping is never made to wait for anybody.
AT_ONCE = ('suspend',)


class EsignSealRequest(models.Model):
    """What an enterprise asks for a seal, and what the reviewer decided.

    The reviewer is staff of the platform and never the one who asked.
    """

    _name = 'esign.seal.request'
    _description = 'Request for a seal'
    _states = states.SEAL_REQUEST
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves']
    _order = 'id desc'
    _rec_name = 'seal_name'
    _moves = moves(states.SEAL_REQUEST)

    seal_id = fields.Many2one('esign.seal', 'Seal', required=True, readonly=True, ondelete='restrict', index=True)
    seal_name = fields.Char(related='seal_id.name', string='Seal name')
    enterprise_id = fields.Many2one(related='seal_id.enterprise_id', store=True, index=True)
    act = fields.Selection(ACTS, 'What', required=True, readonly=True)
    state = fields.Selection(
        selection(states.SEAL_REQUEST),
        'Status', required=True, readonly=True, default='pending', index=True, tracking=True, group_expand=True,
    )  # fmt: skip
    artwork_id = fields.Many2one('esign.seal.artwork', 'Picture asked for', readonly=True, ondelete='restrict')
    preview = fields.Binary('Picture', compute='_compute_preview')
    kind_id = fields.Many2one(related='seal_id.kind_id')
    size_id = fields.Many2one(related='seal_id.size_id')
    police_code = fields.Char(related='seal_id.police_code')
    reason = fields.Char('Why', readonly=True)
    requested_by = fields.Many2one('res.users', 'Asked by', readonly=True, required=True)
    decided_by = fields.Many2one('res.users', 'Decided by', readonly=True)
    decided_at = fields.Datetime('Decided on', readonly=True)
    decision = fields.Char('Reason of the decision', readonly=True, tracking=True)

    _one_open = models.UniqueIndex("(seal_id) WHERE state = 'pending'", 'A request for this seal is open already.')
    _pending_idx = models.Index("(create_date) WHERE state = 'pending'")

    @api.depends('artwork_id', 'seal_id')
    def _compute_preview(self):
        for asked in self:
            asked.preview = (asked.artwork_id or asked.seal_id.artwork_id).sudo().preview

    # Asking ----------------------------------------------------------------------------------

    @api.model
    def _ask_make(self, owner, user, kind, name, artwork, source, size=None, **values):
        """Ask for a new seal with the picture that the page showed.

        :param owner: enterprise or department.
        :param artwork: ``signing.pages.seals.Artwork``.
        """
        enterprise = self._enterprise_of(owner)
        enterprise._require(user, *MANAGERS)
        seal = self.env['esign.seal']._new(owner, kind, name, size, **values)
        kept = seal._take(artwork, source, approved=False)
        seal._move('pending')
        return self._file(seal, user, 'make', artwork_id=kept.id)

    @api.model
    def _ask_change(self, seal, user, artwork, source, reason):
        """Ask for another picture; the present one stays in force until the approval."""
        seal = seal.sudo()
        seal.enterprise_id._require(user, *MANAGERS)
        self._refuse_open(seal)
        if seal.state in ('rejected', 'failed'):
            seal._refuse_twin(seal.department_id or seal.enterprise_id, seal.kind_id, seal.name)
            seal._move('making', state_reason=False)
            kept = seal._take(artwork, source, approved=False)
            seal._move('pending')
            return self._file(seal, user, 'make', artwork_id=kept.id, reason=reason)
        if seal.state not in ('active', 'suspended'):
            raise EsignError(self.env._('The picture of this seal cannot be changed any more.'), 'SEAL_STATE')
        kept = seal._take(artwork, source, approved=False)
        return self._file(seal, user, 'change', artwork_id=kept.id, reason=seal._reason(reason))

    @api.model
    def _ask(self, seal, user, act, reason):
        """Ask to enable, suspend, collect or destroy a seal; suspending takes effect at once."""
        seal = seal.sudo()
        seal.enterprise_id._require(user, *MANAGERS)
        if act not in ('enable', 'suspend', 'collect', 'destroy'):
            raise EsignError(self.env._('This cannot be asked for a seal.'), 'ACT_REFUSED')
        reason = seal._reason(reason)
        if act in AT_ONCE:
            seal._suspend(reason)
            return self._file(
                seal, user, act, reason=reason, state='approved', decided_by=user.id, decided_at=fields.Datetime.now()
            )
        self._refuse_open(seal)
        wanted = {'enable': ('suspended',), 'collect': ('active', 'suspended'), 'destroy': ('collected',)}[act]
        if seal.state not in wanted:
            raise EsignError(self.env._('The state of the seal does not allow this.'), 'SEAL_STATE')
        return self._file(seal, user, act, reason=reason)

    def _refuse_open(self, seal):
        if self.sudo().search_count([('seal_id', '=', seal.id), ('state', '=', 'pending')], limit=1):
            raise EsignError(self.env._('A request for this seal is open already.'), 'REQUEST_OPEN')

    @api.model
    def _enterprise_of(self, owner):
        return owner.sudo().enterprise_id if owner._name == 'esign.department' else owner.sudo()

    def _file(self, seal, user, act, **values):
        request = self.sudo().create({'seal_id': seal.id, 'act': act, 'requested_by': user.id, **values})
        if request.state == 'pending':
            request._call_reviewer()
        return request

    def _call_reviewer(self):
        summary = self.env._('Review the request for the seal "%s"', self.seal_id.name)
        self.env['esign.notice']._ask_reviewer(self, ACTIVITY, self.requested_by, summary)

    def _withdraw(self, user):
        """Take one's request back."""
        self.ensure_one()
        request = self.sudo()
        request.enterprise_id._require(user, *MANAGERS)
        request._decide('withdrawn', user, '')
        if request.act == 'make':
            request.seal_id._move('making')
            request.seal_id._move('destroyed', state_reason=self.env._('Request withdrawn'))
        return True

    # Deciding --------------------------------------------------------------------------------

    def _approve(self):
        """Approve: the seal follows in the same transaction."""
        for request in self:
            request._check_reviewer()
            request.sudo()._decide('approved', self.env.user, '')
            request.sudo()._carry_out()
        return True

    def _reject(self, reason):
        """Reject with a reason that the enterprise reads."""
        for asked in self:
            asked._check_reviewer()
            request = asked.sudo()
            reason = request.seal_id._reason(reason)
            request._decide('rejected', self.env.user, reason)
            if request.act == 'make':
                request.seal_id._move('rejected', state_reason=reason)
            elif request.act == 'change':
                request.seal_id.draft_artwork_id = False
            name, why = request.seal_id.name, reason
            request._tell(lambda _, name=name, why=why: (_('Request for the seal "%s" was rejected', name), why))
        return True

    def action_approve(self):
        """Button of the web client."""
        return self._approve()

    def action_reject(self):
        """Button of the web client: asks for the reason."""
        self.ensure_one()
        return self.env['esign.reason.wizard']._ask(self, 'reject', self.env._('Reject the request'))

    def _staff_reject(self, reason):
        """What the wizard calls."""
        return self._reject(reason)

    def _check_reviewer(self):
        self.ensure_one()
        user = self.env.user
        if not user.has_group('esign_base.group_esign_operator'):
            raise AccessError(self.env._('Only reviewers of the platform decide on seals.'))
        if user.has_group('esign_base.group_esign_auditor') and not user.has_group(
            'esign_base.group_esign_administrator'
        ):
            raise AccessError(self.env._('An auditor does not decide on seals.'))
        if user == self.sudo().requested_by or self.sudo().enterprise_id._member_of(self._person_of(user)):
            raise AccessError(self.env._('Nobody decides on a request of their own or of their enterprise.'))

    def _person_of(self, user):
        return self.env['esign.person']._of_user(user)

    def _decide(self, target, user, decision):
        self._move(target, decided_by=user.id, decided_at=fields.Datetime.now(), decision=decision)
        self.activity_unlink([ACTIVITY])

    def _carry_out(self):
        seal = self.seal_id
        if self.act in ('make', 'change'):
            seal.write({'artwork_id': self.artwork_id.id, 'draft_artwork_id': False})
        if self.act == 'make':
            seal._move('active', state_reason=False)
        elif self.act == 'enable':
            seal._resume()
        elif self.act == 'collect':
            seal._collect(self.reason)
        elif self.act == 'destroy':
            seal._move('destroyed', state_reason=self.reason)
        self._tell(lambda _: (_('Request for the seal "%s" was approved', seal.name), ''))

    def _tell(self, words):
        self.env['esign.notice']._tell(self._person_of(self.requested_by), words)
