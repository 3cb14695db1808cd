"""What a password must be: 8–32 characters, three of the four classes, not the account's number."""

import string

SHORTEST, LONGEST, CLASSES, REMEMBERED = 8, 32, 3, 5


def password_faults(password: str, mobile: str = '') -> list[str]:
    """List what is wrong, empty when nothing is: ``length``, ``classes``, ``characters``, ``mobile``."""
    faults = []
    if not SHORTEST <= len(password) <= LONGEST:
        faults.append('length')
    if not password.isprintable() or password != password.strip():
        faults.append('characters')
    if character_classes(password) < CLASSES:
        faults.append('classes')
    if mobile and mobile in password:
        faults.append('mobile')
    return faults


def character_classes(password: str) -> int:
    """How many of the four are used: lower case, upper case, digits, anything else."""
    known = string.ascii_letters + string.digits
    return sum(
        (
            any(c in string.ascii_lowercase for c in password),
            any(c in string.ascii_uppercase for c in password),
            any(c in string.digits for c in password),
            any(c not in known for c in password),
        )
    )
