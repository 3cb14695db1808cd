"""Where things are: the checkout, its state, and the cache shared by all checkouts."""

import hashlib
import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from . import locks, ui

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / 'addons'
CONFIG = ROOT / 'config'
REQUIREMENTS = CONFIG / 'requirements'
STATE = ROOT / '.run'
LOGS = STATE / 'log'
MARK = '.complete'
# Threads of this process wait here for each other, without words; other processes by files, saying so.
_TURNS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def cache() -> Path:
    """Downloads that never change, shared by the checkouts of one account."""
    return Path(os.environ.get('ESIGN_CACHE') or Path.home() / '.cache' / 'esign').absolute()


def make_cache() -> None:
    """Makes the cache folder, or says in words why it cannot be made."""
    try:
        (cache() / 'locks').mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if ui.os_failure(error):
            raise
        raise ui.Failure(
            f'The folder for downloads cannot be made: {cache()} ({error.strerror}).',
            'ESIGN_CACHE names it; without ESIGN_CACHE it is ~/.cache/esign.',
        ) from error


def checkout_key() -> str:
    """A short name for this checkout, for places outside of it."""
    return f'{ROOT.name}-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}'


def make_state() -> None:
    """Makes the folder of this checkout's state; only its owner may look into it."""
    STATE.mkdir(mode=0o700, exist_ok=True)
    LOGS.mkdir(exist_ok=True)


def digest(*files: Path) -> str:
    """SHA-256 over the content of files, in order; first 12 characters."""
    sha = hashlib.sha256()
    for file in files:
        sha.update(file.read_bytes())
    return sha.hexdigest()[:12]


def cached(name: str, build: Callable[[Path], None], *, in_place: bool = False) -> Path:
    """Returns the finished folder ``name`` of the cache, built by ``build(folder)`` when it is not there.

    It is built beside its place and renamed when complete, so an interruption leaves nothing half done.
    ``in_place`` is for folders that cannot be moved (virtual environments): a mark tells them complete.
    """
    place = cache() / name
    if (place / MARK).exists():
        return place
    with _TURNS[name], locks.exclusive(cache() / 'locks' / name, f'prepares {name}'):
        if (place / MARK).exists():
            return place
        shutil.rmtree(place, ignore_errors=True)
        work = place if in_place else place.with_name(place.name + '.part')
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        build(work)
        (work / MARK).touch()
        if not in_place:
            work.rename(place)
    ui.log(f'{place} is complete')
    return place


def private_file(path: Path, content: str) -> Path:
    """Writes a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'{path.name}.{os.getpid()}.part')
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, 'w', encoding='utf-8') as file:
        file.write(content)
    part.replace(path)
    return path
