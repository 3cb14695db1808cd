import logging

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.signing.errors import FileRefused, PlacementError, PrepareError, ResultInvalid

from ..rules import limits
from ..rules.failures import UNEXPECTED, Failure, is_passing

_logger = logging.getLogger(__name__)
# What the core says of the file, not of keys, certificates and time.
OF_FILE = (FileRefused, PlacementError, PrepareError, ResultInvalid)


class EsignFailing(models.AbstractModel):
    """What went wrong with work on a record, kept until it succeeds: code and reason.

    Groups, contracts, parties and acts have it. Of a party or contract the group's lists, its form, the
    interface, the trace and the call-backs tell; each failure is told once, however often it is met.
    """

    _name = 'esign.failing'
    _description = 'What went wrong'

    problem = fields.Char('What went wrong', readonly=True, copy=False)
    problem_code = fields.Char('Kind of failure', readonly=True, copy=False)

    @api.model
    def _failure_of(self, error):
        """The :class:`Failure` that an exception is; one that nobody foresaw is logged."""
        if isinstance(error, EsignError):
            passing = is_passing(error.code)
            return Failure(error.code, str(error), passing, isinstance(error.__cause__, OF_FILE) and not passing)
        _logger.error('Unforeseen failure of %s', self, exc_info=error)
        return Failure(UNEXPECTED, self.env._('An unexpected fault interrupted this. It is tried again.'), True)

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


class EsignContractGroup(models.Model):
    """What went wrong with any part of a group, seen in its lists."""

    _name = 'esign.contract.group'
    _inherit = ['esign.contract.group', 'esign.failing']

    attempts = fields.Integer('Attempts to prepare', readonly=True, copy=False)

    def _show_problem(self):
        """Take over the problem of a part, the first one there is."""
        for group in self.sudo().filtered(lambda one: one.state not in ('preparing', 'failed')):
            part = next((one for one in (*group.party_ids, *group.contract_ids) if one.problem_code), None)
            shown = (part.problem, part.problem_code) if part else (False, False)
            if (group.problem, group.problem_code) != shown:
                group.write({'problem': shown[0], 'problem_code': shown[1]})

    def _tell_problem(self, failure, part=None):
        """Trace and call-back of a failure.

        :param part: the party or contract of the group that it concerns.
        """
        where = {part._name.rpartition('.')[2]: part.id} if part else {}
        self._trace('failed', note=failure.reason[: limits.REASON_LENGTH], data={'code': failure.code, **where})
        party = part if part and part._name == 'esign.party' else None
        self._tell_systems('contract.failed', party)

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
