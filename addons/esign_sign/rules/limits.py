"""Limits of a contract group, and of reminders. Defaults; settings may lower or raise them."""

import datetime as dt

FILES = 50
FILE_BYTES = 50 * 1024 * 1024
GROUP_BYTES = 500 * 1024 * 1024
PARTIES = 50
PLACEMENTS = 300
DEFAULT_DAYS = 90
LONGEST_DAYS = 365
NAME_LENGTH = 100
REASON_LENGTH = 200

REMIND_AFTER = dt.timedelta(minutes=30)
REMIND_EVERY = dt.timedelta(minutes=10)
REMINDERS = 3


def next_reminder(notified_at: dt.datetime | None, last: dt.datetime | None, count: int) -> dt.datetime | None:
    """The first moment a party may be reminded again; None when all reminders are used up.

    :param notified_at: when the party was told that it is its turn.
    :param last: its last reminder.
    :param count: reminders it has had.
    """
    if count >= REMINDERS or notified_at is None:
        return None
    first = notified_at + REMIND_AFTER
    return max(first, last + REMIND_EVERY) if last else first
