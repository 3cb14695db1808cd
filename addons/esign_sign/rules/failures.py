"""What kinds of failure work on a contract meets, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass

# Failures that may pass by themselves: the token, a time stamp, the file store, somebody who was quicker.
PASSING = ('TOKEN', 'TIME', 'TSA', 'STORED_FILE', 'REVISION_MOVED', 'MODULE_MISSING', 'PIN_UNAVAILABLE')
# Of an error that nobody foresaw, and of a process that died at work.
UNEXPECTED, INTERRUPTED = 'UNEXPECTED', 'INTERRUPTED'
# Failures that may pass are tried so often by a job; deaths of the process so often by the clock.
ATTEMPTS, DEATHS = 5, 20
# Seconds from one failed attempt of a job to the next.
PAUSES = (15, 60, 120, 240)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be done.

    :param code: stable, upper case: the refusal's own, or one of the two above.
    :param reason: a sentence for those concerned, as it is kept (``esign_base.tools.said``).
    :param passing: worth another try without anybody doing anything.
    :param of_file: the core refused the file: another try meets the same.
    """

    code: str
    reason: str
    passing: bool
    of_file: bool = False


def is_passing(code: str) -> bool:
    """Whether a failure with this code may pass by itself."""
    return code in (UNEXPECTED, INTERRUPTED) or code.startswith(PASSING)


def pause_after(attempts: int) -> int | None:
    """Seconds until the next attempt after so many failed ones; None when there is none left."""
    return PAUSES[attempts - 1] if attempts < ATTEMPTS else None
