"""What lists of the web client cost: the queries of a page, whatever stands in it."""

from lxml import etree

from .common import our_models

FEW, MANY = 10, 1000
PAGE = 500  # rows on one page: the ORM reads by thousands, and what demo data add must fit in


class ListCosts:
    """Counts the queries of lists; mixed into a TransactionCase."""

    def lists(self, floors, wanted):
        """(model, kind of view, what it reads) of every window action of these floors.

        :param wanted: takes the name of a model.
        """
        names = self.env['ir.model.data'].search([('module', 'in', floors), ('model', '=', 'ir.actions.act_window')])
        found = {}
        for action in self.env['ir.actions.act_window'].browse(names.mapped('res_id')):
            model = self.env[action.res_model] if action.res_model in our_models(self.env) else None
            if model is None or model._transient or not wanted(model._name):
                continue
            for kind in {'list', 'kanban'} & set(action.view_mode.split(',')):
                found[action.res_model, kind] = self.specification(action.res_model, kind)
        return [(*key, spec) for key, spec in sorted(found.items())]

    def specification(self, model, kind):
        """What the web client would ask for."""
        staff = self.env[model].with_user(self.env.ref('base.user_admin'))
        arch = etree.fromstring(staff.get_views([(False, kind)])['views'][kind]['arch'])
        spec = {}
        for node in arch.iter('field'):
            name = node.get('name')
            type_ = staff._fields[name].type
            shown = {'display_name': {}} if type_ in ('many2one', 'many2many', 'reference') else {}
            spec[name] = {'fields': shown} if type_ in ('many2one', 'many2many', 'one2many', 'reference') else {}
        return spec

    def costs(self, lists):
        for one in lists:
            self.open(*one)  # rights and translations are cached by the first look
        return {f'{model} {kind}': self.count(model, kind, spec) for model, kind, spec in lists}

    def count(self, model, kind, spec):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.open(model, kind, spec)
        return self.cr.sql_log_count - before

    def open(self, model, _kind, spec):
        staff = self.env[model].with_user(self.env.ref('base.user_admin'))
        staff.with_context(bin_size=True).search([], limit=PAGE).web_read(spec)
