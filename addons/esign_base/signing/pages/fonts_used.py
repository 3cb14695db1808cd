"""Fonts that a file names and does not bring: another computer shows them differently, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

import pikepdf

Node: TypeAlias = Any

_SUBSET = re.compile(r'^[A-Z]{6}\+')
_MOST_NAMED = 5
_PROGRAMS = ('/FontFile', '/FontFile2', '/FontFile3')
# ISO 32000-1, 9.6.2.2: every reader has them.
_STANDARD = frozenset(
    f'{family}{style}'
    for family, styles in {
        'Helvetica': ('', '-Bold', '-Oblique', '-BoldOblique'),
        'Courier': ('', '-Bold', '-Oblique', '-BoldOblique'),
        'Times': ('-Roman', '-Bold', '-Italic', '-BoldItalic'),
        'Symbol': ('',),
        'ZapfDingbats': ('',),
    }.items()
    for style in styles
)


def fonts_missing(nodes: Iterable[Node]) -> list[str]:
    """Return the names of fonts that are not embedded, sorted, at most five; the standard fourteen do not count.

    :param nodes: the dictionaries of a file.
    """
    found = {name_of(node) for node in nodes if _is_missing(node)}
    return sorted(found - _STANDARD)[:_MOST_NAMED]


def _is_missing(node: Node) -> bool:
    if node.get('/Type') != '/Font' or node.get('/Subtype') in ('/Type0', '/Type3') or '/BaseFont' not in node:
        return False
    descriptor = node.get('/FontDescriptor')
    return not (isinstance(descriptor, pikepdf.Dictionary) and any(key in descriptor for key in _PROGRAMS))


def name_of(font: Node) -> str:
    """Return a font's name without the mark of a subset; names of Chinese writers may be GBK."""
    raw = font.BaseFont.unparse().removeprefix(b'/')
    raw = re.sub(rb'#([0-9A-Fa-f]{2})', lambda code: bytes([int(code[1], 16)]), raw)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode('gb18030', errors='replace')
    return _SUBSET.sub('', name)
