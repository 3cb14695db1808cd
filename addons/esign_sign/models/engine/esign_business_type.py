from odoo import fields, models

ACCESS = [
    ('none', 'Not possible: log-in is needed'),
    ('code', 'After a code to the registered mobile'),
    ('open', 'At once: reading by the link alone'),
]


class EsignBusinessType(models.Model):
    """What a signing link opens. Signing asks for a code to the registered mobile in any case."""

    _inherit = 'esign.business.type'

    link_access = fields.Selection(ACCESS, 'Signing links open', required=True, default='code')
    link_minutes = fields.Integer('Signing links live (minutes)', required=True, default=120)

    _link_minutes = models.Constraint(
        'CHECK(link_minutes BETWEEN 5 AND 1440)', 'A signing link lives between 5 minutes and a day.'
    )
