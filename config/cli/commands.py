"""The commands of `./esign`."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from . import (
    browser,
    database,
    doctor,
    fonts,
    lint,
    locks,
    node_tools,
    odoo_source,
    paths,
    postgres,
    processes,
    programs,
    python_env,
    server,
    settings,
    softhsm,
    testing,
    ui,
)

LOGINS = """  staff            admin / admin
  business system  integration / integration   (API only)
  external signer  13800000001 / signer-demo   (portal)"""
INTERRUPTED = 130
BENCHES_WITH_DATABASE = {'api', 'engine', 'flow'}
BENCHES_WITH_SERVER = {'flow'}  # and a browser


@contextmanager
def opened(area: str = '', *, quick: bool = False) -> Iterator[tuple[server.House, database.Store]]:
    """The house with its database server running. ``area``: a folder of .run for what it writes."""
    place = paths.STATE / area if area else paths.STATE
    place.mkdir(parents=True, exist_ok=True)
    python_env.environment()
    with postgres.serving() as reached:
        running = postgres.Databases(reached).with_roles()
        house = server.House(place, running)
        yield house, database.Store(house, postgres.Databases(running), quick=quick)


def setup(arguments: argparse.Namespace) -> int:
    """Fetches and prepares everything; nothing is left running."""
    prepare()
    beside = threading.Thread(target=_fetch, args=(_tools,))
    beside.start()
    with opened() as (house, store):
        house.check_token()
        store.demo()
        house.environment  # noqa: B018 (what is not there yet of token and key)
    beside.join()
    _tools()
    ui.step('set up; start it with ./esign run')
    return 0


def _tools() -> None:
    """What tests and linters need beside Python packages, and LibreOffice; nothing happens where it is there."""
    programs.validators()
    programs.proxy()
    browser.find()
    node_tools.modules(paths.ROOT, python_env.environment().parent)


def prepare() -> None:
    """Begins with all that needs the network at once; returns when the database server and Python can start.

    What is fetched beside is waited for where it is needed first: whoever asks for it finds it, or the failure.
    """
    paths.make_state()
    paths.make_cache()
    for fetch in (odoo_source.find, fonts.font_path, *(() if softhsm.configured() else (softhsm.find,))):
        threading.Thread(target=_fetch, args=(fetch,), name=fetch.__module__).start()
    python_env.environment()
    python_env.packages_folder('oca')
    if not postgres.external():
        postgres.binaries()


def _fetch(what: Callable[[], object]) -> None:
    """Fetches in a thread beside; a failure is only noted, since whoever needs the thing will try, and tell."""
    try:
        what()
    except (Exception, ui.Terminated) as error:  # noqa: BLE001
        ui.log(f'{what.__module__}: {error}')


def run(arguments: argparse.Namespace) -> int:
    """Runs the server until Ctrl-C."""
    paths.make_state()
    with locks.attempt(paths.STATE / 'locks' / 'run') as mine:
        if not mine:
            return _runs_already()
        if orphan := processes.find('server'):
            ui.say(f'The server runs already: {orphan.url} (`./esign stop` ends it).')
            return 0
        here = processes.register('run', os.getpid())
        try:
            if arguments.port is not None:
                server.choose_port(arguments.port)
            prepare()
            with opened() as (house, store):
                house.check_token()
                name = store.demo()
                port = server.choose_port(arguments.port)
                ui.step(f'starting the server on port {port}')
                with server.running(house, 'server', name, port, arguments.workers) as process:
                    _welcome(port, arguments)
                    return _until_it_ends(process)
        finally:
            here.unlink(missing_ok=True)


def _runs_already() -> int:
    """Another `./esign run` of this checkout: say where it answers, once it does."""
    ui.say('Another ./esign run of this checkout is at work; waiting for its server.')
    while True:
        entry = processes.find('server')
        if entry and entry.url:
            ui.say(f'The server runs: {entry.url}')
            return 0
        with locks.attempt(paths.STATE / 'locks' / 'run') as free:
            if free:
                raise ui.Failure('The other ./esign run ended before its server answered.', 'Run it again.')
        time.sleep(0.5)


def _welcome(port: int, arguments: argparse.Namespace) -> None:
    if port != server.PORT and arguments.port is None:
        ui.note(f'port {server.PORT} is in use by another program, so it is {port}')
    if not programs.office():
        ui.note(f'Word files can be uploaded once LibreOffice is there: apt install {programs.OFFICE}')
    ui.step('ready')
    ui.say(f'\n  http://localhost:{port}\n\n{LOGINS}\n')
    ui.say(f'  log: {paths.LOGS / "server.log"}\n  text messages: {paths.STATE / "sms.jsonl"}\n  Ctrl-C stops it.')


def _until_it_ends(process: subprocess.Popen) -> int:
    """Waits for the server; SIGTERM and Ctrl-C are passed on to it by unwinding (see `server.running`)."""
    try:
        code = process.wait()
    except (KeyboardInterrupt, ui.Terminated):
        ui.say('\nstopping …')
        return 0
    if code:
        raise server.failed(f'The server ended by itself (code {code}), so this', paths.LOGS / 'server.log')
    ui.say('The server was stopped.')
    return 0


def test(arguments: argparse.Namespace) -> int:
    """Runs the tests named, or all."""
    paths.make_state()
    here = processes.register('test', os.getpid())
    try:
        prepare()
        with locks.exclusive(paths.STATE / 'locks' / 'test', 'runs tests of this checkout'):
            return testing.main(arguments.names, partial(opened, quick=arguments.quick), coverage=arguments.coverage)
    finally:
        here.unlink(missing_ok=True)


def lint_(arguments: argparse.Namespace) -> int:
    """Runs the gates."""
    paths.make_state()
    python = python_env.environment()
    cache = paths.STATE / 'lint'
    cache.mkdir(exist_ok=True)
    failed = lint.main(lint.Workshop(root=paths.ROOT, bin=python.parent, cache=cache))
    ui.say(f'{failed} gate(s) failed' if failed else 'all gates passed')
    return int(bool(failed))


def bench(arguments: argparse.Namespace) -> int:
    """Runs `python -m tests.bench NAME…` with the server's environment."""
    paths.make_state()
    prepare()
    with opened('bench', quick=arguments.quick) as (house, store):
        command = [str(house.python), '-m', 'tests.bench', *arguments.names]
        extra = {
            'PYTHONPATH': os.pathsep.join((str(paths.ROOT), str(paths.ADDONS / 'esign_base'))),
            'ESIGN_TEST_PKCS11': str(softhsm.find()),
        }
        if BENCHES_WITH_DATABASE.isdisjoint(arguments.names):
            return attached(command, house.environment | extra)
        with store.scratch() as database:
            extra['ESIGN_BENCH_DATABASE'] = database
            worn = house.as_server()
            extra['ESIGN_BENCH_CONF'] = str(settings.write('bench', worn.options()))
            with _bench_server(house, database, arguments.names) as at:
                return attached(command, worn.environment | extra | at)


@contextmanager
def _bench_server(house: server.House, database: str, names: list[str]) -> Iterator[dict[str, str]]:
    """A server for the benchmarks that want one, and the variables that say where it and a browser are."""
    if BENCHES_WITH_SERVER.isdisjoint(names):
        yield {}
        return
    port = server.choose_port(None, 8369)
    ui.step(f'starting a server for the benchmark on port {port}')
    with server.running(house, 'bench-server', database, port) as process:
        yield {
            'ESIGN_BENCH_URL': f'http://localhost:{port}',
            'ESIGN_BENCH_SERVER': str(process.pid),
            **testing.browser_variables(house),
        }


def shell(arguments: argparse.Namespace) -> int:
    """Odoo's Python shell on the demo database."""
    paths.make_state()
    prepare()
    with opened() as (house, store):
        name, worn = store.demo(), house.as_server()
        conf = settings.write('shell', worn.options())
        return attached(worn.command(conf, 'shell', '-d', name, '--no-http', '--log-level=warn'), worn.environment)


def attached(command: list[str], env: dict[str, str]) -> int:
    """Runs a program at this terminal."""
    process = subprocess.Popen(command, env=env, cwd=paths.ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # it went to the program too: that one decides
        except ui.Terminated:
            ui.end(process)
            return 128 + signal.SIGTERM


def stop(arguments: argparse.Namespace) -> int:
    """Ends every process of this checkout."""
    ended = [entry for _, entry in processes.living() if entry.pid != os.getpid()]
    for entry in sorted(ended, key=lambda item: item.name != 'run'):
        ui.step(f'stopping {entry.name} (process {entry.pid})')
        processes.end(entry)
    if postgres.stop():
        ui.step('stopped PostgreSQL')
        ended.append(None)
    ui.say('Stopped.' if ended else 'Nothing was running.')
    return 0


def reset(arguments: argparse.Namespace) -> int:
    """Removes this checkout's state: databases, files, token, secrets, logs. The shared downloads stay."""
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise ui.Failure('reset removes the databases, files and keys of this checkout.', 'Say --yes to mean it.')
        answer = input(f'Remove all data of {paths.ROOT} (databases, files, keys)? [y/N] ')
        if answer.strip().lower() not in {'y', 'yes'}:
            ui.say('Nothing was removed.')
            return 1
    stop(arguments)
    if (remote := postgres.external()) and paths.STATE.exists():
        store = database.Store(server.House(paths.STATE, remote), postgres.Databases(remote))
        store.remove_all()
        postgres.Databases(remote).drop_roles()
    postgres.remove()
    shutil.rmtree(paths.STATE, ignore_errors=True)
    for folder in ('.pytest_cache', '.ruff_cache', '.mypy_cache', '.hypothesis'):
        shutil.rmtree(paths.ROOT / folder, ignore_errors=True)
    sys.stdout.write(f'All data of this checkout is gone. Downloads stay in {paths.cache()}.\n')
    return 0


def doctor_(arguments: argparse.Namespace) -> int:
    """Says what is there, what is missing and what to do."""
    return doctor.main()


def lock(arguments: argparse.Namespace) -> int:
    """Renews the lock files from the .in files (for maintainers)."""
    paths.make_state()
    python_env.relock(upgrade=arguments.upgrade)
    return 0


def parser() -> argparse.ArgumentParser:
    main_parser = argparse.ArgumentParser(prog='esign', description='Set up, run, test and check E-contracts.')
    commands = main_parser.add_subparsers(dest='command', required=True, metavar='COMMAND')

    def add(name: str, function, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=function.__doc__)
        command.set_defaults(function=function)
        return command

    add('setup', setup, 'fetch and prepare everything')
    command = add('run', run, 'run the demo server (sets up what is missing)')
    command.add_argument('--port', type=int, help='exactly this port (default: 8069 or the next free one)')
    command.add_argument('--workers', type=int, default=0, help='processes for requests (default 0: threads)')
    command = add('test', test, 'run all tests, or those named')
    command.add_argument('names', nargs='*', metavar='NAME', help=testing.NAMES)
    command.add_argument('--quick', action='store_true', help='update the last template instead of making a new one')
    command.add_argument('--coverage', action='store_true', help='fail below 95 %% branch coverage of the signing core')
    add('lint', lint_, 'run the gates')
    command = add('bench', bench, 'run benchmarks')
    command.add_argument('names', nargs='*', metavar='NAME')
    command.add_argument('--quick', action='store_true', help='update the last template instead of making a new one')
    add('shell', shell, "Odoo's Python shell on the demo database")
    add('stop', stop, 'end every process of this checkout')
    command = add('reset', reset, "remove this checkout's databases, files and keys")
    command.add_argument('--yes', action='store_true', help='do not ask')
    add('doctor', doctor_, 'say what is there, what is missing, what to do')
    command = add('lock', lock, 'renew the lock files (maintainers)')
    command.add_argument('--upgrade', action='store_true', help='take newer versions')
    return main_parser


@contextmanager
def _beside_ends() -> Iterator[None]:
    """Whatever goes wrong, or Ctrl-C, ends what other threads fetch as well."""
    try:
        yield
    except BaseException:
        ui.end_all()
        raise


def main(argv: list[str]) -> int:
    """Runs a command; every failure becomes a message and an exit code."""
    arguments = parser().parse_args(argv)
    os.umask(0o022)
    try:
        if arguments.command not in {'stop', 'reset', 'doctor'} or paths.STATE.exists():
            paths.make_state()
            ui.log_to(paths.LOGS / 'esign.log')
        if arguments.command in {'run', 'shell', 'stop', 'reset'}:
            python_env.serve_only()
        with ui.signals_unwind(), _beside_ends():
            return arguments.function(arguments)
    except ui.Failure as failure:
        ui.show_failure(failure)
        return failure.code
    except (KeyboardInterrupt, ui.Terminated) as signalled:
        ui.say('\nesign: interrupted; run the same command again, it continues where it stopped.')
        return INTERRUPTED if isinstance(signalled, KeyboardInterrupt) else 128 + signal.SIGTERM
    except OSError as error:
        ui.log(traceback.format_exc())
        ui.show_failure(ui.os_failure(error) or ui.Failure(f'The machine refused: {error}.'))
        return 1
    except Exception as error:  # noqa: BLE001 (the last door: never a traceback to the user)
        ui.log(traceback.format_exc())
        ui.show_failure(ui.Failure(f'Unexpected: {type(error).__name__}: {error}. This is a bug of ./esign.'))
        return 1
