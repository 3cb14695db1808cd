"""What a Word or ODF document holds that its pages will show in a way that its author may not expect."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

_MOST_READ = 64 * 1024 * 1024  # bytes of all parts of one document
_PARTS = re.compile(r'word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|(content|styles)\.xml')
# Fields whose result is worked out anew at each opening (ECMA-376 part 1, 17.16.5; [MS-OI29500]).
_CHANGING = (
    r'(?:DATE|TIME|CREATEDATE|SAVEDATE|PRINTDATE|EDITTIME|FILENAME|FILESIZE|NUMWORDS|NUMCHARS|LASTSAVEDBY|USERNAME)'
)
_SIGNS = {
    'docx': {
        'tracked_changes': re.compile(rb'<w:(?:ins|del|moveFrom|moveTo)[\s>]'),
        'changing_fields': re.compile(rf'(?:<w:instrText[^>]*>|w:instr=")\s*{_CHANGING}\b'.encode(), re.IGNORECASE),
        'comments_left_out': re.compile(rb'<w:comment[\s>]'),
    },
    'odt': {
        'tracked_changes': re.compile(rb'<text:(?:insertion|deletion)[\s/>]'),
        'changing_fields': re.compile(
            rb'<text:(?:date|time|file-name|modification-(?:date|time)|print-(?:date|time)|editing-duration)'
            rb'(?![^>]*text:fixed="true")[\s/>]'
        ),
        'comments_left_out': re.compile(rb'<office:annotation[\s>]'),
    },
    'rtf': {
        'tracked_changes': re.compile(rb'\\(?:revised|deleted)(?![a-z0-9])'),
        'changing_fields': re.compile(rf'\\fldinst\b[^{{}}]*(?:{{[^{{}}]*?)?\s{_CHANGING}\b'.encode(), re.IGNORECASE),
        'comments_left_out': re.compile(rb'\\annotation\b'),
    },
}


def office_notes(data: bytes, extension: str) -> list[str]:
    """Return codes of what was noticed: ``tracked_changes``, ``changing_fields``, ``comments_left_out``.

    Old binary files (.doc, .wps) are not read: ``office_unread`` says so.

    :param extension: of the file name, lower case.
    """
    kind = _kind(data, extension)
    if kind is None:
        return ['office_unread']
    text = data if kind == 'rtf' else _text(data)
    return sorted(code for code, sign in _SIGNS[kind].items() if sign.search(text))


def _kind(data: bytes, extension: str) -> str | None:
    if data.startswith(b'{\\rtf'):
        return 'rtf'
    if data.startswith(b'PK'):
        return 'odt' if extension == 'odt' else 'docx'
    return None


def _text(data: bytes) -> bytes:
    """Return the parts that pages are made of, one after the other, as far as is allowed."""
    found, left = [], _MOST_READ
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for name in package.namelist():
                if _PARTS.fullmatch(name):
                    with package.open(name) as part:
                        found.append(part.read(left))
                    left -= len(found[-1])
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, RuntimeError):
        return b'\n'.join(found)
    return b'\n'.join(found)
