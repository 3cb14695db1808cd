"""Fonts of the machine: which file, which characters, which outlines.

Nothing is drawn without its glyph: a missing one is an error that lists the characters, never a
box or a gap. Fonts come from a list of directories (argument, ``ESIGN_FONT_PATH``, or the system's
folders); no font is shipped. Noto Serif/Sans CJK SC (OFL) for seals, LXGW WenKai (OFL) for text,
DejaVu for scripts that those lack; rare Chinese characters come from what else is installed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError

from ..errors import GlyphMissing

SYSTEM_FONT_FOLDERS = ('/usr/share/fonts', '/usr/local/share/fonts')
_COLLECTION_LIMIT = 64

GlyphSet: TypeAlias = Any  # fontTools has no types
Point: TypeAlias = tuple[float, float]
Outline: TypeAlias = tuple[tuple[str, tuple[Point, ...]], ...]


class FontStyle(StrEnum):
    """Faces by purpose."""

    SONG_BOLD = 'song_bold'  # company seals (宋体)
    SONG = 'song'  # dates
    SANS = 'sans'  # digits of serial and tax numbers
    KAI = 'kai'  # text filled into documents; the one style that is TrueType


# File name, PostScript names preferred within a collection; the first that exists is taken.
_CANDIDATES: dict[FontStyle, tuple[tuple[str, str], ...]] = {
    FontStyle.SONG_BOLD: (
        ('NotoSerifCJK-Bold.ttc', 'NotoSerifCJKsc-Bold'),
        ('NotoSerifCJKsc-Bold.otf', 'NotoSerifCJKsc-Bold'),
        ('NotoSerifSC-Bold.otf', 'NotoSerifSC-Bold'),
    ),
    FontStyle.SONG: (
        ('NotoSerifCJK-Regular.ttc', 'NotoSerifCJKsc-Regular'),
        ('NotoSerifCJKsc-Regular.otf', 'NotoSerifCJKsc-Regular'),
        ('NotoSerifSC-Regular.otf', 'NotoSerifSC-Regular'),
    ),
    FontStyle.SANS: (
        ('NotoSansCJK-Regular.ttc', 'NotoSansCJKsc-Regular'),
        ('NotoSansCJKsc-Regular.otf', 'NotoSansCJKsc-Regular'),
        ('NotoSansSC-Regular.otf', 'NotoSansSC-Regular'),
    ),
    FontStyle.KAI: (
        ('LXGWWenKai-Regular.ttf', 'LXGWWenKai-Regular'),
        ('LXGWWenKaiLite-Regular.ttf', 'LXGWWenKaiLite-Regular'),
    ),
}


# What a name takes a character from that the seal's own font lacks: other scripts, then large Chinese fonts
# (Hanazono, Jigmo, BabelStone Han, Plangothic) where the machine has them.
_FALLBACKS: tuple[tuple[str, str], ...] = (
    ('DejaVuSerif-Bold.ttf', ''),
    ('DejaVuSans-Bold.ttf', ''),
    ('NotoSansCJK-Bold.ttc', 'NotoSansCJKsc-Bold'),
    ('LXGWWenKai-Medium.ttf', ''),
    ('LXGWWenKai-Regular.ttf', ''),
    ('HanaMinA.ttf', ''),
    ('HanaMinB.ttf', ''),
    ('Jigmo.ttf', ''),
    ('Jigmo2.ttf', ''),
    ('Jigmo3.ttf', ''),
    ('BabelStoneHan.ttf', ''),
    ('PlangothicP1-Regular.ttf', ''),
    ('PlangothicP2-Regular.ttf', ''),
)
_Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's outline in font units (y up) with its advance width."""

    outline: Outline
    advance: float


class _OutlinePen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Records lines and cubic curves; quadratic ones are raised to cubic by the base class."""

    def __init__(self, glyphs: GlyphSet) -> None:
        super().__init__(glyphs)
        self.steps: list[tuple[str, tuple[Point, ...]]] = []

    def _moveTo(self, pt: Point) -> None:  # noqa: N802 - names given by fontTools
        self.steps.append(('m', (pt,)))

    def _lineTo(self, pt: Point) -> None:  # noqa: N802
        self.steps.append(('l', (pt,)))

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802
        self.steps.append(('c', (pt1, pt2, pt3)))

    def _closePath(self) -> None:  # noqa: N802
        self.steps.append(('h', ()))


class Face:
    """One font face, loaded lazily and kept; glyphs are cached. Safe to share among threads."""

    def __init__(self, path: Path, index: int = -1) -> None:
        """Open ``path``; ``index`` is the face within a collection."""
        self.path = path
        self.index = index
        self._font = TTFont(path, fontNumber=index, lazy=True)
        self._glyphs = self._font.getGlyphSet()
        self._characters: dict[int, str] = self._font.getBestCmap() or {}
        self._cache: dict[str, Glyph] = {}
        self._lock = threading.Lock()
        self.units_per_em = float(self._font['head'].unitsPerEm)

    def missing(self, text: str) -> list[str]:
        """Return the characters without a glyph, each once, in order; line ends do not count."""
        return [char for char in dict.fromkeys(text) if char not in '\r\n' and ord(char) not in self._characters]

    def require(self, text: str) -> None:
        """Check that every character can be drawn.

        :raises GlyphMissing: ``glyph_missing`` with ``details['characters']``.
        """
        absent = self.missing(text)
        if absent:
            raise missing_error(absent)

    def has(self, char: str) -> bool:
        """Whether there is a glyph for a character."""
        return ord(char) in self._characters

    def ink(self, char: str) -> _Box | None:
        """Return left, bottom, right and top of a character's outline in em; None when it shows nothing.

        Control points count: the box may be a little too large, never too small.
        """
        points = [point for _step, where in self.glyph(char).outline for point in where]
        if not points:
            return None
        xs, ys = [x / self.units_per_em for x, _y in points], [y / self.units_per_em for _x, y in points]
        return min(xs), min(ys), max(xs), max(ys)

    def glyph(self, char: str) -> Glyph:
        """Return a character's outline.

        :raises GlyphMissing: when the face lacks it.
        """
        with self._lock:
            if char not in self._cache:
                self.require(char)
                source = self._glyphs[self._characters[ord(char)]]
                pen = _OutlinePen(self._glyphs)
                source.draw(pen)
                self._cache[char] = Glyph(tuple(pen.steps), float(source.width))
            return self._cache[char]

    def width(self, text: str) -> float:
        """Return the advance width of a line in em."""
        return sum(self.glyph(char).advance for char in text) / self.units_per_em


def missing_error(characters: Sequence[str]) -> GlyphMissing:
    """Return the error for characters that cannot be drawn."""
    codes = ' '.join(f'U+{ord(char):04X}' for char in characters)
    return GlyphMissing('glyph_missing', f'no glyph for {codes}', {'characters': list(characters)})


def font_folders(folders: Iterable[str | Path] | None = None) -> tuple[Path, ...]:
    """Return the directories to search: the argument, else ``ESIGN_FONT_PATH``, else the system's."""
    if folders is None:
        configured = [part for part in os.environ.get('ESIGN_FONT_PATH', '').split(os.pathsep) if part]
        folders = configured or SYSTEM_FONT_FOLDERS
    return tuple(Path(folder) for folder in folders)


def face(style: FontStyle, folders: Sequence[str | Path] | None = None) -> Face:
    """Return the face for a purpose, found once per list of folders.

    :raises GlyphMissing: ``font_missing`` with the file names looked for.
    """
    return _face(style, font_folders(folders))


@lru_cache(maxsize=32)
def _face(style: FontStyle, folders: tuple[Path, ...]) -> Face:
    files = _font_files(folders)
    for file_name, postscript in _CANDIDATES[style]:
        if file_name in files:
            return Face(files[file_name], _collection_index(files[file_name], postscript))
    wanted = [file_name for file_name, _ in _CANDIDATES[style]]
    raise GlyphMissing('font_missing', f'no font file of {wanted}', {'fonts': wanted, 'characters': []})


def fallbacks(folders: Sequence[str | Path] | None = None) -> tuple[Face, ...]:
    """Return the faces for what the seal's own font lacks, the likeliest first."""
    return _fallbacks(font_folders(folders))


@lru_cache(maxsize=8)
def _fallbacks(folders: tuple[Path, ...]) -> tuple[Face, ...]:
    files = _font_files(folders)
    return tuple(
        Face(files[file_name], _collection_index(files[file_name], postscript))
        for file_name, postscript in _FALLBACKS
        if file_name in files
    )


@lru_cache(maxsize=8)
def _font_files(folders: tuple[Path, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob('*')) if folder.is_dir() else ():
            if path.suffix.lower() in {'.ttc', '.otf', '.ttf'}:
                found.setdefault(path.name, path)
    return found


def _collection_index(path: Path, postscript: str) -> int:
    if path.suffix.lower() != '.ttc':
        return -1
    for index in range(_COLLECTION_LIMIT):
        try:
            names = TTFont(path, fontNumber=index, lazy=True)['name']
        except TTLibError:
            break
        if names.getDebugName(6) == postscript:
            return index
    return 0
