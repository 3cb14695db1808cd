"""The shelves of an addon's models: which folder below `models/` may know of which.

Checked from the sources alone. A shelf knows itself and those before it: what it imports, which models of the addon it
names, and which private methods it calls that are defined on higher shelves only.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

# From the ground up.
SHELVES: dict[str, tuple[str, ...]] = {
    'esign_base': ('common', 'people', 'portal', 'pki', 'seals', 'documents', 'api', 'odoo'),
    'esign_sign': ('engine', 'files', 'draft', 'room', 'staff', 'api'),
}
# A place in a source: the file and the line.
Place = tuple[Path, int]


def faults(addons: Path) -> list[str]:
    """Every breach below the folder `addons`, one line each; empty when all is well."""
    return [fault for addon, shelves in SHELVES.items() for fault in _faults(addons / addon / 'models', shelves)]


def _faults(models: Path, shelves: tuple[str, ...]) -> Iterator[str]:
    trees: dict[str, dict[Path, ast.AST]] = {shelf: {} for shelf in shelves}
    for path in sorted(models.rglob('*.py')):
        if path.parent.name in trees:
            trees[path.parent.name][path] = ast.parse(path.read_text(encoding='utf-8'))
        elif path != models / '__init__.py':
            yield f'{path}: lies on no shelf; they are {", ".join(shelves)}'
    for what, made, used in (
        ('imports', lambda path, _tree: [path.parent.name], _imports),
        ('names the model', lambda _path, tree: _models(tree), _strings),
        ('calls', lambda _path, tree: _methods(tree), _attributes),
    ):
        homes = _homes(trees, made)
        for level, shelf in enumerate(shelves):
            for path, tree in trees[shelf].items():
                for line, name in used(tree):
                    if homes.get(name, 0) > level:
                        yield f'{path}:{line}: {shelf} {what} {name} of {shelves[homes[name]]}'


def _homes(trees: dict[str, dict[Path, ast.AST]], made: Callable[[Path, ast.AST], list[str]]) -> dict[str, int]:
    """Name → the lowest shelf that makes it, as its number."""
    homes: dict[str, int] = {}
    for level, files in enumerate(trees.values()):
        for path, tree in files.items():
            for name in made(path, tree):
                homes.setdefault(name, level)
    return homes


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Shelves that a file takes from: `from ..shelf.module import x`, `from ..shelf import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module:
            yield node.lineno, node.module.split('.')[0]


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _attributes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def _models(tree: ast.AST) -> list[str]:
    """Models made here: every class with a `_name` that does not extend itself."""
    return [
        str(node.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == '_name' for target in node.targets)
        and isinstance(node.value, ast.Constant)
    ]


def _methods(tree: ast.AST) -> list[str]:
    """Private methods of the classes made here."""
    return [
        item.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name.startswith('_') and not item.name.startswith('__')
    ]
