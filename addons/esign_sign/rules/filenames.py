"""Names of downloaded files: number and title, without what file systems and archives stumble over."""

import unicodedata
from collections.abc import Iterable

LONGEST = 100
_FORBIDDEN = frozenset('/\\:*"<>|?')
# Emoji and other pictures are symbols (So) or joined by format characters (Cf); private use is nobody's.
_DROPPED = frozenset({'So', 'Cs', 'Co', 'Cn', 'Cc', 'Cf', 'Sk'})


def clean(text: str) -> str:
    """Text without forbidden characters, emoji, controls and surrounding dots and spaces."""
    kept = ''.join(c for c in text if c not in _FORBIDDEN and unicodedata.category(c) not in _DROPPED)
    return ' '.join(kept.split()).strip('. ')


def file_name(number: str, title: str, extension: str = 'pdf') -> str:
    """`{number}_{title}.{extension}`, at most 100 characters with its extension."""
    parts = [part for part in (clean(number), clean(title)) if part]
    stem = '_'.join(parts) or 'contract'
    return f'{stem[: LONGEST - len(extension) - 1].rstrip(". ")}.{extension}'


def distinct(names: Iterable[str]) -> list[str]:
    """The same names, numbered where they repeat: `a.pdf`, `a (2).pdf`; case does not distinguish."""
    taken: set[str] = set()
    result = []
    for name in names:
        stem, dot, extension = name.rpartition('.')
        candidate, count = name, 1
        while candidate.lower() in taken:
            count += 1
            candidate = f'{stem} ({count}){dot}{extension}'
        taken.add(candidate.lower())
        result.append(candidate)
    return result
