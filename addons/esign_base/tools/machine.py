"""State machines as one table of allowed moves."""

from collections.abc import Mapping

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
                'This cannot go from “%(source)s” to “%(target)s”. Reload the page to see the present state.',
                source=labels.get(source, source),
                target=labels.get(target, target),
            ),
            source=source,
            target=target,
        )
