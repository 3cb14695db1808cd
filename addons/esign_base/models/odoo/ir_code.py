"""Where Odoo keeps Python in rows: each such model, and what of it is run."""

from odoo import api, models

CLOSED = 'esign.code.closed'
# Models whose fields are guarded from everybody but our own methods: persons, acts, evidence; log-ins, keys; jobs.
GUARDED = ('esign.', 'queue.', 'res.users')


class IrActionsServer(models.Model):
    """Python of actions and crons, and values that are computed."""

    _name = 'ir.actions.server'
    _inherit = ['ir.actions.server', CLOSED]

    _esign_code_fields = frozenset({
        'code', 'crud_model_id', 'evaluation_type', 'link_field_id', 'model_id', 'resource_ref', 'state', 'update_path',
        'value', 'webhook_url',
    })  # fmt: skip
    _esign_always_code = frozenset({'code'})

    def _esign_holds_code(self):
        computed = self.evaluation_type == 'equation' and self.value
        return bool(self.state == 'code' or computed or self._esign_walks_past_guards())

    def _esign_walks_past_guards(self):
        """Actions run as superuser: they touch no guarded record, and call no address from inside the network."""
        if self.state == 'code':
            return False
        return self.state == 'webhook' or any(name.startswith(GUARDED) for name in self._esign_touched())

    def _esign_touched(self):
        """Names of the models that an action without code reads, writes, makes or writes to."""
        touched = {self.model_id.model or '', self.crud_model_id.model or ''}
        model = self.env.get(self.model_id.model)
        for step in (self.update_path or '').split('.'):
            field = model._fields.get(step) if model is not None else None
            model = self.env.get(field.comodel_name) if field and field.comodel_name else None
            touched.add(field.comodel_name or '' if field else '')
        return touched

    def _run(self, records, eval_context):
        closed = self._esign_code_is_closed()
        if closed and self._esign_walks_past_guards():
            self._esign_refuse()
        return super()._run(records, eval_context)

    def _run_action_code_multi(self, eval_context):
        """Code that is there all the same (written before, or by SQL) is not run unless a module brought it."""
        if self._esign_code_is_closed() and not self._esign_brought(self):
            self._esign_refuse_code()
        return super()._run_action_code_multi(eval_context)


class IrRule(models.Model):
    """Domains of rules see the user as a record, and with it everything."""

    _name = 'ir.rule'
    _inherit = ['ir.rule', CLOSED]

    _esign_code_fields = _esign_always_code = frozenset({'domain_force'})


class IrModelFields(models.Model):
    """Fields made by hand may be computed."""

    _name = 'ir.model.fields'
    _inherit = ['ir.model.fields', CLOSED]

    _esign_code_fields = _esign_always_code = frozenset({'compute'})


class IrActionsReport(models.Model):
    """Names of files are expressions over the record."""

    _name = 'ir.actions.report'
    _inherit = ['ir.actions.report', CLOSED]

    _esign_code_fields = _esign_always_code = frozenset({'attachment', 'print_report_name'})


class IrUiView(models.Model):
    """Templates of pages are compiled to Python; forms and lists are read by the browser."""

    _name = 'ir.ui.view'
    _inherit = ['ir.ui.view', CLOSED]

    _esign_code_fields = frozenset(
        {'arch', 'arch_base', 'arch_db', 'arch_fs', 'arch_prev', 'inherit_id', 'mode', 'type'}
    )

    def _esign_holds_code(self):
        return self.type == 'qweb' or self.inherit_id.type == 'qweb'

    @api.private
    def render_public_asset(self, template, values=None):
        """Nobody names a template to be rendered from outside."""
        return super().render_public_asset(template, values)


class IrQweb(models.AbstractModel):
    """Compiles templates of pages only: views of the web client carry expressions for the browser."""

    _inherit = 'ir.qweb'

    def _preload_trees(self, refs):
        if self.env[CLOSED]._esign_code_is_closed():
            found = self.env['ir.ui.view']._preload_views(refs)
            views = [found.get(int(ref) if str(ref).isdigit() else ref, {}).get('view') for ref in refs]
            if any(view and view.type != 'qweb' for view in views):
                self.env[CLOSED]._esign_refuse()
        return super()._preload_trees(refs)


class IrActionsTodo(models.Model):
    """Evaluates the context of an action with the user as a record."""

    _name = 'ir.actions.todo'
    _inherit = ['ir.actions.todo', CLOSED]

    _esign_code_fields = frozenset({'action_id'})

    def action_launch(self):
        self._esign_refuse_code()
        return super().action_launch()


class MailTemplate(models.Model):
    """Placeholders beyond the plain ones are expressions over the record."""

    _name = 'mail.template'
    _inherit = ['mail.template', CLOSED]

    _esign_code_fields = frozenset({
        'attachment_ids', 'body_html', 'email_cc', 'email_from', 'email_to', 'lang', 'model_id', 'partner_to',
        'reply_to', 'scheduled_date', 'subject',
    })  # fmt: skip

    def _esign_holds_code(self):
        return self._has_unsafe_expression()


class SmsTemplate(models.Model):
    """As mail templates."""

    _name = 'sms.template'
    _inherit = ['sms.template', CLOSED]

    _esign_code_fields = frozenset({'body', 'lang', 'model_id'})

    def _esign_holds_code(self):
        return self._has_unsafe_expression()


class MailRenderMixin(models.AbstractModel):
    """Plain placeholders are rendered only, but in templates that an installed module brought."""

    _inherit = 'mail.render.mixin'

    def _render_template_qweb(self, template_src, model, res_ids, *args, **kwargs):
        self._esign_check_typed(self._has_unsafe_expression_template_qweb, template_src, model)
        return super()._render_template_qweb(template_src, model, res_ids, *args, **kwargs)

    def _render_template_inline_template(self, template_txt, model, res_ids, *args, **kwargs):
        self._esign_check_typed(self._has_unsafe_expression_template_inline_template, template_txt, model)
        return super()._render_template_inline_template(template_txt, model, res_ids, *args, **kwargs)

    def _esign_check_typed(self, unsafe, text, model):
        closed = self.env[CLOSED]
        brought = self._unrestricted_rendering and self and closed._esign_brought(self)
        if not brought and closed._esign_code_is_closed() and unsafe(text, model):
            closed._esign_refuse()


class IrModuleModule(models.Model):
    """A module sent as a file brings data of every kind."""

    _inherit = 'ir.module.module'

    def _import_zipfile(self, *args, **kwargs):
        closed = self.env[CLOSED]
        if closed._esign_code_is_closed():
            closed._esign_refuse()
        return super()._import_zipfile(*args, **kwargs)
