"""What lists, counts and searches cost among very many groups: the portal's and those of the web client."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.harness import Figure
from tests.bench.odoo_env import environment

LOOKS = 25  # times that each list is asked for


def list_figures(found, on) -> Iterator[Figure]:
    """Ask for everything on the registry ``found``.

    :param on: environment → the makers on it (persons, enterprise, identities).
    """
    yield load_figure()
    for label, ask in _questions().items():
        took, spent, queries = _look(found, on, ask)
        p95 = statistics.quantiles(took, n=20)[-1] * 1000
        yield Figure(f'{label}, p95 of {LOOKS}', p95, 'ms', '≤ 150', p95 <= 150)
        yield Figure(f'{label}, processor time', statistics.median(spent) * 1000, 'ms')
        yield Figure(
            f'{label}, queries of pages 1, 2 and 40', len(set(queries)), 'kinds', '= 1', len(set(queries)) == 1
        )


def load_figure() -> Figure:
    """How busy the machine is with everything: times by the clock on the wall want to be read with it."""
    return Figure(f'programs at work on {os.cpu_count()} cores, mean of the last minute', os.getloadavg()[0], '')


def _questions() -> dict[str, Callable[..., object]]:
    """What people ask for: name → function of (environment, identity of the person, of the enterprise, page)."""

    def portal(who: int, name: str, search: str = '') -> Callable[..., object]:
        def ask(env, identities, page):
            return env['esign.contract.group']._listed(identities[who], name, search=search, page=page)

        return ask

    def counts(who: int) -> Callable[..., object]:
        def ask(env, identities, _page):
            return env['esign.contract.group']._list_counts(identities[who])

        return ask

    return {
        'person: to be signed': portal(0, 'sign'),
        'person: completed': portal(0, 'done'),
        'enterprise: waiting for others': portal(1, 'others'),
        'enterprise: completed': portal(1, 'done'),
        'enterprise: completed, search by number': portal(1, 'done', 'B0007'),
        'enterprise: completed, search by name': portal(1, 'done', '合同 00777'),
        'person: counts of the home page': counts(0),
        'enterprise: counts of the home page': counts(1),
        **_staff_questions(),
    }


def _staff_questions() -> dict[str, Callable[..., object]]:
    """What the web client asks for, each view of its own."""
    many = {key: {} for key in ('number', 'name', 'state', 'deadline', 'party_count', 'signed_count', 'is_late')}
    rows = many | {
        'initiator_id': {'fields': {'display_name': {}}},
        'business_type_id': {'fields': {'display_name': {}}},
    }
    panel = {'enable_counters': True, 'category_domain': [], 'filter_domain': [], 'search_domain': []}
    several = {**panel, 'comodel_domain': [], 'group_domain': []}

    def listed(*domain):
        def ask(groups, page):
            groups.web_search_read(list(domain), rows, offset=(page - 1) * 20, limit=20, count_limit=10_001)

        return ask

    def kanban(groups, _page):
        options = {'auto_unfold': True, 'unfold_read_specification': rows, 'unfold_read_default_limit': 40}
        groups.web_read_group([], ['state'], ['__count'], **options)
        groups.read_progress_bar([], 'state', {'field': 'state', 'colors': {'done': 'success'}})

    def search_panel(groups, _page):
        groups.search_panel_select_range('state', **panel)
        groups.search_panel_select_multi_range('business_type_id', **several)
        groups.search_panel_select_multi_range('initiator_id', **several)

    def graph(groups, _page):
        groups.formatted_read_group([], ['launched_at:month', 'state'], ['__count'])

    def pivot(groups, _page):
        sets = [['launched_at:month', 'business_type_id', 'state'], ['state'], []]
        groups.formatted_read_grouping_sets([], sets, ['__count', 'hours_to_sign:avg'])

    asked = {
        'list': listed(),
        'search by name': listed(('state', '=', 'done'), ('name', 'ilike', '007')),
        'search by number or name': listed('|', ('number', 'ilike', 'B0007'), ('name', 'ilike', 'B0007')),
        'search by party': listed(('party_ids.name', 'ilike', '王签署')),
        'kanban': kanban,
        'search panel': search_panel,
        'graph': graph,
        'pivot': pivot,
    }

    def by_staff(ask):
        return lambda env, _identities, page: ask(env(user=2)['esign.contract.group'], page)

    return {f'staff: {label}': by_staff(ask) for label, ask in asked.items()}


def _look(found, on, ask) -> tuple[list[float], list[float], list[int]]:
    thread, took, spent, queries = threading.current_thread(), [], [], []
    for number in range(LOOKS + 1):
        page = (1, 2, 40)[number % 3]
        with environment(found) as env:
            here = on(env)
            identities = here.identity(here.carol), here.identity(here.alice, here.own)
            env.invalidate_all()
            thread.query_count, thread.query_time = 0, 0
            start, used = time.perf_counter(), _processor_time(env.cr)
            ask(env, identities, page)
            if number:  # the first fills what a process keeps
                took.append(time.perf_counter() - start)
                spent.append(_processor_time(env.cr) - used)
                queries.append(thread.query_count)
    return took, spent, queries


def _processor_time(cr) -> float:
    """Seconds that this process and the one that serves its connection have used (Linux, own database server)."""
    try:
        used = Path(f'/proc/{cr._cnx.get_backend_pid()}/schedstat').read_text().split()[0]
    except OSError:
        return time.process_time()
    return time.process_time() + int(used) / 1e9
