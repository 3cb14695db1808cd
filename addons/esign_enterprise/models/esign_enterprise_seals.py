from odoo import fields, models

from .esign_enterprise_role import SEAL_OPERATOR
from .esign_seal import PERSONAL


class EsignEnterprise(models.Model):
    """What certification, renaming and departures mean for certificates, seals and grants."""

    _inherit = 'esign.enterprise'

    seal_ids = fields.One2many('esign.seal', 'enterprise_id', 'Seals')
    certificate_ids = fields.One2many('esign.certificate', 'enterprise_id', 'Certificates')
    seal_count = fields.Integer('Number of seals', compute='_compute_seal_count')

    def _compute_seal_count(self):
        rows = self.env['esign.seal']._read_group(
            [('enterprise_id', 'in', self.ids), ('state', 'in', ('active', 'suspended'))],
            ['enterprise_id'],
            ['__count'],
        )
        counts = {enterprise.id: number for enterprise, number in rows}
        for record in self:
            record.seal_count = counts.get(record.id, 0)

    def _on_certified(self, certification, first):
        super()._on_certified(certification, first)
        self._equip()

    def _equip(self):
        """See that a certified enterprise has a certificate (under way); idempotent.

        It gets the two usual seals as well, unless its certification says that it wants none.
        """
        for enterprise in self.sudo().filtered(lambda e: e.state == 'certified'):
            enterprise.env['esign.certificate']._request_for(enterprise)
            if enterprise.certification_id.default_seals:
                enterprise.env['esign.seal']._make_defaults(enterprise)

    def _on_renamed(self, old_name):
        super()._on_renamed(old_name)
        reason = self.env._('The enterprise was called %s before.', old_name)
        self.env['esign.seal']._stop_of(self, reason, without=PERSONAL)
        self.env['esign.certificate']._drop_of([self.uscc], 'affiliation_changed', reason)
        self._equip()

    def _on_legal_changed(self, old_name):
        super()._on_legal_changed(old_name)
        reason = self.env._('The legal representative changed.')
        self.env['esign.seal']._stop_of(self, reason, kinds=PERSONAL)

    def _on_state_changed(self, old, new):
        super()._on_state_changed(old, new)
        if new == 'revoked':
            reason = self.env._('The certification of the enterprise was revoked.')
            self.env['esign.seal']._stop_of(self, reason)
            self.env['esign.certificate']._drop_of([self.uscc], 'privilege_withdrawn', reason)
        elif new == 'certified':
            self._equip()

    def _on_member_removed(self, member):
        super()._on_member_removed(member)
        self.env['esign.seal.grant']._drop_member(member)

    def _on_member_roles_changed(self, member, lost):
        super()._on_member_roles_changed(member, lost)
        if SEAL_OPERATOR in lost:
            self.env['esign.seal.grant']._drop_member(member)
