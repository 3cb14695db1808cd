"""Reads what the test runners say: counts, skipped tests, and complaints in Odoo's log."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r'^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) (?P<database>\S+) (?P<logger>[\w.]+): (?P<text>.*)')
RESULT = re.compile(r'(\d+) failed, (\d+) error\(s\) of (\d+) tests')
SKIPPED = re.compile(r'skipped (?P<test>.+?) : (?P<reason>.*)')
NO_BROWSER = re.compile(r'[Cc]hrom|websocket-client')
BAD_LEVELS = {'WARNING', 'ERROR', 'CRITICAL'}
ALWAYS_OURS = ('odoo.registry', 'odoo.modules.loading')
# Two transactions met: PostgreSQL refuses one and Odoo replays it. What is not replayed shows as an error of its own.
REPLAYED = re.compile(r'could not serialize access|deadlock detected')
OURS = re.compile(r'\besign_\w+|/addons/esign_|\besign\.\w+|[Tt]emplate\S* .*not found|External ID not found')


@dataclass(frozen=True)
class Counts:
    """What one runner reported about its own tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: 'Counts') -> 'Counts':
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def executed(self) -> int:
        return self.passed + self.failed


def of_junit(file: Path) -> Counts:
    """The counts of a JUnit report (pytest's).

    :raises OSError, ET.ParseError: the runner did not get to write one.
    """
    root = ET.parse(file).getroot()  # noqa: S314 (our own runner wrote it)
    total = Counts()
    for suite in root.iter('testsuite'):
        tests, failures, errors, skipped = (
            int(suite.get(key, 0)) for key in ('tests', 'failures', 'errors', 'skipped')
        )
        failed = min(tests, failures + errors)
        total += Counts(max(0, tests - failed - skipped), failed, skipped)
    return total


def of_odoo(lines: Iterable[str]) -> Counts | None:
    """The counts of an Odoo log; None when Odoo never reported (it ended before its tests)."""
    result, skipped = None, 0
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        if SKIPPED.match(found['text']):
            skipped += 1
        if found['logger'] == 'odoo.tests.result' and (numbers := RESULT.search(found['text'])):
            result = tuple(map(int, numbers.groups()))
    if result is None:
        return None
    failures, errors, tests = result
    failed = failures + errors
    # A test with several failing subtests counts several failures: never fewer than none have passed.
    return Counts(max(0, tests - failed - skipped), failed, skipped)


def skipped_for_want_of_a_browser(lines: Iterable[str]) -> list[str]:
    found = (SKIPPED.search(line) for line in lines if ' skipped ' in line)
    return [match['test'] for match in found if match and NO_BROWSER.search(match['reason'])]


def entries(lines: Iterable[str]) -> Iterator[tuple[re.Match, str]]:
    """Log entries with the lines that belong to each (a warning's source, a traceback)."""
    head, text = None, []
    for line in lines:
        if found := LINE.match(line):
            if head:
                yield head, '\n'.join(text)
            head, text = found, [line.rstrip('\n')]
        elif head:
            text.append(line.rstrip('\n'))
    if head:
        yield head, '\n'.join(text)


def complaints(lines: Iterable[str]) -> list[str]:
    """The log gate: warnings and errors of our addons, and those that Odoo only logs though we are at fault.

    Failures of tests are not repeated here: they are counted by the runner.
    """
    found = []
    for head, text in entries(lines):
        if head['level'] not in BAD_LEVELS or _is_a_test_report(head) or _is_replayed(head, text):
            continue
        said = text[head.start('logger') :]  # not the database: its name has ours in it
        if head['logger'] in ALWAYS_OURS or OURS.search(f'{head["logger"].replace(".", "/")} {said}'):
            found.append(text)
    return found


def _is_replayed(head: re.Match, text: str) -> bool:
    return head['logger'] == 'odoo.sql_db' and bool(REPLAYED.search(text))


def _is_a_test_report(head: re.Match) -> bool:
    return head['logger'].startswith('odoo.tests') or head['text'].startswith(('FAIL: ', 'ERROR: ', '====='))
