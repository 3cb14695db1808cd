from odoo import fields, models
from odoo.orm.models import NO_ACCESS


class ResPartner(models.Model):
    """Contacts of persons: kept from everybody but administrators by record rules (``security/esign_reach_rules``).

    They hold a name and a language. Number, address and whatever else identifies stay with the person, behind masks.
    """

    _inherit = 'res.partner'

    esign_person_ids = fields.One2many('esign.person', 'partner_id', 'Persons', groups=NO_ACCESS)
