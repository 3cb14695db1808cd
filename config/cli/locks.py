"""Locks between several `./esign` at once. The kernel frees them when a process dies: none goes stale."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from . import ui

PAUSE = 0.1  # seconds between two tries


@contextmanager
def exclusive(path: Path, waiting_for: str) -> Iterator[None]:
    """Only one process at a time; others say what they wait for, and wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('a') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ui.step(f'waiting: another esign {waiting_for}')
            _wait(file)
        yield


def _wait(file: IO) -> None:
    """Tries again and again: a thread that slept in the kernel could not be interrupted."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if ui.is_ending():
                raise ui.Terminated from None
            time.sleep(PAUSE)
        else:
            return


class Shared:
    """A lock many may hold; the one who leaves learns whether others are left."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open('a')

    def take(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def last(self) -> bool:
        """True when nobody else holds it; then it is held alone until `leave`."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        self._file.close()


class Hold:
    """A lock taken at once or not at all (``taken``), kept until `release`."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open('a')
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.taken = False
        else:
            self.taken = True

    def release(self) -> None:
        self._file.close()


@contextmanager
def attempt(path: Path) -> Iterator[bool]:
    """Yields whether the lock could be had at once."""
    hold = Hold(path)
    try:
        yield hold.taken
    finally:
        hold.release()
