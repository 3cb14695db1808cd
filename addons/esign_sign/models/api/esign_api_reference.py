from odoo import api, fields, models


class EsignApiReference(models.Model):
    """Keys that stand for contract groups; those of contracts and parties are kept with them."""

    _inherit = 'esign.api.reference'

    kind = fields.Selection(selection_add=[('group', 'Contract group')], ondelete={'group': 'cascade'})

    @api.model
    def _models(self):
        return {**super()._models(), 'group': 'esign.contract.group'}


class EsignContract(models.Model):
    """A contract under the key of the system that made it."""

    _inherit = 'esign.contract'

    ref = fields.Char('Key of the business system', readonly=True, copy=False)


class EsignParty(models.Model):
    """A party under the key of the system that made it."""

    _inherit = 'esign.party'

    ref = fields.Char('Key of the business system', readonly=True, copy=False)
