"""A node that runs jobs: Odoo with processes of its own and the job runner, on the database of a benchmark."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ODOO = Path(__file__).resolve().parents[2] / 'config' / 'cli' / 'odoo_bin.py'
PATIENCE = 120  # seconds until the node answers


@contextmanager
def running_node(processes: int) -> Iterator[int]:
    """The process id of a node with so many processes, each of which runs one job at a time."""
    database, port = os.environ['ESIGN_BENCH_DATABASE'], _free_port()
    command = [
        sys.executable, str(ODOO), '-c', os.environ['ESIGN_BENCH_CONF'], '-d', database,
        f'--workers={processes}', '--max-cron-threads=0', '--log-level=warn',
        f'--http-port={port}', f'--gevent-port={_free_port()}', '--http-interface=127.0.0.1',
    ]  # fmt: skip
    channels = {'ODOO_QUEUE_JOB_CHANNELS': f'root:{processes}'}
    with tempfile.TemporaryFile('w+') as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | channels)
        try:
            _await_answer(process, port)
            yield process.pid
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{port}/web/health', timeout=PATIENCE):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError('the node does not answer')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def seconds_of(root: int) -> float:
    """Processor time of a process and of all below it, the ended ones that were waited for included."""
    spent, children = _processes()
    total, left = 0, [root]
    while left:
        one = left.pop()
        total += spent.get(one, 0)
        left += children[one]
    return total / os.sysconf('SC_CLK_TCK')


def ticks_below(root: int) -> dict[int, int]:
    """Process → processor time (ticks), of those that a process has started."""
    spent, children = _processes()
    return {one: spent[one] for one in children[root]}


def _processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """(process → ticks with those of its ended children, process → the processes it started)"""
    children, spent = defaultdict(list), {}
    for stat in Path('/proc').glob('[0-9]*/stat'):
        try:
            number, fields = int(stat.parent.name), stat.read_text().rpartition(') ')[2].split()
        except OSError:
            continue  # it has just ended
        children[int(fields[1])].append(number)
        spent[number] = sum(map(int, fields[11:15]))
    return spent, children


def parent_of(pid: int) -> int:
    """The process that started another one of this machine."""
    return int(Path(f'/proc/{pid}/stat').read_text().rpartition(') ')[2].split()[1])
