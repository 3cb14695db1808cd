"""The PKCS#11 token that holds the keys: a configured one, or a private SoftHSM with a random PIN."""

import os
import re
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from . import apt, locks, paths, ui

VARIABLES = ('ESIGN_PKCS11_MODULE', 'ESIGN_PKCS11_TOKEN', 'ESIGN_PKCS11_PIN_FILE')
LABEL = 'esign'
NEVER_INSTALLED = 'Install it (Debian: apt install softhsm2), or name another token by\n' + ', '.join(VARIABLES)
# What the core says of a token (signing/keys/library.py), and what to mend.
FAULTS = {
    'module_missing': (
        '{module} cannot be loaded as a PKCS#11 module.',
        "ESIGN_PKCS11_MODULE must be the .so file of the token's maker, for this machine's processor.",
    ),
    'token_missing': (
        '{module} shows no token with the label {label}.',
        "Is the token connected? Its label must be what ESIGN_PKCS11_TOKEN says; SoftHSM's tokens lie where the file"
        ' of SOFTHSM2_CONF says.',
    ),
    'token_ambiguous': (
        '{module} shows several tokens with the label {label}.',
        'Give one of them another label: a signing key must be in one place.',
    ),
    'pin_unavailable': (
        'The file with the PIN of the token {label} cannot be read: {pin_file}.',
        'It must be text, and readable by this account.',
    ),
    'pin_refused': (
        'The token {label} refuses the PIN in {pin_file}.',
        "Write the token's user PIN into that file, and nothing else. Mend it before the next try: a token locks after"
        ' a few wrong ones.',
    ),
    'pin_locked': (
        'The token {label} is locked, or one wrong PIN away from it.',
        "Put the right PIN into {pin_file}, and log in once by the token's own tool; its officer can set a new PIN.",
    ),
}
OTHER_FAULT = ('The token {label} does not answer ({code}).', 'Is it connected, and its service running?')


def check(environment: Mapping[str, str], python: Path) -> None:
    """Logs in to the token of this environment once, as the server will.

    :param python: the interpreter with the server's packages.
    :raises ui.Failure: it does not let the server in; says what to mend.
    """
    done = ui.run(
        [python, paths.CONFIG / 'cli' / 'check_token.py'],
        'Asking the key token',
        env={**os.environ, **environment, 'PYTHONPATH': str(paths.ADDONS / 'esign_base')},
        check=False,
    )
    answers = re.findall(r'^token: (\w+)$', done.stdout, re.MULTILINE)
    code = answers[-1] if answers and not done.returncode else 'no answer'
    if code == 'ok':
        return
    facts = {
        'module': environment['ESIGN_PKCS11_MODULE'],
        'label': environment['ESIGN_PKCS11_TOKEN'],
        'pin_file': environment['ESIGN_PKCS11_PIN_FILE'],
    }
    raise ui.Failure(*(text.format(code=code, **facts) for text in FAULTS.get(code, OTHER_FAULT)))


def made(folder: Path) -> bool:
    """Whether there is a token to ask: a configured one, or the private one in ``folder``."""
    return bool(configured()) or (folder / paths.MARK).exists()


def token_environment(folder: Path) -> dict[str, str]:
    """Variables that name the token for the server; a private one is made in ``folder``."""
    if given := configured():
        return _checked(given)
    module = find()
    conf, pin = folder / 'softhsm2.conf', folder / 'pin'
    with locks.exclusive(paths.STATE / 'locks' / f'token-{folder.parent.name}', 'makes the key token'):
        if not (folder / paths.MARK).exists():
            _create(module, folder, conf, pin)
    return {
        'ESIGN_PKCS11_MODULE': str(module),
        'ESIGN_PKCS11_TOKEN': LABEL,
        'ESIGN_PKCS11_PIN_FILE': str(pin),
        'SOFTHSM2_CONF': str(conf),
    }


def configured() -> dict[str, str]:
    """The variables of a token of the user's own; empty where the private one serves."""
    return {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}


def _checked(given: dict[str, str]) -> dict[str, str]:
    missing = [name for name in VARIABLES if name not in given]
    if missing:
        raise ui.Failure(
            f'{", ".join(given)} is set, but {", ".join(missing)} is not.',
            'A token needs its module (a .so file), its label and a file with its PIN. Set all three, or none.',
        )
    for name in ('ESIGN_PKCS11_MODULE', 'ESIGN_PKCS11_PIN_FILE'):
        if not Path(given[name]).is_file():
            raise ui.Failure(f'{name} says {given[name]}, but there is no such file.')
    return given


def installed() -> Path | None:
    """SoftHSM's PKCS#11 module of this machine."""
    folders = [Path('/usr/lib/softhsm'), Path('/usr/lib64/softhsm'), Path('/usr/lib64/pkcs11')]
    folders += [Path('/usr/local/lib/softhsm'), *Path('/usr/lib').glob('*-linux-gnu/softhsm')]
    modules = (folder / 'libsofthsm2.so' for folder in folders)
    return next((module for module in modules if module.is_file()), None)


def unpacked() -> Path | None:
    """SoftHSM's module in the cache."""
    root = paths.cache() / _key()
    return next(root.glob('usr/lib/**/libsofthsm2.so'), None) if (root / paths.MARK).exists() else None


def _key() -> str:
    return f'softhsm-{apt.host_suite()}'


def find() -> Path:
    """SoftHSM's module, unpacked from the machine's own Debian suite when it is not installed."""
    if found := installed() or unpacked():
        return found
    if not apt.usable():
        raise ui.Failure('SoftHSM (the store for signing keys) is not installed.', NEVER_INSTALLED)
    suite = apt.host_suite()

    def build(folder: Path) -> None:
        ui.step('downloading SoftHSM from the Debian mirror')
        packages = [f'{name}/{suite}' for name in ('softhsm2', 'libsofthsm2', 'softhsm2-common')]
        apt.PrivateApt().unpack(packages, folder)

    paths.cached(_key(), build)
    return unpacked()


def copy(source: Path, target: Path) -> None:
    """Makes ``target`` hold the keys and the PIN of the private token in ``source``, and nothing else."""
    shutil.rmtree(target, ignore_errors=True)
    if not (source / paths.MARK).exists():
        return
    _place(target, target / 'softhsm2.conf')
    shutil.copytree(source / 'tokens', target / 'tokens', dirs_exist_ok=True)
    paths.private_file(target / 'pin', (source / 'pin').read_text(encoding='utf-8'))
    (target / paths.MARK).touch()


def _place(folder: Path, conf: Path) -> None:
    tokens = folder / 'tokens'
    tokens.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    conf.write_text(f'directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n')


def _create(module: Path, folder: Path, conf: Path, pin: Path) -> None:
    ui.step('making a key token with a random PIN')
    shutil.rmtree(folder, ignore_errors=True)
    _place(folder, conf)
    secret = secrets.token_hex(16)
    ui.run(
        [sys.executable, '-I', paths.CONFIG / 'cli' / 'make_token.py', module, LABEL],
        'Making the key token',
        env={**os.environ, 'SOFTHSM2_CONF': str(conf)},
        stdin=f'{secrets.token_hex(16)}\n{secret}\n',
        hint=NEVER_INSTALLED,
    )
    paths.private_file(pin, secret)
    (folder / paths.MARK).touch()
