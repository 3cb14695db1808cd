"""Run benchmarks: ``python -m tests.bench NAME [NAME …]``; each is ``tests/bench/bench_NAME.py``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'addons' / 'esign_base'))


def main(names: list[str]) -> int:
    """Run, print, write the page; 1 if a goal was missed."""
    from tests.bench.harness import write_section

    if not names:
        known = sorted(one.stem.removeprefix('bench_') for one in Path(__file__).parent.glob('bench_*.py'))
        sys.stderr.write(f'name one of: {", ".join(known)}\n')
        return 2
    missed = 0
    for name in names:
        module = importlib.import_module(f'tests.bench.bench_{name}')
        figures = module.run()
        for one in figures:
            state = '' if one.met is None else ' ok' if one.met else ' MISSED'
            sys.stdout.write(f'{one.name}: {one.value:.3g} {one.unit} {one.goal}{state}\n')
            missed += one.met is False
        write_section(name, figures, module.NOTES)
    return 1 if missed else 0


if __name__ == '__main__':
    raise SystemExit(main(sys.argv[1:]))
