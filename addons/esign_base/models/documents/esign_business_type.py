from odoo import fields, models

SCENES = [('enterprise', 'Enterprise signing'), ('hr', 'Human resources signing')]


class EsignBusinessType(models.Model):
    """What kind of business a contract is, and the policy that follows from it."""

    _name = 'esign.business.type'
    _description = 'Business type'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='Stable key for business systems.')
    scene = fields.Selection(SCENES, 'Signing scenario', required=True, default='enterprise')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    number_prefix = fields.Char('Prefix of contract numbers', required=True, default='HT')
    default_days = fields.Integer('Days to sign', required=True, default=30)
    longest_days = fields.Integer('Longest time to sign (days)', required=True, default=90)
    level = fields.Selection(
        [('B-T', 'Time-stamped (B-T)'), ('B-LT', 'Long-term (B-LT)')],
        'Signature level',
        required=True,
        default='B-LT',
        help='The completed document gets an archive time stamp (B-LTA) in any case.',
    )
    per_placement = fields.Boolean(
        'One signature for each seal', help='For readers that show shared signature values badly.'
    )
    copy_at = fields.Selection(
        [('start', 'When it is launched'), ('completion', 'When it is completed')],
        'Copies are shown',
        required=True,
        default='completion',
    )
    retention_years = fields.Integer('Years to keep', required=True, default=10)

    _code_uniq = models.Constraint('UNIQUE(code)', 'Another business type has this code.')
    _days_order = models.Constraint(
        'CHECK(default_days > 0 AND default_days <= longest_days AND longest_days <= 365)',
        'The days to sign lie between 1 and the longest time, and that is at most 365.',
    )
    _retention = models.Constraint('CHECK(retention_years >= 5)', 'Contracts are kept for at least five years.')
