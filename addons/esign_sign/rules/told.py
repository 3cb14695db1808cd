"""What the events of a trace tell of a contract group: what it is, who signed when, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from odoo.addons.esign_base.rules.clock import naive_utc

# Kinds of events → the state in which they leave the group.
ENDS = {'completed': 'done', 'refused': 'refused', 'revoked': 'revoked', 'expired': 'expired'}
SIGNINGS = ('signed', 'auto_signed')
KINDS = ('launched', 'extended', *SIGNINGS, 'finished', *ENDS)
BEFORE_SIGNING = frozenset({'preparing', 'failed', 'pending'})
OPEN = frozenset({'draft', 'waiting', 'pending'})


@dataclass(slots=True)
class Done:
    """One act: when its last event was, contract id → id of the document signed, contracts it finished."""

    at: datetime
    documents: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Told:
    """:param launched: data of the launch; empty before it. :param end: state in which the group ended."""

    launched: Mapping[str, Any] = field(default_factory=dict)
    launched_at: datetime | None = None
    deadline: str | None = None
    end: str | None = None
    ended_at: datetime | None = None
    reason: str = ''
    acts: dict[int, Done] = field(default_factory=dict)

    def part(self, kind: str, number: int) -> Mapping[str, Any]:
        """What the launch told of one of its ``contracts`` or ``parties``; empty when nothing."""
        return next((one for one in self.launched.get(kind, ()) if one.get('id') == number), {})

    def group_states(self) -> frozenset[str]:
        """In which states the group can be."""
        if self.end:
            return frozenset({self.end})
        if not self.launched_at:
            return frozenset({'draft'})
        return frozenset({'signing'}) if self.acts else BEFORE_SIGNING

    def party_states(self, *, finished: bool) -> frozenset[str]:
        """In which states a party can be; ``finished``: it signed all that it was to sign."""
        if finished:
            return frozenset({'signed'})
        if self.end == 'refused':
            return frozenset({'refused', 'revoked'})
        return frozenset({self.end}) if self.end else OPEN


def told_by(payloads: Iterable[Mapping[str, Any]]) -> Told:
    """Read the payloads of events, in their order."""
    told = Told()
    for payload in payloads:
        kind, data, at = payload['kind'], payload.get('data') or {}, naive_utc(datetime.fromisoformat(payload['at']))
        if kind == 'launched':
            told.launched, told.launched_at, told.deadline = data, at, data.get('deadline')
        elif kind == 'extended':
            told.deadline = data.get('to')
        elif kind in ENDS:
            told.end, told.ended_at, told.reason = ENDS[kind], at, payload.get('note') or ''
        elif kind in KINDS and data.get('act'):
            _add(told.acts.setdefault(data['act'], Done(at)), payload, data, at)
    return told


def _add(done: Done, payload: Mapping[str, Any], data: Mapping[str, Any], at: datetime) -> None:
    done.at = at
    if payload['kind'] == 'finished':
        done.finished.update(data.get('contracts', ()))
    else:
        done.documents[data.get('contract', 0)] = payload.get('document') or 0
