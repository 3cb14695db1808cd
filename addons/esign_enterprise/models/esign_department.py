from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..rules import names
from .esign_enterprise_role import ADMINISTRATOR, MEMBER_MANAGER

MANAGERS = (ADMINISTRATOR, MEMBER_MANAGER)


class EsignDepartment(models.Model):
    """A department of an internal enterprise; it may be a party and hold seals of its own."""

    _name = 'esign.department'
    _description = 'Department'
    _order = 'complete_name, id'
    _rec_name = 'complete_name'
    _parent_store = True

    name = fields.Char('Department name', required=True)
    complete_name = fields.Char('Full name', compute='_compute_complete_name', store=True, recursive=True)
    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict', index=True)
    parent_id = fields.Many2one(
        'esign.department', 'Parent department', ondelete='restrict', index=True,
        domain="[('enterprise_id', '=', enterprise_id)]",
    )  # fmt: skip
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many('esign.department', 'parent_id', 'Sub-departments')
    member_ids = fields.One2many('esign.enterprise.member', 'department_id', 'Members')
    member_count = fields.Integer('Members count', compute='_compute_member_count')
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        '(enterprise_id, COALESCE(parent_id, 0), name) WHERE active',
        'There is a department with this name already.',
    )

    @api.depends('name', 'parent_id.complete_name')
    def _compute_complete_name(self):
        for record in self:
            parent = record.parent_id.complete_name
            record.complete_name = f'{parent} / {record.name}' if parent else record.name

    def _compute_member_count(self):
        rows = self.env['esign.enterprise.member']._read_group(
            [('department_id', 'in', self.ids), ('state', '=', 'active')], ['department_id'], ['__count']
        )
        counts = {department.id: number for department, number in rows}
        for record in self:
            record.member_count = counts.get(record.id, 0)

    @api.constrains('name', 'enterprise_id', 'parent_id')
    def _check_department(self):
        for record in self:
            if names.problem(record.name):
                raise ValidationError(self.env._('Write the department name with 2 to 100 plain characters.'))
            if record.enterprise_id.kind != 'internal':
                raise ValidationError(self.env._('Only internal enterprises have departments.'))
            if record.parent_id and record.parent_id.enterprise_id != record.enterprise_id:
                raise ValidationError(self.env._('The parent department belongs to another enterprise.'))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals['name'] = names.normalise(vals.get('name'))
        return super().create(vals_list)

    def write(self, vals):
        if 'enterprise_id' in vals and any(r.enterprise_id.id != vals['enterprise_id'] for r in self):
            raise UserError(self.env._('A department does not change its enterprise.'))
        if 'name' in vals:
            vals = {**vals, 'name': names.normalise(vals['name'])}
        return super().write(vals)

    @api.model
    def _add(self, enterprise, user, name, parent=None):
        """Add a department for an administrator or member manager of ``enterprise``."""
        enterprise._require(user, *MANAGERS)
        if parent and parent.sudo().enterprise_id != enterprise:
            raise UserError(self.env._('The parent department belongs to another enterprise.'))
        self._refuse_double(enterprise, names.normalise(name), parent)
        return self.sudo().create(
            {'enterprise_id': enterprise.id, 'name': name, 'parent_id': parent.id if parent else False}
        )

    def _rename(self, user, name):
        """Give the department another name."""
        self.sudo().enterprise_id._require(user, *MANAGERS)
        self._refuse_double(self.sudo().enterprise_id, names.normalise(name), self.sudo().parent_id)
        self.sudo().name = name
        return self

    def _close(self, user):
        """Archive an empty department; signed contracts go on naming it."""
        record = self.sudo()
        record.enterprise_id._require(user, *MANAGERS)
        if record.child_ids or record.member_ids.filtered(lambda m: m.state == 'active'):
            raise UserError(self.env._('Move the members and sub-departments elsewhere first.'))
        record.active = False
        return self

    def _refuse_double(self, enterprise, name, parent):
        twin = self.sudo().search(
            [
                ('enterprise_id', '=', enterprise.id),
                ('name', '=', name),
                ('parent_id', '=', parent.id if parent else False),
            ]
        )
        if twin - self:
            raise UserError(self.env._('There is a department with this name already.'))
