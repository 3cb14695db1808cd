"""Seals as vector artwork."""

from __future__ import annotations

from .artwork import Artwork

__all__ = ['Artwork']
