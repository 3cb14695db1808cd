"""How often something may be tried, in one table: docs/operators.md explains each row.

A system parameter ``esign.limit.NAME`` sets another number of tries; the times are fixed.
"""

from dataclasses import dataclass

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True)
class Tries:
    """``number`` tries within ``seconds`` from the first; the last one may start a ``lock`` (seconds)."""

    number: int
    seconds: int
    lock: int = 0


TRIES = {
    # Secrets of a login. Place: one login from one device or network.
    'login.place': Tries(5, 30 * MINUTE, lock=30 * MINUTE),
    'login.hour': Tries(30, HOUR),
    'login.day': Tries(100, DAY),
    'login.address': Tries(100, HOUR),
    'totp.place': Tries(5, 30 * MINUTE, lock=30 * MINUTE),
    'totp.hour': Tries(20, HOUR),
    'totp.day': Tries(60, DAY),
    'key.address': Tries(60, HOUR),
    'reset.address': Tries(20, HOUR),
    'reset.login': Tries(3, HOUR),
    # Puzzles and codes.
    'captcha.address': Tries(300, HOUR),
    'otp.address': Tries(60, HOUR),
    'otp.hour': Tries(3, HOUR),
    'otp.purpose': Tries(6, DAY),
    'otp.link': Tries(6, DAY),
    # Services that anybody may ask.
    'pki.tsa': Tries(120, MINUTE),
    'pki.ocsp': Tries(600, MINUTE),
}
PARAMETER = 'esign.limit.'
