"""Names of downloaded files: number and title, without what file systems and archives stumble over."""

import re
import unicodedata
from collections.abc import Iterable

# Most characters, so that a list of files stays readable; most bytes in UTF-8, which is what file systems
# (ext4, XFS, APFS: 255) and archives count.
LONGEST, LONGEST_BYTES = 100, 255
# Folders leave room for what is in them: the whole path inside an archive has LONGEST_BYTES as well.
FOLDER_BYTES = 120
_FORBIDDEN = frozenset('/\\:*"<>|?')
# Emoji and other pictures are symbols (So) or joined by format characters (Cf); private use is nobody's.
_DROPPED = frozenset({'So', 'Cs', 'Co', 'Cc', 'Cf', 'Sk'})
# Devices of Windows, whatever extension follows; the superscript digits count as digits there.
_RESERVED = re.compile(r'(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)', re.IGNORECASE)

_EXTENSION = re.compile(r'(?<=.)\.[A-Za-z0-9]{1,8}\Z')


def clean(text: str) -> str:
    """Text without forbidden characters, emoji, controls and surrounding dots and spaces."""
    kept = ''.join(c for c in text if c not in _FORBIDDEN and unicodedata.category(c) not in _DROPPED)
    return ' '.join(kept.split()).strip('. ')


def cut(stem: str, tail: str, most: int = LONGEST_BYTES) -> str:
    """`{stem}{tail}`, the stem cut to what fits: at most :data:`LONGEST` characters and ``most`` bytes.

    Neither a character nor a letter with its marks is cut through.
    """
    room = most - len(tail.encode())
    short = stem.encode()[:room].decode(errors='ignore')[: LONGEST - len(tail)]
    end = len(short)
    while 0 < end < len(stem) and unicodedata.category(stem[end]).startswith('M'):
        end -= 1
    return f'{short[:end].rstrip(". ")}{tail}'


def file_name(number: str, title: str, extension: str = 'pdf') -> str:
    """`{number}_{title}.{extension}`, see :func:`cut`; a name that Windows keeps for a device gets an underscore."""
    return cut(_stem(number, title), f'.{extension}')


def folder_name(number: str, title: str) -> str:
    """`{number}_{title}` of at most :data:`FOLDER_BYTES` bytes."""
    return cut(_stem(number, title), '', FOLDER_BYTES)


def _stem(number: str, title: str) -> str:
    stem = '_'.join(part for part in (clean(number), clean(title)) if part) or 'contract'
    return f'_{stem}' if _RESERVED.match(stem) else stem


def distinct(names: Iterable[str], most: int = LONGEST_BYTES, *, folders: bool = False) -> list[str]:
    """The same names, numbered where they repeat, `a.pdf`, `a (2).pdf`, each of at most ``most`` bytes.

    Case and form of composition do not distinguish: some file systems take them for the same.

    :param folders: what follows a dot is part of the name: `v1.0 (2)`.
    """
    taken: set[str] = set()
    result = []
    for name in names:
        stem, extension = (name, '') if folders else _parts(name)
        candidate, count = cut(stem, extension, most), 1
        while _key(candidate) in taken:
            count += 1
            candidate = cut(stem, f' ({count}){extension}', most)
        taken.add(_key(candidate))
        result.append(candidate)
    return result


def paths(folders: Iterable[tuple[str, Iterable[str]]]) -> list[list[str]]:
    """`folder/file` for the files of each folder of an archive: distinct, at most :data:`LONGEST_BYTES` bytes each.

    :param folders: name of a folder (:func:`folder_name`) and the names of its files.
    """
    kept = [(folder, list(files)) for folder, files in folders]
    names = distinct((folder for folder, _files in kept), FOLDER_BYTES, folders=True)
    return [
        [f'{name}/{file}' for file in distinct(files, LONGEST_BYTES - len(f'{name}/'.encode()))]
        for name, (_folder, files) in zip(names, kept, strict=True)
    ]


def _parts(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; what follows the dot of a title (`v1.0 of the contract`) is none."""
    found = _EXTENSION.search(name)
    return (name[: found.start()], found[0]) if found else (name, '')


def _key(name: str) -> str:
    return unicodedata.normalize('NFC', name).casefold()
