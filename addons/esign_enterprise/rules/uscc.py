"""Unified social credit code 统一社会信用代码, GB 32100-2015.

Eighteen characters: registering authority (1), category (1), region (6), organisation code (9),
check character (1). The standard's alphabet has no I, O, S, V, Z. Letters are allowed in every
place, the region included: codes of agricultural and other authorities begin with a letter.
"""

ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
LENGTH = 18
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
# Clause 4.2.5: the weight of place i is 3^(i-1) mod 31.
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


def normalise(text: str | None) -> str:
    """Return ``text`` without blanks and hyphens, full-width characters narrowed, in capitals."""
    narrow = ''.join(chr(ord(c) - 0xFEE0) if '！' <= c <= '～' else c for c in text or '')
    return ''.join(c for c in narrow if not c.isspace() and c != '-').upper()


def check_character(body: str) -> str:
    """Return the check character of the first seventeen characters.

    :raises KeyError: a character outside the alphabet.
    """
    total = sum(weight * _VALUES[c] for weight, c in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def problem(code: str) -> str | None:
    """Say what is wrong with a normalised code: 'length', 'alphabet', 'check', or None."""
    if len(code) != LENGTH:
        return 'length'
    if any(c not in _VALUES for c in code):
        return 'alphabet'
    if check_character(code[:-1]) != code[-1]:
        return 'check'
    return None


def masked(code: str | None) -> str:
    """Show enough of a code to tell two companies of one name apart, and no more."""
    return f'{code[:4]}{"*" * (len(code) - 8)}{code[-4:]}' if code and len(code) > 8 else ''
