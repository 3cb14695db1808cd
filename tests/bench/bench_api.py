"""Business systems: making and launching groups of one file by the façade, against the core alone."""

from __future__ import annotations

import base64
import datetime as dt
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.api_silent import silent_figures
from tests.bench.harness import Figure
from tests.bench.odoo_env import environment, registry

GROUPS, WARM = int(os.environ.get('ESIGN_BENCH_CALLS', '1000')), 5
NOTES = """
*Call*: `create_group` with `launch=True`, one file of three pages with one seal and one person, through the façade's
entry (group check, limit, arguments, key of the system, audit row), each in a transaction of its own; without HTTP.
*Job*: the preparation that follows it, with its commit. *Core*: the same preparation of the same bytes and fields,
with everything that Odoo gives it at hand. The three alternate; times are processor time of the process.

*Silent signing*: `auto_sign` for the enterprise of each group, by a grant; the jobs wait in the queue, then a node of
the server with 1 or 2 processes and as many places for jobs (`root:1`, `root:2`) is started and signs them, another
party has yet to sign. Measured from the tenth document of each process on, when it has loaded what it keeps. Processor
time is that of all processes of the node, job runner included; PostgreSQL's is beside it. *Core*: the same signatures
on the same bytes, B-LT, result validated, certificate path validated within the last minute, as in the section engine.
*Jobs at work at a time* (looked at five times a second) and *waiting for a lock* say, on a machine however busy,
whether the processes work side by side. *Signed more than once*: not exactly one act, one new revision, one entry of
the trace, one use of the seal. At the end a tenth as many are signed while processes are killed in the middle of it.
PostgreSQL works on the same cores: two processes are twice as fast only where there is room for it as well.

`ESIGN_BENCH_CALLS` says how many groups, `ESIGN_BENCH_SILENT` how many documents each node signs (1000 by default).
Times by the clock are of a machine as busy as it was.
"""


def run() -> list[Figure]:
    """Measure everything; some minutes."""
    with registry() as found:
        _found_house(found)
        return [*_measured(found), *silent_figures(found, _system, lambda number: _prepared(found, number))]


def _measured(found) -> Iterator[Figure]:
    spent: dict[str, list[float]] = {'call': [], 'job': [], 'core': [], 'wall': []}
    queries: list[int] = []
    for number in range(GROUPS + WARM):
        thread = threading.current_thread()
        thread.query_count, thread.query_time = 0, 0
        wall = time.perf_counter()
        with _spent(spent['call']), _system(found) as api:
            answer = api.create_group(**_said(number))
        spent['wall'].append(time.perf_counter() - wall)
        assert answer['state'] == 'preparing', answer
        queries.append(thread.query_count)
        core = _core(found, number)
        with _spent(spent['job']), environment(found) as env:
            assert _group(env, number)._prepare() == 'pending'
        with _spent(spent['core']):
            core()
    took = {name: times[WARM:] for name, times in spent.items()}
    middle = {name: statistics.median(times) * 1000 for name, times in took.items()}
    yield Figure('groups made and launched', GROUPS, '')
    yield Figure('create and launch: the call', middle['call'], 'ms')
    yield Figure('the same by the clock on the wall', middle['wall'], 'ms')
    yield Figure('the same, p95', statistics.quantiles(took['wall'], n=20)[-1] * 1000, 'ms')
    yield Figure('calls by one caller', len(took['wall']) / sum(took['wall']), '/s')
    yield Figure('preparation as a job', middle['job'], 'ms')
    yield Figure('core alone', middle['core'], 'ms')
    yield Figure('call and job against the core', (sum(took['call']) + sum(took['job'])) / sum(took['core']), '×')
    yield Figure('queries of a call', statistics.median(queries[WARM:]), '')
    tenth = max(1, GROUPS // 10)
    first, last = took['wall'][:tenth], took['wall'][-tenth:]
    yield Figure('last tenth against the first', statistics.median(last) / statistics.median(first), '×')


def _prepared(found, number: int) -> None:
    if number < GROUPS + WARM:
        return
    with _system(found) as api:
        api.create_group(**_said(number))
    with environment(found) as env:
        assert _group(env, number)._prepare() == 'pending'


@contextmanager
def _spent(times: list[float]) -> Iterator[None]:
    start = time.process_time()
    yield
    times.append(time.process_time() - start)


@contextmanager
def _system(found) -> Iterator[object]:
    """The façade as the demonstration's business system, committed at the end."""
    with environment(found) as env:
        system = env['res.users'].search([('login', '=', 'integration')])
        yield env(context={})['esign.api'].with_user(system)


def _found_house(found) -> None:
    from odoo.addons.esign_base.tests.api.api_common import new_person
    from odoo.addons.esign_enterprise.tests.common import make_uscc
    from odoo.addons.esign_sign.tests.common import contract_pdf

    with environment(found) as env:
        env['ir.config_parameter'].set_param('esign.api_calls_per_minute', '1000000')
    with _system(found) as api:
        api.sync_person(ref='p', verified=True, **new_person())
        api.sync_enterprise(
            ref='e', name='基准接口有限公司', uscc=make_uscc(60_900_001), administrator='p', verified=True
        )
        api.sync_member(enterprise='e', person='p', roles=['administrator', 'seal_operator'])
        api.grant_seal(enterprise='e', seal_kind='contract')
        api.upload_file(ref='f', name='合同.pdf', content=base64.b64encode(contract_pdf()).decode())
    with environment(found) as env:
        env['esign.certificate'].search([('state', '=', 'requested')])._issue_all()


def _said(number: int) -> dict[str, object]:
    seal = {'kind': 'seal', 'page': -1, 'x': 30, 'y': 60}
    return {
        'ref': f'g{number}',
        'name': f'合同 {number}',
        'deadline': str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)),
        'initiator': 'e',
        'parties': [
            {'ref': 'company', 'kind': 'enterprise', 'enterprise': 'e'},
            {'ref': 'person', 'kind': 'person', 'person': 'p'},
        ],
        'contracts': [
            {
                'ref': 'c',
                'file': 'f',
                'parties': [
                    {'ref': 'company', 'placements': [seal]},
                    {'ref': 'person', 'placements': [{**seal, 'x': 120}]},
                ],
            }
        ],
    }


def _group(env, number: int):
    return env['esign.api.reference'].sudo().search([('kind', '=', 'group'), ('ref', '=', f'g{number}')])._record()


def _core(found, number: int):
    """What the core alone does to prepare the same file."""
    from odoo.addons.esign_base.signing.acts.prepare import LaunchMode, prepare
    from odoo.addons.esign_base.tools.positions import plans_at

    with environment(found) as env:
        group = _group(env, number)
        contract = group.contract_ids
        frames, content = contract.document_id._frames(), contract._newest()._bytes()
        plans = {
            signer._prefix(): plans_at(frames, [one._position() for one in signer.placement_ids], signer._prefix())
            for signer in contract.signer_ids
        }
        signatory, reason = env['esign.signing']._platform_signatory(), group.number
    return lambda: prepare(content, plans, signatory, LaunchMode.CERTIFIED, per_placement=False, reason=reason)
