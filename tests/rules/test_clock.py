"""Days and moments of the contracts: kept in UTC, meant and shown in Shanghai."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules import clock
from rules.shown import literal, shown_count, shown_day, shown_size, shown_time

moment = dt.datetime.fromisoformat
LATE = moment('2026-11-23T16:05:03')  # after midnight in Shanghai


@given(st.dates(dt.date(1992, 1, 1), dt.date(2100, 1, 1)))
def test_a_day_begins_and_ends_on_itself(day):
    first, last = clock.day_start(day), clock.day_end(day)
    assert clock.local_day(first) == clock.local_day(last) == day
    assert last - first == dt.timedelta(days=1, seconds=-1)
    assert clock.local_day(last + dt.timedelta(seconds=1)) == day + dt.timedelta(days=1)


@given(st.datetimes(moment('1992-01-01'), moment('2100-01-01')))
def test_an_instant_survives_its_zone(instant):
    assert clock.naive_utc(clock.local(instant)) == clock.naive_utc(clock.aware_utc(instant)) == instant
    assert clock.naive_utc(instant) == instant
    assert clock.local(instant).utcoffset() == dt.timedelta(hours=8)


def test_shown_as_people_in_china_write():
    assert shown_day(LATE) == '2026年11月24日'
    assert shown_day(LATE.date()) == '2026年11月23日'
    assert shown_time(LATE) == '2026年11月24日 00:05:03'
    assert shown_day(False) == shown_time(None) == ''


@pytest.mark.parametrize(('size', 'text'), [(812, '812 B'), (34 * 1024, '34 KB'), (5_452_595, '5.2 MB')])
def test_sizes(size, text):
    assert shown_size(size) == text


def test_counts_and_searches():
    assert (shown_count(812, 10_000), shown_count(10_001, 10_000)) == (812, '10,000+')
    assert literal('100%_\\') == '100\\%\\_\\\\'
