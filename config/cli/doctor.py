"""`./esign doctor`: what is there, what is missing, what to do."""

import os
import runpy
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from . import (
    apt,
    browser,
    database,
    fonts,
    odoo_source,
    paths,
    postgres,
    processes,
    programs,
    python_env,
    softhsm,
    ui,
)

ROOM = 3 * 1024**3  # bytes a first set-up may need
GOOD, MISSING, OPTIONAL = 'ok  ', 'MISS', '-   '


def main() -> int:
    """Prints the findings; 1 when something needed is missing."""
    worst = 0
    for what, check in CHECKS:
        try:
            findings = list(check())
        except ui.Failure as failure:
            findings = [(MISSING, f'{failure} {failure.hint}'.strip())]
        except OSError as error:
            findings = [(MISSING, str(error))]
        for state, text in findings:
            ui.say(f'{state} {what:<12} ' + text.replace('\n', '\n' + ' ' * 18))
            worst = max(worst, state == MISSING)
    return worst


def _python() -> Iterator[tuple[str, str]]:
    version = '{}.{}.{}'.format(*sys.version_info)
    yield (
        GOOD if sys.version_info[:2] in python_env.VERSIONS else MISSING,
        f'{version} (3.11 to 3.13 are right)',
    )


def _packages() -> Iterator[tuple[str, str]]:
    made = [item for item in paths.cache().glob('venv-*') if (item / paths.MARK).exists()]
    current = paths.digest(paths.REQUIREMENTS / 'dev.txt', paths.REQUIREMENTS / 'tools.txt')
    there = next((item for item in made if f'-{current}-' in item.name), None)
    yield (GOOD, str(there)) if there else (OPTIONAL, 'not installed yet; ./esign setup installs them')


def _python_made() -> Path | None:
    """The interpreter with the server's packages, if they are installed."""
    python_env.serve_only()
    return python_env.there()


def _odoo() -> Iterator[tuple[str, str]]:
    if os.environ.get('ODOO_HOME'):
        yield GOOD, str(odoo_source.find().path)
    elif found := odoo_source.find_installed():
        yield GOOD, f'installed: {found.path}'
    elif (paths.cache() / 'odoo-debian-19.0' / paths.MARK).exists():
        yield GOOD, str(paths.cache() / 'odoo-debian-19.0')
    elif apt.usable():
        yield OPTIONAL, f'not here yet; ./esign setup fetches it from {apt.mirror()}'
    else:
        yield MISSING, f'not here, and no Debian mirror to fetch it from.\n{odoo_source.WAYS}'


def _postgres() -> Iterator[tuple[str, str]]:
    if server := postgres.external():
        yield GOOD, f'PGHOST={server.host}'
        yield _roles(server)
        return
    pid = postgres.running_pid()
    own = f'running (process {pid})' if pid else 'not running'
    yield GOOD, f'private server in {postgres.home()}: {own}'
    if found := postgres.installed_binaries():
        yield GOOD, f'the machine has one too: {found} (used only when the packaged one cannot be installed)'


def _roles(server: postgres.Server) -> tuple[str, str]:
    """Whether the server's role can be another one than the owner of the evidence."""
    names, databases = postgres.roles_of(server), postgres.Databases(server)
    there = databases.query('SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s)', names.owner, names.server)[0][0]
    may, new = databases.query(
        "SELECT rolsuper OR rolcreaterole, current_setting('server_version_num')::int >= 160000"
        ' FROM pg_roles WHERE rolname = current_user'
    )[0]
    if new and (may or there == len((names.owner, names.server))):
        return GOOD, f'evidence belongs to the role {names.owner}, the server logs in as {names.server}'
    return MISSING, (
        f'{postgres.UNPROTECTED}\nThis needs PostgreSQL 16 or later and an account that may create roles. As an'
        ' administrator of that server: ALTER ROLE <this account> CREATEROLE, then run this again.'
    )


def _token() -> Iterator[tuple[str, str]]:
    folder = paths.STATE / 'softhsm'
    if softhsm.made(folder):
        token = softhsm.token_environment(folder)
        where = 'configured' if softhsm.configured() else 'private'
        if python := _python_made():
            softhsm.check(token, python)
            yield GOOD, f'{where}, lets the server in: {token["ESIGN_PKCS11_MODULE"]}'
        else:
            yield OPTIONAL, f'{where}, not asked yet (no packages): {token["ESIGN_PKCS11_MODULE"]}'
    elif (module := softhsm.installed()) or (module := softhsm.unpacked()):
        yield GOOD, f'SoftHSM: {module}'
    elif apt.usable():
        yield OPTIONAL, 'SoftHSM is not installed; ./esign setup fetches it'
    else:
        yield MISSING, f'SoftHSM is not installed. {softhsm.NEVER_INSTALLED}'


def _fonts() -> Iterator[tuple[str, str]]:
    if given := os.environ.get('ESIGN_FONT_PATH'):
        yield GOOD, f'ESIGN_FONT_PATH={given}'
    elif absent := fonts.missing((*fonts.SYSTEM, *paths.cache().glob('fonts-*'))):
        state = OPTIONAL if apt.usable() else MISSING
        yield state, f'not installed: {", ".join(absent)}; ./esign setup fetches them on Debian'
    else:
        yield GOOD, 'Noto CJK, LXGW WenKai and DejaVu'


def _browser() -> Iterator[tuple[str, str]]:
    found = browser.installed() or next(paths.cache().glob('chromium-*/bin/chromium'), None)
    if found:
        yield GOOD, str(found)
    else:
        yield (
            OPTIONAL,
            f'Chromium (browser tests only) is missing; ./esign setup fetches it on Debian. {browser.ADVICE}',
        )


def _validators() -> Iterator[tuple[str, str]]:
    if missing := programs.absent():
        state = OPTIONAL if apt.usable() else MISSING
        names = ', '.join(f'{name} ({programs.VALIDATORS[name]})' for name in missing)
        yield state, f'missing, for tests only: {names}; ./esign setup fetches them on Debian'
    else:
        yield GOOD, ', '.join(programs.VALIDATORS)


def _proxy() -> Iterator[tuple[str, str]]:
    found = next(paths.cache().glob(f'{programs.PROXY}-*/bin/{programs.PROXY}'), None)
    found = found or shutil.which(programs.PROXY, path=f'{os.environ["PATH"]}{os.pathsep}/usr/sbin')
    yield (
        (GOOD, str(found))
        if found
        else (OPTIONAL, f'{programs.PROXY} (tests only) is missing; ./esign setup fetches it')
    )


def _office() -> Iterator[tuple[str, str]]:
    found = programs.office()
    advice = f'LibreOffice is missing: Word files cannot be uploaded. Debian: apt install {programs.OFFICE}'
    yield (GOOD, found) if found else (OPTIONAL, advice)


def _disk() -> Iterator[tuple[str, str]]:
    for place in dict.fromkeys((paths.ROOT, paths.cache())):
        existing = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(existing).free
        text = f'{free / 1024**3:.1f} GB free at {place}'
        yield (GOOD, text) if free > ROOM else (MISSING, f'{text}; make room (3 GB for a first set-up)')


def _writable() -> Iterator[tuple[str, str]]:
    for place in (paths.ROOT, paths.STATE):
        if place.exists() and not os.access(place, os.W_OK):
            yield (
                MISSING,
                f'{place} cannot be written by this account; give it back with chown, or use another clone',
            )
            return
    yield GOOD, str(paths.STATE)


def _logins() -> Iterator[tuple[str, str]]:
    """Logins of the demo database that look like mobile numbers and were not opened by registration."""
    rows = _strays()
    if rows is None:
        yield OPTIONAL, 'the demo database is looked at while its server runs'
    elif rows:
        numbers = ', '.join(str(row[0]) for row in rows[:10])
        yield (
            MISSING,
            f'{len(rows)} look like mobile numbers, but were not opened by registration (users {numbers}).\n'
            'Whoever holds the number cannot register: give them another name (People → Number-like logins).',
        )
    else:
        yield GOOD, 'those that look like mobile numbers all belong to accounts'


def _strays() -> list[list] | None:
    made = any((item / paths.MARK).exists() for item in paths.cache().glob('venv-*'))
    if not made or not (postgres.external() or postgres.running_pid()):
        return None
    databases, name = postgres.Databases(postgres.external() or postgres.private()), database.demo_name()
    if not databases.mark(name):
        return None
    rule = runpy.run_path(str(paths.ADDONS / 'esign_base' / 'rules' / 'mobile.py'))
    return databases.query(rule['STRAY_LOGINS'], database=name)


def _running() -> Iterator[tuple[str, str]]:
    entries = [entry for _, entry in processes.living()] if processes.folder().exists() else []
    for entry in entries:
        yield GOOD, f'{entry.name}: process {entry.pid} {entry.url}'
    if not entries:
        yield OPTIONAL, 'nothing of this checkout runs'


CHECKS: list[tuple[str, Callable[[], Iterator[tuple[str, str]]]]] = [
    ('Python', _python),
    ('packages', _packages),
    ('Odoo', _odoo),
    ('PostgreSQL', _postgres),
    ('key token', _token),
    ('fonts', _fonts),
    ('Chromium', _browser),
    ('validators', _validators),
    ('proxy', _proxy),
    ('LibreOffice', _office),
    ('disk', _disk),
    ('state', _writable),
    ('running', _running),
    ('logins', _logins),
]
