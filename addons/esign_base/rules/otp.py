"""One-time codes: six digits, five minutes, five tries."""

import secrets

DIGITS = 6
LIVES_SECONDS = 300
RESEND_SECONDS = 60
TRIES = 5
# To one number or address, whoever asked; half of them are kept for its owner who is logged in.
PER_DAY = 20


def for_strangers(per_day: int) -> int:
    """How many of a day's codes may be asked for by somebody who has not shown that the number is theirs."""
    return max(1, per_day // 2)


def new_code() -> str:
    """A random code of six digits."""
    return f'{secrets.randbelow(10**DIGITS):0{DIGITS}d}'


def normal_code(text: str | None) -> str:
    """Digits only, as typed with spaces or full-width digits; empty when it is no code."""
    digits = ''.join(str(int(c)) for c in (text or '') if c.isdecimal())
    return digits if len(digits) == DIGITS else ''
