from odoo import models

from odoo.addons.esign_base.rules.clock import local
from odoo.addons.esign_base.tools.language import in_platform_language

from ...rules import states


class EsignContractGroup(models.Model):
    """Telling business systems how their contracts stand."""

    _inherit = 'esign.contract.group'

    def _move(self, target, **values):
        before = {group.id: group.sudo().state for group in self}
        result = super()._move(target, **values)
        if event := states.GROUP[target].event:
            for group in self.sudo().filtered(lambda one: before[one.id] != target):
                group._tell_systems(event)
        return result

    def _tell_systems(self, kind, party=None):
        """Write down an event about this group.

        What failed may fail again after another try: each is told.
        """
        failed = kind == 'contract.failed'
        occasion = str(self.chain_id.length) if failed else f'party{party.id}' if party else ''
        refusing = party or self.party_ids.filtered(lambda one: one.state == 'refused')[:1]

        def facts(ref):
            return {
                'contract_id': self.number or '',
                'status': states.GROUP[self.state].told_as or self.state,
                'reason': in_platform_language(self)._told_problem() if failed else self.reason or '',
                **({'party': refusing._system_facts(ref)} if refusing else {}),
            }

        self.env['esign.callback']._emit(kind, self, occasion, facts)


class EsignParty(models.Model):
    """Telling business systems who has signed."""

    _inherit = 'esign.party'

    def _move(self, target, **values):
        result = super()._move(target, **values)
        if event := states.PARTY[target].event:
            for party in self.sudo():
                party.group_id._tell_systems(event, party)
        return result

    def _system_facts(self, ref):
        """What a system is told of a party: its own key of it, and its state."""
        return {
            'ref': ref(self) or '',
            'kind': self.kind,
            'state': self.state,
            'signed_at': local(self.signed_at).isoformat() if self.signed_at else '',
            'reason': self.reason or in_platform_language(self)._told_problem(),
        }


class EsignCallback(models.Model):
    """Keys of parties are kept with them."""

    _inherit = 'esign.callback'

    def _ref_of(self, record):
        if record._name != 'esign.party':
            return super()._ref_of(record)
        return record.ref or None if super()._ref_of(record.group_id) is not None else None
