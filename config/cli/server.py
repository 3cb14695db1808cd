"""Odoo as a program: its environment, its configuration, a server that answers, one-time calls."""

import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from . import fonts, locks, odoo_source, paths, postgres, processes, python_env, settings, softhsm, ui

HOST = '127.0.0.1'
PORT = 8069
PORTS_TRIED = 200
READY = 180  # seconds a server may take until its login page answers
SECRET_KEY_BYTES = 32
# Links in messages begin with this parameter. An address of somebody's own, of the local network say, stays.
SAY_ADDRESS = r"""
    INSERT INTO ir_config_parameter (key, value) VALUES ('web.base.url', %s)
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
    WHERE ir_config_parameter.value ~ '^https?://(localhost|127[.]0[.]0[.]1|\[::1\])(:[0-9]+)?/?$'
"""


@dataclass(frozen=True)
class House:
    """Everything a server of this checkout stands on. Paths of ``area`` hold what it writes."""

    area: Path
    database: postgres.Server

    @cached_property
    def python(self) -> Path:
        return python_env.environment()

    @cached_property
    def odoo(self) -> odoo_source.Odoo:
        return odoo_source.find()

    @property
    def data(self) -> Path:
        return paths.STATE / 'data'

    def at(self, area: Path) -> 'House':
        """The same house with another area."""
        area.mkdir(parents=True, exist_ok=True)
        return replace(self, area=area)

    def as_server(self) -> 'House':
        """The house for the server: logged in as the role that owns no evidence."""
        return self._as('server')

    def as_tester(self) -> 'House':
        """The house for tests of the addons: as the server, and the owner on demand."""
        return self._as('tester')

    def _as(self, name: str) -> 'House':
        roles = self.database.roles
        return replace(self, database=self.database.worn_as(getattr(roles, name))) if roles else self

    @property
    def sms_file(self) -> Path:
        return self.area / 'sms.jsonl'

    @property
    def foundation(self) -> dict[str, str]:
        """The variables that Odoo alone needs: no token, no fonts, which may still be on their way."""
        return (
            python_env.clean_environment()
            | self.database.environment()
            | {
                'ESIGN_ODOO_PATH': str(self.odoo.path),
                'PYTHONPYCACHEPREFIX': str(paths.cache() / 'pyc'),
                'PYTHONUNBUFFERED': '1',
            }
        )

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables by which the addons learn where they run."""
        return (
            self.foundation
            | softhsm.token_environment(self.area / 'softhsm')
            | {
                'ESIGN_DEVELOPMENT': '1',
                'ESIGN_SMS_FILE': str(self.sms_file),
                'ESIGN_MAIL_DIR': str(self.area / 'mail'),
                'ESIGN_SECRET_KEY_FILE': os.environ.get('ESIGN_SECRET_KEY_FILE') or str(secret_key(self.area)),
                'ESIGN_FONT_PATH': fonts.font_path(),
            }
        )

    def check_token(self) -> None:
        """Makes sure that the token lets the server in; nothing happens where none is made yet.

        :raises ui.Failure: it does not; says what to mend.
        """
        if softhsm.made(self.area / 'softhsm'):
            softhsm.check(softhsm.token_environment(self.area / 'softhsm'), self.python)

    def options(self) -> dict[str, str]:
        oca = python_env.packages_folder('oca') / 'odoo' / 'addons'
        return self.database.options() | {
            'addons_path': ','.join(map(str, (*self.odoo.addons, oca, paths.ADDONS))),
            'data_dir': str(self.data),
            'http_interface': HOST,
        }

    def command(self, conf: Path, *arguments: str) -> list[str]:
        return [str(self.python), str(paths.CONFIG / 'cli' / 'odoo_bin.py'), *_with_conf(conf, arguments)]


def _with_conf(conf: Path, arguments: tuple[str, ...]) -> list[str]:
    """Odoo wants a sub-command (shell …) before its options."""
    if arguments and not arguments[0].startswith('-'):
        return [arguments[0], '-c', str(conf), *arguments[1:]]
    return ['-c', str(conf), *arguments]


def secret_key(area: Path) -> Path:
    """The key file for personal data (one line ``id:base64``), made once."""
    path = area / 'secret.key'
    if not path.exists():
        paths.private_file(path, f'k1:{b64encode(secrets.token_bytes(SECRET_KEY_BYTES)).decode()}\n')
    return path


def copy_keys(source: Path, target: Path) -> None:
    """Gives ``target`` the token and the key file with which the database of ``source`` was made.

    What a database holds is bound to them: certificates to the keys in the token, ID numbers to the key file.
    Configured ones are shared by all areas anyway.
    """
    if not softhsm.configured():
        softhsm.copy(source / 'softhsm', target / 'softhsm')
    if not os.environ.get('ESIGN_SECRET_KEY_FILE'):
        paths.private_file(target / 'secret.key', secret_key(source).read_text(encoding='utf-8'))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


_reserved: dict[int, locks.Hold] = {}


def is_ours(port: int) -> bool:
    """Whether the port is free, and no other `./esign` of this account is about to take it."""
    if port in _reserved:
        return is_free(port)
    hold = locks.Hold(paths.cache() / 'locks' / f'port-{port}')
    if hold.taken and is_free(port):
        _reserved[port] = hold
        return True
    hold.release()
    return False


def choose_port(insisted: int | None, default: int = PORT, free=is_ours) -> int:
    """``insisted`` or nothing; else ``default`` or the next free one. It stays ours until this process ends."""
    if insisted is not None:
        if not 0 < insisted < 65536:
            raise ui.Failure(f'{insisted} is no port: ports go from 1 to 65535.')
        if not free(insisted):
            raise ui.Failure(
                f'Port {insisted} is in use by another program (or not allowed to you).',
                'Choose another one, or leave --port out: then a free one is taken.',
            )
        return insisted
    for port in range(default, default + PORTS_TRIED):
        if port not in _reserved and free(port):
            return port
    raise ui.Failure(f'No free port between {default} and {default + PORTS_TRIED}.')


def odoo_call(
    house: House, name: str, arguments: list[str], what: str, stdin: str | None = None, *, ours: bool = True
) -> Path:
    """Runs Odoo once to its end; returns its log. ``ours``: with what our addons need beside Odoo."""
    log = paths.LOGS / f'{name}.log'
    conf = settings.write(name, house.options())
    if left_over := processes.find(name):  # its ./esign was killed hard
        processes.end(left_over, patience=2)
    with log.open('w', encoding='utf-8') as file:
        process = subprocess.Popen(
            house.command(conf, *arguments), env=house.environment if ours else house.foundation, cwd=paths.ROOT,
            stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            start_new_session=True, text=True,
        )  # fmt: skip
        entry = processes.register(name, process.pid)
        try:
            process.communicate(stdin)
        except BaseException:
            ui.end(process)
            raise
        finally:
            entry.unlink(missing_ok=True)
    if process.returncode:
        raise failed(what, log)
    return log


def failed(what: str, log: Path) -> ui.Failure:
    """The failure with the lines of Odoo's log that say why."""
    text = log.read_text(encoding='utf-8', errors='replace')
    if 'No space left on device' in text:
        return ui.os_failure(OSError(28, 'full'))
    lines = text.splitlines()
    telling = [line for line in lines if ' CRITICAL ' in line or ' ERROR ' in line or 'Error: ' in line][-6:]
    tail = '\n'.join('| ' + line[:300] for line in telling or lines[-8:])
    return ui.Failure(f'{what} failed.', f'{tail}\nThe whole log: {log}')


@contextmanager
def running(house: House, name: str, database: str, port: int, workers: int = 0) -> Iterator[subprocess.Popen]:
    """A server that answers on ``port``; ended when the block is left."""
    log = paths.LOGS / f'{name}.log'
    own = {
        'http_port': port, 'gevent_port': choose_port(None, port + 1), 'workers': workers,
        # No dbfilter: with one, Odoo offers only databases that its own role owns, and ours owns none.
        'db_name': database, 'max_cron_threads': 1,
    }  # fmt: skip
    url = f'http://localhost:{port}'
    postgres.Databases(house.database).query(SAY_ADDRESS, url, database=database)
    house = house.as_server()
    conf = settings.write(name, house.options() | own)
    with log.open('w', encoding='utf-8') as file:
        process = subprocess.Popen(
            house.command(conf), env=house.environment, cwd=paths.ROOT, stdout=file, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    entry = processes.register(name, process.pid)
    try:
        _wait(process, port, log)
        entry = processes.register(name, process.pid, url)
        yield process
    finally:
        ui.end(process, patience=30)
        entry.unlink(missing_ok=True)


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise failed('Starting the server', log)
        try:
            with urllib.request.urlopen(f'http://{HOST}:{port}/web/login', timeout=READY) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            raise failed(f'Showing the login page (the server answers {error.code})', log) from error
        except OSError:
            pass
        time.sleep(0.2)
    raise failed(f'Starting the server within {READY} seconds', log)
