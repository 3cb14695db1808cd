"""Jobs run any method, private ones too, as whoever they name: they are made by our own code alone."""

from odoo import api, models
from odoo.exceptions import AccessError

from .ir_code import CLOSED


class QueueJob(models.Model):
    """Nothing that came from outside makes a job, whatever method carried it in, or changes whose job it is."""

    _inherit = 'queue.job'

    @api.model_create_multi
    @api.private
    def create(self, vals_list):
        self._esign_refuse_outside()
        return super().create(vals_list)

    def write(self, vals):
        if 'user_id' in vals:
            self._esign_refuse_outside()
        return super().write(vals)

    @api.model
    def _esign_refuse_outside(self):
        """:raises AccessError: not written by a job's own ``store``, which alone has the mark."""
        if self.env.context.get('_job_edit_sentinel') is not self.EDIT_SENTINEL:
            raise AccessError(self.env._('Jobs are made by the system alone.'))


class QueueJobFunction(models.Model):
    """Says which methods are run beside a job: when it is opened, when it fails."""

    _name = 'queue.job.function'
    _inherit = ['queue.job.function', CLOSED]

    _esign_code_fields = frozenset({
        'edit_related_action', 'method', 'model_id', 'name', 'on_fail_method', 'related_action',
    })  # fmt: skip
