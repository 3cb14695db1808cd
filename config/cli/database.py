"""Databases of this checkout: templates built once, clones of them, and the demo database kept up to date."""

import hashlib
import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from . import addons, locks, paths, processes, reports, server, settings, softhsm, ui

COMPLETE = 'esign'
LANGUAGE = 'zh_CN'
BUNDLES = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()\n"


def demo_name() -> str:
    name = os.environ.get('ESIGN_DATABASE', 'esign')
    if not re.fullmatch(r'[a-z][a-z0-9_]{0,50}', name):
        raise ui.Failure(f'ESIGN_DATABASE={name}: a name of small letters, digits and _ is needed.')
    return name


class Store:
    """Makes, clones and removes databases together with their file stores."""

    def __init__(self, house: server.House, databases, *, quick: bool = False):
        """``quick``: clones of the last template are brought up to date, instead of making a new template."""
        self.quick = quick
        self.house = house
        self.databases = databases
        self.builder = house.at(paths.STATE / 'template')
        self.prefix = f'esign_{paths.checkout_key()[-8:]}'

    def template(self) -> str:
        """The name of a complete database with our addons, demo data and asset bundles, for today's code."""
        with locks.exclusive(paths.STATE / 'locks' / 'template', 'prepares the template database'):
            base = self._base()
            if self.quick and (last := self._last()):
                return last
            name = f'{self.prefix}_full_{self._key(base, *addons.checksums().values())}'
            if not (self._complete(name) and self._has_keys()):
                self._forget('full')
                shutil.rmtree(self.builder.area, ignore_errors=True)
                self.builder = self.house.at(self.builder.area)
                ui.step('installing the addons, with demo data')
                self.clone(base, name)
                self._install(name, addons.names())
                ui.step('building the web pages (asset bundles)')
                arguments = ['shell', '-d', name, '--no-http', '--log-level=warn', '--shell-interface=python']
                server.odoo_call(self.builder, 'bundles', arguments, 'Building the web pages', BUNDLES)
                self.databases.protect(name)
                self._finish(name)
                settings.Remembered().set('template', addons.checksums())
        return name

    def _last(self) -> str | None:
        """The complete template of older code, if there is one."""
        found = [name for name in self.databases.names() if name.startswith(f'{self.prefix}_full_')]
        return next((name for name in found if self._complete(name) and self._has_keys()), None)

    def _base(self) -> str:
        foundations = addons.foundations()
        locked = [paths.digest(paths.REQUIREMENTS / f'{name}.txt') for name in ('runtime', 'oca')]
        name = (
            f'{self.prefix}_base_{self._key(self.house.odoo.version, str(self.house.odoo.path), *locked, *foundations)}'
        )
        if not self._complete(name):
            self._forget('base')
            ui.step(f"installing Odoo's own modules ({', '.join(foundations)})")
            self._drop(name)
            self._install(name, foundations)
            self._finish(name)
        return name

    def _install(self, name: str, modules: list[str]) -> None:
        server.odoo_call(
            self.builder,
            f'install-{name.split("_")[2]}',
            ['-d', name, '-i', ','.join(modules), '--with-demo', f'--load-language={LANGUAGE}', '--stop-after-init',
             '--no-http', '--max-cron-threads=0'],
            'Installing the modules',
        )  # fmt: skip

    @staticmethod
    def _key(*facts: str) -> str:
        return hashlib.sha256('\0'.join(facts).encode()).hexdigest()[:10]

    def _complete(self, name: str) -> bool:
        return self.databases.mark(name) == COMPLETE and self.files(name).is_dir()

    def _finish(self, name: str) -> None:
        self.files(name).mkdir(parents=True, exist_ok=True)
        self.databases.set_mark(name, COMPLETE)

    def _has_keys(self) -> bool:
        area = self.builder.area
        token = softhsm.configured() or (area / 'softhsm' / paths.MARK).exists()
        return bool(token and (os.environ.get('ESIGN_SECRET_KEY_FILE') or (area / 'secret.key').exists()))

    def _forget(self, kind: str) -> None:
        """Older templates of this kind."""
        for name in self.databases.names():
            if name.startswith(f'{self.prefix}_{kind}_'):
                self._drop(name)

    def files(self, name: str) -> Path:
        return self.house.data / 'filestore' / name

    def witness(self, name: str) -> Path:
        """The witness log of a database (see ``addons/esign_base/tools/witness.py``)."""
        return self.house.data / 'esign_witness' / name

    def _move_in(self, name: str) -> None:
        """The database ``name`` of this house as a copy of the template, with the keys that belong to it."""
        template = self.template()
        with locks.exclusive(paths.STATE / 'locks' / 'template', 'copies the template database'):
            self.clone(template, name)
            server.copy_keys(self.builder.area, self.house.area)

    def clone(self, source: str, name: str) -> None:
        """A copy of database and file store; the files are linked (Odoo never writes into one)."""
        self._drop(name)
        if self.files(source).is_dir():
            shutil.copytree(self.files(source), self.files(name), copy_function=_link)
        if self.witness(source).is_dir():
            shutil.copytree(self.witness(source), self.witness(name))
        self.databases.clone(source, name)

    def _drop(self, name: str) -> None:
        self.databases.drop(name)
        for folder in (self.files(name), self.witness(name)):
            shutil.rmtree(folder, ignore_errors=True)

    def demo(self) -> str:
        """The demo database, made or brought up to date with the addons' code."""
        name = demo_name()
        facts = settings.Remembered()
        now = addons.checksums()
        mark = self.databases.mark(name)
        complete = f'{COMPLETE} {paths.checkout_key()}'
        if mark == complete and self.files(name).is_dir():
            self._update(name, *addons.changes(facts.get('addons', {}), now))
        else:
            if self.house.database.external and mark != complete and self.databases.exists(name):
                raise ui.Failure(
                    f'The server at PGHOST already has a database {name} that this checkout did not make.',
                    'Drop it, or choose another name: ESIGN_DATABASE=esign_two ./esign run',
                )
            ui.step(f'making the demo database {name}')
            self._move_in(name)
            self.databases.set_mark(name, complete)
        facts.set('addons', now)
        return name

    def _update(self, name: str, new: list[str], changed: list[str]) -> None:
        if not new and not changed:
            return
        ui.step(f'the code changed: updating the database ({", ".join(new + changed)})')
        arguments = ['-d', name, '--stop-after-init', '--no-http', '--max-cron-threads=0']
        if new:
            arguments += ['-i', ','.join(new)]
        if changed:
            arguments += ['-u', ','.join(changed), '--i18n-overwrite']
        _mention(server.odoo_call(self.house, 'update', arguments, 'Updating the demo database'))
        self.databases.protect(name)

    @contextmanager
    def scratch(self):
        """A clone of the template for one run, dropped at the end (and after killed runs)."""
        for name in self.databases.names():
            owner = re.fullmatch(rf'{self.prefix}_run_(\d+)(_\d+)?', name)
            if owner and processes.started_at(int(owner[1])) is None:
                self._drop(name)
        name = f'{self.prefix}_run_{os.getpid()}'
        self._move_in(name)
        if self.quick:
            changes = addons.changes(settings.Remembered().get('template', {}), addons.checksums())
            self._update(name, *changes)
        try:
            yield name
        finally:
            self._drop(name)

    def remove_all(self) -> None:
        """Every database of this checkout."""
        complete = f'{COMPLETE} {paths.checkout_key()}'
        for name in self.databases.names():
            if name.startswith(self.prefix + '_') or self.databases.mark(name) == complete:
                self._drop(name)


def _mention(log: Path) -> None:
    """Tells what Odoo only logged (demo data that no longer fits, say); the tests' log gate would fail on it."""
    with log.open(encoding='utf-8', errors='replace') as lines:
        found = reports.complaints(lines)
    for text in found:
        ui.note(f'in the log of the update: {text.splitlines()[0][:300]}')
    if found:
        ui.note(f'see {log}; `./esign reset` and a new run make a demo database that fits the code')


def _link(source: str, target: str) -> None:
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copy2(source, target)
