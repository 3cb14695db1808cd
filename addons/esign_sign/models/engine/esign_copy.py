from odoo import fields, models


class EsignCopy(models.Model):
    """A person who gets a copy: reads and nothing else."""

    _name = 'esign.copy'
    _description = 'Copy to a person'
    _inherit = ['esign.draft.part']
    _order = 'group_id.id desc, id'

    group_id = fields.Many2one('esign.contract.group', 'Group', required=True, ondelete='cascade', index=True)
    person_id = fields.Many2one('esign.person', 'Person', required=True, ondelete='restrict', index=True)
    told_at = fields.Datetime(readonly=True, copy=False)

    _once = models.Constraint('UNIQUE(group_id, person_id)', 'This person gets a copy already.')
    _told_idx = models.Index('(person_id, group_id) WHERE told_at IS NOT NULL')
