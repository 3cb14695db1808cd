"""A place to parse strangers' files: one forked process per file, limited and thrown away.

A helper process is started once per server process; it has imported the parsers and does nothing
but fork a child for each file. The child gets limits on address space, processor time, files and
wall time (SIGALRM's default action ends it even inside C code), reads the file, answers, exits.
Neither memory, nor locks, nor secrets of the server are in it: it starts from a clean interpreter
with a bare environment. Several threads may use it at once.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ..errors import FileRefused
from .sandbox_worker import PATIENCE

_WORKER = Path(__file__).with_name('sandbox_worker.py')
_GRACE = 5.0  # seconds beyond the limit before the helper itself is given up
_ANSWER_EXTRA = 16 * 1024 * 1024
_PASSED_ON = ('ESIGN_FONT_PATH', 'LD_LIBRARY_PATH', 'TMPDIR')


class _Cost(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def seconds(self) -> int: ...
    @property
    def memory(self) -> int: ...


class Sandbox:
    """The helper process of this process, started at first use and again when it has gone."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def submit(self, source: int) -> socket.socket:
        """Hand a file descriptor to a fresh child and return the connection to it."""
        ours, theirs = socket.socketpair()
        try:
            with self._lock:
                for attempt in (1, 2):
                    try:
                        socket.send_fds(self._helper(), [b'j'], [theirs.fileno(), source])
                        break
                    except OSError:
                        self._stop()
                        if attempt == 2:
                            raise
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def _helper(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self._stop()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
            self._process = subprocess.Popen(  # noqa: S603 - our own script, no shell
                [sys.executable, '-I', str(_WORKER), str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={'LANG': 'C.UTF-8', 'PATH': os.defpath, **environment},
                start_new_session=True,
            )
            theirs.close()
            self._control = ours
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._control = self._process = None

    def close(self) -> None:
        """End the helper; the next use starts a new one."""
        with self._lock:
            self._stop()

    def forget(self) -> None:  # pragma: no cover - runs in forked children, shown by their own test
        """After a fork: the helper belongs to the parent process."""
        if self._control is not None:
            self._control.close()
        self._lock = threading.Lock()
        self._control = self._process = None


SANDBOX = Sandbox()
os.register_at_fork(after_in_child=SANDBOX.forget)


def run_sandboxed(job: str, data: bytes, parameters: Mapping[str, object], cost: _Cost) -> tuple[dict[str, Any], bytes]:
    """Run a job of the worker on a file and return its facts and its output.

    :raises FileRefused: as the job says; ``too_slow`` past the time limit; ``unreadable`` when the
        child died (parser crash); ``sandbox_unavailable`` when no helper can be started.
    """
    started = time.monotonic()
    try:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            connection = SANDBOX.submit(file.fileno())
    except OSError as error:
        raise FileRefused('sandbox_unavailable', f'no sandbox: {type(error).__name__}') from error
    with connection:
        request = {'job': job, 'seconds': cost.seconds, 'memory': cost.memory, **parameters}
        deadline = started + cost.seconds * PATIENCE + _GRACE
        answer = _converse(connection, request, deadline, cost.size * 4 + _ANSWER_EXTRA)
    return _judge(answer, slow=time.monotonic() - started >= cost.seconds)


def _converse(connection: socket.socket, request: Mapping[str, object], deadline: float, most: int) -> bytes:
    """Send the request and collect the answer until the child hangs up; b'' when there is none."""
    pieces: list[bytes] = []
    received = 0
    try:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        connection.sendall(json.dumps(request).encode() + b'\n')
        connection.shutdown(socket.SHUT_WR)
        while received <= most:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            piece = connection.recv(1 << 20)
            if not piece:
                return b''.join(pieces)
            pieces.append(piece)
            received += len(piece)
    except OSError:
        return b''
    return b''


def _judge(answer: bytes, *, slow: bool) -> tuple[dict[str, Any], bytes]:
    head, newline, body = answer.partition(b'\n')
    if not newline:
        if slow:
            raise FileRefused('too_slow', 'the file took too long to read')
        raise FileRefused('unreadable', 'the parser ended without an answer', {'kind': 'crash'})
    result: dict[str, Any] = json.loads(head)
    if 'refused' in result:
        code, message, details = result['refused']
        raise FileRefused(code, message, details)
    if len(body) != result['length']:
        raise FileRefused('unreadable', 'the answer of the parser is incomplete', {'kind': 'crash'})
    return result['facts'], body
