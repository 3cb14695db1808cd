"""The state of a record as pages show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What a badge shows.

    :param label: translated name of the state.
    :param tone: its colour, see :class:`..rules.states.Tone`.
    """

    label: str
    tone: str


def state_of(record) -> Shown:
    """The state of a record whose model has a table of states (``_states``)."""
    labels = dict(record._fields['state']._description_selection(record.env))
    return Shown(labels[record.state], record._states[record.state].tone)
