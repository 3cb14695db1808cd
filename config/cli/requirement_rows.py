"""docs/requirements.md held against the tests: a row that is called built names tests that name it back.

A test shows a row by a comment `# R3.4` (several: `# R3.4 R3.6`) in the file that holds it.
"""

import re
from pathlib import Path

# How many rows each chapter of the requirements has.
CHAPTERS = {1: 10, 2: 10, 3: 14, 4: 1, 5: 1, 6: 3, 7: 2, 8: 3}
ROWS = [f'R{chapter}.{row}' for chapter, count in CHAPTERS.items() for row in range(1, count + 1)]
STATES = {'built', 'part', 'open'}
LINE = re.compile(r'^\| (R\d+\.\d+) \| (.+?) \| (\w+) \| (.*?) \| (.*?) \|$')
MARK = re.compile(r'R\d+\.\d+')


def marks_in(path: Path) -> set[str]:
    """The rows that a test file names in its comments."""
    found: set[str] = set()
    for line in path.read_text(encoding='utf-8').splitlines():
        _before, hash_sign, comment = line.partition('#')
        if hash_sign:
            found.update(MARK.findall(comment))
    return found


def _row_faults(root: Path, row: str, state: str, where: str, tests: str) -> list[str]:
    faults = []
    if state not in STATES:
        faults.append(f'{row}: the state is {state}, not one of {", ".join(sorted(STATES))}')
    places = re.findall(r'`([^`]+)`', where)
    named = re.findall(r'`([^`]+)`', tests)
    if state == 'built' and not (places and named):
        faults.append(f'{row}: built, but it names no place or no test')
    faults += [f'{row}: there is no {place}' for place in places if not (root / place).exists()]
    for test in named:
        path = root / test
        if not path.is_file():
            faults.append(f'{row}: there is no test {test}')
        elif row not in marks_in(path):
            faults.append(f'{row}: {test} does not name it')
    return faults


def faults(root: Path) -> list[str]:
    """Every way in which the table is not true of the checkout `root`; empty when all is well."""
    table = (root / 'docs' / 'requirements.md').read_text(encoding='utf-8')
    found: list[str] = []
    seen: list[str] = []
    for line in table.splitlines():
        match = LINE.match(line)
        if match:
            row, _what, state, where, tests = match.groups()
            seen.append(row)
            found += _row_faults(root, row, state, where, tests)
    found += [f'{row}: missing from the table' for row in ROWS if row not in seen]
    found += [f'{row}: twice in the table' for row in sorted({row for row in seen if seen.count(row) > 1})]
    found += [f'{row}: no such row' for row in sorted(set(seen) - set(ROWS))]
    return found
