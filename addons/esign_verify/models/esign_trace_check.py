import logging

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import selection
from odoo.addons.esign_base.tools.said import in_words
from odoo.addons.esign_base.tools.trace_faults import FAULTS, GONE

from ..rules import states

_logger = logging.getLogger(__name__)

AUDITOR = 'esign_base.group_esign_auditor'
BATCH = 50
ACTIVITY = 'esign_verify.activity_trace_broken'


class EsignTraceCheck(models.Model):
    """A check of many traces, in the background, with its progress.

    Each step checks some chains and queues the next, so that it survives restarts and is never one
    long transaction. A broken chain raises an activity for every auditor.
    """

    _name = 'esign.trace.check'
    _description = 'Check of traces'
    _states = states.TRACE_CHECK
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _rec_name = 'started_at'

    state = fields.Selection(selection(states.TRACE_CHECK), 'Status', required=True, readonly=True, default='running')
    started_at = fields.Datetime('Started on', required=True, readonly=True, default=fields.Datetime.now)
    started_by = fields.Many2one('res.users', 'Started by', readonly=True)
    ended_at = fields.Datetime('Finished on', readonly=True)
    last_id = fields.Integer('Last chain checked', readonly=True, default=0)
    until_id = fields.Integer('Newest chain to check', readonly=True, default=0)
    total = fields.Integer('Traces to check', readonly=True)
    checked = fields.Integer('Traces checked', readonly=True)
    broken = fields.Integer('Broken traces', readonly=True)
    progress = fields.Float('Progress (%)', compute='_compute_progress')

    @api.depends('total', 'checked')
    def _compute_progress(self):
        for check in self:
            check.progress = 100 * check.checked / check.total if check.total else 100

    @api.model
    def action_start(self):
        """Start a check of all traces; for auditors. One that runs already is shown instead."""
        self._require_auditor()
        running = self.sudo().search([('state', '=', 'running')], limit=1)
        check = running or self._begin()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Check of traces'),
            'res_model': self._name,
            'res_id': check.id,
            'view_mode': 'form',
        }

    @api.model
    def _require_auditor(self):
        if not self.env.user.has_group(AUDITOR):
            raise EsignError(self.env._('Only auditors check traces.'), 'NOT_ALLOWED')

    @api.model
    def _begin(self):
        chains = self.env['esign.trace.chain'].sudo()
        newest = chains.search([], order='id desc', limit=1)
        check = self.sudo().create(
            {'started_by': self.env.uid, 'until_id': newest.id or 0, 'total': chains.search_count([])}
        )
        check._step_later()
        return check

    def _step_later(self):
        self.with_delay(
            identity_key=f'esign-trace-check-{self.id}-{self.last_id}',
            channel='root.esign',
            description=f'Check traces after {self.last_id}',
        )._step()

    def _step(self):
        """Check the next chains; a step that was done already does nothing again."""
        self.ensure_one()
        check = self.sudo()
        if check.state != 'running':
            return False
        chains = (
            self.env['esign.trace.chain']
            .sudo()
            .search([('id', '>', check.last_id), ('id', '<=', check.until_id)], order='id', limit=BATCH)
        )
        broken = chains.browse()
        for chain in chains:
            if not self._check_one(chain):
                broken |= chain
        check.write(
            {
                'last_id': chains[-1:].id or check.until_id,
                'checked': check.checked + len(chains),
                'broken': check.broken + len(broken),
            }
        )
        if len(chains) < BATCH:
            check._check_witness()
            check.write({'state': 'done', 'ended_at': fields.Datetime.now()})
        else:
            check._step_later()
        return True

    def _check_witness(self):
        """Name the traces that only the witness log knows, and damage of the log itself."""
        gone, damaged = self.env['esign.witness']._missing()
        for key in gone:
            _logger.error('Trace %s is gone from the database; the witness log knows it', key)
            self._raise_activity(key, self.env._(FAULTS[GONE]))
        if damaged:
            self._raise_activity(self.env._('witness log'), self.env._('%s lines were changed or removed', damaged))
        self.broken += len(gone) + bool(damaged)

    @api.model
    def _check_one(self, chain):
        """Check one chain with its stamps, note the result; False when it is broken."""
        sound = chain._note_check()
        if not sound:
            _logger.error('Trace %s is broken: %s', chain.key, chain.check_note)
            self._raise_activity(chain.key, chain._fields['check_note'].kept(chain))
        return sound

    @api.model
    def _raise_activity(self, key, note):
        """Tell every auditor once, in the own language, as long as the former notice is open.

        :param note: what is wrong, as it is kept (``esign_base.tools.said``).
        """
        check = self.sudo().search([], order='id desc', limit=1) or self.sudo().create({'state': 'done'})
        for user in self.env.ref(AUDITOR).sudo().all_user_ids.filtered('active'):
            env = self.with_context(lang=user.lang).env
            text = env._('Trace %(key)s is broken: %(note)s', key=key, note=in_words(env, note or ''))
            open_ones = (
                self.env['mail.activity']
                .sudo()
                .search_count(
                    [
                        ('res_model', '=', self._name),
                        ('user_id', '=', user.id),
                        ('summary', '=', text),
                        ('active', '=', True),
                    ],
                    limit=1,
                )
            )
            if not open_ones:
                check.activity_schedule(ACTIVITY, user_id=user.id, summary=text)


class EsignTraceChain(models.Model):
    """The auditors' button raises the same activity."""

    _inherit = 'esign.trace.chain'

    def action_check(self):
        """Check the chosen traces now; for auditors."""
        done = super().action_check()
        checks = self.env['esign.trace.check']
        for chain in self.sudo():
            checks._check_one(chain)
        return done

    def _alarm(self, note):
        """Who audits learns of it at once."""
        super()._alarm(note)
        self.env['esign.trace.check'].sudo()._raise_activity(self.key, note)
