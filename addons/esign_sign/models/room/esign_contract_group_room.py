from odoo import api, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.shown import shown_day
from odoo.addons.esign_base.tools.answer import OK, Answer

from ...rules import states
from ...tools.imprints import fits
from ..engine.esign_contract_group import RUNNING


class EsignContractGroup(models.Model):
    """The signing room: what an identity sees of a group and may do there, as plain JSON values."""

    _inherit = 'esign.contract.group'

    # Who is in the room -----------------------------------------------------------------------

    @api.model
    def _room_of(self, identity, group_id):
        """The group with this id, as superuser.

        :raises EsignError: it is not there, or not for this identity; both look the same.
        """
        group = self.sudo().search_fetch([('id', '=', group_id)])
        if not group or not identity or not group._may_read(identity):
            raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')
        return group

    def _may_read(self, identity):
        """Whether the identity may read the documents: who launched it, and parties that were told of it.

        Copies are shown as pictures, never handed out.
        """
        if self._relation(identity) in ('initiator', 'party'):
            return Answer.yes()
        return Answer.no('NOT_YOURS', self.env._('This contract is not there, or not yours to see.'))

    def _room_party(self, identity):
        """The party for which the identity is here: the one whose turn it is, if there are two."""
        worn = self.sudo().party_ids.filtered(lambda party: party.notified_at and party._is_worn_by(identity))
        return worn.sorted(lambda party: party.state != 'pending')[:1]

    # What is shown ----------------------------------------------------------------------------

    @api.model
    def _room(self, identity, group_id, address):
        """Everything the room shows; the first visit of a party is traced.

        :param address: the :class:`RoomAddress` at which it is shown.
        :raises EsignError: ``NOT_FOUND``.
        """
        group = self._room_of(identity, group_id)
        party = group._room_party(identity)
        if party:
            group._trace_once('opened', identity)
        return group._room_values(identity, party, address)

    def _room_values(self, identity, party, address):
        usable = party._usable(identity) if party.state == 'pending' else []
        may_sign = party._may_sign(identity, usable=usable) if party else Answer.no('READER', '')
        signing = may_sign.outcome in (OK, 'NO_SEAL')
        may_refuse = party._may_refuse(identity, usable=usable) if signing else may_sign
        act = self.env['esign.signing.act']._room_open_of(party, identity) if signing else None
        contracts = self._room_contracts(party, address)
        return {
            'base': address.base,
            'home': address.home,
            'group': self._room_facts(),
            'parties': [one._room_facts(party) for one in self.party_ids],
            'contracts': contracts,
            'early': self._room_early(contracts),
            'may_sign': may_sign.as_json(),
            'may_refuse': bool(may_refuse),
            'identity': {'key': identity.key, 'label': identity.label, 'enterprise': bool(identity.enterprise)},
            'seals': self._room_seals(identity, address, self.business_type_id, usable) if signing else [],
            'choices': self._room_choices(party, address, usable) if signing else {},
            'dates': self.env['esign.placement']._dates_json(),
            'act': act,
            'problem': party._told_problem() if party.state == 'pending' else '',
        }

    def _room_facts(self):
        labels = dict(self._fields['state']._description_selection(self.env))
        return {
            'id': self.id,
            'number': self.number or '',
            'name': self.name,
            'initiator': self.initiator_id.name,
            'deadline': shown_day(self.deadline),
            'state': self.state,
            'outcome': states.GROUP[self.state].outcome,
            'state_label': labels[self.state],
            'tone': states.GROUP[self.state].tone,
            'reason': self.reason or self._told_problem(),
            'sequential': self.sequential,
        }

    def _room_contracts(self, party, address):
        contracts = self.contract_ids
        newest = self._room_newest(contracts)
        # Bytes of a void group are not handed out, and before the preparation there is nothing to sign.
        shown = self.state in (*RUNNING, 'done')
        mine = {signer.contract_id: signer for signer in party.signer_ids}
        nobody = self.env['esign.contract.signer']
        return [
            one._room_facts(mine.get(one, nobody), newest.get(one.document_id.id), address if shown else None)
            for one in contracts
        ]

    @api.model
    def _room_early(self, contracts):
        """Address of the document that is shown first, which the page fetches while its scripts start; or ''."""
        mine = [one for one in contracts if one['mine'] and one['state'] == 'open']
        return next((one['url'] for one in mine or contracts), '')

    def _room_newest(self, contracts):
        """Document id → its newest revision, by one query."""
        documents = contracts.document_id
        found = documents.env['esign.document.revision'].search_fetch([('document_id', 'in', documents.ids)])
        return {one.document_id.id: one for one in found if one.number == one.document_id.revision_number}

    # Seals ------------------------------------------------------------------------------------

    @api.model
    def _room_seals(self, identity, address, business=None, usable=()):
        """All seals the identity knows of, the unusable ones with their reasons.

        :param usable: what ``esign.party._usable`` has answered in this transaction: not asked a second time.
        """
        seals = self.env['esign.seal'].sudo()
        known = seals.search(seals._identity_domain(identity)).filtered(
            lambda seal: seal.state in ('active', 'suspended', 'pending', 'making')
        )
        answers = {seal.id: answer for seal, answer in usable}
        left = known.filtered(lambda seal: seal.id not in answers)
        answers |= left._usabilities(identity, business=business) if left else {}
        preferred = known.sorted(lambda seal: (not answers[seal.id], not seal.is_default, seal.sequence, seal.id))
        return [
            {**self._room_seal(seal, address), 'disabled_reason': '' if answers[seal.id] else answers[seal.id].reason}
            for seal in preferred
        ]

    @api.model
    def _room_seal(self, seal, address):
        return {
            'id': seal.id,
            'name': seal.name,
            'kind': seal.kind_id.name,
            'width': seal.width_mm,
            'height': seal.height_mm,
            'image_url': address.seal(seal.id, seal.artwork_id.id),
        }

    @api.model
    def _room_choices(self, party, address, usable):
        """For positions: code of the seal type → seals of it that can be used.

        :param usable: list of (seal, answer).
        """
        codes = set(party.signer_ids.placement_ids.seal_kind_id.mapped('code'))
        fitting = [seal for seal, _answer in usable]
        return {
            code: [self._room_seal(seal, address) for seal in self._fitting(fitting, code)] for code in sorted(codes)
        }

    @api.model
    def _fitting(self, seals, code):
        return [seal for seal in seals if fits(seal.kind_code, code)]

    # What happens in the room -----------------------------------------------------------------

    def _trace_once(self, kind, identity):
        """Write an event of this identity into the trace unless it is there."""
        self.ensure_one()
        event = self.env['esign.trace.event'].sudo()
        mine = [
            ('chain_id', '=', self.chain_id.id),
            ('kind', '=', kind),
            ('person_id', '=', identity.person.id),
            ('actor', '=', event._who({'identity': identity})['actor']),
        ]
        if not self.chain_id or not event.search_count(mine, limit=1):
            self._trace(kind, identity=identity)

    @api.model
    def _room_read(self, identity, group_id):
        """The identity has seen every page of every document."""
        group = self._room_of(identity, group_id)
        if group._room_party(identity):
            group._trace_once('read', identity)
        return {}

    @api.model
    def _room_refuse(self, identity, group_id, reason):
        """Refuse for the party of the identity.

        :raises EsignError: not allowed, or no reason given.
        """
        party = self._room_of(identity, group_id)._room_party(identity)
        if not party:
            raise EsignError(self.env._('This contract is not yours to sign.'), 'NOT_YOURS')
        party._refuse(identity, reason)
        return {}

    @api.model
    def _room_find(self, identity, group_id, contract_id, keyword):
        """Where a keyword stands on the pages of one contract.

        :raises EsignError: unknown contract, or nothing that can be searched for.
        """
        return self._room_of(identity, group_id)._room_contract(contract_id)._find_keyword(keyword)

    def _room_contract(self, contract_id):
        contract = self.contract_ids.filtered(lambda one: one.id == contract_id)
        if not contract:
            raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')
        return contract

    @api.model
    def _room_file(self, identity, group_id, contract_id, number):
        """One revision of a contract that its readers may see: from the prepared one on.

        :raises EsignError: not for this identity, or the group is void.
        """
        group = self._room_of(identity, group_id)
        contract = group._room_contract(contract_id)
        if group.state not in (*RUNNING, 'done'):
            raise EsignError(self.env._('There is nothing to download in this state.'), 'WRONG_STATE')
        revision = contract.document_id.revision_ids.filtered(
            lambda one: one.number == number and one.number >= contract.prepared_id.number
        )
        if not revision:
            raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')
        return revision


class EsignParty(models.Model):
    """A party as the room shows it."""

    _inherit = 'esign.party'

    def _room_facts(self, mine):
        labels = dict(self._fields['state']._description_selection(self.env))
        return {
            'id': self.id,
            'name': self.name,
            'kind': self.kind,
            'order': self.order,
            'state': self.state,
            'label': labels[self.state],
            'tone': states.PARTY[self.state].tone,
            'mine': self == mine,
        }
