"""`./esign lint`: every gate that needs no browser, in one list. A gate passes or fails; none only advises.

Each gate is a function from :class:`Workshop` to a list of complaints; an empty list passes.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import apt, floors, node_tools, paths, requirement_rows, shelves, ui

CONFIG = Path('config/lint')
PYTHON_ROOTS = ('addons', 'tests', 'config/cli', 'esign')


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where the checkout and its tools are."""

    root: Path
    bin: Path  # the venv's folder of programs
    cache: Path  # where downloaded tools may be kept

    def run(self, *command: str | Path, env: dict[str, str] | None = None) -> list[str]:
        """Run one tool in the checkout; its output when it fails, nothing when it is content."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return []
        output = (done.stdout + done.stderr).strip()
        return output.splitlines() or [f'{command[0]} ended with {done.returncode}']


def ruff(shop: Workshop) -> list[str]:
    """Style, bugs and the import walls; formatting too. The core is held to docstrings and types as well."""
    config = ('--config', CONFIG / 'ruff.toml')
    found = shop.run(shop.bin / 'ruff', 'check', *config, '--no-cache', '--output-format=concise', *PYTHON_ROOTS)
    core = 'addons/esign_base/signing'
    found += shop.run(
        shop.bin / 'ruff',
        'check',
        *config,
        '--no-cache',
        '--output-format=concise',
        '--select=D1,D2,D3,D4,ANN',
        '--ignore=D105,D107,D203,D213,ANN401',
        core,
    )
    return found + shop.run(shop.bin / 'ruff', 'format', *config, '--no-cache', '--check', *PYTHON_ROOTS)


def mypy(shop: Workshop) -> list[str]:
    """Types of the signing core, strictly."""
    cache = shop.cache / 'mypy'
    return shop.run(
        shop.bin / 'mypy', '--config-file', CONFIG / 'mypy.ini', '--cache-dir', cache, '-p', 'signing',
    )  # fmt: skip


def pylint_odoo(shop: Workshop) -> list[str]:
    """OCA's mandatory checks of addons."""
    addons = sorted(path.parent for path in (shop.root / 'addons').glob('*/__manifest__.py'))
    return shop.run(shop.bin / 'pylint', '--rcfile', CONFIG / 'pylintrc', '-j2', *addons)


def floor_plan(shop: Workshop) -> list[str]:
    """Nothing points upward."""
    return [*floors.faults(shop.root / 'addons'), *shelves.faults(shop.root / 'addons')]


def requirements_table(shop: Workshop) -> list[str]:
    """What docs/requirements.md claims is what the tests show."""
    return requirement_rows.faults(shop.root)


def javascript(shop: Workshop) -> list[str]:
    """eslint and prettier over what browsers run."""
    sources = sorted(
        str(path.relative_to(shop.root))
        for folder in ('src', 'tests')
        for path in (shop.root / 'addons').glob(f'*/static/{folder}/**/*.js')
    )
    if not sources:
        return []
    try:
        tools = node_tools.modules(shop.root, shop.bin)
    except ui.Failure as failure:
        return str(failure).splitlines()
    node = node_tools.node(shop.bin)
    found = shop.run(node, tools / 'eslint/bin/eslint.js', '--config', CONFIG / 'eslint.config.mjs', *sources)
    prettier = tools / 'prettier/bin/prettier.cjs'
    return found + shop.run(
        node, prettier, '--config', CONFIG / 'prettier.config.mjs', '--log-level=warn', '--check', *sources
    )


def compose(shop: Workshop) -> list[str]:
    """docker-compose.yml is valid: checked by Docker Compose itself, which needs no engine for that."""
    program = _compose_program()
    if program is None:
        sys.stdout.write('   (Docker Compose 2 cannot be had here: the syntax of docker-compose.yml is not checked)\n')
        return []
    return shop.run(program, '-f', 'docker-compose.yml', 'config', '-q')


def _compose_program() -> Path | None:
    """The machine's docker-compose of version 2 or later, or Debian's, unpacked into the cache."""
    own = shutil.which('docker-compose')
    if own and ui.run([own, 'version', '--short'], 'Asking for the version', check=False).stdout.lstrip('v')[:1] != '1':
        return Path(own)
    if not apt.usable():
        return None

    def build(folder: Path) -> None:
        ui.step('downloading Docker Compose from the Debian mirror')
        apt.PrivateApt().unpack(['docker-compose/trixie'], folder)

    return paths.cached('docker-compose', build) / 'usr/bin/docker-compose'


GATES: Sequence[tuple[str, Callable[[Workshop], list[str]]]] = (
    ('ruff: style, bugs, import walls, format', ruff),
    ('mypy --strict: the signing core', mypy),
    ('pylint-odoo: addons', pylint_odoo),
    ('eslint and prettier: browser code', javascript),
    ('floors and shelves: nothing points upward', floor_plan),
    ('requirements table: claims and tests agree', requirements_table),
    ('docker-compose.yml', compose),
)


def main(shop: Workshop) -> int:
    """Run all gates, say of each how it went, and return the number that failed."""
    failed = 0
    for title, gate in GATES:
        complaints = gate(shop)
        sys.stdout.write(f'{"ok  " if not complaints else "FAIL"} {title}\n')
        sys.stdout.writelines(f'     {line}\n' for line in complaints)
        sys.stdout.flush()
        failed += bool(complaints)
    return failed
