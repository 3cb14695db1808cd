import datetime as dt

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.rules.clock import day_start, today
from odoo.addons.esign_base.rules.states import moves, of_outcome, selection
from odoo.addons.esign_base.tools.answer import Answer

from ...rules import order, states

RUNNING = of_outcome(states.GROUP, states.RUNNING)
VOID = of_outcome(states.GROUP, states.VOID)


class EsignContractGroup(models.Model):
    """One signing task of one or more contracts: the smallest unit that is launched.

    The record holds what was agreed on at launch and where the task stands. Portal users have no
    access of their own: pages go through methods that are told which identity asks.
    """

    _name = 'esign.contract.group'
    _description = 'Contract group'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'esign.moves', 'esign.draft.part']
    _order = 'id desc'
    _group_path = ''
    _rec_names_search = ['number', 'name']
    _guarded = frozenset(
        {'state', 'number', 'launched_at', 'ended_at', 'expires_at', 'chain_id', 'reason', 'problem', 'problem_code'}
    )
    _states = states.GROUP
    _moves = moves(states.GROUP)

    number = fields.Char('Contract number', readonly=True, copy=False, index=True)
    name = fields.Char('Task name', required=True, tracking=True)
    business_type_id = fields.Many2one(
        'esign.business.type', 'Business type', required=True, ondelete='restrict', index=True
    )
    initiator_id = fields.Many2one('esign.enterprise', 'Launched by', required=True, ondelete='restrict')
    department_id = fields.Many2one('esign.department', 'Department', ondelete='restrict')
    initiated_by = fields.Many2one('esign.person', 'Launching person', readonly=True, ondelete='restrict')
    deadline = fields.Date('Sign until', required=True, help='Until 24:00 of this day, Beijing time.', tracking=True)
    expires_at = fields.Datetime(
        'Expires', readonly=True, copy=False, index=True, help='First moment that is too late.'
    )
    sequential = fields.Boolean('In order', help='The next is told when the former has signed.')
    state = fields.Selection(
        selection(states.GROUP), 'Status',
        required=True, readonly=True, default='draft', copy=False, index=True, group_expand=True,
        # Not tracked by messages: every move stands in the trace.
    )  # fmt: skip
    reason = fields.Char('Reason of the end', readonly=True, copy=False)
    launched_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(readonly=True, copy=False)
    contract_ids = fields.One2many('esign.contract', 'group_id', 'Contracts')
    party_ids = fields.One2many('esign.party', 'group_id', 'Parties')
    copy_ids = fields.One2many('esign.copy', 'group_id', 'Copies')
    act_ids = fields.One2many('esign.signing.act', 'group_id', 'Signing acts', readonly=True)
    chain_id = fields.Many2one('esign.trace.chain', 'Trace', readonly=True, copy=False, ondelete='restrict')
    event_ids = fields.One2many(related='chain_id.event_ids', string='Trace events')
    contract_count = fields.Integer('Number of contracts', compute='_compute_counts')
    party_count = fields.Integer('Number of parties', compute='_compute_counts')
    signed_count = fields.Integer('Parties that have signed', compute='_compute_counts')
    hours_to_sign = fields.Float('Hours to completion', readonly=True, copy=False, aggregator='avg')

    _number_uniq = models.UniqueIndex(
        '(initiator_id, number) WHERE number IS NOT NULL', 'This contract number is taken.'
    )
    _open_idx = models.Index("(expires_at) WHERE state IN ('pending', 'signing')")
    _initiator_idx = models.Index('(initiator_id, state, id)')

    def _compute_counts(self):
        def counts(model, domain):
            rows = (
                self.env[model].sudo()._read_group([('group_id', 'in', self.ids), *domain], ['group_id'], ['__count'])
            )
            return {group.id: number for group, number in rows}

        contracts, parties = counts('esign.contract', []), counts('esign.party', [])
        signed = counts('esign.party', [('state', '=', 'signed')])
        for group in self:
            group.contract_count = contracts.get(group.id, 0)
            group.party_count = parties.get(group.id, 0)
            group.signed_count = signed.get(group.id, 0)

    @api.depends('number', 'name')
    def _compute_display_name(self):
        for group in self:
            group.display_name = f'{group.number} {group.name}' if group.number else group.name

    # The trace --------------------------------------------------------------------------------

    def _trace(self, kind, **facts):
        """Write an event into the group's trace."""
        return self._chain()._append(kind, **facts)

    def _chain(self):
        """The group's trace, begun when there is none yet."""
        self.ensure_one()
        group = self.sudo()
        if not group.chain_id:
            group.chain_id = self.env['esign.trace.chain']._of(group)
        return group.chain_id

    def _hold_trace(self):
        """Keep the trace for this transaction, or fail before anything irreversible has happened."""
        self._chain()._hold()

    def _trace_head(self):
        """Head of the trace as it stands, for a consent that vouches for it; the trace is held."""
        length, head, key = self._chain()._hold()
        return {'trace': key, 'length': length, 'head': head}

    # Who may do what --------------------------------------------------------------------------

    def _is_initiator(self, identity):
        """Whether the identity stands for the enterprise that launched the group."""
        return bool(identity and identity.enterprise and identity.enterprise.id == self.sudo().initiator_id.id)

    def _may_manage(self, identity):
        """Whether the identity may change, revoke, extend or remind, apart from the state.

        The person who launched it may, and the administrators of the enterprise.
        """
        if not self._is_initiator(identity):
            return Answer.no('NOT_YOURS', self.env._('Only the enterprise that launched this may do it.'))
        if identity.is_staff:
            return Answer.yes()
        group = self.sudo()
        if identity.person.id != group.initiated_by.id and not identity.has_role('administrator'):
            return Answer.no(
                'NOT_YOURS', self.env._('Only the person who launched this, or an administrator, may do it.')
            )
        return Answer.yes()

    def _may(self, action, identity):
        """Whether ``action`` is possible now for this identity, with the reason why not.

        The one place that decides: buttons, pages, interfaces and the methods themselves ask it.

        :param action: ``launch``, ``edit``, ``revoke``, ``extend``, ``remind`` or ``retry``.
        """
        self.ensure_one()
        allowed = {
            'edit': ('draft',),
            'launch': ('draft',),
            'retry': ('failed',),
            'revoke': ('preparing', 'failed', *RUNNING),
            'extend': RUNNING,
            'remind': RUNNING,
        }[action]
        manage = self._may_manage(identity)
        if not manage:
            return manage
        if action in ('edit', 'launch') and not (launches := self._launches(identity)):
            return launches
        if self.sudo().state not in allowed:
            label = dict(self._fields['state']._description_selection(self.env))[self.sudo().state]
            return Answer.no('WRONG_STATE', self.env._('This is not possible any more: the contract is “%s”.', label))
        if action == 'extend' and self.sudo().deadline >= self._latest_day(self.sudo().business_type_id):
            return Answer.no('DEADLINE', self.env._('The deadline is as late as this business type allows.'))
        return Answer.yes()

    def _require(self, action, identity):
        """Lock the group and refuse what :meth:`_may` refuses.

        :raises EsignError: with the reason.
        """
        self._lock()
        self._may(action, identity).require()
        return self.sudo()

    # Moves ------------------------------------------------------------------------------------

    def _is_late(self, now=None):
        """Whether the deadline has passed."""
        self.ensure_one()
        return bool(self.sudo().expires_at) and (now or fields.Datetime.now()) >= self.sudo().expires_at

    def _revoke(self, identity, reason):
        """Withdraw the group before everybody has signed; all are told."""
        group = self._require('revoke', identity)
        reason = self._clean_reason(reason)
        group._end('revoked', reason, 'revoked', identity)
        return group

    def _extend(self, identity, deadline):
        """Move the deadline further away."""
        group = self._require('extend', identity)
        fault = self._deadline_fault(deadline, group.business_type_id)
        if fault:
            raise EsignError(fault, 'DEADLINE')
        if deadline <= group.deadline:
            raise EsignError(self.env._('Choose a day after the present deadline.'), 'DEADLINE')
        group._trace('extended', identity=identity, data={'from': str(group.deadline), 'to': str(deadline)})
        group.write({'deadline': deadline, 'expires_at': day_start(deadline + dt.timedelta(days=1))})
        return group

    def _expire(self):
        """End a group whose deadline has passed; True when it did.

        Safe to call at any time and by anybody: the clock in the database decides.
        """
        self.ensure_one()
        group = self._lock().sudo()
        if group.state not in RUNNING or not group._is_late():
            return False
        group._end('expired', self.env._('The deadline has passed.'), 'expired', None)
        return True

    def _end(self, state, reason, kind, identity):
        """End the group without completion: everybody who was told of it is told of its end."""
        self.ensure_one()
        told = self.party_ids.filtered(lambda party: party.state in ('pending', 'signed'))
        self._move(state, reason=reason, ended_at=fields.Datetime.now())
        self._trace(kind, identity=identity, note=reason)
        left = self.party_ids.filtered(lambda party: party.state in ('draft', 'waiting', 'pending'))
        left._move('expired' if state == 'expired' else 'revoked')
        self.contract_ids._move('void')
        self.act_ids._cancel_open()
        self._tell_end(told, state, reason)

    def _advance(self):
        """Let the parties whose turn it is sign, or complete the group when nobody is left."""
        self.ensure_one()
        parties = self.party_ids
        now_on = order.turn((party.order, party.state == 'signed') for party in parties)
        if now_on is None:
            self._complete()
            return
        due = parties.filtered(lambda party: party.order == now_on and party.state in ('draft', 'waiting'))
        due._begin()
        (parties - due).filtered(lambda party: party.state == 'draft')._move('waiting')

    def _complete(self):
        """Everybody has signed: end the task; the archive stamp follows as a job."""
        now = fields.Datetime.now()
        hours = (now - self.launched_at).total_seconds() / 3600 if self.launched_at else 0
        self._move('done', ended_at=now, hours_to_sign=hours)
        self.contract_ids._move('signed')
        self.act_ids._cancel_open()  # what a party confirmed twice, say, while the token was away
        self._trace('completed')
        self._tell_completed()
        for contract in self.contract_ids:
            contract._archive_later()

    # Input ------------------------------------------------------------------------------------

    @api.model
    def _clean_reason(self, text):
        reason = ' '.join((text or '').split())
        if not reason:
            raise EsignError(self.env._('Give a reason: it is shown to everybody concerned.'), 'REASON')
        if len(reason) > limits.REASON_LENGTH:
            raise EsignError(self.env._('Write the reason in at most %s characters.', limits.REASON_LENGTH), 'REASON')
        return reason

    @api.model
    def _today(self):
        return today()

    @api.model
    def _latest_day(self, business_type):
        """The furthest deadline that may be chosen today."""
        return self._today() + dt.timedelta(days=business_type.longest_days)

    @api.model
    def _deadline_fault(self, deadline, business_type):
        """What is wrong with a deadline, as a sentence; '' when nothing is."""
        today = self._today()
        if not deadline:
            return self.env._('Choose the last day for signing.')
        if deadline < today:
            return self.env._('The last day for signing has passed already.')
        if deadline > self._latest_day(business_type):
            return self.env._(
                'For this business type the last day for signing is at most %s days away.', business_type.longest_days
            )
        return ''

    @api.ondelete(at_uninstall=False)
    def _only_drafts(self):
        if any(group.state != 'draft' for group in self.sudo()):
            raise EsignError(self.env._('Only drafts can be deleted; a launched contract is revoked.'), 'WRONG_STATE')
