"""Odoo's configuration file of this checkout: config/odoo.conf plus what belongs to this machine."""

import configparser
import io
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from . import paths

COMMON = paths.CONFIG / 'odoo.conf'


def merged(common: str, own: Mapping[str, str]) -> str:
    """The text of a configuration: ``common`` with the lines of ``own`` put over its [options]."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(common)
    if not parser.has_section('options'):
        parser.add_section('options')
    for key, value in own.items():
        parser.set('options', key, str(value))
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def write(name: str, own: Mapping[str, str]) -> Path:
    """Writes ``.run/<name>.conf``; it may hold secrets, so only its owner reads it."""
    own = {'admin_passwd': secrets.token_urlsafe(24), **own}
    return paths.private_file(paths.STATE / f'{name}.conf', merged(COMMON.read_text(encoding='utf-8'), own))


class Remembered:
    """Small facts kept in ``.run/state.json``."""

    def __init__(self, path: Path | None = None):
        self.path = path or paths.STATE / 'state.json'

    def all(self) -> dict:
        try:
            return json.loads(self.path.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            return {}

    def get(self, key: str, default=None):
        return self.all().get(key, default)

    def set(self, key: str, value) -> None:
        paths.private_file(self.path, json.dumps(self.all() | {key: value}, indent=1, sort_keys=True))
