from odoo import models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.positions import unreadable


class EsignContractGroup(models.Model):
    """Positions of a draft."""

    _inherit = 'esign.contract.group'

    def _save_places(self, _identity, values):
        """All positions on one contract."""
        contract = self._contract(int(values['contract']))
        if not contract:
            raise EsignError(self.env._('This file is not there any more. Reload the page.'), 'STALE')
        contract._set_places(list(values['items']))

    def _find_keyword(self, identity, contract_id, text):
        """Where a keyword stands on a contract: boxes in mm, in reading order.

        :raises EsignError: no such contract, or the keyword is empty or too common.
        """
        self._may('edit', identity).require()
        contract = self._contract(contract_id)
        if not contract.document_id:
            raise EsignError(self.env._('This file is not there any more. Reload the page.'), 'STALE')
        return contract._find_keyword(text)


class EsignContract(models.Model):
    """Positions on one file."""

    _inherit = 'esign.contract'

    def _set_places(self, items):
        """Replace all positions on this file.

        :raises EsignError: too many, or one that cannot be read.
        """
        self.ensure_one()
        most = self.env['esign.limits']._now().placements
        if len(items) > most:
            raise EsignError(self.env._('A contract has at most %s positions.', most), 'TOO_MANY')
        signers = {signer.party_id.id: signer for signer in self.signer_ids}
        rows = [self._placement_values(item, signers) for item in items]
        self.signer_ids.placement_ids.unlink()
        self.env['esign.placement'].create(rows)
        self.signer_ids.invalidate_recordset(['placement_ids'])

    def _placement_values(self, given, signers):
        """Values of one position as the page sent it.

        :raises EsignError: it cannot be read, or its type of seal does not go with the party.
        """
        signer = signers.get(int(given['party']))
        if not signer:
            raise unreadable(self.env)
        placements = self.env['esign.placement']
        position = placements._read_sent(given, signer.party_id._kind_of_owner(), self.document_id.pages)
        return {'signer_id': signer.id, **placements._position_values(position)}

    def _placements_json(self, signers=None):
        """Positions on this file as the board takes them: all, or those of some signers."""
        self.ensure_one()
        chosen = self.signer_ids if signers is None else signers
        return [placement._board_facts() for placement in chosen.placement_ids]
