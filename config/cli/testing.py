"""`./esign test`: pytest for pure code, Odoo's runner for addons, a browser for journeys."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError

from . import (
    addons,
    browser,
    covered,
    database,
    fonts,
    node_tools,
    paths,
    processes,
    programs,
    reports,
    server,
    settings,
    softhsm,
    ui,
)

NAMES = 'an addon, an Odoo test tag (/esign_base:TestX), signing, cli, e2e, or a path below tests/'
TESTS = paths.ROOT / 'tests'
APART = {'e2e', 'bench', 'corpus'}  # not collected with the pure tests
PROCESSES = 2
LOWEST = ['esign_base']


@dataclass
class Plan:
    """What to run: paths for pytest, test tags for Odoo, paths of journeys."""

    pure: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    journeys: list[str] = field(default_factory=list)


def plan(names: list[str], tests: Path = TESTS, ours: Iterable[str] | None = None) -> Plan:
    """Sorts names by runner.

    :raises ui.Failure: a name that nothing answers to.
    """
    ours = addons.names() if ours is None else ours
    if not names:
        rooms = sorted(room.name for room in tests.iterdir() if room.is_dir() and list(room.rglob('test_*.py')))
        pure = [str(tests / room) for room in rooms if room not in APART]
        return Plan(pure, [f'/{name}' for name in ours], [str(tests / 'e2e')] if 'e2e' in rooms else [])
    chosen = Plan()
    for name in names:
        _sort(name, chosen, tests, ours)
    return chosen


def _sort(name: str, chosen: Plan, tests: Path, ours: Iterable[str]) -> None:
    if name in ours:
        chosen.tags.append(f'/{name}')
    elif (tests / name).is_dir():
        (chosen.journeys if name == 'e2e' else chosen.pure).append(str(tests / name))
    elif (path := Path(name.partition('::')[0]).absolute()).exists() and path.is_relative_to(tests):
        full = name.replace(name.partition('::')[0], str(path), 1)
        (chosen.journeys if path.is_relative_to(tests / 'e2e') else chosen.pure).append(full)
    elif re.fullmatch(r'/?[\w./:*+-]+', name) and ('/' in name[:1] or ':' in name or name.isidentifier()):
        chosen.tags.append(name)
    else:
        raise ui.Failure(f'There is no test called {name}.', f'Say {NAMES}.')


class Session:
    """One `./esign test`: what the runners reported, and what else speaks against a green end."""

    def __init__(self) -> None:
        self.counts = reports.Counts()
        self.objections: list[str] = []

    def add(self, what: str, counts: reports.Counts | None) -> None:
        if counts is None:
            self.object(f'{what}: the runner ended without a report')
            return
        self.counts += counts
        skipped = f', {counts.skipped} skipped' if counts.skipped else ''
        ui.step(f'{what}: {counts.passed} passed, {counts.failed} failed{skipped}')
        if not counts.executed:
            self.object(f'{what}: no test was executed')

    def object(self, text: str) -> None:
        self.objections.append(text)
        ui.say(f'         FAILED: {text}')

    def gate(self, what: str, log: Path) -> None:
        """The log gate."""
        if not log.exists():
            return
        with log.open(encoding='utf-8', errors='replace') as lines:
            for text in reports.complaints(lines):
                self.object(f'{what}, in the log: {text[:600]}')

    def close(self) -> int:
        """The last words. The line of counts is the sum of what the runners reported, nothing else."""
        if self.objections:
            ui.say(f'\n{len(self.objections)} objection(s) besides the counts:')
            for text in self.objections:
                ui.say(f'  - {text.splitlines()[0][:300]}')
        if self.counts.skipped:
            ui.say(f'{self.counts.skipped} skipped')
        if not self.counts.executed:
            ui.say('no test was executed: that is a failure')
        ui.say(f'{self.counts.passed} passed, {self.counts.failed} failed')
        return int(bool(self.objections or self.counts.failed or not self.counts.executed))


def main(names: list[str], opened, *, coverage: bool = False) -> int:
    """Runs the plan; 0 only when tests were executed and everything is green."""
    todo = plan(names)
    session = Session()
    chromium = browser.find() if todo.journeys or todo.tags else None
    for area in paths.STATE.glob('test*'):
        shutil.rmtree(area, ignore_errors=True)
    with opened('test') as (house, store):
        if todo.pure:
            env = _with_judges(house.environment)
            env |= covered.environment(house.area) if coverage else {}
            _pytest(session, house, 'pure', todo.pure, ['-n', str(PROCESSES)], env)
        if coverage and not (todo.pure and covered.reached(house.python, house.area)):
            session.object('branch coverage of the signing core is not reached, or was not measured')
        if todo.tags or todo.journeys:
            store.template()
            for log in ('install-base', 'install-full', 'bundles'):
                session.gate('installing', paths.LOGS / f'{log}.log')
        if todo.tags:
            _odoo(session, house, store, todo.tags, chromium)
        if todo.journeys:
            _journeys(session, house, store, todo.journeys, chromium)
    return session.close()


def _pytest(session: Session, house: server.House, what: str, targets: list[str], options: list[str], env) -> None:
    report = house.area / f'{what}.xml'
    report.unlink(missing_ok=True)
    conf = paths.CONFIG / 'lint' / 'pytest.ini'
    command = [
        str(house.python), '-m', 'pytest', '-c', str(conf), f'--rootdir={paths.ROOT}',
        '-o', f'cache_dir={paths.STATE / "pytest"}', '-q', f'--junitxml={report}', *options, *targets,
    ]  # fmt: skip
    ui.step(f'pytest: {" ".join(str(Path(target).relative_to(paths.ROOT)) for target in targets)}')
    code = _shown(command, env)
    try:
        counts = reports.of_junit(report)
    except (OSError, ParseError):
        counts = None
    session.add(f'pytest ({what})', counts)
    if code and counts and not counts.failed:
        session.object(f'pytest ({what}) ended with code {code}')
    if what == 'e2e' and counts and counts.skipped:
        session.object(f'{counts.skipped} browser journeys were skipped')


def _shown(command: list[str], env: dict[str, str]) -> int:
    """Runs a program whose output the user sees."""
    ui.log('$ ' + ' '.join(command))
    sys.stdout.flush()
    process = subprocess.Popen(command, env=env, cwd=paths.ROOT)
    try:
        return process.wait()
    except BaseException:
        ui.end(process)
        raise


def _odoo(session: Session, house: server.House, store: database.Store, tags: list[str], chromium: Path) -> None:
    """Updates the addons and runs their tests, each share in a clone of the template and beside the others."""
    with ExitStack() as running:
        ran = []
        for number, share in enumerate(shares(tags)):
            place = house.at(paths.STATE / f'test-{number}')
            name = running.enter_context(database.Store(place, store.databases, quick=store.quick).scratch(number))
            ran.append(running.enter_context(OdooRun(place.as_tester(), name, share, chromium)))
        for run in ran:
            run.wait()
    for run in ran:
        run.report(session)


def shares(tags: list[str]) -> list[list[str]]:
    """The tags in as many shares as tests run side by side; one addon stays in one share.

    The lowest addon has about as many tests as all others together.
    """
    lowest = [tag for tag in tags if modules_of([tag]) == LOWEST]
    others = [tag for tag in tags if tag not in lowest]
    return [share for share in (others, lowest) if share]


class OdooRun:
    """Odoo with a share of the tests, at work in a process of its own as long as the block lasts."""

    def __init__(self, house: server.House, name: str, tags: list[str], chromium: Path) -> None:
        modules = modules_of(tags)
        self.what = f'Odoo: {" ".join(tags)}'
        self.log = paths.LOGS / f'{house.area.name}-odoo.log'
        own = {'http_port': server.choose_port(None, 8169), 'db_name': name}
        conf = settings.write(house.area.name, house.options() | own)
        self.command = house.command(
            conf, '-d', name, '-u', ','.join(modules), '--test-tags', ','.join(tags), '--stop-after-init',
            '--max-cron-threads=0', '--log-level=info',
        )  # fmt: skip
        self.env = house.environment | _with_browser(house, chromium)
        self.code: int | None = None

    def __enter__(self) -> 'OdooRun':
        ui.step(self.what)
        ui.log('$ ' + ' '.join(self.command))
        self.process = subprocess.Popen(
            self.command, env=self.env, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors='replace', start_new_session=True,
        )  # fmt: skip
        self.entry = processes.register('odoo-tests', self.process.pid)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def _read(self) -> None:
        """Keeps the log in its file; shows failures as they come."""
        show = False
        with self.log.open('w', encoding='utf-8') as file:
            for line in self.process.stdout:
                file.write(line)
                if head := reports.LINE.match(line):
                    show = head['level'] in {'ERROR', 'CRITICAL'}
                if show:
                    sys.stdout.write(line)

    def wait(self) -> None:
        self.code = self.process.wait()
        self.reader.join()

    def __exit__(self, *_: object) -> None:
        ui.end(self.process)
        self.entry.unlink(missing_ok=True)

    def report(self, session: Session) -> None:
        with self.log.open(encoding='utf-8', errors='replace') as file:
            lines = file.readlines()
        counts = reports.of_odoo(lines)
        session.add(self.what, counts)
        for test in reports.skipped_for_want_of_a_browser(lines):
            session.object(f'a browser test was skipped: {test}')
        if self.code and not (counts and counts.failed):
            session.object(f'{self.what} ended with code {self.code}; see {self.log}')
        session.gate(f'updating and testing ({self.what})', self.log)


def modules_of(tags: list[str]) -> list[str]:
    ours = addons.names()
    named = [name for tag in tags for name in ours if re.match(rf'[^/]*/{name}(?![a-z_])', tag)]
    return sorted(set(named)) or ours


def _with_browser(house: server.House, chromium: Path) -> dict[str, str]:
    """Odoo looks for the browser on PATH; the browser finds our fonts, so that pages show Chinese."""
    return {
        'PATH': f'{chromium.parent}{os.pathsep}{os.environ["PATH"]}',
        'ESIGN_CHROMIUM': str(chromium),
        'FONTCONFIG_FILE': str(fonts.fontconfig(house.area)),
    }


def browser_variables(house: server.House, chromium: Path | None = None) -> dict[str, str]:
    """What Playwright needs: the browser, and a Node.js (its own asks for a library that a small Debian has not)."""
    node = {'PLAYWRIGHT_NODEJS_PATH': str(house.python.parent / 'node')}
    return _with_browser(house, chromium or browser.find()) | node


def _with_judges(env: dict[str, str]) -> dict[str, str]:
    """The environment with the programs that judge our signatures, and the module for tokens of the tests' own."""
    folders = [*map(str, programs.validators()), env.get('PATH') or os.environ['PATH']]
    return env | {'PATH': os.pathsep.join(folders), 'ESIGN_TEST_PKCS11': str(softhsm.find())}


def _journeys(session: Session, house: server.House, store: database.Store, targets: list[str], chromium: Path) -> None:
    """Browser journeys against a real server on a clone of the template."""
    with store.scratch() as name:
        port = server.choose_port(None, 8269)
        ui.step(f'starting a server for the journeys on port {port}')
        house = house.as_server()
        with server.running(house, 'e2e', name, port):
            env = house.environment | browser_variables(house, chromium)
            env |= {
                'ESIGN_AXE': str(node_tools.modules(paths.ROOT, house.python.parent) / 'axe-core' / 'axe.min.js'),
                'ESIGN_E2E_URL': f'http://localhost:{port}',
                'ESIGN_E2E_DATABASE': name,
                'ESIGN_E2E_CONF': str(paths.STATE / 'e2e.conf'),  # storms start a second node by it
                'ESIGN_E2E_SCREENSHOTS': str(paths.STATE / 'screenshots'),
                'ESIGN_NGINX': str(programs.proxy()),
            }
            _pytest(session, house, 'e2e', targets, ['-p', 'no:xdist'], env)
    session.gate('the journeys', paths.LOGS / 'e2e.log')
