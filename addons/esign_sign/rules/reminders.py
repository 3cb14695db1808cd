"""When a party may be reminded."""

import datetime as dt

from odoo.addons.esign_base.rules.limits import DEFAULTS, GroupLimits


def next_reminder(
    notified_at: dt.datetime | None, last: dt.datetime | None, count: int, limits: GroupLimits = DEFAULTS
) -> dt.datetime | None:
    """The first moment a party may be reminded again; None when all reminders are used up.

    :param notified_at: when the party was told that it is its turn.
    :param last: its last reminder.
    :param count: reminders it has had.
    """
    if count >= limits.reminders or notified_at is None:
        return None
    first = notified_at + dt.timedelta(minutes=limits.remind_after)
    return max(first, last + dt.timedelta(minutes=limits.remind_every)) if last else first
