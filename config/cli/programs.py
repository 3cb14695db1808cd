"""Programs of Debian packages that only tests need: installed for root, unpacked into the cache for others."""

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from . import apt, paths, ui

# What judges signatures beside our own code, with the package it comes in.
VALIDATORS = {'pdfsig': 'poppler-utils', 'mutool': 'mupdf-tools', 'openssl': 'openssl'}

# The proxy of production, for journeys through it; unpacked for root too: an installed one would start by itself.
PROXY = 'nginx'

CANNOT_START = (126, 127)  # the shell's and the loader's

# For uploads of Word files; it does not run from an unpacked tree, so only root gets it.
OFFICE = 'libreoffice-writer-nogui'


def office() -> str | None:
    """LibreOffice's program."""
    return shutil.which('soffice') or shutil.which('libreoffice')


def absent() -> list[str]:
    """The validators that are neither installed nor unpacked."""
    return [name for name in VALIDATORS if not shutil.which(name) and not _unpacked(name, VALIDATORS[name]).exists()]


def validators() -> list[Path]:
    """The folders to put on PATH so that every validator is found; what is missing is fetched."""
    missing = [name for name in VALIDATORS if not shutil.which(name)]
    if os.geteuid() == 0 and not office() and apt.usable():
        install([OFFICE], 'Word files cannot be uploaded without it.')
    packages = list(dict.fromkeys(VALIDATORS[name] for name in missing))
    advice = f'Install it (Debian: apt install {" ".join(packages)}).'
    if not missing:
        return []
    if not apt.usable():
        raise ui.Failure(f'{", ".join(missing)} is missing; the tests compare our signatures with it.', advice)
    if os.geteuid() == 0:
        install(packages, advice)
        return []
    return [unpack(VALIDATORS[name], [name], advice).parent for name in missing]


def proxy() -> Path:
    """The program of the proxy; fetched when it is missing."""
    advice = f'Install it (Debian: apt install {PROXY}).'
    if found := shutil.which(PROXY, path=f'{os.environ["PATH"]}{os.pathsep}/usr/sbin'):
        return Path(found)
    if not apt.usable():
        raise ui.Failure(f'{PROXY} is missing; the journeys go through it.', advice)
    return unpack(PROXY, [PROXY], advice)


def install(packages: Sequence[str], advice: str) -> None:
    """Debian packages into the system, by its own apt."""
    ui.step(f'installing {", ".join(packages)} (apt)')
    env = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    ui.run(['apt-get', '-q', 'update'], 'Updating the package lists', env=env, check=False)
    command = ['apt-get', '-q', '-y', '--no-install-recommends', 'install', *packages]
    ui.run(command, f'Installing {", ".join(packages)}', env=env, hint=advice)


def unpack(package: str, names: Sequence[str], advice: str) -> Path:
    """A package and the libraries this machine lacks, in the cache; the first program's wrapper."""

    def build(folder: Path) -> None:
        ui.step(f'downloading {package} from the Debian mirror')
        private = apt.PrivateApt()
        private.unpack(private.closure(package), folder)
        libraries = sorted({file.parent.relative_to(folder) for file in folder.rglob('lib*.so*')})
        (folder / 'bin').mkdir(exist_ok=True)
        for name in names:
            program = folder / 'bin' / name
            program.write_text(_wrapper(paths.cache() / _key(package), _inner(folder, name), libraries))
            program.chmod(0o755)

    paths.cached(_key(package), build)
    program = _unpacked(names[0], package)
    done = ui.run([program, '--help'], f'Starting the unpacked {names[0]}', check=False)
    if done.returncode in CANNOT_START:
        raise ui.program_failure(f'Starting the unpacked {names[0]}', done.returncode, done.stdout, advice)
    return program


def _key(package: str) -> str:
    return f'{package}-{apt.host_suite()}'


def _unpacked(name: str, package: str) -> Path:
    return paths.cache() / _key(package) / 'bin' / name


def _inner(folder: Path, name: str) -> Path:
    """The real program below ``folder``: Chromium's is not the script of the same name."""
    own, served = Path('usr/lib') / name / name, Path('usr/sbin') / name
    return next((path for path in (own, served) if (folder / path).exists()), Path('usr/bin') / name)


def _wrapper(root: Path, program: Path, libraries: list[Path]) -> str:
    """A program that starts the unpacked one with the libraries unpacked beside it."""
    path = ':'.join(str(root / folder) for folder in libraries)
    return f'#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(path)} exec {shlex.quote(str(root / program))} "$@"\n'
