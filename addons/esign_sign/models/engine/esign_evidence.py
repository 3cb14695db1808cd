from dataclasses import replace

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.states import RUNNING
from odoo.addons.esign_base.signing.acts.verdict import ExpectedAct
from odoo.addons.esign_base.tools.evidence import (
    ActFacts,
    ActLine,
    Case,
    FileFacts,
    PartyFacts,
    SealUse,
    SignatureFacts,
    Standing,
)
from odoo.addons.esign_base.tools.trace_faults import GONE

from ...rules import states
from ...rules.told import SIGNINGS


class EsignEvidence(models.AbstractModel):
    """What contracts know about their documents."""

    _inherit = 'esign.evidence'

    @api.model
    def _contract_of(self, document):
        return self.env['esign.contract'].sudo().search([('document_id', '=', document.id)], limit=1)

    @api.model
    def _group_of_chain(self, chain):
        return self.env['esign.contract.group'].sudo().search([('chain_id', '=', chain.id)], limit=1)

    @api.model
    def _chain_of(self, document):
        return self._contract_of(document).group_id.chain_id or self._tracing(document) or super()._chain_of(document)

    @api.model
    def _tracing(self, document):
        """The trace that holds signatures of a document to which no contract points any more."""
        signed = [('kind', 'in', SIGNINGS), ('revision_id', 'in', document.sudo().revision_ids.ids)]
        return self.env['esign.trace.event'].sudo().search(signed, limit=1).chain_id

    @api.model
    def _faults(self, document):
        contract = self._contract_of(document)
        if contract and not contract.group_id.chain_id:
            return (GONE,)
        return super()._faults(document)

    @api.model
    def _may_see(self, chain, identity):
        group = self._group_of_chain(chain) if chain else None
        if group and identity and identity.is_staff:
            return group._is_initiator(identity)
        if not group or not getattr(identity, 'person', None):
            return super()._may_see(chain, identity)
        return group._is_initiator(identity) or any(party._is_worn_by(identity) for party in group.party_ids)

    @api.model
    def _standing(self, document):
        contract = self._contract_of(document)
        if not contract:
            return super()._standing(document)
        group = contract.group_id
        open_signers = contract.signer_ids.filtered(lambda one: one.state == 'open')
        return Standing(
            number=group.number or '',
            title=contract.name,
            state=self._state_of(group),
            label=dict(group._fields['state']._description_selection(self.env))[group.state],
            reason=group.reason or '',
            missing=tuple((one.party_id.name, one.party_id.kind == 'person') for one in open_signers),
        )

    @api.model
    def _state_of(self, group):
        return states.GROUP[group.state].outcome or RUNNING

    # Signatures -------------------------------------------------------------------------------

    @api.model
    def _done_lines(self, contract):
        lines = self.env['esign.signing.act.line'].sudo()
        return lines.search(
            [('contract_id', '=', contract.id), ('act_id.state', '=', 'done'), ('revision_id', '!=', False)], order='id'
        )

    @api.model
    def _signatures(self, document):
        contract = self._contract_of(document)
        if not contract:
            return super()._signatures(document)
        return [
            SignatureFacts(
                frozenset(names),
                line.act_id.party_id.name,
                line.act_id._frozen().get('person_name') or line.act_id.person_id.name or '',
                line.act_id.party_id.kind == 'person',
                self._seals_of(line),
            )
            for line in self._done_lines(contract)
            for names in line.field_names
        ]

    @api.model
    def _seals_of(self, line):
        """The pictures that were put on the file: by the digest in the log of uses, not the seal's present one."""
        artworks = self.env['esign.seal.artwork'].sudo()
        uses = (
            self.env['esign.seal.usage']
            .sudo()
            .search([('sha256_after', '=', line.revision_id.sha256), ('result', '=', 'ok')], order='id')
        )
        shown = {}
        for use in uses:
            if use.image_sha256 not in shown:
                found = artworks.search([('sha256', '=', use.image_sha256), ('seal_id', '=', use.seal_id.id)], limit=1)
                picture = found._artwork().png(150) if found else b''
                shown[use.image_sha256] = SealUse(use.seal_name, use.image_sha256 or '', picture)
        return tuple(shown.values())

    @api.model
    def _expected(self, revision):
        known, contract = super()._expected(revision), self._contract_of(revision.document_id)
        if not contract:
            return known
        lines = self._done_lines(contract).filtered(lambda line: line.revision_id.number <= revision.number)
        acts = tuple(
            ExpectedAct(
                frozenset(names), line.certificate_id.fingerprint or None, line.act_id.consent_id.record_sha256 or None
            )
            for line in lines
            for names in line.field_names
        )
        # The platform's own signature stands in the file besides those of the parties.
        return replace(known, acts=acts)

    # Everything -------------------------------------------------------------------------------

    @api.model
    def _case(self, chain):
        group = self._group_of_chain(chain)
        if not group:
            return super()._case(chain)
        state = self._state_of(group)
        if state == RUNNING:
            raise EsignError(
                self.env._('Evidence is given out when everybody has signed, or when the contract has ended.'),
                'WRONG_STATE',
            )
        # What the trace tells; contracts of earlier versions told less of it.
        told = group._told()
        launched = told.launched
        return Case(
            number=launched.get('number') or group.number or '',
            title=launched.get('name') or group.name,
            business=group.business_type_id.name,
            initiator=launched.get('initiator') or group.initiator_id.name,
            launched_by=launched.get('launched_by') or group.initiated_by.name or '',
            launched_at=told.launched_at or group.launched_at or None,
            deadline=fields.Date.to_date(told.deadline) or group.deadline,
            ended_at=told.ended_at or group.ended_at or None,
            state=state,
            label=dict(group._fields['state']._description_selection(self.env))[group.state],
            reason=group.reason or '',
            chain=group.chain_id,
            parties=tuple(self._party_facts(party, told) for party in group.party_ids),
            files=tuple(
                FileFacts(told.part('contracts', contract.id).get('name') or contract.name, contract.document_id)
                for contract in group.contract_ids
            ),
        )

    @api.model
    def _party_facts(self, party, told):
        acts, launched = party._done_acts(), told.part('parties', party.id)
        kind = dict(party._fields['kind']._description_selection(self.env))[party.kind]
        state = dict(party._fields['state']._description_selection(self.env))[party.state]
        identity = party.enterprise_id.uscc if party.enterprise_id else party.person_id.id_number_masked
        name = launched.get('name') or party.name
        # As they were called when they signed, whatever they are called today.
        called = {act.person_id.id: act._frozen().get('person_name') for act in acts}
        if party.person_id:
            called.setdefault(party.person_id.id, name)
        checks = [self._person_check(person, called.get(person.id)) for person in acts.person_id | party.person_id]
        if party.enterprise_id:
            checks.insert(0, self._enterprise_check(party.enterprise_id))
        done = tuple(self._act_facts(act, told) for act in acts.sorted('id'))
        return PartyFacts(name, kind, launched.get('identity') or identity or '', state, tuple(checks), done)

    @api.model
    def _person_check(self, person, name):
        done = (
            self.env['esign.person.verification']
            .sudo()
            .search([('person_id', '=', person.id), ('state', '=', 'success')], order='id desc', limit=1)
        )
        method = dict(done._fields['method']._description_selection(self.env)).get(done.method)
        return (
            name or person.name or '',
            method or person.verified_by_method or '',
            f'P{done.id}' if done else '',
            person.verified_at or None,
        )

    @api.model
    def _enterprise_check(self, enterprise):
        certification = enterprise.certification_id
        return (
            enterprise.name,
            self.env._('Enterprise certification'),
            f'E{certification.id}' if certification else '',
            certification.decided_on or None,
        )

    @api.model
    def _act_facts(self, act, told):
        done = told.acts.get(act.id)
        lines = act.line_ids.filtered('revision_id').sorted('id')
        return ActFacts(
            operator=act._frozen().get('person_name') or act.person_id.name or '',
            at=done.at if done else act.done_at or None,
            silent=act.silent,
            consent=act.consent_id,
            certificate=lines[:1].certificate_id,
            lines=tuple(
                ActLine(
                    told.part('contracts', line.contract_id.id).get('name') or line.contract_id.name,
                    self._sha_before(line.revision_id),
                    line.revision_id.sha256,
                    frozenset(name for names in line.field_names for name in names),
                    self._seals_of(line),
                )
                for line in lines
            ),
        )

    @api.model
    def _sha_before(self, revision):
        former = (
            self.env['esign.document.revision']
            .sudo()
            .search([('document_id', '=', revision.document_id.id), ('number', '=', revision.number - 1)], limit=1)
        )
        return former.sha256 or ''
