"""Measuring side by side, and the page the results go to.

Contenders take turns, so that a busy machine slows all of them alike; what counts is the processor
time of this process (one core), of which the median is taken.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'benchmarks.md'
_TITLE = """# Benchmarks

Ratios within one run count; seconds are those of the machine named. Repeat a section with
`python -m tests.bench <name>` in the project's environment.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    :param name: what.
    :param value: number in ``unit``.
    :param goal: what was asked for, as text, or ''.
    :param met: whether it was reached; None where nothing was asked.
    """

    name: str
    value: float
    unit: str
    goal: str = ''
    met: bool | None = None


def compare(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm: int = 2,
    between: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Median processor seconds of each contender, measured in turns.

    :param between: done before each round, not measured.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(warm + rounds):
        between()
        for name, work in contenders.items():
            start = time.process_time()
            work()
            if number >= warm:
                times[name].append(time.process_time() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def once(work: Callable[[], object]) -> float:
    """Processor seconds of one run."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peak_megabytes(work: Callable[[], object]) -> float:
    """How far the resident memory of this process rises while ``work`` runs (Linux), in MB."""
    Path('/proc/self/clear_refs').write_text('5')
    before = _status('VmRSS')
    work()
    return (_status('VmHWM') - before) / 1024


def _status(key: str) -> int:
    found = re.search(rf'^{key}:\s+(\d+) kB', Path('/proc/self/status').read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def write_section(name: str, figures: list[Figure], notes: str) -> None:
    """Put the section ``name`` into the page, in place of its older version."""
    page = PAGE.read_text(encoding='utf-8') if PAGE.exists() else _TITLE
    start, end = f'<!-- {name} -->', f'<!-- /{name} -->'
    now = dt.datetime.now(dt.UTC).strftime('%Y-%m-%d')
    machine = f'{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}'
    lines = [start, f'## {name}', '', f'`python -m tests.bench {name}` · {now} · {machine}', '']
    lines += ['| measured | value | goal | reached |', '| --- | ---: | --- | --- |']
    for one in figures:
        met = '' if one.met is None else 'yes' if one.met else 'no'
        lines.append(f'| {one.name} | {one.value:.3g} {one.unit} | {one.goal} | {met} |')
    section = '\n'.join([*lines, '', notes.strip(), end])
    pattern = re.compile(re.escape(start) + '.*?' + re.escape(end), re.DOTALL)
    page = pattern.sub(lambda _: section, page) if pattern.search(page) else f'{page.rstrip()}\n\n{section}\n'
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding='utf-8')
