"""Names of downloaded files: number and title, without what file systems and archives stumble over."""

import re
import unicodedata
from collections.abc import Iterable

# Most characters, so that a list of files stays readable; most bytes in UTF-8, which is what file systems
# (ext4, XFS, APFS: 255) and archives count.
LONGEST, LONGEST_BYTES = 100, 255
_FORBIDDEN = frozenset('/\\:*"<>|?')
# Emoji and other pictures are symbols (So) or joined by format characters (Cf); private use is nobody's.
_DROPPED = frozenset({'So', 'Cs', 'Co', 'Cc', 'Cf', 'Sk'})
# Devices of Windows, whatever extension follows; the superscript digits count as digits there.
_RESERVED = re.compile(r'(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)', re.IGNORECASE)


def clean(text: str) -> str:
    """Text without forbidden characters, emoji, controls and surrounding dots and spaces."""
    kept = ''.join(c for c in text if c not in _FORBIDDEN and unicodedata.category(c) not in _DROPPED)
    return ' '.join(kept.split()).strip('. ')


def cut(stem: str, tail: str) -> str:
    """`{stem}{tail}`, the stem cut to what fits: at most :data:`LONGEST` characters and :data:`LONGEST_BYTES` bytes.

    Neither a character nor a letter with its marks is cut through.
    """
    room = LONGEST_BYTES - len(tail.encode())
    short = stem.encode()[:room].decode(errors='ignore')[: LONGEST - len(tail)]
    end = len(short)
    while 0 < end < len(stem) and unicodedata.category(stem[end]).startswith('M'):
        end -= 1
    return f'{short[:end].rstrip(". ")}{tail}'


def file_name(number: str, title: str, extension: str = 'pdf') -> str:
    """`{number}_{title}.{extension}`, see :func:`cut`; a name that Windows keeps for a device gets an underscore."""
    parts = [part for part in (clean(number), clean(title)) if part]
    stem = '_'.join(parts) or 'contract'
    return cut(f'_{stem}' if _RESERVED.match(stem) else stem, f'.{extension}')


def distinct(names: Iterable[str]) -> list[str]:
    """The same names, numbered where they repeat: `a.pdf`, `a (2).pdf`, no longer than before.

    Case and form of composition do not distinguish: some file systems take them for the same.
    """
    taken: set[str] = set()
    result = []
    for name in names:
        stem, dot, extension = name.rpartition('.') if '.' in name else (name, '', '')
        candidate, count = name, 1
        while _key(candidate) in taken:
            count += 1
            candidate = cut(stem, f' ({count}){dot}{extension}')
        taken.add(_key(candidate))
        result.append(candidate)
    return result


def _key(name: str) -> str:
    return unicodedata.normalize('NFC', name).casefold()
