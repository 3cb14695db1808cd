from odoo import models
from odoo.tools import SQL, sql

from ...errors import EsignError

# No name in these functions is looked up where a session may put something of its own.
REFUSE = """
CREATE OR REPLACE FUNCTION esign_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $body$
"""
_ONLY_FORWARD = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF {violated} THEN
        RAISE EXCEPTION 'rows of % only go forward', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $body$
"""


class EsignAppendOnly(models.AbstractModel):
    """Rows that are written once: evidence.

    The ORM refuses writes and deletions for everybody, the superuser included, and a trigger in
    the database refuses them to whatever goes past the ORM. Where the roles of the database are
    separate (``config/cli/roles.py``), the table belongs to another role than the server's, which
    can then neither drop it nor switch the trigger off.
    """

    _name = 'esign.append.only'
    _description = 'Rows that are written once'

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        guard(self, REFUSE, 'esign_rows_stay', 'UPDATE OR DELETE', 'ROW', 'esign_refuse_change')
        guard(self, '', 'esign_table_stays', 'TRUNCATE', 'STATEMENT', 'esign_refuse_change')

    def write(self, vals):
        raise EsignError(self.env._('This is evidence: it is written once and never changed.'), 'APPEND_ONLY')

    def unlink(self):
        raise EsignError(self.env._('This is evidence: it is written once and never deleted.'), 'APPEND_ONLY')


class EsignForwardOnly(models.AbstractModel):
    """Evidence that has a life: rows whose facts are written once and whose state goes forward.

    A trigger in the database allows a change of ``_written_once`` columns from NULL only, of
    ``_forward`` columns along their table only, of ``_grows`` columns upwards only, of ``_free`` columns always,
    and of all others never; nothing is ever deleted.
    """

    _name = 'esign.forward.only'
    _description = 'Rows that only go forward'
    _written_once: frozenset[str] = frozenset()
    _forward: dict[str, dict[str, frozenset[str]]] = {}
    _grows: frozenset[str] = frozenset()
    _free: frozenset[str] = frozenset()

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        name = f'{self._table}_only_forward'
        rule = _ONLY_FORWARD.format(name=name, violated=' OR '.join(self._violations()))
        guard(self, rule, 'esign_rows_forward', 'UPDATE', 'ROW', name)
        guard(self, REFUSE, 'esign_rows_stay', 'DELETE', 'ROW', 'esign_refuse_change')
        guard(self, '', 'esign_table_stays', 'TRUNCATE', 'STATEMENT', 'esign_refuse_change')

    def _violations(self):
        """SQL conditions under which a change is refused, one for each column."""
        cr = self.env.cr
        for column in sorted(sql.table_columns(cr, self._table)):
            if column in self._free or column in ('write_uid', 'write_date'):
                continue
            was, now = f'OLD.{column}', f'NEW.{column}'
            if column in self._written_once:
                yield f'({was} IS NOT NULL AND {was} IS DISTINCT FROM {now})'
            elif column in self._grows:
                yield f'(coalesce({now}, 0) < coalesce({was}, 0))'
            elif moves := self._forward.get(column):
                # Several moves of one transaction may reach the database as one.
                ends = ((source, to) for source in moves for to in sorted(_after(moves, source)))
                allowed = ', '.join(f"('{source}', '{to}')" for source, to in ends)
                yield f'({was} IS DISTINCT FROM {now} AND ({was}, {now}) NOT IN ({allowed}))'
            else:
                yield f'({was} IS DISTINCT FROM {now})'

    def write(self, vals):
        self._refuse_facts(vals)
        return super().write(vals)

    def _refuse_facts(self, vals):
        """Refuse early, and in words, what the trigger refuses."""
        living = self._forward.keys() | self._grows | self._free
        for name in vals.keys() - living:
            if name not in self._written_once or any(record[name] for record in self.sudo()):
                raise EsignError(self.env._('This is evidence: it is written once and never changed.'), 'APPEND_ONLY')

    def unlink(self):
        raise EsignError(self.env._('This is evidence: it is written once and never deleted.'), 'APPEND_ONLY')


def _after(moves, source):
    """States that can follow ``source``, by one move or several."""
    reached, todo = set(), {source}
    while todo:
        todo = {to for state in todo for to in moves.get(state, ())} - reached
        reached |= todo
    return reached


def insert_row(model, row):
    """Store a row as it is: no default, no computed column, no hook has a say in what was attested.

    :return: its id.
    """
    now, uid = model.env.cr.now(), model.env.uid
    row = {**row, 'create_uid': uid, 'create_date': now, 'write_uid': uid, 'write_date': now}
    names = SQL(', ').join(map(SQL.identifier, row))
    query = SQL('INSERT INTO %s (%s) VALUES %s RETURNING id', SQL.identifier(model._table), names, tuple(row.values()))
    model.env.cr.execute(query)
    return model.env.cr.fetchone()[0]


def guard(model, function, trigger, event, scope, name):
    """Make a trigger on the table of a model, unless the table belongs to a role that is not ours.

    :param function: SQL that makes the trigger's function, or '' when it is there.
    :raises RuntimeError: the table is another role's and the trigger is not on it.
    """
    cr = model.env.cr
    if not owned(cr, model._table):
        cr.execute(SQL('SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s', model._table, trigger))
        if not cr.rowcount:
            raise RuntimeError(f'{model._table} has no trigger {trigger}: update by the role that owns it')
        return
    if function:
        cr.execute(function)
    cr.execute(
        SQL(
            'CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION %s()',
            SQL.identifier(trigger),
            SQL(event),
            SQL.identifier(model._table),
            SQL(scope),
            SQL.identifier(name),
        )
    )


def owned(cr, table):
    """Whether the session's role may alter a table."""
    cr.execute(SQL("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass", table))
    return cr.fetchone()[0]
