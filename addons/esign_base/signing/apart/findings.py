"""Verdicts, and what they are reached with, as plain JSON: they travel between processes and are kept."""

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar('T')


def to_json(value: object) -> Any:
    """Return dataclasses, enumerations, times, bytes, sets and tuples as JSON values."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case str():
            return value
        case bytes():
            return base64.b64encode(value).decode('ascii')
        case datetime():
            return value.isoformat()
        case frozenset() | set():
            return sorted(to_json(one) for one in value)
        case tuple() | list():
            return [to_json(one) for one in value]
    if is_dataclass(value):
        return {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(type(value).__name__)


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """Return the dataclass ``kind`` that :func:`to_json` wrote; names it does not know are passed over."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hint, data[name]) for name, hint in hints.items() if name in data})


def _value(hint: Any, data: Any) -> Any:
    if get_origin(hint) is UnionType:
        if data is None:
            return None
        return _value(next(one for one in get_args(hint) if one is not NoneType), data)
    if get_origin(hint) in {tuple, frozenset}:
        return get_origin(hint)(_value(get_args(hint)[0], one) for one in data)
    if hint is bytes:
        return base64.b64decode(data)
    if hint is datetime:
        return datetime.fromisoformat(data)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_json(hint, data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    return data
