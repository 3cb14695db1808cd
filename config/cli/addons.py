"""Our addons: their names, what they build on, and whether their code changed."""

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path

from . import paths

WITHOUT = {'tests', 'static', '__pycache__'}  # folders that need no update of a database


def names(folder: Path = paths.ADDONS) -> list[str]:
    return sorted(manifest.parent.name for manifest in folder.glob('*/__manifest__.py'))


def manifest(name: str, folder: Path = paths.ADDONS) -> dict:
    return ast.literal_eval((folder / name / '__manifest__.py').read_text(encoding='utf-8'))


def foundations(folder: Path = paths.ADDONS) -> list[str]:
    """The addons of others that ours depend on."""
    ours = names(folder)
    wanted = {name for addon in ours for name in manifest(addon, folder).get('depends', ())}
    return sorted(wanted - set(ours))


def checksum(name: str, folder: Path = paths.ADDONS) -> str:
    """SHA-256 over names and content of what an installed addon's database is made from."""
    sha = hashlib.sha256()
    root = folder / name
    for file in sorted(root.rglob('*')):
        parts = file.relative_to(root).parts
        if file.is_file() and not WITHOUT.intersection(parts) and file.suffix not in {'.pyc', '.pot'}:
            content = file.read_bytes()
            sha.update(f'{"/".join(parts)}\0{len(content)}\0'.encode() + content)
    return sha.hexdigest()


def checksums(folder: Path = paths.ADDONS) -> dict[str, str]:
    return {name: checksum(name, folder) for name in names(folder)}


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The addons to install (new ones) and to update (changed ones)."""
    new = [name for name in now if name not in before]
    changed = [name for name in now if name in before and before[name] != now[name]]
    return new, changed
