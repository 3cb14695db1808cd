"""Messages to the person at the keyboard, the log behind them, and running other programs."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

STARTED = time.monotonic()
TAIL = 12  # lines of a failed program's output that are shown


class Failure(Exception):
    """Something a newcomer can understand and mend. ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = '', code: int = 1):
        super().__init__(message)
        self.hint = hint
        self.code = code


class Terminated(BaseException):
    """SIGTERM reached us: unwind like Ctrl-C."""


class _Log:
    path: Path | None = None


def log_to(path: Path) -> None:
    """Sends details to ``path`` (appended)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _Log.path = path
    log('---- ' + ' '.join(sys.argv))


def log(text: str) -> None:
    """Writes one line into the log; silent when there is no log (yet) or no room for it."""
    if _Log.path:
        with suppress(OSError), _Log.path.open('a', encoding='utf-8', errors='replace') as file:
            file.write(f'{datetime.now(UTC):%Y-%m-%d %H:%M:%S} [{os.getpid()}] {text}\n')


def log_path() -> str:
    return str(_Log.path) if _Log.path else ''


class _Children:
    """Programs that `run` waits for, in whatever thread."""

    running: ClassVar[set[subprocess.Popen]] = set()
    ending = False


def end_all() -> None:
    """Ends the programs of other threads, and lets none start: this process is about to leave."""
    _Children.ending = True
    for process in list(_Children.running):
        end(process)


def is_ending() -> bool:
    return _Children.ending


def say(text: str = '') -> None:
    sys.stdout.write(text + '\n')
    sys.stdout.flush()
    log(text)


def step(text: str) -> None:
    """One line of progress, with the seconds since the start."""
    say(f'[{time.monotonic() - STARTED:5.1f}s] {text}')


def note(text: str) -> None:
    say(f'         note: {text}')


def show_failure(failure: Failure) -> None:
    sys.stdout.flush()
    sys.stderr.write(f'\nesign: {failure}\n')
    for line in failure.hint.splitlines():
        sys.stderr.write(f'       {line}\n')
    if _Log.path:
        sys.stderr.write(f'       Details: {_Log.path}\n')
    sys.stderr.flush()
    log(f'FAILED: {failure} | {failure.hint}')


def os_failure(error: OSError) -> Failure | None:
    """The failure a newcomer can understand for an error of the operating system, if there is one."""
    place = f' ({error.filename})' if error.filename else ''
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failure(
            f'The disk is full{place}.',
            'Make room (about 2 GB are needed for the first set-up) and run the same command again;\n'
            'it continues where it stopped. ESIGN_CACHE=/another/folder moves the downloads.',
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Failure(
            f'Not allowed to write or read{place}.',
            'Was the folder made by another account (root)? Give it back with chown, or use another clone.',
        )
    return None


def run(
    command: Sequence[str | os.PathLike],
    what: str,
    *,
    env: Mapping[str, str] | None = None,
    hint: str = '',
    stdin: str | None = None,
    check: bool = True,
    **options,
) -> subprocess.CompletedProcess:
    """Runs a program to its end, output into the log; raises `Failure` in words when it fails.

    ``what`` completes the sentence "… failed". An interruption (Ctrl-C, SIGTERM) ends the program too.
    """
    command = [str(part) for part in command]
    log('$ ' + ' '.join(command))
    pipe = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
    if _Children.ending:
        raise Terminated
    try:
        process = subprocess.Popen(
            command, env=env, stdin=pipe, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors='replace', **options,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Failure(f'{what} failed: the program {command[0]} is not there.', hint) from error
    _Children.running.add(process)
    try:
        output, _ = process.communicate(stdin)
    except BaseException:
        end(process)
        raise
    finally:
        _Children.running.discard(process)
    for line in output.splitlines():
        log('  ' + line)
    if check and process.returncode:
        raise program_failure(what, process.returncode, output, hint)
    return subprocess.CompletedProcess(command, process.returncode, output)


def program_failure(what: str, code: int, output: str, hint: str) -> Failure:
    """The failure of a program, with its last words."""
    if 'No space left on device' in output or 'Disk quota exceeded' in output:
        return os_failure(OSError(errno.ENOSPC, 'full'))
    tail = '\n'.join('| ' + line for line in output.strip().splitlines()[-TAIL:])
    return Failure(f'{what} failed (code {code}).', '\n'.join(filter(None, (hint, tail))))


def end(process: subprocess.Popen, patience: float = 10) -> None:
    """Asks a child to end, and makes it end after ``patience`` seconds."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def signals_unwind():
    """SIGTERM and SIGHUP unwind the stack like Ctrl-C does, so that every ``finally`` runs."""

    def raise_it(signum, frame):
        raise Terminated(signum)

    previous = {number: signal.signal(number, raise_it) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
