"""The states of every machine: what each is called, how it looks, what it means for the record.

A machine's table maps each state to its :class:`State`, in the order in which lists show them. The model reads its
selection and moves from it, pages and views their colours, interfaces the names that they use instead. Higher floors
keep the tables of their machines in ``rules/states.py``, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a state looks: a colour of the portal (``es-tone``), or a decoration of the web client."""

    OK = 'ok'
    INFO = 'info'
    WAIT = 'wait'
    BAD = 'bad'
    QUIET = 'quiet'


OK, INFO, WAIT, BAD, QUIET = Tone
# What became of a record: open as long as nothing did.
RUNNING, DONE, VOID = 'running', 'done', 'void'
DECORATIONS = {OK: 'success', INFO: 'info', WAIT: 'warning', BAD: 'danger', QUIET: 'muted'}


@dataclass(frozen=True, slots=True)
class State:
    """One state of a machine.

    :param name: English; the field translates it.
    :param outcome: ``running``, ``done`` or ``void``; '' for what has not begun.
    :param to: states that may follow, separated by spaces.
    :param told_as: how business systems are told of it, where they do not tell it apart from another one.
    :param event: what they are told when a record comes into it (code of a call-back).
    """

    name: str
    tone: Tone
    outcome: str = ''
    to: str = ''
    told_as: str = ''
    event: str = ''


States = Mapping[str, State]


def selection(states: States) -> list[tuple[str, str]]:
    """For the field of the state."""
    return [(key, state.name) for key, state in states.items()]


def moves(states: States) -> dict[str, frozenset[str]]:
    """State → states that may follow."""
    return {key: frozenset(state.to.split()) for key, state in states.items()}


def of_outcome(states: States, outcome: str) -> tuple[str, ...]:
    """The states in which this has become of a record."""
    return tuple(key for key, state in states.items() if state.outcome == outcome)


def of_tone(states: States, tone: Tone) -> tuple[str, ...]:
    """The states that look like this."""
    return tuple(key for key, state in states.items() if state.tone == tone)


# Not activated: opened for somebody by a business system; entering it by a code on the number activates it.
# “Locked after wrong passwords” is no state of its own: it is the limiter's lock and thaws by itself.
ACCOUNT = {
    'pending': State('Not activated', WAIT, to='active closed'),
    'active': State('Active', OK, RUNNING, to='frozen closed'),
    'frozen': State('Frozen by staff', BAD, to='active closed'),
    'closed': State('Closed', QUIET, VOID),
}
PERSON = {
    'draft': State('Not verified', QUIET, to='pending verified revoked'),
    'pending': State('Under review', WAIT, to='draft verified rejected revoked'),
    'verified': State('Verified', OK, RUNNING, to='verified frozen expired revoked'),
    'rejected': State('Rejected', BAD, to='pending verified revoked'),
    'frozen': State('Frozen', BAD, to='verified revoked'),
    'expired': State('Expired', BAD, to='pending verified revoked'),
    'revoked': State('Revoked', BAD, VOID),
}
VERIFICATION = {
    'init': State('Started', QUIET, to='ongoing success fail'),
    'ongoing': State('Under review', WAIT, RUNNING, to='success fail withdrawn expired'),
    'success': State('Passed', OK, DONE),
    'fail': State('Not passed', BAD, VOID),
    'withdrawn': State('Withdrawn', QUIET, VOID),
    'expired': State('Expired', QUIET, VOID),
}
CERTIFICATE = {
    'requested': State('Being issued', INFO, to='failed valid cancelled'),
    'failed': State('Issuing failed', BAD, to='requested failed valid cancelled'),
    'valid': State('Valid', OK, RUNNING, to='revoked expired'),
    'revoked': State('Revoked certificate', BAD, VOID),
    'expired': State('Expired', QUIET, VOID),
    'cancelled': State('Cancelled', QUIET, VOID),
}
SEAL = {
    'making': State('Being made', WAIT, to='pending active destroyed failed'),
    'pending': State('Waiting for approval', WAIT, to='making active rejected'),
    'active': State('In use', OK, RUNNING, to='suspended collected'),
    'suspended': State('Suspended', QUIET, RUNNING, to='active collected'),
    'collected': State('Collected', QUIET, VOID, to='destroyed'),
    'destroyed': State('Destroyed', QUIET, VOID),
    'rejected': State('Rejected', BAD, VOID, to='making destroyed'),
    'failed': State('Could not be made', BAD, to='making destroyed'),
}
CONSENT = {
    'asked': State('Asked', WAIT, to='given void'),
    'given': State('Given', INFO, RUNNING, to='used void'),
    'used': State('Used', OK, DONE),
    'void': State('Void', QUIET, VOID),
}
HANDWRITING = {
    'waiting': State('Waiting', WAIT, RUNNING, to='written expired'),
    'written': State('Written', INFO, RUNNING, to='kept expired'),
    'kept': State('Kept', OK, DONE),
    'expired': State('Expired', QUIET, VOID),
}
CALLBACK = {
    'paused': State('Paused', QUIET),
    'active': State('Running', OK, RUNNING),
}
CALLBACK_EVENT = {
    'pending': State('Waiting', INFO, RUNNING),
    'sent': State('Received', OK, DONE),
    'dead': State('Given up', BAD),
}
