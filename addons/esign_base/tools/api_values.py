"""What a remote call may carry: types that read a JSON value or say where it is wrong, and why.

Pure: no ORM, no request. Texts are lazy translations, so that the reader's language decides.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odoo.tools import LazyTranslate

from ..rules.names import is_control

_lt = LazyTranslate(__name__)

REQUIRED = object()
REF_LENGTH = 64
LARGEST = 2**31 - 1
DEEPEST = 10
_REF = re.compile(r'[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?')
_DAY = re.compile(r'\d{4}-\d{2}-\d{2}')
_LINES = frozenset('\t\n\r')

MISSING = _lt('is missing')
UNKNOWN = _lt('is not known here')
NO_TEXT = _lt('must be a text')
EMPTY = _lt('must not be empty')
LONG = _lt('must have at most %(most)s characters')
HIDDEN = _lt('must not hold control characters')
NO_REF = _lt('must be a key of 1 to %(most)s visible characters')
NO_FLAG = _lt('must be true or false')
NO_WHOLE = _lt('must be a whole number')
NO_NUMBER = _lt('must be a number')
RANGE = _lt('must be from %(least)s to %(most)s')
NO_CHOICE = _lt('must be one of: %(values)s')
NO_DAY = _lt('must be a day written YYYY-MM-DD')
NO_FILE = _lt('must be a file as base64 text')
HUGE = _lt('must be a file of at most %(mib)s MB')
NO_LIST = _lt('must be a list')
FEW = _lt('must have at least %(least)s entries')
MANY = _lt('must have at most %(most)s entries')
NO_STRUCT = _lt('must be an object with named values')
TWICE = _lt('is there twice')


class Misfit(Exception):
    """A value does not fit.

    :param path: where, as ``contracts[1].parties[0].placements[2].page``.
    :param reason: lazy text that completes “PATH …”; ``values`` fill it.
    """

    def __init__(self, path: str, reason, **values: object) -> None:
        super().__init__(path)
        self.path, self.reason, self.values = path, reason, values


class Kind:
    """A type of value. ``read`` returns the checked value or raises :class:`Misfit`."""

    def read(self, value: Any, path: str) -> Any:
        """Return the value as the façade's methods use it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Kind):
    """A text without control characters, trimmed; ``lines`` allows line breaks."""

    most: int = 200
    blank: bool = False
    lines: bool = False

    def read(self, value, path):
        """Return the text."""
        if not isinstance(value, str):
            raise Misfit(path, NO_TEXT)
        value = value.strip()
        if not value and not self.blank:
            raise Misfit(path, EMPTY)
        if len(value) > self.most:
            raise Misfit(path, LONG, most=self.most)
        if any(is_control(sign) and not (self.lines and sign in _LINES) for sign in value):
            raise Misfit(path, HIDDEN)
        return value


@dataclass(frozen=True)
class Typed(Kind):
    """A text as somebody typed it into a page: what it may hold is said beside the field, by whom it is for."""

    most: int = 1000

    def read(self, value, path):
        """Return the text as it is."""
        if not isinstance(value, str):
            raise Misfit(path, NO_TEXT)
        if len(value) > self.most:
            raise Misfit(path, LONG, most=self.most)
        if any(sign == '\0' or unicodedata.category(sign) == 'Cs' for sign in value):
            raise Misfit(path, HIDDEN)  # neither can be stored, nor the halves of a character be written
        return value


@dataclass(frozen=True)
class Ref(Kind):
    """A key of the caller's own: compared as it is written."""

    def read(self, value, path):
        """Return the key."""
        if not isinstance(value, str):
            raise Misfit(path, NO_TEXT)
        hidden = any(is_control(sign) for sign in value[: REF_LENGTH + 1])
        if len(value) > REF_LENGTH or hidden or not _REF.fullmatch(value):
            raise Misfit(path, NO_REF, most=REF_LENGTH)
        return value


@dataclass(frozen=True)
class Flag(Kind):
    """True or false, nothing that only looks like it."""

    def read(self, value, path):
        """Return the flag."""
        if not isinstance(value, bool):
            raise Misfit(path, NO_FLAG)
        return value


@dataclass(frozen=True)
class _Bounded(Kind):
    """What lies between two bounds, both of them allowed."""

    least: float
    most: float

    def within(self, value, path):
        """Return the value, which is a number already."""
        if not self.least <= value <= self.most:
            raise Misfit(path, RANGE, least=self.least, most=self.most)
        return value


class Whole(_Bounded):
    """A whole number within limits."""

    def read(self, value, path):
        """Return the number."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise Misfit(path, NO_WHOLE)
        return self.within(value, path)


class Number(_Bounded):
    """A finite number within limits."""

    def read(self, value, path):
        """Return the number as a float."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Misfit(path, NO_NUMBER)
        return float(self.within(value, path))


@dataclass(frozen=True)
class Choice(Kind):
    """One of some words."""

    values: tuple[str, ...]

    def read(self, value, path):
        """Return the word."""
        if not isinstance(value, str) or value not in self.values:
            raise Misfit(path, NO_CHOICE, values=', '.join(self.values))
        return value


@dataclass(frozen=True)
class Day(Kind):
    """A day of the calendar."""

    def read(self, value, path):
        """Return the day as a ``date``."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise Misfit(path, NO_DAY)
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise Misfit(path, NO_DAY) from None


@dataclass(frozen=True)
class File(Kind):
    """A file as base64 text; ``most`` is in bytes."""

    most: int

    def read(self, value, path):
        """Return the bytes."""
        if not isinstance(value, str):
            raise Misfit(path, NO_FILE)
        if not value.strip():
            raise Misfit(path, EMPTY)
        if len(value) > self.most * 3 // 2:
            raise Misfit(path, HUGE, mib=self.most >> 20)
        try:
            content = base64.b64decode(''.join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Misfit(path, NO_FILE) from None
        if len(content) > self.most:
            raise Misfit(path, HUGE, mib=self.most >> 20)
        return content


@dataclass(frozen=True)
class Items(Kind):
    """A list; ``key`` names a value of its entries that must not be there twice."""

    of: Kind
    least: int = 0
    most: int = 1000
    key: str = ''

    def read(self, value, path):
        """Return the list, every entry read."""
        if not isinstance(value, list | tuple):
            raise Misfit(path, NO_LIST)
        if len(value) < self.least:
            raise Misfit(path, FEW, least=self.least)
        if len(value) > self.most:
            raise Misfit(path, MANY, most=self.most)
        entries = [self.of.read(one, f'{path}[{index}]') for index, one in enumerate(value)]
        self._refuse_twins(entries, path)
        return entries

    def _refuse_twins(self, entries, path):
        seen = set()
        for index, one in enumerate(entries):
            mark = one.get(self.key) if self.key else one if isinstance(one, str) else None
            if mark is not None and mark in seen:
                raise Misfit(f'{path}[{index}].{self.key}'.rstrip('.'), TWICE)
            seen.add(mark)


@dataclass(frozen=True)
class Maybe(Kind):
    """The value or nothing at all (null)."""

    of: Kind

    def read(self, value, path):
        """Return the value, or None."""
        return None if value is None else self.of.read(value, path)


@dataclass(frozen=True)
class Named(Kind):
    """An object whose names are data (numbers of contracts, say); its values are checked by whom they are for."""

    most: int = 1000

    def read(self, value, path):
        """Return the dict."""
        if not isinstance(value, Mapping):
            raise Misfit(path, NO_STRUCT)
        if len(value) > self.most:
            raise Misfit(path, MANY, most=self.most)
        _storable(value, path, DEEPEST)
        return value


def _storable(value, path, depth):
    """Refuse what no column can hold, wherever it stands: broken characters, numbers without end, endless nesting."""
    if not depth:
        raise Misfit(path, NO_STRUCT)
    if isinstance(value, str) and any(sign == '\0' or unicodedata.category(sign) == 'Cs' for sign in value):
        raise Misfit(path, HIDDEN)
    if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
        raise Misfit(path, RANGE, least=-LARGEST, most=LARGEST)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _storable(name, path, depth - 1)
            _storable(inner, path, depth - 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _storable(inner, path, depth - 1)


class Struct(Kind):
    """Named values. A field is a kind (must be there) or a pair of kind and default."""

    def __init__(self, **fields: Kind | tuple[Kind, Any]) -> None:
        self.fields = {name: one if isinstance(one, tuple) else (one, REQUIRED) for name, one in fields.items()}

    def read(self, value, path):
        """Return a dict that has every field."""
        if not isinstance(value, Mapping):
            raise Misfit(path, NO_STRUCT)
        dot = f'{path}.' if path else ''
        for name in value:
            if name not in self.fields:
                shown = name if isinstance(name, str) and name.isidentifier() and len(name) < REF_LENGTH else '?'
                raise Misfit(f'{dot}{shown}', UNKNOWN)
        found = {}
        for name, (kind, default) in self.fields.items():
            if name in value:
                found[name] = kind.read(value[name], f'{dot}{name}')
            elif default is REQUIRED:
                raise Misfit(f'{dot}{name}', MISSING)
            else:
                found[name] = default
        return found
