"""Chromium for the browser tests."""

import os
import shutil
from pathlib import Path

from . import apt, programs, ui

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
ADVICE = 'Install it (Debian: apt install chromium), or set ESIGN_CHROMIUM to its program.'


def installed() -> Path | None:
    if given := os.environ.get('ESIGN_CHROMIUM'):
        if not os.access(given, os.X_OK):
            raise ui.Failure(f'ESIGN_CHROMIUM says {given}, but that is no program.', ADVICE)
        return Path(given)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def find() -> Path:
    """Chromium's program; fetched when it is missing."""
    if found := installed():
        return found
    if not apt.usable():
        raise ui.Failure('Chromium is missing; the browser tests need it.', ADVICE)
    if os.geteuid() != 0:
        return programs.unpack('chromium', ['chromium'], ADVICE)
    programs.install(['chromium'], ADVICE)
    return Path(shutil.which('chromium') or '/usr/bin/chromium')
