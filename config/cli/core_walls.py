"""The walls inside the signing core: which of its rooms may lean on which, and no module on itself in a circle.

Checked from the sources alone. Imports inside functions and those for types alone count like any other: what
has to be hidden there is in the wrong room.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

# Each room and those it may know of. What lies beside the rooms (errors, trace) all may know, and it knows none.
ROOMS: dict[str, frozenset[str]] = {
    'pages': frozenset(),
    'keys': frozenset(),
    'acts': frozenset({'pages', 'keys'}),
    'apart': frozenset({'pages', 'keys', 'acts'}),
}


def _modules(core: Path) -> dict[str, Path]:
    """Every module of the core by its dotted name within it; a package goes by the name of its folder."""
    found = {}
    for path in sorted(core.rglob('*.py')):
        parts = path.relative_to(core).with_suffix('').parts
        found['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return found


def _imported(path: Path, core: Path, modules: Mapping[str, Path]) -> Iterator[tuple[int, str]]:
    """Line and name of every module of the core that a file imports, by whatever way."""
    package = path.relative_to(core).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            wanted = [_within(alias.name) for alias in node.names]
        elif not isinstance(node, ast.ImportFrom):
            continue
        elif not node.level:
            wanted = [_within(f'{node.module}.{alias.name}') for alias in node.names]
        else:
            above = '.'.join((*package[: len(package) - node.level + 1], *filter(None, [node.module])))
            wanted = [f'{above}.{alias.name}'.strip('.') for alias in node.names]
        for name in wanted:
            known = name if name in modules else name.rpartition('.')[0]
            if known and known in modules:
                yield node.lineno, known


def _within(name: str) -> str:
    """An absolute name as one within the core; '' when it is none."""
    _, found, rest = f'.{name}'.partition('.signing.')
    return rest if found else ''


def faults(core: Path) -> list[str]:
    """Every breach of the walls within the folder `core`, one line each; empty when all is well."""
    modules = _modules(core)
    found: list[str] = []
    leans: dict[str, set[str]] = {}
    for name, path in modules.items():
        room = name.partition('.')[0]
        allowed = ROOMS.get(room, frozenset()) | {room}
        for line, other in _imported(path, core, modules):
            leans.setdefault(name, set()).add(other)
            if other.partition('.')[0] in ROOMS.keys() - allowed:
                found.append(f'{path}:{line}: {name or "signing"} imports {other}')
    found += [f'{core}: {room} is no room of the core' for room in sorted(_rooms(core) - ROOMS.keys())]
    return found + [f'{core}: a circle of imports: {" → ".join(circle)}' for circle in _circles(leans)]


def _rooms(core: Path) -> set[str]:
    return {path.parent.name for path in core.glob('*/*.py')}


def _circles(leans: Mapping[str, set[str]]) -> list[list[str]]:
    """Circles as a walk along the imports meets them, each told from its first member by name and closed by it."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> None:
        if name in trail:
            circle = trail[trail.index(name) :]
            first = circle.index(min(circle))
            found.append([*circle[first:], *circle[: first + 1]])
            return
        if name not in done:
            for other in sorted(leans.get(name, ())):
                walk(other, [*trail, name])
            done.add(name)

    for name in sorted(leans):
        walk(name, [])
    return found
