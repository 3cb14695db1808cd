"""Periods as people in China mean them: days of Asia/Shanghai, kept as UTC instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo('Asia/Shanghai')


def day_start(day: date) -> datetime:
    """First instant of the day, naive UTC (as the database keeps it)."""
    return _utc(datetime.combine(day, time.min, SHANGHAI))


def day_end(day: date) -> datetime:
    """23:59:59 of the day, naive UTC: the last second that counts."""
    return _utc(datetime.combine(day, time(23, 59, 59), SHANGHAI))


def local_day(instant: datetime) -> date:
    """Day of a naive UTC instant in Shanghai."""
    return instant.replace(tzinfo=UTC).astimezone(SHANGHAI).date()


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def days_left(until: datetime, now: datetime) -> int:
    """Whole days that remain (both naive UTC), rounded up; 0 or less when it is over."""
    return -((now - until) // timedelta(days=1))


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
