from odoo import api, fields, models
from odoo.tools import SQL

# Names our advisory locks beside those of others (any constant).
LOCK = 0x4553_0001


class EsignNumberCounter(models.Model):
    """How far the contract numbers of an enterprise have counted. Written by the launch alone.

    A row a number, never changed: a row that counts up would make every launch at the same time
    fail but one, and be replayed.
    """

    _name = 'esign.number.counter'
    _description = 'Counter of contract numbers'
    _log_access = False

    enterprise_id = fields.Many2one('esign.enterprise', 'Enterprise', required=True, ondelete='restrict')
    prefix = fields.Char(required=True)
    last = fields.Integer(required=True)

    _once = models.Constraint('UNIQUE(enterprise_id, prefix, last)', 'Each number is given once.')

    @api.model
    def _take(self, enterprise, prefix):
        """The next number of a prefix, without gaps: whoever comes next waits until this transaction has ended."""
        self.env.cr.execute(SQL('SELECT pg_advisory_xact_lock(%s, %s)', LOCK, enterprise.id))
        highest = SQL(
            'SELECT COALESCE(MAX(last), 0) FROM esign_number_counter WHERE enterprise_id = %s AND prefix = %s',
            enterprise.id,
            prefix,
        )
        [(own,)] = self.env.execute_query(highest)
        number = max(self._committed(highest), own) + 1
        self.env.cr.execute(
            SQL(
                'INSERT INTO esign_number_counter (enterprise_id, prefix, last) VALUES (%s, %s, %s)',
                enterprise.id,
                prefix,
                number,
            )
        )
        return number

    @api.model
    def _committed(self, highest):
        """What was committed since this transaction began, seen by a cursor of its own.

        While the addon is being installed its table is not committed, and nobody else launches.
        """
        if not self.env.registry.ready:
            return 0
        with self.env.registry.cursor() as cr:
            cr.execute(highest)
            return cr.fetchone()[0]

    @api.autovacuum
    def _gc_numbers(self):
        """Of each prefix only the highest number is needed."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM esign_number_counter counter USING (
                    SELECT enterprise_id, prefix, MAX(last) AS last FROM esign_number_counter GROUP BY 1, 2
                ) newest
                WHERE counter.enterprise_id = newest.enterprise_id AND counter.prefix = newest.prefix
                  AND counter.last < newest.last
                """
            )
        )
