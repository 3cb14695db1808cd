import io
import zipfile

from odoo import fields, models

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.rules import filenames
from odoo.addons.esign_base.signing.acts.archive import archive
from odoo.addons.esign_base.tools.said import listening
from odoo.addons.esign_base.tools.signing_messages import explained


class EsignContract(models.Model):
    """What is done to a contract that everybody has signed."""

    _inherit = 'esign.contract'

    def _archive_later(self):
        """Queue the archive time stamp."""
        self.with_delay(
            identity_key=f'esign-archive-{self.id}', channel='root.esign', description=f'Archive {self.name}'
        )._archive()

    @listening()
    def _archive(self):
        """Add the document time stamp that makes the signatures last (B-LTA). Repeatable.

        What hinders it is kept on the contract and told once; the clock tries again.
        """
        self.ensure_one()
        contract = self._lock().sudo()
        if contract.state != 'signed' or contract.archived_at:
            return False
        failure = contract._try(contract._stamp)
        if failure:
            contract._fail(failure)
            return False
        contract._mend()
        return True

    def _stamp(self):
        contract = self
        document = contract.document_id._lock()
        base = document._newest()
        signing = self.env['esign.signing']
        with explained(self.env):
            done = archive(
                base._bytes(),
                signing._time_stamper(),
                signing._trust(),
                base_sha256=base.sha256,
                given=document._earlier_fields(),
            )
        revision = document._append(done.content, 'archive', base=base, reference=f'{contract._name},{contract.id}')
        contract.archived_at = fields.Datetime.now()
        contract.group_id._trace('archived', revision=revision, data={'contract': contract.id})


class EsignContractGroup(models.Model):
    """Taking the finished files away."""

    _inherit = 'esign.contract.group'

    def _download(self, contract=None):
        """One contract as a PDF, or the group as a ZIP: (file name, bytes).

        :raises EsignError: a void group is not handed out.
        """
        self.ensure_one()
        group = self.sudo()
        if group.state in ('draft', 'preparing', 'failed', 'refused', 'revoked', 'expired'):
            raise EsignError(self.env._('There is nothing to download in this state.'), 'WRONG_STATE')
        contracts = contract.sudo() if contract else group.contract_ids
        if contract and contracts.group_id != group:
            raise EsignError(self.env._('This contract belongs to another group.'), 'NOT_YOURS')
        if len(contracts) == 1:
            return contracts._file_name(), contracts._newest()._bytes()
        names = filenames.distinct(one._file_name() for one in contracts)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive_file:
            for name, one in zip(names, contracts, strict=True):
                archive_file.writestr(name, one._newest()._bytes())
        return filenames.file_name(group.number or '', group.name, 'zip'), packed.getvalue()
