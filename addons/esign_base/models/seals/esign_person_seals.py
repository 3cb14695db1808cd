from odoo import models


class EsignPerson(models.Model):
    """What verification means for a person's seals and certificates."""

    _inherit = 'esign.person'

    def _move(self, target, **values):
        result = super()._move(target, **values)
        if target == 'verified':
            self.env['esign.seal']._make_name_seal(self.sudo())
        elif target == 'revoked':
            for seal in self.env['esign.seal']._owned(self):
                if seal.state in ('active', 'suspended'):
                    seal._collect(self.env._('The person was revoked.'))
        return result
