"""Which of our processes live. A number alone can lie (it is reused): the start time goes with it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from . import paths, ui


@dataclass(frozen=True)
class Entry:
    """One registered process. ``url`` only for a server that answers there."""

    name: str
    pid: int
    started: str
    url: str = ''


def folder() -> Path:
    return paths.STATE / 'pids'


def started_at(pid: int) -> str | None:
    """The kernel's start time of a living process, None for a dead one (or a zombie)."""
    try:
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return _without_proc(pid)
    return None if fields[0] == 'Z' else fields[19]


def _without_proc(pid: int) -> str | None:
    if Path('/proc/self/stat').exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return 'alive'


def register(name: str, pid: int, url: str = '') -> Path:
    entry = Entry(name, pid, started_at(pid) or '', url)
    return paths.private_file(folder() / f'{name}-{pid}.json', json.dumps(asdict(entry)))


def living() -> Iterator[tuple[Path, Entry]]:
    """Registered processes that live; forgets the stale ones."""
    for file in sorted(folder().glob('*.json')):
        try:
            entry = Entry(**json.loads(file.read_text(encoding='utf-8')))
        except (OSError, ValueError, TypeError):
            file.unlink(missing_ok=True)
            continue
        if entry.started and started_at(entry.pid) == entry.started:
            yield file, entry
        else:
            ui.log(f'stale: {file.name}')
            file.unlink(missing_ok=True)


def find(name: str) -> Entry | None:
    return next((entry for _, entry in living() if entry.name == name), None)


def end(entry: Entry, patience: float = 30) -> None:
    """SIGTERM, then SIGKILL for the whole group after ``patience`` seconds."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL and os.getpgid(entry.pid) == entry.pid:
                os.killpg(entry.pid, number)
            else:
                os.kill(entry.pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(entry.pid, os.WNOHANG)
            if started_at(entry.pid) != entry.started:
                return
            time.sleep(0.1)
