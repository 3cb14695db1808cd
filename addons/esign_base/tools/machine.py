"""State machines as one table of allowed moves."""

from collections.abc import Mapping

from odoo.tools import SQL

from ..errors import IllegalMove


def check_move(record, moves: Mapping[str, frozenset[str]], target: str, field: str = 'state') -> None:
    """Refuse a move that the table does not hold.

    :param moves: state → states that may follow.
    :raises IllegalMove: with the labels of both states, for the page.
    """
    record.ensure_one()
    source = record[field]
    if target not in moves.get(source, frozenset()):
        labels = dict(record._fields[field]._description_selection(record.env))
        raise IllegalMove(
            record.env._(
                'This cannot go from “%(from_state)s” to “%(to_state)s”. Reload to see the present state.',
                from_state=labels.get(source, source),
                to_state=labels.get(target, target),
            ),
            source=source,
            target=target,
        )


def lock(record):
    """Lock the record's row and forget what was read before.

    Waits for a transaction that holds it; when that one has changed the row, PostgreSQL reports a
    serialization failure and the request is replayed on the new state.
    """
    record.ensure_one()
    record.env.execute_query(
        SQL('SELECT id FROM %s WHERE id = %s FOR NO KEY UPDATE', SQL.identifier(record._table), record.id)
    )
    record.invalidate_recordset()
    return record
