"""Chromium for the browser tests."""

import os
import shlex
import shutil
from pathlib import Path

from . import apt, paths, ui

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
ADVICE = 'Install it (Debian: apt install chromium), or set ESIGN_CHROMIUM to its program.'


def installed() -> Path | None:
    if given := os.environ.get('ESIGN_CHROMIUM'):
        if not os.access(given, os.X_OK):
            raise ui.Failure(f'ESIGN_CHROMIUM says {given}, but that is no program.', ADVICE)
        return Path(given)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def find() -> Path:
    """Chromium's program; fetched when it is missing."""
    if found := installed():
        return found
    if not apt.usable():
        raise ui.Failure('Chromium is missing; the browser tests need it.', ADVICE)
    return _install() if os.geteuid() == 0 else _unpack()


def _install() -> Path:
    ui.step('installing Chromium (apt)')
    env = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    ui.run(['apt-get', '-q', 'update'], 'Updating the package lists', env=env, check=False)
    ui.run(
        ['apt-get', '-q', '-y', '--no-install-recommends', 'install', 'chromium'],
        'Installing Chromium',
        env=env,
        hint=ADVICE,
    )
    return Path(shutil.which('chromium') or '/usr/bin/chromium')


def _unpack() -> Path:
    """For an ordinary user: Chromium and the libraries it lacks, unpacked into the cache."""

    def build(folder: Path) -> None:
        ui.step('downloading Chromium from the Debian mirror (about 100 MB)')
        private = apt.PrivateApt()
        private.unpack(private.closure('chromium'), folder)
        program = folder / 'bin' / 'chromium'
        program.parent.mkdir(exist_ok=True)
        libraries = sorted({file.parent.relative_to(folder) for file in folder.rglob('lib*.so*')})
        program.write_text(_wrapper(paths.cache() / _key(), libraries))
        program.chmod(0o755)

    program = paths.cached(_key(), build) / 'bin' / 'chromium'
    ui.run([program, '--version'], 'Starting the unpacked Chromium', hint=ADVICE)
    return program


def _key() -> str:
    return f'chromium-{apt.host_suite()}'


def _wrapper(root: Path, libraries: list[Path]) -> str:
    """The program that starts the unpacked one with the libraries unpacked beside it."""
    path = ':'.join(str(root / folder) for folder in libraries)
    program = root / 'usr/lib/chromium/chromium'
    return f'#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(path)} exec {shlex.quote(str(program))} "$@"\n'
