import datetime as dt
import logging
from dataclasses import dataclass

from odoo import fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.rules.clock import day_start, today
from odoo.addons.esign_base.signing.acts.prepare import LaunchMode, prepare
from odoo.addons.esign_base.tools.positions import plans_at
from odoo.addons.esign_base.tools.said import listening
from odoo.addons.esign_base.tools.signing_messages import explained

from ...rules import order
from ...rules.failures import pause_after

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that stands in the way of a launch.

    :param path: where it is, as ``contracts[1].parties[0].placements[2].page``.
    :param reason: translated sentence that says what to mend.
    :param code: ``INVALID``, or ``WRONG_STATE`` where nothing is wrong but the time: somebody is not verified yet.
    """

    path: str
    reason: str
    code: str = 'INVALID'


class LaunchRefused(EsignError):
    """A draft cannot be launched; ``details['faults']`` lists everything at once."""

    code = 'INVALID'


class EsignContractGroup(models.Model):
    """Launching: check everything, prepare the documents, tell the first parties."""

    _inherit = 'esign.contract.group'

    # Checking ---------------------------------------------------------------------------------

    def _launch_faults(self):
        """Everything that stands in the way of launching this draft, at once."""
        self.ensure_one()
        group = self.sudo()
        faults = [*group._task_faults(), *group._party_faults()]
        for index, contract in enumerate(group.contract_ids):
            faults += contract._launch_faults(f'contracts[{index}]')
        return faults

    def _task_faults(self):
        if not (self.name or '').strip() or len(self.name) > limits.NAME_LENGTH:
            yield Fault('name', self.env._('Name the task in 1 to %s characters.', limits.NAME_LENGTH))
        late = self._deadline_fault(self.deadline, self.business_type_id)
        if late:
            yield Fault('deadline', late)
        if self.initiator_id.state != 'certified':
            yield Fault(
                'initiator', self.env._('%s is not certified at present.', self.initiator_id.name), 'WRONG_STATE'
            )
        allowed, count = self.env['esign.limits']._now(), len(self.contract_ids)
        if not count:
            yield Fault('contracts', self.env._('Add at least one file.'))
        if count > allowed.files:
            yield Fault('contracts', self.env._('A group has at most %s files.', allowed.files))
        size = sum(contract._newest().size for contract in self.contract_ids if contract.document_id)
        if size > allowed.group_mib * limits.MIB:
            yield Fault('contracts', self.env._('The files of a group are at most %s MB together.', allowed.group_mib))
        names = [contract.name for contract in self.contract_ids]
        if len(set(names)) < len(names):
            yield Fault('contracts', self.env._('Give each contract a name of its own.'))

    def _party_faults(self):
        if not self.party_ids:
            yield Fault('parties', self.env._('Add at least one party.'))
        most = self.env['esign.limits']._now().parties
        if len(self.party_ids) > most:
            yield Fault('parties', self.env._('A group has at most %s parties.', most))
        for index, party in enumerate(self.party_ids):
            path = f'parties[{index}]'
            yield from self._one_party_faults(party, path)
        for copy in self.copy_ids:
            if copy.person_id.state != 'verified':
                yield Fault(
                    'copies',
                    self.env._('%s has not completed the real-name verification.', copy.person_id.name),
                    'WRONG_STATE',
                )

    def _one_party_faults(self, party, path):
        if party.kind == 'enterprise' and party.enterprise_id.state != 'certified':
            yield Fault(path, self.env._('%s is not certified at present.', party.name), 'WRONG_STATE')
        if party.department_id and party.enterprise_id.kind != 'internal':
            yield Fault(path, self.env._('Departments sign for internal enterprises only.'))
        if party.kind == 'person' and party.person_id.state != 'verified':
            yield Fault(path, self.env._('%s has not completed the real-name verification.', party.name), 'WRONG_STATE')
        if not party.signer_ids:
            yield Fault(path, self.env._('%s signs no contract: assign one or remove the party.', party.name))
        if party._stands() and party.signer_ids.filtered(lambda signer: not signer.contract_id.placed):
            lacking = party._lacks_seal()
            if lacking:
                yield Fault(path, lacking, 'NO_SEAL')

    # Launching --------------------------------------------------------------------------------

    def _launch(self, identity):
        """Launch a draft: everything is checked now, the documents are prepared as a job.

        A second click finds the group launched and changes nothing.

        :raises LaunchRefused: with all faults.
        """
        group = self._lock().sudo()
        if group.state in ('preparing', 'pending', 'signing') and group._may_manage(identity):
            return group
        group._may('launch', identity).require()
        faults = group._launch_faults()
        if faults:
            raise LaunchRefused(
                faults[0].reason, faults[0].code, faults=[(fault.path, fault.reason) for fault in faults]
            )
        group._settle_order()
        group._move(
            'preparing',
            number=group._next_number(),
            initiated_by=group.initiated_by.id or identity.person.id,
            launched_at=fields.Datetime.now(),
            expires_at=day_start(group.deadline + dt.timedelta(days=1)),
        )
        group._trace('launched', identity=identity, data=group._launch_facts())
        group._launched_by(identity)
        group._prepare_later()
        return group

    def _launched_by(self, identity):
        """Hook: the identity has just launched the group (superuser)."""

    def _retry(self, identity):
        """Prepare again after a failure."""
        group = self._require('retry', identity)
        group._move('preparing', problem=False, problem_code=False, attempts=0)
        group._prepare_later()
        return group

    def _settle_order(self):
        parties = self.party_ids
        numbers = order.normalised([party.order for party in parties], sequential=self.sequential)
        for party, number in zip(parties, numbers, strict=True):
            party.order = number

    def _launch_facts(self):
        return {
            'number': self.number,
            'name': self.name,
            'deadline': str(self.deadline),
            'initiator_id': self.initiator_id.id,
            'initiator': self.initiator_id.name,
            'initiated_by': self.initiated_by.id or None,
            'launched_by': self.initiated_by.name or None,
            'contracts': [
                {'id': contract.id, 'name': contract.name, 'sha256': contract._newest().sha256}
                for contract in self.contract_ids
            ],
            'parties': [party._launch_facts() for party in self.party_ids],
        }

    def _next_number(self):
        """The next contract number of the initiator: prefix, day, running number; without gaps."""
        if self.number:
            return self.number
        prefix = f'{self.business_type_id.number_prefix}{today():%Y%m%d}'
        return f'{prefix}{self.env["esign.number.counter"]._take(self.initiator_id, prefix):04d}'

    # Preparing --------------------------------------------------------------------------------

    def _prepare_later(self, pause=0):
        """Queue the preparation; one job for a group, however often it is asked for.

        :param pause: seconds to wait.
        """
        self.with_delay(
            identity_key=f'esign-prepare-{self.id}',
            channel='root.esign',
            description=f'Prepare {self.number}',
            eta=pause or None,
        )._prepare()

    @listening()
    def _prepare(self):
        """Close the documents against changes, then let the first parties sign. Repeatable."""
        self.ensure_one()
        group = self._lock().sudo()
        if group.state != 'preparing':
            return group.state
        failure = group._try(lambda: [contract._prepare() for contract in group.contract_ids])
        if failure:
            group._preparation_failed(failure)
            return group.state
        group._mend()
        group._move('pending', attempts=0)
        group._trace('prepared', data={'contracts': {str(c.id): c.prepared_id.sha256 for c in group.contract_ids}})
        group._tell_copies('start')
        group._advance()
        return group.state

    def _preparation_failed(self, failure):
        """Try again what may pass by itself, a few times; else the launcher and the systems are told of the end."""
        self.attempts += 1
        pause = pause_after(self.attempts) if failure.passing else None
        if pause is not None:
            if self._fail(failure):
                self._tell_problem(failure)
            self._prepare_later(pause)
            return
        self._move('failed', problem=failure.reason, problem_code=failure.code, attempts=0)
        self._trace_told(self, {'code': failure.code})
        self._tell_failed()


class EsignContract(models.Model):
    """Preparing one document."""

    _inherit = 'esign.contract'

    def _launch_faults(self, path):
        """What stands in the way of launching this contract."""
        if not self.document_id:
            yield Fault(path, self.env._('“%s” has no file.', self.name))
            return
        if not self.signer_ids:
            yield Fault(path, self.env._('Nobody signs “%s”: add a party.', self.name))
        if not self.placed:
            return
        if self.document_id._earlier_fields():
            yield Fault(
                path,
                self.env._(
                    '“%s” is signed already: positions cannot be set beforehand, each party places its own seal.',
                    self.name,
                ),
            )
        most = self.env['esign.limits']._now().placements
        if sum(len(signer.placement_ids) for signer in self.signer_ids) > most:
            yield Fault(path, self.env._('A contract has at most %s positions.', most))
        for index, signer in enumerate(self.signer_ids):
            yield from self._signer_faults(signer, f'{path}.parties[{index}]')

    def _signer_faults(self, signer, path):
        party = signer.party_id
        if not signer.placement_ids.filtered(lambda one: one.kind != 'date'):
            yield Fault(
                path, self.env._('Set where %(party)s signs “%(contract)s”.', party=party.name, contract=self.name)
            )
        asked = set()
        for number, placement in enumerate(signer.placement_ids):
            fault = placement._place_fault()
            if fault:
                yield Fault(f'{path}.placements[{number}]', fault)
            elif placement.kind != 'date' and placement.seal_kind_id not in asked:
                asked.add(placement.seal_kind_id)
                lacking = party._stands() and party._lacks_seal(placement.seal_kind_id.code)
                if lacking:
                    yield Fault(f'{path}.placements[{number}].seal_kind', lacking, 'NO_SEAL')

    def _prepare(self):
        """Make the fields of the positions and close the document by the platform's signature."""
        self.ensure_one()
        if self.state != 'draft':
            return
        document = self.document_id._lock()
        base = document._newest()
        plans = {}
        if self.placed:
            frames = document._frames()
            for signer in self.signer_ids:
                positions = [one._position() for one in signer.placement_ids]
                with explained(self.env):
                    plans[signer._prefix()] = plans_at(frames, positions, signer._prefix())
        with explained(self.env):
            done = prepare(
                base._bytes(),
                plans,
                self.env['esign.signing']._platform_signatory(),
                LaunchMode.CERTIFIED if self.placed else LaunchMode.FREE,
                per_placement=self.group_id.business_type_id.per_placement,
                reason=self.group_id.number,
            )
        revision = document._append(done.content, 'prepared', base=base, reference=f'{self._name},{self.id}')
        self._move('prepared', prepared_id=revision.id)
