import base64

from odoo import api, models

from odoo.addons.esign_base.errors import ApiRefused
from odoo.addons.esign_base.rules import limits
from odoo.addons.esign_base.signing.errors import TraceBroken
from odoo.addons.esign_base.tools.api_method import remote
from odoo.addons.esign_base.tools.api_values import Day, Maybe, Ref, Text

from ...rules import states


class EsignApi(models.AbstractModel):
    """Driving contract groups, and reading them."""

    _inherit = 'esign.api'

    @api.model
    def _group_of(self, ref, path='group'):
        """The caller's group, as superuser. :raises ApiRefused: unknown to this system."""
        return self.env['esign.api.reference']._find('group', ref, path)

    @api.model
    def _party_of(self, group, ref, path='party'):
        """A party of the group by its key. :raises ApiRefused: no such party."""
        return self._part_of(group.party_ids, ref, path)

    @api.model
    def _part_of(self, records, ref, path):
        found = records.filtered(lambda one: one.ref == ref)
        if not found:
            raise ApiRefused(
                'ESIGN_NOT_FOUND',
                self.env._('%(path)s: this group has nothing called “%(ref)s”.', path=path, ref=ref),
            )
        return found

    @api.model
    def _driver_of(self, group):
        """The identity under which the caller drives a group of its own."""
        return self.env['esign.identity']._system(group.initiator_id)

    # Driving -----------------------------------------------------------------------------------

    @remote(group=Ref())
    def launch(self, group):
        """Launch a draft; launched already, it stays so."""
        found = self._group_of(group)
        found._launch(self._driver_of(found))
        return {'state': found.state}

    @remote(group=Ref(), reason=Text(limits.REASON_LENGTH))
    def revoke(self, group, reason):
        """Withdraw a group before everybody has signed; revoked already, it stays so."""
        found = self._group_of(group)
        if found._lock().state != 'revoked':
            found._revoke(self._driver_of(found), reason)
        return {'state': found.state}

    @remote(group=Ref())
    def remind(self, group):
        """Remind whoever has not signed and may be reminded now."""
        found = self._group_of(group)
        before = {party.id: party.reminders for party in found.party_ids}
        _names, reasons = found._remind(self._driver_of(found))
        reminded = found.party_ids.filtered(lambda party: party.reminders > before[party.id])
        return {'reminded': [party.ref or '' for party in reminded], 'left': reasons}

    @remote(group=Ref(), deadline=Day())
    def extend(self, group, deadline):
        """Move the deadline further away; moved there already, it stays so."""
        found = self._group_of(group)
        if found._lock().deadline != deadline:
            found._extend(self._driver_of(found), deadline)
        return {'state': found.state, 'deadline': str(found.deadline)}

    # Reading -----------------------------------------------------------------------------------

    @remote(group=Ref())
    def group(self, group):
        """Where a group stands."""
        found = self._group_of(group)
        return {
            'ref': group,
            'number': found.number or '',
            'name': found.name,
            'state': found.state,
            'reason': found.reason or found._told_problem(),
            'deadline': str(found.deadline),
            'contracts': [self._contract_answer(one) for one in found.contract_ids],
            'parties': [
                {
                    'ref': party.ref or '',
                    'name': party.name or '',
                    'state': states.PARTY[party.state].told_as or party.state,
                    'signed_at': self._iso(party.signed_at),
                    'reason': party.reason or party._told_problem(),
                }
                for party in found.party_ids
            ],
        }

    @api.model
    def _contract_answer(self, contract):
        newest = contract._newest()
        return {
            'ref': contract.ref or '',
            'name': contract.name,
            'state': contract.state,
            'reason': contract._told_problem(),
            'revision': newest.number,
            'sha256': newest.sha256,
            'pages': contract.pages,
        }

    @remote(group=Ref(), contract=(Maybe(Ref()), None))
    def download(self, group, contract):
        """A contract as a PDF, or the whole group as a ZIP (of one contract: the PDF)."""
        found = self._group_of(group)
        part = self._part_of(found.contract_ids, contract, 'contract') if contract is not None else None
        name, data = found._hand_out(self._driver_of(found), part.id if part else None)
        return {'name': name, 'content': base64.b64encode(data).decode()}

    @remote(group=Ref())
    def trace(self, group):
        """Everything that happened to a group, and whether the record of it is whole."""
        found = self._group_of(group)
        chain = found._chain()
        kinds = dict(chain.event_ids._fields['kind']._description_selection(self.env))
        try:
            chain._check()
            valid = True
        except TraceBroken:
            valid = False
        return {
            'events': [
                {
                    'number': event.number,
                    'at': self._iso(event.at),
                    'kind': event.kind,
                    'label': kinds.get(event.kind, event.kind),
                    'actor': event.actor or '',
                    'note': event._shown_note(),
                    'sha256': event.revision_id.sha256 or '',
                    'certificate': event.certificate or '',
                    'digest': event.digest,
                }
                for event in chain.event_ids.sorted('number')
            ],
            'head': chain.head or '',
            'valid': valid,
        }

    # What other floors ask ---------------------------------------------------------------------

    @api.model
    def _evidence_of(self, group):
        found = self._group_of(group)
        return found._chain(), self._driver_of(found)

    @api.model
    def _reader_of(self, document):
        contract = self.env['esign.contract'].sudo().search([('document_id', '=', document.id)], limit=1)
        known = self.env['esign.api.reference'].sudo().search_count(
            [('user_id', '=', self.env.uid), ('kind', '=', 'group'), ('res_id', '=', contract.group_id.id or 0)],
            limit=1,
        )  # fmt: skip
        return self._driver_of(contract.group_id) if known else super()._reader_of(document)
