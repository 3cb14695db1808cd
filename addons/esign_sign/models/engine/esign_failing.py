import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import LazyTranslate

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.rules.trouble import is_of_operator
from odoo.addons.esign_base.signing.errors import FileRefused, PlacementError, PrepareError, ResultInvalid
from odoo.addons.esign_base.tools.language import in_platform_language
from odoo.addons.esign_base.tools.said import Sentence, facts, in_words, keep, of_term
from odoo.addons.esign_base.tools.signing_messages import NOT_NOW, RETRIED

from ...rules.failures import UNEXPECTED, Failure, is_passing

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)
# What the core says of the file, not of keys, certificates and time.
OF_FILE = (FileRefused, PlacementError, PrepareError, ResultInvalid)


class EsignFailing(models.AbstractModel):
    """What went wrong with work on a record, kept until it succeeds: code and reason.

    Groups, contracts, parties and acts have it. Of a party or contract the group's lists, its form, the
    interface, the trace and the call-backs tell; each failure is told once, however often it is met.
    ``problem`` is the true cause, in the language of whoever reads it: staff. All others are told
    :meth:`_told_problem`.
    """

    _name = 'esign.failing'
    _description = 'What went wrong'

    problem = Sentence('What went wrong', readonly=True, copy=False)
    problem_code = fields.Char('Kind of failure', readonly=True, copy=False)

    @api.model
    def _failure_of(self, error):
        """The :class:`Failure` that an exception is; one that nobody foresaw is logged."""
        if isinstance(error, EsignError):
            passing = is_passing(error.code)
            of_file = isinstance(error.__cause__, OF_FILE) and not passing
            return Failure(error.code, keep(str(error)), passing, of_file)
        _logger.error('Unforeseen failure of %s', self, exc_info=error)
        return Failure(UNEXPECTED, of_term(_lt('An unexpected fault interrupted this. It is tried again.')), True)

    def _try(self, work):
        """Do work on the record whole or not at all: the :class:`Failure` that ended it, or None.

        Conflicts between transactions are no failures: they are raised, and the job is run again.
        """
        try:
            with self.env.cr.savepoint():
                work()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told and nothing hangs
            self.invalidate_recordset()
            return self._failure_of(error)
        return None

    def _fail(self, failure):
        """Keep a failure; True when it is another one than was known."""
        self.ensure_one()
        record = self.sudo()
        new = record.problem_code != failure.code
        record.write({'problem': failure.reason, 'problem_code': failure.code})
        return new

    def _mend(self):
        """Forget a failure: the work has succeeded, or begins anew."""
        known = self.sudo().filtered('problem_code')
        known.write({'problem': False, 'problem_code': False})
        return known

    def _told_problem(self):
        """What those outside are told, in their language; '' when nothing is wrong."""
        return in_words(self.env, self._kept_for_all())

    def _kept_for_all(self):
        """What those outside are told, as it is kept.

        Of what only the operator can mend they learn no more than whether they have to do anything.
        """
        record = self.sudo()
        if is_of_operator(record.problem_code or ''):
            return of_term(RETRIED if record._is_tried_again() else NOT_NOW)
        return self._fields['problem'].kept(record) or ''

    def _is_tried_again(self):
        """Whether what failed is done again without anybody asking for it."""
        return True


class EsignContractGroup(models.Model):
    """What went wrong with any part of a group, seen in its lists."""

    _name = 'esign.contract.group'
    _inherit = ['esign.contract.group', 'esign.failing']

    attempts = fields.Integer('Attempts to prepare', readonly=True, copy=False)

    def _failing_part(self):
        """The first party or contract that something went wrong with; None where there is none."""
        return next((one for one in (*self.party_ids, *self.contract_ids) if one.problem_code), None)

    def _show_problem(self):
        """Take over the problem of a part, the first one there is."""
        for group in self.sudo().filtered(lambda one: one.state not in ('preparing', 'failed')):
            part = group._failing_part()
            code = part.problem_code if part else False
            if code or group.problem_code:
                kept = part._fields['problem'].kept(part) if part else False
                group.write({'problem': kept, 'problem_code': code})

    def _is_tried_again(self):
        if self.state in ('preparing', 'failed'):
            return self.state == 'preparing'
        part = self._failing_part()
        return bool(part) and part._is_tried_again()

    def _tell_problem(self, failure, part=None):
        """Trace and call-back of a failure.

        :param part: the party or contract of the group that it concerns.
        """
        where = {part._name.rpartition('.')[2]: part.id} if part else {}
        self._trace_told(part or self, {'code': failure.code, **where})
        party = part if part and part._name == 'esign.party' else None
        self._tell_systems('contract.failed', party)

    def _trace_told(self, record, data):
        """Write down what those outside are told of a record; the event shows it to each in the own language."""
        kept = record._kept_for_all()
        note = in_words(in_platform_language(self).env, kept)
        self._trace('failed', note=note[: limits.REASON_LENGTH], data={**data, 'said': facts(kept)})

    def _tell_systems(self, kind, party=None):
        """Hook: business systems are told of an event of this group.

        :param kind: of a call-back.
        :param party: the party that it concerns.
        """


class EsignParty(models.Model):
    """A party whose signing failed."""

    _name = 'esign.party'
    _inherit = ['esign.party', 'esign.failing']

    blocked = fields.Boolean(
        'Signing is impossible', readonly=True, copy=False,
        help='The core refused the file: silent signing is not begun again before staff ask for it.',
    )  # fmt: skip

    def _fail(self, failure):
        new = super()._fail(failure)
        party = self.sudo()
        party.blocked = failure.of_file
        party.group_id._show_problem()
        if new:
            party.group_id._tell_problem(failure, party)
        return new

    def _is_tried_again(self):
        return 'consented' in self.group_id.act_ids.filtered(lambda act: act.party_id == self).mapped('state')

    def _mend(self):
        known = super()._mend()
        known.write({'blocked': False})
        known.group_id._show_problem()
        return known

    def _move(self, target, **values):
        result = super()._move(target, **values)
        self._mend()
        return result


class EsignContract(models.Model):
    """A contract whose archive time stamp failed."""

    _name = 'esign.contract'
    _inherit = ['esign.contract', 'esign.failing']

    def _fail(self, failure):
        new = super()._fail(failure)
        contract = self.sudo()
        contract.group_id._show_problem()
        if new:
            contract.group_id._tell_problem(failure, contract)
        return new

    def _mend(self):
        known = super()._mend()
        known.group_id._show_problem()
        return known


class EsignSigningAct(models.Model):
    """An act that could not be performed."""

    _name = 'esign.signing.act'
    _inherit = ['esign.signing.act', 'esign.failing']

    def _is_tried_again(self):
        return self.state == 'consented'
