from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EsignFrequentParty(models.Model):
    """A party that an enterprise often signs with, to pick from."""

    _name = 'esign.frequent.party'
    _description = 'Frequent party'
    _order = 'used_at desc, id desc'

    owner_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='cascade', index=True)
    enterprise_id = fields.Many2one('esign.enterprise', 'Party (enterprise)', ondelete='cascade')
    person_id = fields.Many2one('esign.person', 'Party (person)', ondelete='cascade')
    used_at = fields.Datetime('Last used', default=fields.Datetime.now)
    uses = fields.Integer(default=0)

    _enterprise_once = models.UniqueIndex('(owner_id, enterprise_id) WHERE enterprise_id IS NOT NULL')
    _person_once = models.UniqueIndex('(owner_id, person_id) WHERE person_id IS NOT NULL')

    @api.constrains('enterprise_id', 'person_id')
    def _check_one(self):
        for frequent in self:
            if bool(frequent.enterprise_id) == bool(frequent.person_id):
                raise ValidationError(self.env._('A frequent party is an enterprise or a person.'))

    @api.model
    def _remember(self, group):
        """Note the parties of a launched group as used."""
        owner = group.sudo().initiator_id
        for party in group.sudo().party_ids:
            who = (
                {'enterprise_id': party.enterprise_id.id} if party.enterprise_id else {'person_id': party.person_id.id}
            )
            if party.enterprise_id == owner:
                continue
            domain = [('owner_id', '=', owner.id), *((name, '=', value) for name, value in who.items())]
            known = self.sudo().search(domain, limit=1) or self.sudo().create({'owner_id': owner.id, **who})
            known.write({'used_at': fields.Datetime.now(), 'uses': known.uses + 1})


class EsignContractGroup(models.Model):
    """Launching remembers the parties for whoever picks them from a list."""

    _inherit = 'esign.contract.group'

    def _launched_by(self, identity):
        super()._launched_by(identity)
        if identity.person:
            self.env['esign.frequent.party']._remember(self)
