import json
from datetime import timedelta

from odoo import models

from ...rules.told import KINDS, told_by

# Between the time in a row and that of its event another transaction may hold the trace.
APART = timedelta(minutes=5)


class EsignContractGroup(models.Model):
    """A contract as its trace tells it, and where the rows differ: they are only as good as the trace."""

    _inherit = 'esign.contract.group'

    def _told(self):
        """:class:`...rules.told.Told` of the group's trace."""
        return self._told_in(self.sudo().chain_id)

    def _told_in(self, chain):
        events = self.env['esign.trace.event'].sudo()
        found = events.search([('chain_id', '=', chain.id), ('kind', 'in', KINDS)], order='number')
        return told_by(json.loads(event.payload) for event in found)

    def _differences(self, told):
        """Yield what differs from ``told``, as ``model,id column``; nothing of a sound group."""
        group = self.sudo()
        checks = (group._group_checks, group._contract_checks, group._party_checks, group._act_checks)
        for check in checks:
            for record, name, good in check(told):
                if not good:
                    yield f'{record._name},{record.id} {name}'

    def _group_checks(self, told):
        yield self, 'state', self.state in told.group_states()
        if not told.launched:
            return
        for name in ('number', 'name'):
            yield self, name, self[name] == told.launched.get(name)
        yield self, 'deadline', str(self.deadline) == told.deadline
        yield self, 'launched_at', _near(self.launched_at, told.launched_at)
        yield from _owners(self, told.launched, ('initiator_id', 'initiated_by'))
        if told.end:
            yield self, 'ended_at', _near(self.ended_at, told.ended_at)
            yield self, 'reason', (self.reason or '') == told.reason
        for name, kind in (('contract_ids', 'contracts'), ('party_ids', 'parties')):
            yield self, name, set(self[name].ids) == {one.get('id') for one in told.launched.get(kind, ())}

    def _contract_checks(self, told):
        for contract in self.contract_ids if told.launched else ():
            launched, document = told.part('contracts', contract.id), contract.document_id
            yield contract, 'name', contract.name == launched.get('name')
            signed = {done.documents[contract.id] for done in told.acts.values() if contract.id in done.documents}
            same = signed <= {document.id} and launched.get('sha256') in document.revision_ids.mapped('sha256')
            yield contract, 'document_id', same

    def _party_checks(self, told):
        for party in self.party_ids if told.launched else ():
            launched = told.part('parties', party.id)
            yield party, 'name', party.name == launched.get('name')
            yield party, 'order', party.order == launched.get('order')
            yield from _owners(party, launched, ('person_id', 'enterprise_id', 'department_id'))
            mine = [told.acts[act.id] for act in party._done_acts() if act.id in told.acts]
            finished = {contract for done in mine for contract in done.finished}
            wanted = set(party.signer_ids.contract_id.ids)
            yield party, 'state', party.state in told.party_states(finished=bool(wanted) and wanted <= finished)

    def _act_checks(self, told):
        for act in self.act_ids.filtered(lambda one: one.state == 'done'):
            frozen, done = act._frozen(), told.acts.get(act.id)
            yield act, 'party_id', act.party_id.id == frozen.get('party')
            yield act, 'group_id', self.id == frozen.get('group')
            yield act, 'identity_key', act._key_fits()
            yield act, 'done_at', bool(done) and _near(act.done_at, done.at)


class EsignParty(models.Model):
    _inherit = 'esign.party'

    def _done_acts(self):
        """What the party has signed, by what was frozen."""
        acts = self.group_id.act_ids.filtered(lambda act: act.state == 'done')
        return acts.filtered(lambda act: act._frozen().get('party') == self.id)


class EsignSigningAct(models.Model):
    _inherit = 'esign.signing.act'

    def _frozen(self):
        """What was frozen, as values; empty when it cannot be read."""
        try:
            frozen = json.loads(self.frozen or '{}')
        except ValueError:
            return {}
        return frozen if isinstance(frozen, dict) else {}

    def _key_fits(self):
        """Whether the identity of the act is one of its party's."""
        party, (kind, _, number) = self.party_id, (self.identity_key or '').partition(':')
        if party.kind == 'person':
            return (kind, number) == ('person', str(self.person_id.id))
        if kind == 'department' and number.isdecimal():
            department = self.env['esign.department'].sudo().browse(int(number)).exists()
            return department in (party.department_id or department) and department.enterprise_id == party.enterprise_id
        return not party.department_id and (kind, number) == ('enterprise', str(party.enterprise_id.id))


def _owners(record, launched, names):
    """Compare ids with those that the launch told; contracts of earlier versions told none."""
    for name in names:
        if name in launched:
            yield record, name, (record[name].id or None) == launched[name]


def _near(shown, told):
    return bool(shown and told) and abs(shown - told) <= APART
