from odoo import fields, models

ADMINISTRATOR = 'administrator'
SEAL_OPERATOR = 'seal_operator'
LEGAL = 'legal_rep'
MEMBER = 'member'
MEMBER_MANAGER = 'member_manager'
# Who may bind the enterprise may also ask others to: these launch, and look up whom they launch to.
LAUNCHERS = (ADMINISTRATOR, LEGAL, SEAL_OPERATOR)
# What a member manager may hand out; everything above would let them raise themselves.
PLAIN = frozenset({MEMBER})
# Given by a certification or a change of administrator, never by a tick in a list.
EARNED = frozenset({LEGAL})


class EsignEnterpriseRole(models.Model):
    """What a member may do in the enterprise. The codes are fixed; the names are translated."""

    _name = 'esign.enterprise.role'
    _description = 'Role in an enterprise'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.UniqueIndex('(code)', 'A role with this code exists already.')

    def _of(self, *codes):
        """Return the roles of these codes (superuser)."""
        return self.sudo().search([('code', 'in', codes)])
