"""Finds Odoo 19.0: ODOO_HOME, a git repository, an installed one, Debian's package."""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import apt, paths, ui

SERIES = '19.0'
GIT_DEFAULT = 'https://github.com/odoo/odoo.git'
TESTED_SHA256 = '9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf'
PACKAGE_FOLDER = Path('usr/lib/python3/dist-packages')
# Odoo's Debian package links to files of these.
LINKED = (
    'libjs-jquery', 'libjs-jquery-form', 'libjs-underscore', 'fonts-font-awesome', 'fonts-roboto-unhinted',
    'fonts-montserrat', 'fonts-inconsolata', 'fonts-ocr-b', 'fonts-glyphicons-halflings', 'fonts-dejavu-core',
    'gsfonts',
)  # fmt: skip
DEBIAN = f'odoo-debian-{SERIES}'  # in the cache
WAYS = f"""Ways to give it one:
  ODOO_HOME=/path/to/odoo ./esign run     a checkout of Odoo {SERIES} (the folder with odoo/ and addons/)
  ESIGN_ODOO_GIT={GIT_DEFAULT} ./esign run    a shallow clone of branch {SERIES} (about 1 GB)
  an installed odoo {SERIES} (Debian package, or pip install of its source)
  a Debian machine: ./esign fetches Debian's odoo-19 through its own apt mirror
  docker compose up     (production containers; needs none of the above)"""


@dataclass(frozen=True)
class Odoo:
    """``path`` goes to the end of sys.path; ``addons`` on the addons path; ``kind`` says where it is from."""

    path: Path
    addons: tuple[Path, ...]
    version: str
    kind: str


def version_of(path: Path) -> str | None:
    """The version that ``path/odoo/release.py`` declares, e.g. ``19.0``."""
    try:
        text = (path / 'odoo' / 'release.py').read_text(encoding='utf-8')
    except OSError:
        return None
    found = re.search(r'^version_info\s*=\s*\((\d+),\s*(\d+)', text, re.MULTILINE)
    return '.'.join(found.groups()) if found else None


def find() -> Odoo:
    """Odoo 19.0, fetched if need be."""
    if home := os.environ.get('ODOO_HOME'):
        return _at(Path(home).expanduser().absolute(), 'ODOO_HOME')
    if address := os.environ.get('ESIGN_ODOO_GIT'):
        return _cloned(address)
    if installed := find_installed():
        return installed
    if (paths.cache() / DEBIAN / paths.MARK).exists() or apt.usable():
        return _debian()
    if not apt.available() and shutil.which('git'):
        ui.note(f'no apt here: cloning Odoo {SERIES} from {GIT_DEFAULT} (about 1 GB)')
        return _cloned(GIT_DEFAULT)
    raise ui.Failure(f'Odoo {SERIES} is not on this machine and cannot be fetched by itself: {apt.NO_DEBIAN}.', WAYS)


def _at(path: Path, kind: str) -> Odoo:
    version = version_of(path)
    if version is None:
        raise ui.Failure(f'{kind} says {path}, but there is no odoo/release.py below it.', WAYS)
    if version != SERIES:
        raise ui.Failure(f'{kind} says {path}; that is Odoo {version}, and these addons need {SERIES}.', WAYS)
    addons = [
        folder
        for folder in (path / 'addons', path / 'odoo' / 'addons')
        if (folder / 'base').is_dir() or (folder / 'web').is_dir()
    ]
    if not addons or not any((folder / 'web').is_dir() for folder in addons):
        raise ui.Failure(f"{kind} says {path}, but Odoo's addons (web, portal, mail …) are not there.", WAYS)
    return Odoo(path, tuple(addons), version, kind)


def find_installed() -> Odoo | None:
    """An Odoo 19.0 that the machine's Python has."""
    candidates = [Path('/usr/lib/python3/dist-packages')]
    python = shutil.which('python3')
    if python:
        code = (
            'from importlib.util import find_spec; spec = find_spec("odoo");'
            'print(*(spec.submodule_search_locations if spec else ()), sep="\\n")'
        )
        answer = subprocess.run([python, '-I', '-c', code], capture_output=True, text=True, check=False)
        candidates += [Path(line).parent for line in answer.stdout.splitlines() if line.strip()]
    for candidate in candidates:
        if version_of(candidate) == SERIES and (candidate / 'odoo' / 'addons' / 'web').is_dir():
            return _at(candidate, 'the installed package')
    return None


def _cloned(address: str) -> Odoo:
    key = hashlib.sha256(address.encode()).hexdigest()[:8]

    def build(folder: Path) -> None:
        ui.step(f'cloning Odoo {SERIES} from {address}')
        ui.run(
            [
                'git',
                'clone',
                '--quiet',
                '--depth',
                '1',
                '--branch',
                SERIES,
                '--single-branch',
                address,
                folder / 'odoo',
            ],
            'Cloning Odoo',
            env={**os.environ, 'GIT_TERMINAL_PROMPT': '0'},
            hint=f'Does {address} answer, and has it a branch {SERIES}?',
        )

    return _at(paths.cached(f'odoo-git-{key}', build) / 'odoo', 'ESIGN_ODOO_GIT')


def _debian() -> Odoo:
    """Debian's package, unpacked into the cache (123 MB)."""

    def build(folder: Path) -> None:
        ui.step(f'downloading Odoo {SERIES} from the Debian mirror (123 MB)')
        private = apt.PrivateApt()
        package, *others = private.download(['odoo-19/sid', *(f'{name}/trixie' for name in LINKED)])
        with package.open('rb') as file:
            if hashlib.file_digest(file, 'sha256').hexdigest() != TESTED_SHA256:
                ui.note(f'{package.name} is newer than the tested one; its Debian signature is good')
        for file in (package, *others):
            ui.run(['dpkg-deb', '-x', file, folder], f'Unpacking {file.name}')
        if version_of(folder / PACKAGE_FOLDER) != SERIES:
            raise ui.Failure(f'Debian now has another Odoo than {SERIES}: {package.name}.', WAYS)
        _heal(folder / PACKAGE_FOLDER)
        package.unlink()

    return _at(paths.cached(DEBIAN, build) / PACKAGE_FOLDER, "Debian's package")


def _heal(path: Path) -> None:
    """The package leaves out one library for its licence; the web client's console complains without it."""
    library = path / 'odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js'
    library.parent.mkdir(parents=True, exist_ok=True)
    if not library.exists():
        library.touch()
