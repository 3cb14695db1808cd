"""Silent signing of many documents by the job runner, with one and with two processes, against the core alone."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.bench_engine import _core
from tests.bench.engine_lists import load_figure
from tests.bench.harness import Figure, once
from tests.bench.job_node import parent_of, running_node, seconds_of, ticks_below
from tests.bench.odoo_env import environment

DOCUMENTS = int(os.environ.get('ESIGN_BENCH_SILENT', '1000'))
CORES = 20  # groups on which the core alone is measured, before and after each node
PATIENCE = 180  # seconds in which something must come to its end; jobs of a process that died wait a minute
KILLS = 10
GROUPS = """
    SELECT g.id FROM esign_contract_group g
    JOIN esign_api_reference r ON r.kind = 'group' AND r.res_id = g.id
    WHERE r.ref = ANY(%s)
"""
AT_WORK = """
    SELECT (SELECT count(*) FROM queue_job WHERE state = 'started'),
           (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


@dataclass(frozen=True)
class Sample:
    """How far the jobs were at one moment, and what had been spent on them."""

    at: float
    done: int
    server: float
    database: float
    jobs: int
    blocked: int


@dataclass(frozen=True)
class Run:
    """What one node did while it was looked at."""

    samples: list[Sample]

    @property
    def first(self) -> Sample:
        return self.samples[0]

    @property
    def last(self) -> Sample:
        return self.samples[-1]

    @property
    def documents(self) -> int:
        return self.last.done - self.first.done

    @property
    def rate(self) -> float:
        return self.documents / (self.last.at - self.first.at)

    @property
    def server(self) -> float:
        """Processor seconds of the server for a document."""
        return (self.last.server - self.first.server) / self.documents

    @property
    def database(self) -> float:
        return (self.last.database - self.first.database) / self.documents

    @property
    def jobs(self) -> float:
        """How many were at work at one time."""
        return statistics.mean(one.jobs for one in self.samples[:-1])

    @property
    def blocked(self) -> float:
        """How many of them waited for a lock of another."""
        return statistics.mean(one.blocked for one in self.samples[:-1])


def warm_of(processes: int) -> int:
    """Documents signed before the measuring begins: each process has loaded the registry and has keys at hand."""
    return 10 * processes


def silent_figures(found, system: Callable, prepared: Callable[[int], None]) -> Iterator[Figure]:
    """Sign ``DOCUMENTS`` by each node.

    :param system: opens the façade as the business system, committed at the end.
    :param prepared: makes the group ``g<number>`` unless it is there, prepared and signed by nobody.
    """
    with system(found) as api:
        until = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30))
        answer = api.grant_seal(enterprise='e', seal_kind='contract', silent=True, until=until)
        assert answer['state'] == 'active', answer
    yield Figure('documents signed silently by each node', DOCUMENTS, '')
    runs, calls, cores = {}, [], []
    begin = 0
    for processes in (1, 2):
        numbers = range(begin, begin + warm_of(processes) + DOCUMENTS)
        begin = numbers.stop
        groups = _made(found, numbers, prepared)
        cores += _cores(found, groups[-CORES:])
        calls += [once(lambda one=one: _ask(found, system, one)) for one in numbers]
        with running_node(processes) as node:
            runs[processes] = Run(_watched(found, groups, node, warm_of(processes)))
        yield load_figure()
        yield from _kept(found, groups, f'{processes} process{"es" if processes > 1 else ""}')
    yield from _compared(runs, statistics.median(calls), statistics.median(cores))
    yield from _struck(found, system, range(begin, begin + max(60, DOCUMENTS // 10)), prepared)


def _made(found, numbers: range, prepared: Callable[[int], None]) -> list[int]:
    """Ids of the groups, prepared; nothing else is queued."""
    for number in numbers:
        prepared(number)
    with found.cursor() as cr:
        cr.execute("DELETE FROM queue_job WHERE state <> 'done'")  # it was done in this process
    return _groups(found, numbers)


def _struck(found, system: Callable, numbers: range, prepared: Callable[[int], None]) -> Iterator[Figure]:
    """Sign while processes are killed in the middle of their work."""
    groups = _made(found, numbers, prepared)
    for number in numbers:
        _ask(found, system, number)
    with running_node(2) as node:
        blows = Blows(node)
        _watched(found, groups, node, 0, blows.fall)
    yield Figure('processes killed while they signed', blows.struck, '', '≥ 1', blows.struck > 0)
    yield from _kept(found, groups, f'{len(groups)} with processes killed')


class Blows:
    """Kills processes of a node that are at work, at random moments, a few times."""

    def __init__(self, node: int) -> None:
        self.node, self.struck, self.before = node, 0, ticks_below(node)

    def fall(self) -> None:
        """Kill one that has worked since the last look; or not, this time."""
        now = ticks_below(self.node)
        busy = [pid for pid, ticks in now.items() if ticks > self.before.get(pid, ticks)]
        self.before = now
        if busy and self.struck < KILLS and random.random() < 0.4:
            os.kill(random.choice(busy), signal.SIGKILL)
            self.struck += 1


def _compared(runs: dict[int, Run], call: float, core: float) -> Iterator[Figure]:
    yield Figure('auto_sign: the call', call * 1000, 'ms')
    yield Figure('core alone, signing', core * 1000, 'ms')
    for processes, run in runs.items():
        label = f'{processes} process{"es" if processes > 1 else ""}'
        yield Figure(f'documents signed with {label}', run.rate, '/s')
        yield Figure(f"server's processor time of a document, {label}", run.server * 1000, 'ms')
        yield Figure(f"PostgreSQL's processor time of a document, {label}", run.database * 1000, 'ms')
        yield Figure(f'job against the core, {label}', run.server / core, '×')
        yield Figure(f'jobs at work at a time, {label}', run.jobs, '')
        yield Figure(f'of them waiting for a lock, {label}', run.blocked, '')
    yield Figure('2 processes against 1', runs[2].rate / runs[1].rate, '×')


def _ask(found, system: Callable, number: int) -> None:
    with system(found) as api:
        answer = api.auto_sign(group=f'g{number}', party='company')
        assert answer['state'] == 'signing', answer


def _groups(found, numbers: range) -> list[int]:
    with found.cursor() as cr:
        cr.execute(GROUPS, [[f'g{number}' for number in numbers]])
        groups = sorted(row[0] for row in cr.fetchall())
    assert len(groups) == len(numbers)
    return groups


def _cores(found, groups: list[int]) -> list[float]:
    """Processor seconds that the core alone takes for the same signatures."""
    spent = []
    with environment(found) as env:
        for group in env['esign.contract.group'].browse(groups):
            party = group.party_ids.filtered('enterprise_id')
            usable = party._usable(party._silent_identity(), silent=True)
            work = _core(env, group, party, [seal for seal, _answer in usable])
            work()
            spent.append(once(work))
    return spent


def _watched(
    found, groups: list[int], node: int, warm: int, each_look: Callable[[], object] = lambda: None
) -> list[Sample]:
    """Wait until everything is signed; what was seen from the moment on at which ``warm`` documents were."""
    samples: list[Sample] = []
    newest, moved = None, time.monotonic()
    with _counting(found, groups, node) as sample:
        while not newest or newest.done < len(groups):
            now = sample()
            if not newest or now.done > newest.done:
                moved = time.monotonic()
            elif time.monotonic() - moved > PATIENCE:
                raise RuntimeError(f'{now.done} of {len(groups)} documents were signed, then nothing happened')
            if now.done >= warm:
                samples.append(now)
            newest = now
            each_look()
            time.sleep(0.2)
    if len(samples) < 2:
        raise RuntimeError('too few documents to measure anything')
    return samples


@contextmanager
def _counting(found, groups: list[int], node: int) -> Iterator[Callable[[], Sample]]:
    with found.cursor() as cr:
        cr.execute('SELECT pg_backend_pid()')
        postgres = parent_of(cr.fetchone()[0])

        def sample() -> Sample:
            cr.execute("SELECT count(*) FROM esign_signing_act WHERE state = 'done' AND group_id = ANY(%s)", [groups])
            (done,) = cr.fetchone()
            cr.execute(AT_WORK)
            jobs, blocked = cr.fetchone()
            cr.rollback()
            return Sample(time.monotonic(), done, seconds_of(node), seconds_of(postgres), jobs, blocked)

        yield sample


def _kept(found, groups: list[int], label: str) -> Iterator[Figure]:
    """Exactly once: one act, one new revision, one entry of the trace, one use of the seal for each document."""
    with environment(found) as env:
        parties = env['esign.party'].search([('group_id', 'in', groups), ('kind', '=', 'enterprise')])
        missing = len(groups) - len(parties.filtered(lambda party: party.state == 'signed'))
        twice = sum(not _once(contract) for contract in parties.signer_ids.contract_id)
    yield Figure(f'documents not signed, {label}', missing, '', '= 0', missing == 0)
    yield Figure(f'documents signed more than once, {label}', twice, '', '= 0', twice == 0)


def _once(contract) -> bool:
    prepared = contract.prepared_id.number
    revisions = contract.document_id.revision_ids.filtered(lambda one: one.number > prepared)
    signed = contract.group_id.event_ids.filtered(lambda event: event.kind == 'auto_signed')
    uses = contract.env['esign.seal.usage'].search_count([('sha256_after', 'in', revisions.mapped('sha256'))])
    return len(contract.signer_ids.act_line_ids) == len(revisions) == len(signed) == uses == 1
