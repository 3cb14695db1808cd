"""Where Odoo keeps Python in rows: each such model, and what of it is run."""

from odoo import models

CLOSED = 'esign.code.closed'


class IrActionsServer(models.Model):
    """Python of actions and crons, and values that are computed."""

    _name = 'ir.actions.server'
    _inherit = ['ir.actions.server', CLOSED]

    _esign_code_fields = frozenset({'code', 'state', 'value', 'evaluation_type'})
    _esign_always_code = frozenset({'code'})

    def _esign_holds_code(self):
        return self.state == 'code' or bool(self.evaluation_type == 'equation' and self.value)

    def _run_action_code_multi(self, eval_context):
        """Code that is there all the same (written before, or by SQL) is not run unless a module brought it."""
        if self._esign_code_is_closed() and not self._esign_from_module():
            self._esign_refuse_code()
        return super()._run_action_code_multi(eval_context)

    def _esign_from_module(self):
        names = self.sudo().get_external_id()[self.id]
        return names.partition('.')[0] in self.pool._init_modules


class IrRule(models.Model):
    """Domains of rules see the user as a record, and with him everything."""

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


class MailRenderMixin(models.AbstractModel):
    """What is typed into a composer is rendered with plain placeholders only."""

    _inherit = 'mail.render.mixin'

    def _render_template_qweb(self, template_src, model, res_ids, *args, **kwargs):
        self._esign_check_typed(self._has_unsafe_expression_template_qweb, template_src, model)
        return super()._render_template_qweb(template_src, model, res_ids, *args, **kwargs)

    def _render_template_inline_template(self, template_txt, model, res_ids, *args, **kwargs):
        self._esign_check_typed(self._has_unsafe_expression_template_inline_template, template_txt, model)
        return super()._render_template_inline_template(template_txt, model, res_ids, *args, **kwargs)

    def _esign_check_typed(self, unsafe, text, model):
        closed = self.env[CLOSED]
        if not self._unrestricted_rendering and closed._esign_code_is_closed() and unsafe(text, model):
            closed._esign_refuse()


class IrModuleModule(models.Model):
    """A module sent as a file brings data of every kind."""

    _inherit = 'ir.module.module'

    def _import_zipfile(self, *args, **kwargs):
        closed = self.env[CLOSED]
        if closed._esign_code_is_closed():
            closed._esign_refuse()
        return super()._import_zipfile(*args, **kwargs)
