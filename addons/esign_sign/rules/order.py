"""Whose turn it is. Parties with the same number sign at the same time; lower numbers come first."""

from collections.abc import Iterable, Sequence


def turn(parties: Iterable[tuple[int, bool]]) -> int | None:
    """The number whose parties may sign now, None when everybody has.

    :param parties: (number, has signed) of each party.
    """
    return min((number for number, signed in parties if not signed), default=None)


def normalised(numbers: Sequence[int], *, sequential: bool) -> list[int]:
    """Numbers as they are stored: 1, 2, 3 … without gaps; all 1 where there is no order.

    Equal numbers stay equal (serial + parallel).
    """
    if not sequential:
        return [1] * len(numbers)
    ranks = {number: rank for rank, number in enumerate(sorted(set(numbers)), 1)}
    return [ranks[number] for number in numbers]
