"""SoftHSM tokens of the tests' and benchmarks' own: nothing outside the folder named is touched."""

import os
import subprocess
import sys
from pathlib import Path

MODULE = Path(os.environ.get('ESIGN_TEST_PKCS11', '/usr/lib/softhsm/libsofthsm2.so'))
MAKE = Path(__file__).resolve().parents[1] / 'config' / 'cli' / 'make_token.py'


def store_in(home: Path) -> None:
    """Make ``home`` the place of this process's tokens; before the module is first loaded."""
    (home / 'tokens').mkdir()
    config = home / 'softhsm2.conf'
    config.write_text(f'directories.tokendir = {home / "tokens"}\nobjectstore.backend = file\nlog.level = ERROR\n')
    os.environ['SOFTHSM2_CONF'] = str(config)  # read by the module when it is initialised


def make(label: str, pin: str) -> None:
    """Make another token in the store."""
    subprocess.run(
        [sys.executable, '-I', str(MAKE), str(MODULE), label],
        input=f'{pin}\n{pin}\n',
        text=True,
        check=True,
        capture_output=True,
    )
