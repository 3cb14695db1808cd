import datetime as dt

from odoo import api, fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules.clock import local

# How long the session that signed by a link may look at what it signed.
RESULT = dt.timedelta(minutes=30)


class EsignSignLink(models.Model):
    """What a link shows when its person has signed: the result, to the session that signed, for a short while."""

    _inherit = 'esign.sign.link'

    def _shows_result(self, act_id):
        """Whether the session that confirmed this act may see what came of it."""
        self.ensure_one()
        act = self.env['esign.signing.act'].sudo().browse(act_id or []).exists()
        mine = act.party_id == self.party_id and act.state == 'done' and self.party_id.state == 'signed'
        return mine and self._is_alive() and fields.Datetime.now() < self._result_until()

    def _result_until(self):
        """The end of looking: half an hour after the signing, never after the link itself."""
        self.ensure_one()
        return min(self.expires_at, self.party_id.signed_at + RESULT)


class EsignContractGroup(models.Model):
    """The signing room of somebody whose link has served: what was signed, as it was signed."""

    _inherit = 'esign.contract.group'

    @api.model
    def _room_result(self, identity, group_id, until, address):
        """The room with nothing but the signer's own contracts, in the revisions that the signer made.

        :param until: when it closes (naive UTC).
        """
        group = self._room_of(identity, group_id)
        party = group._room_party(identity)
        shown = f'{local(until):%H:%M}'
        contracts = [
            signer.contract_id._room_facts(signer, revision, address) for signer, revision in party._signed_revisions()
        ]
        return {
            **group._room_values(identity, party, address),
            'contracts': contracts,
            'early': self._room_early(contracts),
            'result': self.env._('You can look at what you signed and download it here until %s.', shown),
        }

    @api.model
    def _room_result_file(self, identity, group_id, contract_id, number):
        """One file that the signer has signed.

        :raises EsignError: ``NOT_FOUND``: another contract, or another revision.
        """
        party = self._room_of(identity, group_id)._room_party(identity)
        for signer, revision in party._signed_revisions():
            if signer.contract_id.id == contract_id and revision.number == number:
                return revision
        raise EsignError(self.env._('This contract is not there, or not yours to see.'), 'NOT_FOUND')


class EsignParty(models.Model):
    """What a party has signed."""

    _inherit = 'esign.party'

    def _signed_revisions(self):
        """Pairs of signer and the last revision that the signer made, in the order of the contracts."""
        made = []
        for signer in self.sudo().signer_ids.sorted(lambda one: (one.contract_id.sequence, one.contract_id.id)):
            lines = signer.act_line_ids.filtered(lambda line: line.act_state == 'done' and line.revision_id)
            if lines:
                made.append((signer, lines.revision_id.sorted('number')[-1:]))
        return made
