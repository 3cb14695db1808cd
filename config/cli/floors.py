"""The walls of the house: which addon may lean on which, and what the signing core may import.

Checked from the sources alone, without Odoo: manifests, imports, external ids in XML, and model
names in string literals. A lower floor that names a higher one is an error; so it is between the rooms of
the core (:mod:`.core_walls`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from . import core_walls

# Each addon and the addons of ours that it may know of.
FLOORS: dict[str, frozenset[str]] = {
    'esign_base': frozenset(),
    'esign_enterprise': frozenset({'esign_base'}),
    'esign_templates': frozenset({'esign_base'}),
    'esign_sign': frozenset({'esign_base', 'esign_enterprise', 'esign_templates'}),
    'esign_verify': frozenset({'esign_base'}),
    'esign_demo': frozenset({'esign_base', 'esign_enterprise', 'esign_templates', 'esign_sign', 'esign_verify'}),
}
XML_ID = re.compile(r'\b(esign_[a-z]+)\.[a-zA-Z_]\w*')
CORE = Path('esign_base/signing')
CORE_FORBIDDEN = frozenset({'odoo', 'openerp'})


def manifest_of(addon: Path) -> dict[str, object]:
    """The addon's manifest as a dictionary (a literal: nothing is executed)."""
    manifest = ast.literal_eval((addon / '__manifest__.py').read_text(encoding='utf-8'))
    if not isinstance(manifest, dict):
        raise TypeError(f'{addon.name}: the manifest is not a dictionary')
    return manifest


def model_owners(addons: Path) -> dict[str, str]:
    """Which addon defines which model: every class with a `_name` of its own."""
    owners: dict[str, str] = {}
    for name in FLOORS:
        for path in sorted((addons / name).rglob('*.py')):
            for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
                if (
                    isinstance(node, ast.Assign)
                    and any(isinstance(target, ast.Name) and target.id == '_name' for target in node.targets)
                    and isinstance(node.value, ast.Constant)
                ):
                    owners.setdefault(str(node.value.value), name)
    return {model: owner for model, owner in owners.items() if model.startswith('esign.')}


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ''


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _python_faults(addon: str, path: Path, inside: tuple[str, ...], owners: dict[str, str]) -> Iterator[str]:
    """``inside``: the folders between the addon and the file; what lies above it is the user's choice."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    allowed = FLOORS[addon] | {addon}
    in_core = 'signing' in inside and 'tests' not in inside
    for line, module in _imports(tree):
        parts = module.split('.')
        if in_core and parts[0] in CORE_FORBIDDEN:
            yield f'{path}:{line}: the signing core imports {module}'
        if parts[:2] == ['odoo', 'addons'] and len(parts) > 2 and parts[2] in FLOORS.keys() - allowed:
            yield f'{path}:{line}: {addon} imports {parts[2]}'
    for line, text in _strings(tree):
        if owners.get(text, addon) not in allowed:
            yield f'{path}:{line}: {addon} names {text}, a model of {owners[text]}'


def _text_faults(addon: str, path: Path) -> Iterator[str]:
    allowed = FLOORS[addon] | {addon}
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        for match in XML_ID.finditer(line):
            if match.group(1) in FLOORS.keys() - allowed:
                yield f'{path}:{number}: {addon} refers to {match.group(0)}'


def faults(addons: Path) -> list[str]:
    """Every breach of the walls below the folder `addons`, one line each; empty when all is well."""
    owners = model_owners(addons)
    found = core_walls.faults(addons / CORE)
    for addon, allowed in FLOORS.items():
        depends = manifest_of(addons / addon).get('depends', [])
        ours = {name for name in depends if str(name).startswith('esign_')} if isinstance(depends, list) else set()
        found += [f'{addon}: its manifest depends on {name}' for name in sorted(ours - allowed)]
        for path in sorted((addons / addon).rglob('*.py')):
            found += _python_faults(addon, path, path.relative_to(addons / addon).parts, owners)
        for pattern in ('*.xml', '*.csv', '*.js'):
            for path in sorted((addons / addon).rglob(pattern)):
                if 'node_modules' not in path.relative_to(addons).parts:
                    found += _text_faults(addon, path)
    return found
