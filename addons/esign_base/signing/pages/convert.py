"""Word and other office documents to PDF by LibreOffice, where it is installed.

Each conversion runs with a private profile in a temporary folder, no macros, a time limit and a
bare environment, with the fonts that seals are drawn with. Where LibreOffice is absent, the formats
are simply not offered.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from ..errors import FileRefused
from .glyphs import font_folders
from .office_profile import SETTINGS, fontconfig

FORMATS = frozenset({'doc', 'docx', 'odt', 'rtf', 'wps'})
MAX_BYTES = 50 * 1024 * 1024
_COMPOUND = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'  # [MS-CFB] 2.2
_RICH = b'{\\rtf'
_PARTS = {'docx': '[Content_Types].xml', 'odt': 'content.xml'}  # ECMA-376 part 2, 10.1.2.2; ODF 1.2 part 3, 2.2.1


def office() -> str | None:
    """Return LibreOffice's path, or None where it is not installed."""
    return shutil.which('soffice') or shutil.which('libreoffice')


def offered_formats() -> frozenset[str]:
    """Return the file name extensions that can be converted on this machine."""
    return FORMATS if office() else frozenset()


def office_to_pdf(data: bytes, extension: str, *, seconds: int = 60) -> bytes:
    """Convert an office document; the result still has to pass intake.

    :param extension: of the file name, lower case, without dot.
    :param seconds: wall time.
    :raises FileRefused: ``format_not_offered``, ``empty``, ``too_large``, ``too_slow``,
        ``not_convertible``.
    """
    program = office()
    if program is None or extension not in FORMATS:
        raise FileRefused('format_not_offered', 'this format cannot be converted here', {'format': extension})
    if not data:
        raise FileRefused('empty', 'the file is empty')
    if len(data) > MAX_BYTES:
        raise FileRefused('too_large', 'the file is too large', {'maximum': MAX_BYTES})
    if not _is_document(data, extension):
        raise FileRefused('not_convertible', 'the document could not be converted')
    with tempfile.TemporaryDirectory(prefix='esign-office-') as folder:
        root = Path(folder)
        source = root / f'document.{extension}'
        source.write_bytes(data)
        profile = root / 'profile' / 'user'
        profile.mkdir(parents=True)
        (profile / 'registrymodifications.xcu').write_text(SETTINGS, encoding='utf-8')
        _run(program, root, source, seconds)
        result = root / 'document.pdf'
        if not result.is_file():
            raise FileRefused('not_convertible', 'the document could not be converted')
        return result.read_bytes()


def _is_document(data: bytes, extension: str) -> bool:
    """Say whether the content is what its name says.

    LibreOffice takes what it does not know, a damaged file too, for plain text, and makes pages of it.
    """
    if extension == 'rtf':
        return data.startswith(_RICH)
    if extension in _PARTS:
        return _has_part(data, _PARTS[extension])
    # Word and WPS open all of these under their old names.
    return data.startswith((_COMPOUND, _RICH)) or _has_part(data, _PARTS['docx'])


def _has_part(data: bytes, name: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return name in package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _fonts(root: Path) -> Path:
    """Write a fontconfig file with our folders of fonts besides those of the system, which may know no Chinese."""
    file = root / 'fonts.conf'
    file.write_text(fontconfig(font_folders(), root / 'fontconfig'), encoding='utf-8')
    return file


def _run(program: str, root: Path, source: Path, seconds: int) -> None:
    command = [
        program,
        f'-env:UserInstallation={(root / "profile").as_uri()}',
        '--headless',
        '--norestore',
        '--nolockcheck',
        '--nodefault',
        '--convert-to',
        'pdf:writer_pdf_Export',
        '--outdir',
        str(root),
        str(source),
    ]
    process = subprocess.Popen(  # noqa: S603 - fixed program, file names of our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            'PATH': os.defpath,
            'HOME': str(root),
            'LANG': 'C.UTF-8',
            'TMPDIR': str(root),
            'FONTCONFIG_FILE': str(_fonts(root)),
        },
        start_new_session=True,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise FileRefused('too_slow', 'the conversion took too long', {'seconds': seconds}) from error
    finally:
        # LibreOffice starts a second process; both are in the session made for them.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
