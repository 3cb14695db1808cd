from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import development


class EsignCodeClosed(models.AbstractModel):
    """Keeps Python out of rows of the database.

    Whoever can write Python that the server runs can do everything in anybody's name. In production it comes with
    installed modules alone; their data are loaded while the registry is not ready yet. Nobody is excepted, the
    superuser neither: Odoo lets administrators become superuser in the web client.
    """

    _name = 'esign.code.closed'
    _description = 'Rows that may hold Python'

    # Fields that hold Python, or decide whether others do.
    _esign_code_fields = frozenset()
    # Those of them whose every value is Python: refused before the row is written, which may run it already.
    _esign_always_code = frozenset()

    @api.model
    def _esign_code_is_closed(self):
        return self.pool.ready and not development.code_open()

    def _esign_holds_code(self):
        """Whether a row has something in these fields that would be run."""
        self.ensure_one()
        return any(self[name] for name in self._esign_code_fields)

    @api.model
    def _esign_brought(self, rows):
        """Whether installed modules brought all of the rows, by the names that the database has for them."""
        names = rows.sudo().get_external_id().values()
        return all(name.partition('.')[0] in self.pool._init_modules for name in names)

    def _esign_refuse_code(self):
        """:raises AccessError: a row holds Python in some language, and this installation takes none."""
        if not self._esign_code_is_closed():
            return
        installed = {code for code, _name in self.env['res.lang'].get_installed()}
        for lang in installed | {'en_US'}:
            if any(row._esign_holds_code() for row in self.sudo().with_context(lang=lang)):
                self._esign_refuse()

    @api.model
    def _esign_check_values(self, vals):
        """:raises AccessError: values are Python."""
        if self._esign_code_is_closed() and any(vals.get(name) for name in self._esign_always_code):
            self._esign_refuse()

    @api.model
    def _esign_refuse(self):
        raise AccessError(
            self.env._('This installation runs no code from the database. See “Code” in the operator’s guide.')
        )

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(sorted(self._esign_always_code))  # from the context and from the database
        for vals in vals_list:
            self._esign_check_values({**defaults, **vals})
        rows = super().create(vals_list)
        rows._esign_refuse_code()
        return rows

    def write(self, vals):
        self._esign_check_values(vals)
        res = super().write(vals)
        if not self._esign_code_fields.isdisjoint(vals):
            self._esign_refuse_code()
        return res

    def _update_field_translations(self, field_name, *args, **kwargs):
        done = super()._update_field_translations(field_name, *args, **kwargs)
        if field_name in self._esign_code_fields:
            self._esign_refuse_code()
        return done
