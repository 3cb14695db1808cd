"""The witness log: what was attested, once more, in files outside the database.

A line is written when a consent is given, something is signed, or a trace is stamped, after the
database has committed it. Whoever rewrites the database must also find and rewrite every copy of
this log, for which they need the secret key: each line carries a keyed proof, and the digest of the
line before it.

``<root>/<database>/<node>/<two hex digits>.jsonl``: the digits are the first of the SHA-256 of
what the line is about (a trace, a consent), so that one of them is found in 1/256 of the log.
``ESIGN_WITNESS_DIR`` names the root, ``ESIGN_WITNESS_COPIES`` further roots (another disk, another
machine) that get the same lines.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..signing import trace
from . import proofs

FIRST = '0' * 64
_TAIL = 64 * 1024  # bytes; no line is longer
_SAFE = re.compile(r'[^\w.-]+')


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was read.

    :param facts: what it says: ``about``, ``at``, and what was attested.
    :param sound: its proof holds.
    :param follows: it follows the line before it.
    """

    facts: Mapping[str, Any]
    sound: bool
    follows: bool


class WitnessLog:
    """The log of one database.

    :param roots: where it is kept; every line goes to all of them, and all of them are read.
    :param node: name of the machine that writes.
    """

    def __init__(self, roots: Iterable[Path], database: str, node: str) -> None:
        self.homes = [Path(root) / _SAFE.sub('_', database) for root in roots]
        self.node = _SAFE.sub('_', node) or 'node'

    def append(self, about: str, statements: Iterable[Mapping[str, object]]) -> None:
        """Write lines about one thing, and wait until they are on the disk.

        :raises OSError: a place could not be written; those before it were.
        """
        facts = [{**one, 'about': about} for one in statements]
        for home in self.homes:
            _write(home / self.node / f'{_shard(about)}.jsonl', facts)

    def about(self, about: str) -> Iterator[Mapping[str, Any]]:
        """What was ever attested about a thing, by any node and in any place; lines without proof are passed over."""
        needle = b'"about":' + trace.canonical(about)
        for path in self._files(_shard(about)):
            for raw in _lines_with(path.read_bytes(), needle):
                line = _read(raw, '')
                if line and line.sound and line.facts.get('about') == about:
                    yield line.facts

    def everything(self) -> Iterator[tuple[Path, Line | None]]:
        """Every line of every file, in order; None for one that cannot be read."""
        for path in self._files('*'):
            previous = FIRST
            for raw in path.read_bytes().splitlines():
                yield path, _read(raw, previous)
                previous = hashlib.sha256(raw).hexdigest()

    def _files(self, shard: str) -> list[Path]:
        return sorted(path for home in self.homes for path in home.glob(f'*/{shard}.jsonl'))


def of_database(database: str, data_dir: str) -> WitnessLog:
    """The log of a database, where the environment says, or below Odoo's data folder."""
    root = os.environ.get('ESIGN_WITNESS_DIR') or str(Path(data_dir) / 'esign_witness')
    copies = (os.environ.get('ESIGN_WITNESS_COPIES') or '').split(os.pathsep)
    return WitnessLog([Path(place) for place in (root, *copies) if place], database, socket.gethostname())


def _shard(about: str) -> str:
    return hashlib.sha256(about.encode()).hexdigest()[:2]


def _write(path: Path, statements: Iterable[Mapping[str, object]]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), 'r+b', buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # processes of one node share its files
        torn, previous = _end_of(file)
        out = [b'\n'] if torn else []
        for one in statements:
            proven = proofs.witness({**one, 'previous': previous})
            raw = trace.canonical({**json.loads(proven.body), 'proof': proven.proof})
            out += [raw, b'\n']
            previous = hashlib.sha256(raw).hexdigest()
        file.write(b''.join(out))
        os.fsync(file.fileno())


def _end_of(file: Any) -> tuple[bool, str]:
    """Whether the last line is torn (the machine stopped while it was written), and its digest."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return False, FIRST
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    return not tail.endswith(b'\n'), hashlib.sha256(tail.splitlines()[-1]).hexdigest()


def _lines_with(data: bytes, needle: bytes) -> Iterator[bytes]:
    at = data.find(needle)
    while at >= 0:
        start, end = data.rfind(b'\n', 0, at) + 1, data.find(b'\n', at)
        end = len(data) if end < 0 else end
        yield data[start:end]
        at = data.find(needle, end)


def _read(raw: bytes, previous: str) -> Line | None:
    try:
        facts = json.loads(raw)
        proof = facts.pop('proof')
        body = trace.canonical(facts)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return Line(facts, proofs.holds(proofs.WITNESS, body, proof), facts.get('previous') == previous)
