"""What a newcomer meets, met for real: the entry script in processes of its own, with a poor environment."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A small copy of the checkout with a state of its own."""
    root = tmp_path / 'checkout'
    root.mkdir()
    shutil.copy(ROOT / 'esign', root)
    shutil.copytree(ROOT / 'config', root / 'config', ignore=shutil.ignore_patterns('node_modules', '__pycache__'))
    for manifest in (ROOT / 'addons').glob('*/__manifest__.py'):
        (root / 'addons' / manifest.parent.name).mkdir(parents=True)
        shutil.copy(manifest, root / 'addons' / manifest.parent.name)
    return root


def poor_environment(tmp_path, **more):
    """Python alone on PATH, an empty cache, no index to install from."""
    programs = tmp_path / 'bin'
    programs.mkdir(exist_ok=True)
    for name in ('sh', 'uname'):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    return {
        'PATH': str(programs),
        'HOME': str(tmp_path),
        'ESIGN_CACHE': str(tmp_path / 'cache'),
        'PIP_INDEX_URL': 'http://127.0.0.1:9/simple',
        'PIP_EXTRA_INDEX_URL': '',
        'PIP_CONFIG_FILE': '/dev/null',
        'PIP_NO_INDEX': '1',
        'LC_ALL': 'C.UTF-8',
        **more,
    }


def esign(checkout, env, *arguments, **options):
    return subprocess.run(
        [sys.executable, str(checkout / 'esign'), *arguments],
        env=env, capture_output=True, text=True, timeout=120, check=False, **options,
    )  # fmt: skip


def test_mirror_unreachable_is_said_without_a_traceback(checkout, tmp_path):
    done = esign(checkout, poor_environment(tmp_path), 'setup')
    assert done.returncode == 1
    assert 'Installing Python packages failed' in done.stderr
    assert 'Is the network up?' in done.stderr
    assert 'Details: ' in done.stderr
    assert 'Traceback' not in done.stderr + done.stdout
    assert 'pip' in (checkout / '.run/log/esign.log').read_text()


def test_nothing_half_made_is_taken_for_complete(checkout, tmp_path):
    env = poor_environment(tmp_path)
    esign(checkout, env, 'setup')
    assert not list((tmp_path / 'cache').glob('*/.complete'))


def test_bad_odoo_home_is_said_by_doctor(checkout, tmp_path):
    done = esign(checkout, poor_environment(tmp_path, ODOO_HOME=str(tmp_path)), 'doctor')
    assert done.returncode == 1
    assert 'there is no odoo/release.py below it' in done.stdout
    assert 'Traceback' not in done.stderr + done.stdout


def test_no_apt_lists_the_ways(checkout, tmp_path):
    done = esign(checkout, poor_environment(tmp_path), 'doctor')
    if Path('/usr/lib/python3/dist-packages/odoo/release.py').exists():
        pytest.skip('Odoo is installed on this machine')
    for way in ('ODOO_HOME=', 'ESIGN_ODOO_GIT=', 'docker compose'):
        assert way in done.stdout


def test_reset_asks(checkout, tmp_path):
    done = esign(checkout, poor_environment(tmp_path), 'reset', stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert '--yes' in done.stderr


def test_stop_and_reset_with_nothing_there(checkout, tmp_path):
    env = poor_environment(tmp_path)
    assert 'Nothing was running' in esign(checkout, env, 'stop').stdout
    assert esign(checkout, env, 'reset', '--yes').returncode == 0
    assert not (checkout / '.run').exists()


def test_works_from_any_folder(checkout, tmp_path):
    assert esign(checkout, poor_environment(tmp_path), 'stop', cwd='/').returncode == 0


@pytest.mark.parametrize(('number', 'code'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_is_calm(checkout, tmp_path, number, code):
    env = poor_environment(tmp_path)
    lock = tmp_path / 'cache' / 'locks'
    lock.mkdir(parents=True)
    with waiting_setup(checkout, env, lock) as process:
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert 'run the same command again' in output
    assert 'Traceback' not in output + errors


def test_the_second_says_what_it_waits_for(checkout, tmp_path):
    env = poor_environment(tmp_path)
    lock = tmp_path / 'cache' / 'locks'
    lock.mkdir(parents=True)
    with waiting_setup(checkout, env, lock) as process:
        assert process.poll() is None
        process.terminate()
        output, _ = process.communicate(timeout=20)
    assert 'waiting: another esign prepares venv-' in output


class waiting_setup:  # noqa: N801 (reads as a context manager)
    """A set-up that waits because "another one" (this test) holds the lock of the environment."""

    def __init__(self, checkout, env, locks):
        sys.path.insert(0, str(ROOT))
        self.checkout, self.env, self.locks = checkout, env, locks

    def __enter__(self):
        from config.cli import paths

        key = paths.digest(paths.REQUIREMENTS / 'dev.txt', paths.REQUIREMENTS / 'tools.txt')
        name = 'venv-{}-py{}.{}'.format(key, *sys.version_info)
        self.file = (self.locks / name).open('a')
        fcntl.flock(self.file, fcntl.LOCK_EX)
        log = self.checkout / '.run' / 'log' / 'esign.log'
        # Tests in the background hand on an ignored Ctrl-C, which at a keyboard is not ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            [sys.executable, str(self.checkout / 'esign'), 'setup'],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        signal.signal(signal.SIGINT, before)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (log.exists() and 'waiting' in log.read_text()):
            time.sleep(0.05)
        return self.process

    def __exit__(self, *_):
        self.file.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_a_checkout_of_another_account(checkout, tmp_path):
    checkout.chmod(0o555)
    try:
        done = esign(checkout, poor_environment(tmp_path), 'setup')
    finally:
        checkout.chmod(0o755)
    assert done.returncode == 1
    assert 'Not allowed to write' in done.stderr
