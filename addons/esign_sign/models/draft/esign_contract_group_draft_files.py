from odoo import models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import filenames, limits

KEY_LENGTH = 64


class EsignContractGroup(models.Model):
    """Files of a draft."""

    _inherit = 'esign.contract.group'

    def _take_upload(self, identity, key, name, data):
        """Add an uploaded file to the draft; a repeated upload (same ``key``) adds nothing.

        :param name: file name as uploaded.
        :param data: bytes.
        :return: id of the contract.
        :raises EsignError: not editable, too many, or it cannot be signed; says why.
        """
        self._may('edit', identity).require()
        key = str(key or '')[:KEY_LENGTH]
        known = self.sudo().contract_ids.filtered(lambda one: key and one.upload_key == key)
        if known:
            return known.id
        pdf, notes = self.env['esign.document']._as_pdf(name, data)
        group = self._require('edit', identity)
        self._check_room(len(pdf))
        contract = group.env['esign.contract'].create(
            {
                'group_id': self.id,
                'name': self._free_name(name),
                'sequence': max(group.contract_ids.mapped('sequence'), default=0) + 1,
                'upload_key': key or False,
                'signer_ids': [(0, 0, {'party_id': party.id}) for party in group.party_ids],
            }
        )
        notes += contract._take_file(filenames.clean(name)[-limits.NAME_LENGTH :] or 'file.pdf', pdf)
        contract.upload_notes = notes
        if group._is_unnamed() and len(group.contract_ids) == 1:
            group.name = contract.name
        self._draft_changed()
        return contract.id

    def _check_room(self, size):
        contracts, allowed = self.sudo().contract_ids, self.env['esign.limits']._now()
        if len(contracts) >= allowed.files:
            raise EsignError(self.env._('A group has at most %s files.', allowed.files), 'TOO_MANY')
        if size > allowed.file_mib * limits.MIB:
            raise EsignError(self.env._('The file is larger than %s MB.', allowed.file_mib), 'TOO_LARGE')
        taken = sum(one._newest().size for one in contracts if one.document_id)
        if taken + size > allowed.group_mib * limits.MIB:
            text = self.env._('The files of a group are at most %s MB together.', allowed.group_mib)
            raise EsignError(text, 'TOO_LARGE')

    def _free_name(self, name):
        """The file's name as a contract name that no other of the group has."""
        stem = filenames.clean(name.rpartition('.')[0] or name)[: limits.NAME_LENGTH - 6] or self.env._('Contract')
        taken, result, count = set(self.sudo().contract_ids.mapped('name')), stem, 1
        while result in taken:
            count += 1
            result = f'{stem} ({count})'
        return result

    def _remove_file(self, identity, contract_id):
        """Take a file out of the draft; one that is not there any more changes nothing."""
        group = self._require('edit', identity)
        contract = group.contract_ids.filtered(lambda one: one.id == contract_id)
        if contract:
            contract.unlink()
            self._draft_changed()
