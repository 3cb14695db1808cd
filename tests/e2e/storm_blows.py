"""Blows to a node while signers' requests are in the middle of being answered."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.test_storm import Node

LOOK = 0.002  # seconds between two looks at what is in hand
STRUCK = 0.35  # share of requests that a blow is meant for; the rest let signers get on
# How long a step takes in a worker, about: a blow falls at a random point of that (seconds).
LASTS = {'freeze': 0.08, 'ask': 0.08, 'confirm': 0.2, 'opened': 0.03, 'status': 0.03}
KINDS = {'worker': 2, 'connection': 2, 'token': 1}  # shares


class Blows:
    """Kills workers and connections and restarts tokens under requests of signers, at random points of them.

    The storm door marks what each worker has in hand: a file named after the process, with the step and
    the request's number. A blow is meant for one request and falls only if that one is still in hand.
    """

    def __init__(self, node: Node, seed: int) -> None:
        self.node = node
        self.random = random.Random(seed)
        self.struck: Counter[tuple[str, str]] = Counter()  # (kind of blow, step it fell into)
        self.over = threading.Event()

    @property
    def count(self) -> int:
        return self.struck.total()

    def of(self, kind: str) -> int:
        """How many blows of a kind fell."""
        return sum(count for (one, _step), count in self.struck.items() if one == kind)

    @contextmanager
    def falling(self) -> Iterator[None]:
        striking = threading.Thread(target=self._run)
        striking.start()
        try:
            yield
        finally:
            self.over.set()
            striking.join()

    def _run(self) -> None:
        seen: set[str] = set()
        while not self.over.wait(LOOK):
            for mark in self.node.marks.glob('*.hand'):
                text = self._read(mark)
                if text in seen or not text:
                    continue
                seen.add(text)
                if self.random.random() < STRUCK:
                    self._aim(mark, text)

    def _aim(self, mark: Path, text: str) -> None:
        step = text.partition(' ')[0]
        kind = min(KINDS, key=lambda one: (self.of(one) + self.random.random()) / KINDS[one])
        self.over.wait(self.random.uniform(0, LASTS[step]))
        process = int(mark.stem)
        if self._read(mark) == text and self.node.owns(process) and getattr(self, f'_{kind}')(process):
            self.struck[kind, step] += 1

    @staticmethod
    def _read(mark: Path) -> str:
        with suppress(FileNotFoundError):
            return mark.read_text()
        return ''

    def _worker(self, process: int) -> bool:
        os.kill(process, signal.SIGKILL)
        return True

    def _connection(self, process: int) -> bool:
        """Take the connections with which the worker is at work."""
        used = self._told(process, 'connections')
        if not used:
            return False
        taken = self.node.sql('SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid', [int(one) for one in used])
        return any(done for (done,) in taken)

    def _token(self, process: int) -> bool:
        """The token under the worker is restarted."""
        return self._told(process, 'restart') is not None

    def _told(self, process: int, what: str) -> list[str] | None:
        """Tell the door in a worker something that only its process can do; its words, None when it died."""
        sign, answer = self.node.marks / f'{process}.{what}', self.node.marks / f'{process}.{what}.done'
        sign.touch()
        for _look in range(500):
            if answer.exists():
                words = answer.read_text().split()
                answer.unlink()
                return words
            if not self.node.owns(process):
                break
            self.over.wait(LOOK)
        sign.unlink(missing_ok=True)
        return None
