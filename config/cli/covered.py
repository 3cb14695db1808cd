"""Branch coverage of the signing core: measured while its tests run, and a floor below which it may not fall."""

import os
import subprocess
from pathlib import Path

from . import paths, ui

CONF = paths.CONFIG / 'lint' / 'coverage.ini'


def environment(area: Path) -> dict[str, str]:
    """What makes every Python process of the tests measure itself."""
    folder = area / 'coverage'
    folder.mkdir(parents=True, exist_ok=True)
    return {'COVERAGE_PROCESS_START': str(CONF), 'COVERAGE_FILE': str(folder / 'data')}


def reached(python: Path, area: Path) -> bool:
    """Puts the measurements together and shows what is not covered; whether the floor of the settings is held."""
    env = {**os.environ, **environment(area)}
    env.pop('COVERAGE_PROCESS_START')
    for step in (['combine', '-q'], ['report']):
        command = [str(python), '-m', 'coverage', *step, f'--rcfile={CONF}']
        ui.log('$ ' + ' '.join(command))
        if subprocess.run(command, env=env, cwd=paths.ROOT, check=False).returncode:
            return False
    return True
