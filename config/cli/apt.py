"""Debian packages without installing them: a private apt that unpacks into the cache.

Nothing of the machine's own apt is changed. The mirror's address is taken from the machine's apt at run
time; packages are checked by apt against Debian's keys.
"""

import os
import platform
import shutil
import threading
import time
from functools import cache
from pathlib import Path

from . import locks, paths, ui

FRESH = 3600  # seconds for which package lists are used again
WHAT = 'Downloading from the Debian mirror'
_REFRESHING = threading.Lock()
NO_DEBIAN = 'no Debian mirror is set up on this machine'


def available() -> bool:
    return bool(shutil.which('apt-get') and shutil.which('dpkg-deb'))


@cache
def mirror() -> str | None:
    """The address of the Debian mirror this machine's apt uses."""
    if not available():
        return None
    form = '$(REPO_URI) $(COMPONENT) $(ORIGIN) $(LABEL)'
    listing = ui.run(
        ['apt-get', 'indextargets', '--format', form, 'Created-By: Packages'],
        'Asking apt for its mirror',
        check=False,
    )
    for line in listing.stdout.splitlines():
        if line.endswith(' main Debian Debian'):
            return line.split()[0]
    return _mirror_from_sources()


def _mirror_from_sources() -> str | None:
    """A machine that never ran `apt-get update` has no index yet: read the lists of sources."""
    if host_id() != 'debian':
        return None
    folder = Path('/etc/apt')
    for file in [folder / 'sources.list', *sorted(folder.glob('sources.list.d/*'))]:
        if not file.is_file() or not os.access(file, os.R_OK):
            continue
        for line in file.read_text(errors='replace').splitlines():
            words = line.split()
            if words[:1] == ['URIs:'] or words[:1] == ['deb']:
                for word in words[1:]:
                    if word.rstrip('/').endswith('/debian'):
                        return word
    return None


def host_id() -> str:
    try:
        return platform.freedesktop_os_release().get('ID', '')
    except OSError:
        return ''


def host_suite() -> str:
    """The Debian suite of this machine: programs must come from it to fit its libraries."""
    try:
        return platform.freedesktop_os_release().get('VERSION_CODENAME', '') or 'sid'
    except OSError:
        return ''


def usable() -> bool:
    return available() and host_id() == 'debian' and mirror() is not None


class PrivateApt:
    """apt with its own sources, lists and cache below the cache folder."""

    def __init__(self) -> None:
        self.home = paths.cache() / 'apt'
        self.suites = list(dict.fromkeys(['sid', 'trixie', host_suite()]))

    def download(self, packages: list[str]) -> list[Path]:
        """Downloads packages (``name`` or ``name/suite``), returns the files."""
        self._refresh()
        names = [package.split('/')[0] for package in packages]
        debs = self.home / 'debs' / names[0]
        debs.mkdir(parents=True, exist_ok=True)
        for old in debs.glob('*.deb'):
            old.unlink()
        self._get('download', *packages, cwd=debs)
        return [next(debs.glob(f'{name}_*.deb')) for name in names]

    def closure(self, package: str) -> list[str]:
        """``package`` and what it needs that this machine has not, from the machine's own suite."""
        self._refresh()
        suite = host_suite()
        plan = self._get('-s', '--no-install-recommends', '-t', suite, 'install', package, own_status=False)
        return [f'{line.split()[1]}/{suite}' for line in plan.splitlines() if line.startswith('Inst ')]

    def unpack(self, packages: list[str], root: Path) -> None:
        for file in self.download(packages):
            ui.run(['dpkg-deb', '-x', file, root], f'Unpacking {file.name}')
            file.unlink()

    def _refresh(self) -> None:
        with _REFRESHING, locks.exclusive(paths.cache() / 'locks' / 'apt', 'reads the lists of the Debian mirror'):
            self._update()

    def _update(self) -> None:
        stamp = self.home / 'updated'
        wanted = f'{mirror()} {self.suites}'
        if (
            stamp.exists()
            and time.time() - stamp.stat().st_mtime < FRESH
            and stamp.read_text(encoding='utf-8') == wanted
        ):
            return
        self._configure()
        self._get('update', '-o', 'APT::Update::Error-Mode=any')
        stamp.write_text(wanted, encoding='utf-8')

    def _configure(self) -> None:
        address = mirror()
        if not address:
            raise ui.Failure(f'Nothing can be downloaded: {NO_DEBIAN}.')
        for folder in ('lists/partial', 'cache/archives/partial', 'parts', 'preferences'):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / 'status').touch()
        keys = Path('/usr/share/keyrings/debian-archive-keyring.gpg')
        signed = f'[signed-by={keys}] ' if keys.exists() else ''
        lines = [f'deb {signed}{address} {suite} main\n' for suite in self.suites]
        (self.home / 'sources.list').write_text(''.join(lines), encoding='utf-8')

    def _get(self, *arguments: str, cwd: Path | None = None, own_status: bool = True) -> str:
        home = self.home
        status = home / 'status' if own_status else '/var/lib/dpkg/status'
        options = {
            'Dir::Etc::sourcelist': home / 'sources.list',
            'Dir::Etc::sourceparts': home / 'parts',
            'Dir::Etc::preferences': home / 'preferences' / 'none',
            'Dir::Etc::preferencesparts': home / 'preferences',
            'Dir::State::lists': home / 'lists',
            'Dir::State::status': status,
            'Dir::Cache': home / 'cache',
            'APT::Sandbox::User': 'root',
            'APT::Default-Release': 'trixie' if own_status else host_suite(),
            'Acquire::Languages': 'none',
            'Acquire::Retries': '3',
            'Acquire::http::Timeout': '30',
            'Debug::NoLocking': 'true',
        }
        command = ['apt-get', '-q', '-y']
        for key, value in options.items():
            command += ['-o', f'{key}={value}']
        done = ui.run([*command, *arguments], WHAT, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, cwd=cwd, check=False)
        if done.returncode:
            raise ui.program_failure(WHAT, done.returncode, done.stdout, _hint(done.stdout))
        return done.stdout


def _hint(output: str) -> str:
    if 'is expired' in output or 'not valid yet' in output:
        return (
            f"Is this machine's clock right? If it is, the mirror {mirror()} is out of date (a frozen snapshot);\n"
            'use a live one in /etc/apt, or, if it is frozen on purpose, set Acquire::Check-Valid-Until "false" there.'
        )
    return (
        f'Is the network up, and does {mirror()} answer? The mirror is the one in /etc/apt.\n'
        'Run the same command again; what is there already is kept.'
    )
