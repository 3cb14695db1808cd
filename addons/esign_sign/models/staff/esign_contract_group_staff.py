import base64
import datetime as dt

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.esign_base.errors import EsignError
from odoo.addons.esign_base.tools.answer import Answer

from ..engine.esign_contract_group_launch import LaunchRefused
from ..engine.esign_identity import OPERATORS

AUDITORS = 'esign_base.group_esign_auditor'


class EsignContractGroup(models.Model):
    """What staff do in the web client, for internal enterprises."""

    _inherit = 'esign.contract.group'

    staff_acts = fields.Boolean('Staff may act', compute='_compute_staff_acts')
    is_late = fields.Boolean('Due within 3 days', compute='_compute_is_late')

    @api.depends('initiator_id')
    @api.depends_context('uid')
    def _compute_staff_acts(self):
        operator = self.env.user.has_group(OPERATORS)
        for group in self:
            group.staff_acts = operator and group.initiator_id.sudo().kind == 'internal'

    @api.depends('expires_at', 'state')
    def _compute_is_late(self):
        soon = fields.Datetime.now() + dt.timedelta(days=3)
        for group in self:
            group.is_late = (
                group.state in ('pending', 'signing') and bool(group.expires_at) and group.expires_at <= soon
            )

    @api.onchange('business_type_id')
    def _onchange_business_type_id(self):
        """Propose the usual deadline of the business type."""
        if self.business_type_id and self.state == 'draft':
            self.deadline = self._today() + dt.timedelta(days=self.business_type_id.default_days)

    def _staff(self):
        """The identity under which the current user acts on this group."""
        self.ensure_one()
        return self.env['esign.identity']._staff(self.initiator_id)

    def action_assign_all(self):
        """Let every party sign every file of the draft."""
        self.ensure_one()
        self._require('edit', self._staff())
        for party in self.party_ids:
            party.contract_ids = self.contract_ids
        return True

    def action_launch(self):
        """Launch a draft.

        :raises EsignError: with everything that stands in the way, one line each.
        """
        self.ensure_one()
        try:
            self._launch(self._staff())
        except LaunchRefused as refused:
            lines = '\n'.join(f'• {reason}' for reason in dict.fromkeys(text for _, text in refused.details['faults']))
            raise EsignError(self.env._('This cannot be launched yet:\n%s', lines), refused.code) from refused
        return True

    def action_retry(self):
        """Prepare again after a failure."""
        self.ensure_one()
        self._retry(self._staff())
        return True

    def action_try_again(self):
        """Try what failed once more, now: preparation, silent signing, interrupted signing, archive time stamps.

        A person whose signing failed begins anew in person.
        """
        self.ensure_one()
        if not self.env.user.has_group(OPERATORS):
            raise AccessError(self.env._('Only operators do this.'))
        group = self._lock().sudo()
        if group.state == 'preparing':
            group._prepare_later()
        for party in group.party_ids.filtered('problem_code'):
            party._try_again(self.env.user)
        for contract in group.contract_ids.filtered('problem_code'):
            contract._archive_later()
        return True

    def action_remind(self):
        """Remind everybody whose turn it is, and say who was reminded and who was not, and why."""
        self.ensure_one()
        done, left = self._remind(self._staff())
        words = [self.env._('Reminded: %s', ', '.join(done))] if done else []
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success' if done else 'warning',
                'message': ' '.join(words + left) or self.env._('Nobody has anything to sign now.'),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    def action_revoke(self):
        """Ask for the reason, then revoke."""
        self.ensure_one()
        self._may('revoke', self._staff()).require()
        return self.env['esign.reason.wizard']._ask(self, 'revoke', self.env._('Revoke'))

    def _staff_revoke(self, reason):
        """Revoke for the reason that was given in the wizard."""
        return self._revoke(self._staff(), reason)

    def action_extend(self):
        """Ask for a new deadline."""
        self.ensure_one()
        self._may('extend', self._staff()).require()
        wizard = self.env['esign.extend.wizard'].create({'group_id': self.id})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Extend the deadline'),
            'res_model': wizard._name,
            'res_id': wizard.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def action_trace(self):
        """Open the trace, with its hashes and time stamps."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Trace'),
            'res_model': 'esign.trace.chain',
            'res_id': self.chain_id.id,
            'view_mode': 'form',
        }


class EsignContract(models.Model):
    """Files as staff upload and take them."""

    _inherit = 'esign.contract'

    upload = fields.Binary('File', compute='_compute_upload', inverse='_inverse_upload')
    upload_name = fields.Char('File name', compute='_compute_upload', inverse='_inverse_upload')
    revision_ids = fields.One2many(related='document_id.revision_ids', string='Revisions')

    @api.depends('document_id.name')
    def _compute_upload(self):
        for contract in self:
            contract.upload = False  # what was taken is downloaded by its revision, never through the form
            contract.upload_name = contract.document_id.name

    def _inverse_upload(self):
        """Take what was uploaded; a file that cannot be signed is refused with the reason."""
        for contract in self:
            if contract.upload:
                contract._take_file(contract.upload_name or contract.name, contract._uploaded())

    def _uploaded(self):
        # A Binary in the cache is base64, as the client sent it.
        return base64.b64decode(self.upload)

    @api.onchange('upload_name')
    def _onchange_upload_name(self):
        """Name the contract after its file where it has no name yet."""
        if self.upload_name and not self.name:
            self.name = self.upload_name.rpartition('.')[0] or self.upload_name

    def action_download(self):
        """Send the browser to the newest revision."""
        self.ensure_one()
        self._may_take().require()
        return {'type': 'ir.actions.act_url', 'url': f'/esign/staff/contracts/{self.id}', 'target': 'download'}

    def _may_take(self):
        """Whether the current user may take the file: auditors any, operators those of internal enterprises."""
        self.ensure_one()
        self.check_access('read')
        user, contract = self.env.user, self.sudo()
        enterprises = contract.group_id.initiator_id | contract.group_id.party_ids.enterprise_id
        internal = 'internal' in enterprises.mapped('kind')
        if not (user.has_group(AUDITORS) or (user.has_group(OPERATORS) and internal)):
            return Answer.no('NOT_ALLOWED', self.env._('Only auditors take the files of other enterprises.'))
        if not contract.document_id:
            return Answer.no('NO_FILE', self.env._('“%s” has no file.', contract.name))
        return Answer.yes()

    def _staff_file(self):
        """Name and bytes of the newest revision, for staff; taking it stands in the trace.

        :raises EsignError: not allowed, or there is no file.
        """
        self._may_take().require()
        revision, group = self._newest(), self.sudo().group_id
        if group.chain_id:
            user = self.env.user
            group._trace('downloaded', actor=f'{user.name} <{user.login}>', revision=revision)
        return self._file_name(), revision._bytes()


class EsignParty(models.Model):
    """Which files a party signs, as one field."""

    _inherit = 'esign.party'

    contract_ids = fields.Many2many(
        'esign.contract', string='Signs', compute='_compute_contract_ids', inverse='_inverse_contract_ids'
    )

    @api.depends('signer_ids.contract_id')
    def _compute_contract_ids(self):
        for party in self:
            party.contract_ids = party.signer_ids.contract_id

    def _inverse_contract_ids(self):
        """Add the missing signers and drop the others, with their positions."""
        for party in self:
            wanted = party.contract_ids
            if wanted.group_id - party.group_id:
                raise EsignError(self.env._('This contract belongs to another group.'), 'NOT_YOURS')
            kept = party.signer_ids
            kept.filtered(lambda signer, wanted=wanted: signer.contract_id not in wanted).unlink()
            new = wanted - kept.contract_id
            kept.create([{'contract_id': contract.id, 'party_id': party.id} for contract in new])
