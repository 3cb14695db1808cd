"""The clock of the contracts: days and moments as people in China mean them, kept as naive UTC instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TIMEZONE = 'Asia/Shanghai'
SHANGHAI = ZoneInfo(TIMEZONE)


def aware_utc(instant: datetime) -> datetime:
    """A naive UTC instant with its zone."""
    return instant.replace(tzinfo=UTC)


def local(instant: datetime) -> datetime:
    """A naive UTC instant as the clock in Shanghai shows it, with its zone."""
    return aware_utc(instant).astimezone(SHANGHAI)


def naive_utc(instant: datetime) -> datetime:
    """An instant with a zone as the database keeps it; one without is UTC already."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def today() -> date:
    """The day in Shanghai."""
    return datetime.now(SHANGHAI).date()


def local_day(instant: datetime) -> date:
    """Day of a naive UTC instant in Shanghai."""
    return local(instant).date()


def day_start(day: date) -> datetime:
    """First instant of the day, naive UTC (as the database keeps it)."""
    return naive_utc(datetime.combine(day, time.min, SHANGHAI))


def day_end(day: date) -> datetime:
    """23:59:59 of the day, naive UTC: the last second that counts."""
    return naive_utc(datetime.combine(day, time(23, 59, 59), SHANGHAI))


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def days_left(until: datetime, now: datetime) -> int:
    """Whole days that remain (both naive UTC), rounded up; 0 or less when it is over."""
    return -((now - until) // timedelta(days=1))
