"""The helper process of :mod:`sandbox`: forks one limited child for each file it is handed.

Run as a script by a clean interpreter; loads the core as a package of its own without Odoo.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

IDLE_SECONDS = 600.0
NICENESS = 5
PATIENCE = 2  # seconds by the clock for each second of processor time: others work too
_CORE = Path(__file__).resolve().parents[1]


def load_core(name: str = 'signing') -> ModuleType:  # pragma: no cover - runs in the helper process
    """Import the core from its folder under a name that needs no parent package."""
    spec = importlib.util.spec_from_file_location(name, _CORE / '__init__.py', submodule_search_locations=[str(_CORE)])
    if spec is None or spec.loader is None:
        raise ImportError(str(_CORE))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return importlib.import_module(f'{name}.apart.jobs')


def limit_self(seconds: int, memory: int) -> None:  # pragma: no cover - runs in the child
    """Bound this process: address space beyond what it has, processor time, wall time, files.

    It gives way to the server's own processes, which answer people who only read or sign.

    :param seconds: processor time; twice as long by the clock.
    """
    os.nice(NICENESS)
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    space = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds * PATIENCE)


def serve_one(
    connection: socket.socket, source: int, answer: Callable[[dict[str, Any], bytes], bytes]
) -> None:  # pragma: no cover - runs in the child
    """Read the request and the file, answer, hang up."""
    request = json.loads(connection.makefile('rb').readline())
    limit_self(request['seconds'], request['memory'])
    with os.fdopen(source, 'rb') as file:
        file.seek(0)
        data = file.read()
    connection.sendall(answer(request, data))


def main() -> None:  # pragma: no cover - runs in the helper process
    """Fork a child for every message until the server hangs up or nothing comes for a while."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[:] = json.loads(sys.argv[2])
    jobs = load_core()
    # A child lives for one file and has a limit on its memory: looking for cycles only costs it time.
    gc.freeze()
    gc.disable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.settimeout(IDLE_SECONDS)
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        except OSError:
            return
        if not message:
            return
        if os.fork() == 0:
            status = 1
            try:
                control.close()
                serve_one(socket.socket(fileno=descriptors[0]), descriptors[1], jobs.answer)
                status = 0
            finally:
                os._exit(status)
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == '__main__':  # pragma: no cover - runs in the helper process
    main()
