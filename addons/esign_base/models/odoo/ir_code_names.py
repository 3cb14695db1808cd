"""Rows by which Python gets into others: defaults, and names that say which module brought a row."""

from odoo import api, models

from .ir_code import CLOSED


class IrDefault(models.Model):
    """No default for a field that holds Python."""

    _inherit = 'ir.default'

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._esign_refuse_code()
        return rows

    def write(self, vals):
        res = super().write(vals)
        self._esign_refuse_code()
        return res

    def _esign_refuse_code(self):
        """:raises AccessError: a row is for a field that holds Python, or decides whether others do."""
        closed = self.env[CLOSED]
        if closed._esign_code_is_closed() and any(self._esign_is_code(row.field_id) for row in self.sudo()):
            closed._esign_refuse()

    @api.model
    def _esign_is_code(self, named):
        field = self.env[named.model]._fields[named.name].base_field  # of the model that a cron is made over
        return field.name in getattr(self.pool[field.model_name], '_esign_code_fields', ())


class IrModelData(models.Model):
    """What a module brought may run: no row is entered as one of those afterwards."""

    _inherit = 'ir.model.data'

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._esign_refuse_brought()
        return rows

    def write(self, vals):
        res = super().write(vals)
        self._esign_refuse_brought()
        return res

    def _esign_refuse_brought(self):
        for row in self.sudo():
            self._esign_check_brought(row.module, row.model)

    @api.model
    def _update_xmlids(self, data_list, update=False):
        if self.env[CLOSED]._esign_code_is_closed():
            for data in data_list:
                if self.env.ref(data['xml_id'], raise_if_not_found=False) != data['record']:
                    self._esign_check_brought(data['xml_id'].partition('.')[0], data['record']._name)
        return super()._update_xmlids(data_list, update)

    @api.model
    def _esign_check_brought(self, module, model):
        """:raises AccessError: a row that may hold Python is named as if an installed module had brought it."""
        closed = self.env[CLOSED]
        if not closed._esign_code_is_closed() or module not in self.pool._init_modules:
            return
        if hasattr(self.pool.get(model), '_esign_code_fields'):
            closed._esign_refuse()
