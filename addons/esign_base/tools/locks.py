"""Locks on rows, kept until the transaction ends: the one place that says ``SELECT … FOR …``.

Clocks that leave alone what is at work elsewhere use Odoo's own ``try_lock_for_update`` (SKIP LOCKED).
"""

from odoo.tools import SQL

# PostgreSQL's strengths, as far as something here needs them.
KEEP_OUT_WRITERS = 'SHARE'  # the row stays as it is; others may hold the same lock
WRITE = 'NO KEY UPDATE'  # one at a time; others may still insert rows that point to this one
WHOLE = 'UPDATE'  # one at a time, and nobody points to the row meanwhile


def lock(records, *, strength=WRITE):
    """Wait for the rows and keep them until the transaction ends.

    A transaction whose rows were changed meanwhile fails here with a serialization error, and the
    request is replayed against what is true now. So what it has read of them before stays true:
    transactions see one snapshot (REPEATABLE READ), a commit empties the cache, and nothing is read again.

    :param strength: one of the strengths above.
    :return: the records.
    """
    if records:
        locked_values(records, ('id',), strength=strength)
    return records


def locked_values(records, columns, *, strength=WRITE):
    """:func:`lock` rows, some at least, and read columns in the same statement.

    :param columns: names of columns; what the ORM has not flushed yet is not in them.
    :return: a tuple for each row, by id.
    """
    cr = records.env.cr
    cr.execute(
        SQL(
            'SELECT %s FROM %s WHERE id IN %s ORDER BY id FOR %s',
            SQL(', ').join(map(SQL.identifier, columns)),
            SQL.identifier(records._table),
            tuple(records.ids),
            SQL(strength),
        ),
        log_exceptions=False,  # a serialization failure is no fault: the request is replayed
    )
    return cr.fetchall()
