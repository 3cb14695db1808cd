from odoo import api, fields, models


class EsignCallbackKind(models.Model):
    """What a business system can be told of; each addon adds what happens on its floor."""

    _name = 'esign.callback.kind'
    _description = 'Event for business systems'
    _order = 'code'
    _rec_names_search = ['code', 'name']

    code = fields.Char(required=True, readonly=True)
    name = fields.Char('When', required=True, readonly=True, translate=True)

    _code_uniq = models.Constraint('UNIQUE(code)', 'This event is there already.')

    @api.depends('code', 'name')
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = f'{kind.code} {kind.name}'
