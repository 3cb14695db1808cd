"""Layers: what a viewer shows when it opens the file (ISO 32000-1, 8.11)."""

from __future__ import annotations

from typing import Any, TypeAlias

import pikepdf

Node: TypeAlias = Any


class Layers:
    """Which optional content is switched on in a file's default configuration."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        """Read /OCProperties of the catalogue."""
        properties: Node = pdf.Root.get('/OCProperties', {})
        default: Node = properties.get('/D', {}) if isinstance(properties, pikepdf.Dictionary) else {}
        self._base_off = default.get('/BaseState') == '/OFF'
        self._on, self._off = _groups(default.get('/ON')), _groups(default.get('/OFF'))

    def shows(self, content: Node) -> bool:
        """Tell whether what belongs to a group or membership dictionary (/OC) is shown; None always is."""
        if not isinstance(content, pikepdf.Dictionary):
            return True
        if content.get('/Type') != '/OCMD':
            return self._group(content)
        groups = content.get('/OCGs')
        members = [groups] if isinstance(groups, pikepdf.Dictionary) else list(groups or ())
        states = [self._group(one) for one in members if isinstance(one, pikepdf.Dictionary)]
        if not states:
            return True
        policy = str(content.get('/P', '/AnyOn'))
        return {'/AllOn': all(states), '/AnyOff': not all(states), '/AllOff': not any(states)}.get(policy, any(states))

    def _group(self, group: Node) -> bool:
        key = group.objgen
        return key in self._on if self._base_off else key not in self._off


def _groups(array: Node) -> set[tuple[int, int]]:
    return {one.objgen for one in array if isinstance(one, pikepdf.Dictionary)} if array is not None else set()
