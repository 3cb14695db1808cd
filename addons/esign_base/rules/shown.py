"""How days, moments and sizes are written for readers in China, and search texts for the database."""

import datetime as dt

from .clock import local

_KIB = 1024


def shown_day(value: dt.date | dt.datetime | bool | None) -> str:
    """2026年11月23日; '' for nothing. Moments are UTC."""
    if not value:
        return ''
    day = local(value) if isinstance(value, dt.datetime) else value
    return f'{day.year}年{day.month}月{day.day}日'


def shown_time(value: dt.datetime | bool | None) -> str:
    """2026年11月23日 09:05:03; '' for nothing."""
    return f'{shown_day(value)} {local(value):%H:%M:%S}' if value else ''


def shown_size(size: int) -> str:
    """A number of bytes as people read it: 812 B, 34 KB, 5.2 MB."""
    if size < _KIB:
        return f'{size} B'
    if size < _KIB * _KIB:
        return f'{size / _KIB:.0f} KB'
    return f'{size / _KIB / _KIB:.1f} MB'


def shown_count(count: int, most: int) -> int | str:
    """A number that was counted up to ``most``: 812, or 10,000+."""
    return f'{most:,}+' if count > most else count


def literal(text: str) -> str:
    """Text whose wildcards LIKE takes literally: a search for "%" finds a per cent sign."""
    return text.replace('\\', '\\\\').replace('%', '\\%').replace('_', '\\_')
