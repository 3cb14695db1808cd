from odoo import models
from odoo.tools import SQL

from ..errors import EsignError

_REFUSE = """
CREATE OR REPLACE FUNCTION esign_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $body$
"""


class EsignAppendOnly(models.AbstractModel):
    """Rows that are written once: evidence.

    The ORM refuses writes and deletions for everybody, the superuser included, and a trigger in
    the database refuses them to whatever goes past the ORM.
    """

    _name = 'esign.append.only'
    _description = 'Rows that are written once'

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        cr = self.env.cr
        cr.execute(_REFUSE)
        for name, event, scope in (
            ('esign_rows_stay', 'UPDATE OR DELETE', 'ROW'),
            ('esign_table_stays', 'TRUNCATE', 'STATEMENT'),
        ):
            cr.execute(
                SQL(
                    'CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION esign_refuse_change()',
                    SQL.identifier(name),
                    SQL(event),
                    SQL.identifier(self._table),
                    SQL(scope),
                )
            )

    def write(self, vals):
        raise EsignError(self.env._('This is evidence: it is written once and never changed.'), 'APPEND_ONLY')

    def unlink(self):
        raise EsignError(self.env._('This is evidence: it is written once and never deleted.'), 'APPEND_ONLY')
