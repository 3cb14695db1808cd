r"""Trace: canonical JSON and a versioned hash chain. Pure functions, no clock, no storage.

Canonical JSON follows RFC 8785 in what a trace needs and refuses the rest, so that one value has
exactly one encoding in every language:

* UTF-8, no white space; object keys sorted by their UTF-16 code units (RFC 8785 §3.2.3);
* strings escaped as ECMAScript does: ``\\b \\t \\n \\f \\r \\" \\\\``, other controls as ``\\u00xx``,
  everything else as it is; lone surrogates are refused, and nothing is normalised;
* integers within ±(2^53 - 1) only; **no floating point** (the one part of RFC 8785 that is hard to
  get right elsewhere): amounts and measures are written as strings;
* ``None``, ``bool``, ``str``, ``int``, ``dict`` with ``str`` keys, ``list`` and ``tuple``, nothing else.

The hash of an entry is SHA-256 over: the version (one byte, 1 today) | hash of the previous entry
(32 bytes; 32 zero bytes for the first) | canonical JSON of the payload. All parts but the last have
a fixed length, so no two different triples share an input. A chain is only as good as the trust in
its head: cutting entries off its end is found by comparing with a head kept or time-stamped
elsewhere (``head`` of :func:`check`).
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .errors import SigningError, TraceBroken

VERSION: Final = 1
GENESIS: Final = bytes(32)
_LARGEST: Final = 2**53 - 1  # RFC 7493 §2.2
_ESCAPES: Final = {
    **{chr(code): f'\\u{code:04x}' for code in range(0x20)},
    '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '"': '\\"', '\\': '\\\\',
}  # fmt: skip
_TABLE: Final = str.maketrans(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored.

    :param version: of the hash rule, 1.
    :param previous: hash of the entry before (32 bytes), :data:`GENESIS` for the first.
    :param payload: canonical JSON, kept as the bytes that were hashed.
    :param digest: hash of this entry (32 bytes).
    """

    version: int
    previous: bytes
    payload: bytes
    digest: bytes


def canonical(value: object) -> bytes:
    """Encode a value as canonical JSON.

    :raises SigningError: ``not_canonical`` for a value outside the rules above.
    """
    try:
        return _encode(value).encode('utf-8')
    except UnicodeEncodeError as exc:
        raise SigningError('not_canonical', 'a lone surrogate is not text') from exc
    except RecursionError as exc:
        raise SigningError('not_canonical', 'nested too deeply') from exc


def append(previous: bytes, payload: Mapping[str, object]) -> Entry:
    """Compute the entry that follows the one whose hash is ``previous``; nothing is stored.

    :raises SigningError: ``not_canonical``; ``hash_invalid`` when ``previous`` is not 32 bytes.
    """
    if len(previous) != len(GENESIS):
        raise SigningError('hash_invalid', 'the previous hash must have 32 bytes')
    body = canonical(dict(payload))
    return Entry(VERSION, previous, body, _digest(VERSION, previous, body))


def check(entries: Iterable[Entry], *, start: bytes = GENESIS, head: bytes | None = None) -> bytes:
    """Check a chain and return the hash of its last entry.

    :param start: hash of the entry before the first one given (to check a long chain in parts).
    :param head: hash that the last entry must have, from where it was kept apart.
    :raises TraceBroken: ``details['index']`` is the first bad entry, counted from 0; its code is
        ``trace_version``, ``trace_link``, ``trace_payload`` or, when the chain is sound but does not
        end in ``head``, ``trace_head`` (index: the number of entries).
    """
    last, count = start, 0
    for index, entry in enumerate(entries):
        if entry.version != VERSION:
            raise TraceBroken('trace_version', f'entry {index}: unknown version', {'index': index})
        if not hmac.compare_digest(entry.previous, last):
            raise TraceBroken('trace_link', f'entry {index} does not follow its predecessor', {'index': index})
        if not hmac.compare_digest(entry.digest, _digest(entry.version, entry.previous, entry.payload)):
            raise TraceBroken('trace_payload', f'entry {index} was changed', {'index': index})
        last, count = entry.digest, index + 1
    if head is not None and not hmac.compare_digest(last, head):
        raise TraceBroken('trace_head', 'the chain does not end where it should', {'index': count})
    return last


def _digest(version: int, previous: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(version.to_bytes(1, 'big') + previous + payload).digest()


def _encode(value: object) -> str:
    match value:
        case None:
            return 'null'
        case bool():
            return 'true' if value else 'false'
        case str():
            return f'"{value.translate(_TABLE)}"'
        case int():
            return _integer(value)
        case dict():
            return _object(value)
        case list() | tuple():
            return '[' + ','.join(map(_encode, value)) + ']'
    raise SigningError('not_canonical', f'{type(value).__name__} has no canonical form')


def _integer(value: int) -> str:
    if abs(value) > _LARGEST:
        raise SigningError('not_canonical', 'an integer beyond 2^53 - 1: write it as text')
    return str(int(value))


def _object(value: dict[object, object]) -> str:
    names: list[str] = []
    for each in value:
        if not isinstance(each, str):
            raise SigningError('not_canonical', 'a key that is not text')
        names.append(each)
    names.sort(key=lambda each: each.encode('utf-16-be'))
    return '{' + ','.join(f'{_encode(each)}:{_encode(value[each])}' for each in names) + '}'
