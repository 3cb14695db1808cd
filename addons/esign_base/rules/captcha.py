"""A puzzle that the visitor's browser solves by itself: work, so that many tries cost much and one costs little.

The server picks a number below ``span`` and shows what it hashes to; the browser counts up until it finds it
(the design of ALTCHA, altcha.org/docs, with PBKDF2 as in its version 2: a browser computes it as fast as any
other program, so a machine has no more of an advantage than its number of processors). Nothing is to be read
or heard, nothing is sent anywhere else.
"""

import hashlib
import secrets

# One guess: about a third of a millisecond on a telephone, so that the first puzzles take it half a second.
ROUNDS = 2000
SPAN = 1200
# Beyond these within an hour, each further lot doubles the work, this often at most.
FREE = {'address': 20, 'number': 4}
DOUBLINGS = {'address': 5, 'number': 3}
LUCK_LENGTH = 32
LIVES_SECONDS = 300


def new_luck() -> str:
    """The random part of a salt: ``LUCK_LENGTH`` hexadecimal digits."""
    return secrets.token_hex(LUCK_LENGTH // 2)


def new_answer(span: int) -> int:
    """The number to be found."""
    return secrets.randbelow(span)


def shown(salt: str, answer: int) -> str:
    """What the browser looks for: PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2) of the number, 32 bytes in hexadecimal digits."""
    return hashlib.pbkdf2_hmac('sha256', str(answer).encode(), bytes.fromhex(salt), ROUNDS, 32).hex()


def span(address_tries: int, number_tries: int) -> int:
    """How far the number may lie: the more was tried from there or for that number, the farther."""
    tries = {'address': address_tries, 'number': number_tries}
    doublings = sum(min(tries[what] // FREE[what], DOUBLINGS[what]) for what in FREE)
    return SPAN << doublings
