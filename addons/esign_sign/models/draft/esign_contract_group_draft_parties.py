from odoo import models

from odoo.addons.esign_base.errors import EsignError

FARTHEST_ORDER = 1000


class EsignContractGroup(models.Model):
    """Parties, copies and order of a draft."""

    _inherit = 'esign.contract.group'

    def _save_parties(self, identity, values):
        """The whole list of parties and copies; who stays keeps the positions.

        Each is named by ``id`` (one that is there) or ``pick`` (a choice of the picker).
        """
        group, picker = self.sudo(), self.env['esign.party']
        known = {party.id: party for party in group.party_ids}
        given = list(values['parties'])
        most = self.env['esign.limits']._now().parties
        if len(given) > most:
            raise EsignError(self.env._('A group has at most %s parties.', most), 'TOO_MANY')
        kept = group.env['esign.party'].browse()
        for number, one in enumerate(given, 1):
            party = known.get(int(one.get('id') or 0))
            if not party:
                party = self._add_party(picker._picked(identity, one.get('pick')), number)
            party.can_refuse = bool(one.get('can_refuse', True))
            party._sign_on([int(found) for found in one['contracts']])
            kept |= party
        (group.party_ids - kept).unlink()
        self._save_copies(identity, values.get('copies') or [])
        placed = {int(key): bool(value) for key, value in (values.get('placed') or {}).items()}
        for contract in group.contract_ids:
            free = bool(contract.document_id and contract.document_id._earlier_fields())
            contract.placed = placed.get(contract.id, contract.placed) and not free
        group.invalidate_recordset(['party_ids', 'copy_ids'])

    def _add_party(self, who, number):
        """A party for what was picked; picked twice, it is the one that is there."""
        group = self.sudo()
        for party in group.party_ids:
            if all(party[name].id == value for name, value in who.items() if name != 'kind'):
                return party
        last = max(group.party_ids.mapped('order'), default=0)
        order = last + 1 if group.sequential else number
        return group.env['esign.party'].create({'group_id': self.id, 'order': order, **who})

    def _save_copies(self, identity, given):
        group = self.sudo()
        known = {copy.id: copy for copy in group.copy_ids}
        kept = group.env['esign.copy'].browse()
        for one in given[: self.env['esign.limits']._now().parties]:
            copy = known.get(int(one.get('id') or 0))
            if not copy:
                who = self.env['esign.party']._picked(identity, one.get('pick'))
                if who['kind'] != 'person':
                    raise EsignError(self.env._('Copies go to verified persons only.'), 'COPY')
                copy = (group.copy_ids | kept).filtered(lambda this, who=who: this.person_id.id == who['person_id'])
                copy = copy or group.env['esign.copy'].create({'group_id': self.id, 'person_id': who['person_id']})
            kept |= copy
        (group.copy_ids - kept).unlink()

    def _save_order(self, _identity, values):
        """In order or not, and the number of each party; equal numbers sign at the same time."""
        group = self.sudo()
        group.sequential = bool(values['sequential'])
        numbers = {int(key): int(value) for key, value in (values.get('orders') or {}).items()}
        for party in group.party_ids:
            party.order = min(max(numbers.get(party.id, party.order), 1), FARTHEST_ORDER)
        self.env.flush_all()
        group.invalidate_recordset(['party_ids'])


class EsignParty(models.Model):
    """A party of a draft."""

    _inherit = 'esign.party'

    def _sign_on(self, contract_ids):
        """Let the party sign exactly these contracts of its group."""
        self.ensure_one()
        wanted = self.group_id.contract_ids.filtered(lambda one: one.id in contract_ids)
        self.signer_ids.filtered(lambda signer: signer.contract_id not in wanted).unlink()
        for contract in wanted - self.signer_ids.contract_id:
            self.env['esign.contract.signer'].create({'contract_id': contract.id, 'party_id': self.id})

    def _draft_json(self):
        """The party as the launch page shows it."""
        self.ensure_one()
        return {
            'id': self.id,
            'kind': 'department' if self.department_id else self.kind,
            'name': self.name or '',
            'note': self.person_id.mobile_masked or self.enterprise_id.uscc_masked or '',
            'own': self.enterprise_id == self.group_id.initiator_id and bool(self.enterprise_id),
            'order': self.order,
            'can_refuse': self.can_refuse,
            'contracts': self.signer_ids.contract_id.ids,
        }
