"""Which routes answer to whom: the lists ``security/esign_routes.csv`` of the installed addons.

A list has the columns ``route`` (as it is written in the routing map), ``methods`` (words), ``who`` (words of
:data:`WHO`) and ``reason``. What no list names is not there for public and portal users: deny by default. Whoever
uses the web client has all routes of Odoo but those of ``nobody``.
"""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from odoo.modules import get_module_path

FILE = 'security/esign_routes.csv'
COLUMNS = ['route', 'methods', 'who', 'reason']
PUBLIC, PORTAL, SYSTEM, STAFF, NOBODY, NO_DATABASE = 'public', 'portal', 'system', 'staff', 'nobody', 'nodatabase'
# public: nobody has logged in; portal: external signers; system: business systems; staff: users of the web client,
# who have every route but those of `nobody`: the word is for decisions that shall be written down. `nodatabase`: also
# while no database is chosen or it cannot be reached.
WHO = frozenset({PUBLIC, PORTAL, SYSTEM, STAFF, NOBODY, NO_DATABASE})


class ListFault(Exception):
    """A list cannot be read: the server must not start with half of it."""


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    addon: str
    route: str
    methods: frozenset[str]
    who: frozenset[str]
    reason: str

    def lets(self, kind: str) -> bool:
        """Whether the route is there for users of this kind."""
        return (kind == STAFF and NOBODY not in self.who) or kind in self.who

    def takes(self, method: str) -> bool:
        """Whether it answers to this method of HTTP; HEAD is GET without a body (RFC 9110 §9.3.2)."""
        return ('GET' if method == 'HEAD' else method) in self.methods


@functools.cache
def listed(addons: frozenset[str]) -> dict[str, Row]:
    """The rows of these addons by route.

    :raises ListFault: a column is missing or empty, a word is unknown, a route is listed twice.
    """
    rows: dict[str, Row] = {}
    for addon in sorted(addons):
        folder = get_module_path(addon, display_warning=False)
        path = Path(folder or '/nowhere', FILE)
        if not path.is_file():
            continue
        for row in read(addon, path.read_text(encoding='utf-8')):
            if row.route in rows:
                raise ListFault(f'{addon}: {row.route} is listed by {rows[row.route].addon} already')
            rows[row.route] = row
    return rows


def read(addon: str, text: str) -> list[Row]:
    """The rows of one list.

    :raises ListFault: see :func:`listed`.
    """
    reader = csv.DictReader(text.splitlines())
    if reader.fieldnames != COLUMNS:
        raise ListFault(f'{addon}: {FILE} has the columns {reader.fieldnames}, not {COLUMNS}')
    return [_row(addon, line) for line in reader]


def _row(addon: str, line: dict[str, str | None]) -> Row:
    route, methods, who, reason = ((line[name] or '').strip() for name in COLUMNS)
    words, methods = frozenset(who.split()), frozenset(methods.split())
    if not (route.startswith('/') and methods and words and words <= WHO and reason) or None in line:
        raise ListFault(f'{addon}: {FILE} has a line that cannot be read: {line}')
    if NOBODY in words and len(words) > 1:
        raise ListFault(f'{addon}: {route} is for nobody and for somebody')
    return Row(addon, route, methods, words, reason)
