"""Damaged and odd variants of small files, the same ones at every run."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache

from tests.corpus import odd

Change = Callable[[random.Random, bytes], bytes]
_NAME, _REFERENCE, _NUMBER = (
    re.compile(rb'/[A-Za-z]\w*'),
    re.compile(rb'\d+ 0 R'),
    re.compile(rb'(?<=[ \[])\d+(?=[ \]/>])'),
)
_KEY = re.compile(rb'/[A-Z]\w*(?:\s*/\w+|\s+\d+ 0 R|\s*\d+)')
_OBJECT = re.compile(rb'(?m)^(\d+) 0 obj')


def mutants(count: int, seed: int = 2026) -> Iterator[tuple[str, bytes]]:
    """Yield ``count`` variants with a name that tells how each was made."""
    for number in range(count):
        chance = random.Random(f'{seed}-{number}')
        base = chance.choice(sorted(_bases()))
        data = _bases()[base]
        changes = chance.sample(sorted(_CHANGES), chance.choice((1, 1, 2)))
        for change in changes:
            data = _CHANGES[change](chance, data)
        yield f'{number}-{base}-{"-".join(changes)}', data


@cache
def _bases() -> dict[str, bytes]:
    note = b'<</Type/Annot/Subtype/Line/Rect[60 300 200 350]/L[60 300 200 350]/C[0 0 1]/F 4>>'
    field = b'<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(9000)/DA(/F1 12 Tf 0 g)/Rect[60 200 200 220]/F 4>>'
    return {
        'tiny': odd.tiny(),
        'metadata': odd.archival(2),
        'two_halves': odd.both_roots(),
        'picture': odd.picture_behind_two_filters(),
        'note': odd.tiny(page=b'/Annots[6 0 R]', more=(note,)),
        'field': odd.tiny(page=b'/Annots[6 0 R]', catalog=b'/AcroForm<</Fields[6 0 R]>>', more=(field,)),
        'odd': odd.odd_metadata_filter(),
    }


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _token(pattern: re.Pattern[bytes], choices: list[bytes]) -> Change:
    """Replace one token, then mend the table: the structure stays sound, what it says does not."""

    def change(chance: random.Random, data: bytes) -> bytes:
        found = [one for one in pattern.finditer(data) if one.start() < data.rfind(b'trailer')]
        if not found:
            return data
        one = chance.choice(found)
        return _mended(data[: one.start()] + chance.choice(choices) + data[one.end() :])

    return change


def _mended(data: bytes) -> bytes:
    """Put the right offsets into a plain table."""
    at = data.rfind(b'xref\n0 ')
    if at < 0 or data.count(b'startxref') != 1:
        return data
    offsets = {int(one[1]): one.start() for one in _OBJECT.finditer(data[:at])}
    rows, number = [], 0
    for row in re.findall(rb'\d{10} \d{5} [nf] \n', data[at:]):
        rows.append(b'%010d 00000 n \n' % offsets[number] if number in offsets else row)
        number += 1
    tail = data[data.index(b'trailer', at) :]
    table = b'xref\n0 %d\n' % number + b''.join(rows)
    return data[:at] + table + re.sub(rb'startxref\s+\d+', b'startxref\n%d' % at, tail)


def _stream(chance: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb'stream\n(.+?)\nendstream', data, re.DOTALL))
    if not found:
        return data
    start, end = chance.choice(found).span(1)
    changed = bytearray(data)
    for _ in range(3):
        changed[chance.randrange(start, end)] = chance.randrange(256)
    return bytes(changed)


def _cut(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randint(1, 40) :]


_CHANGES: dict[str, Change] = {
    'cut': _cut,
    'filter': _token(
        re.compile(rb'/Length \d+'), [b'/Length 12/Filter/Odd', b'/Length 3', b'/Filter[/Crypt]', b'/F(x)']
    ),
    'flip': _flip,
    'key': _token(
        _KEY, [b'', b'/Type/Page', b'/Parent 3 0 R', b'/Kids[3 0 R]', b'/Metadata 4 0 R', b'/OCProperties 4 0 R']
    ),
    'name': _token(_NAME, [b'/\xcb\xce\xcc\xe5', b'/#cb#ce', b'/A#', b'/', b'/#00', '/宋体'.encode(), b'/A#20B']),
    'number': _token(_NUMBER, [b'-1', b'99999999999', b'0', b'1.5', b'null', b'true', b'(x)']),
    'reference': _token(_REFERENCE, [b'77 0 R', b'1 0 R', b'3 0 R', b'4 0 R', b'null', b'<<>>', b'[]', b'3 7 R']),
    'stream': _stream,
}
