"""Fonts for seals (Noto CJK, DejaVu) and texts (LXGW WenKai): the machine's, or unpacked from Debian."""

import os
from pathlib import Path
from xml.sax.saxutils import escape

from . import apt, paths, ui

NEEDED = {
    'fonts-noto-cjk': 'NotoSerifCJK-Bold.ttc',
    'fonts-lxgw-wenkai': 'LXGWWenKai-Regular.ttf',
    # Names in Arabic, Hebrew, Kazakh, Vietnamese …
    'fonts-dejavu-core': 'DejaVuSerif-Bold.ttf',
}
SYSTEM = (Path('/usr/share/fonts'), Path('/usr/local/share/fonts'), Path.home() / '.local/share/fonts')


def missing(folders: tuple[Path, ...] = SYSTEM) -> list[str]:
    """Debian's names of the font packages that are not below ``folders``."""
    files = {file.name for folder in folders if folder.is_dir() for file in folder.rglob('*.tt[cf]')}
    return [package for package, name in NEEDED.items() if name not in files]


def font_path() -> str:
    """The value of ESIGN_FONT_PATH: folders joined like PATH."""
    if given := os.environ.get('ESIGN_FONT_PATH'):
        return given
    folders = [folder for folder in SYSTEM if folder.is_dir()]
    absent = missing()
    if absent:
        name = f'fonts-{"-".join(absent)}'
        if not (paths.cache() / name / paths.MARK).exists() and not apt.usable():
            raise ui.Failure(
                f'Fonts for seals and texts are missing: {", ".join(absent)}.',
                'Install Noto CJK (fonts-noto-cjk), LXGW WenKai (fonts-lxgw-wenkai) and DejaVu (fonts-dejavu-core),\n'
                'or name their folders in ESIGN_FONT_PATH (joined by colons).',
            )

        def build(folder: Path) -> None:
            ui.step(f'downloading fonts from the Debian mirror: {", ".join(absent)}')
            apt.PrivateApt().unpack([f'{name}/trixie' for name in absent], folder)

        folders.insert(0, paths.cached(name, build) / 'usr/share/fonts')
    return os.pathsep.join(map(str, folders))


def fontconfig(folder: Path) -> Path:
    """A fontconfig file in ``folder`` by which a browser finds these fonts beside the machine's own."""
    places = ''.join(f'  <dir>{escape(place)}</dir>\n' for place in font_path().split(os.pathsep))
    file = folder / 'fonts.conf'
    file.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f'  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n{places}'
        f'  <cachedir>{escape(str(paths.cache() / "fontconfig"))}</cachedir>\n</fontconfig>\n',
        encoding='utf-8',
    )
    return file
