"""Where a keyword stands: boxes for "sign here" by text, in millimetres as displayed.

Full-width and half-width forms count as equal, spaces and line breaks within the text do not count,
so 「甲方（盖章）」 is found as 甲方(盖章), and radicals count as the characters they look like. Pages
without text (scans) are reported, not passed over.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from ..errors import FileRefused, PlacementError
from .geometry import Box, PageFrame, Rect
from .pdfium import PDFIUM_LOCK

KEYWORD_MAX = 100
MATCHES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Anchor:
    """One match.

    :param page: 1-based.
    :param box: around the keyword, mm from the top-left of the displayed page; a keyword broken
        over lines gets the box of its first line.
    :param text: as it stands in the document.
    """

    page: int
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class AnchorReport:
    """All matches, and the pages (1-based) that have no text to search."""

    matches: tuple[Anchor, ...]
    pages_without_text: tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of matches."""
        return len(self.matches)


def find_keyword(
    data: bytes, frames: Sequence[PageFrame], keyword: str, *, pages: Sequence[int] | None = None
) -> AnchorReport:
    """Find a keyword on the pages.

    :param data: a PDF that intake accepted.
    :param pages: 1-based pages to search; all by default.
    :raises PlacementError: ``keyword_invalid``, ``page_missing``, ``too_many_matches``.
    :raises FileRefused: ``unreadable``.
    """
    wanted = ''.join(_fold(char) for char in keyword)
    if not wanted or len(keyword) > KEYWORD_MAX:
        raise PlacementError('keyword_invalid', 'a keyword has 1-100 characters', {'maximum': KEYWORD_MAX})
    numbers = list(pages) if pages is not None else list(range(1, len(frames) + 1))
    if any(not 1 <= number <= len(frames) for number in numbers):
        raise PlacementError('page_missing', 'a page to search does not exist', {'pages': len(frames)})
    matches: list[Anchor] = []
    blank: list[int] = []
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise FileRefused('unreadable', 'the file cannot be searched') from error
        try:
            for number in numbers:
                found = _search_page(document[number - 1], frames[number - 1], number, wanted)
                if found is None:
                    blank.append(number)
                else:
                    matches.extend(found)
                if len(matches) > MATCHES_MAX:
                    raise PlacementError('too_many_matches', 'the keyword is too common', {'maximum': MATCHES_MAX})
        finally:
            document.close()
    return AnchorReport(tuple(matches), tuple(blank))


# Radicals that stand for whole characters in some writers' text, and what they stand for (Unicode's
# EquivalentUnifiedIdeograph); NFKC knows those of the Kangxi block alone.
_RADICALS = str.maketrans(
    (
        '⺁⺂⺃⺄⺅⺆⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺫⺬'
        '⺭⺯⺰⺱⺲⺳⺴⺶⺹⺺⺻⺼⺾⺿⻀⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜'
        '⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳'
    ),
    (
        '厂乛乚乙亻冂刀刂卜㔾小小兀尣尢巳幺彑彐忄㣺扌攵旡日月歺母民氵氺灬爫爫丬牛犭王目示'
        '礻糹纟罓罒㓁冗羊耂肀聿肉艹艹艹虎衤覀西见角讠贝车辶辶辶阝钅長镸长门阝雨青韦页风飞'
        '食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟'
    ),
)


def _fold(char: str) -> str:
    """Return the comparable form of one character; white space and invisible marks give nothing."""
    if char.isspace() or unicodedata.category(char) in {'Cc', 'Cf'}:
        return ''
    return unicodedata.normalize('NFKC', char).translate(_RADICALS).casefold()


def _search_page(page: pypdfium2.PdfPage, frame: PageFrame, number: int, wanted: str) -> list[Anchor] | None:
    text_page = page.get_textpage()
    count = text_page.count_chars()
    text = text_page.get_text_range(0, count) if count else ''
    if not text.strip():
        return None
    # Position in the folded text -> index of PDFium's character.
    folded: list[str] = []
    origin: list[int] = []
    for index in range(count):
        piece = ''.join(_fold(char) for char in _character(text_page, index))
        folded.append(piece)
        origin.extend([index] * len(piece))
    flat = ''.join(folded)
    found: list[Anchor] = []
    start = flat.find(wanted)
    while start >= 0:
        span = origin[start : start + len(wanted)]
        found.append(_anchor(text_page, frame, number, sorted(set(span))))
        start = flat.find(wanted, start + len(wanted))
    return found


def _character(text_page: pypdfium2.PdfTextPage, index: int) -> str:
    """Return one of PDFium's characters, so that indexes agree beyond the basic plane too."""
    code = pypdfium2.raw.FPDFText_GetUnicode(text_page, index)
    return chr(code) if code <= 0x10FFFF else ''


def _anchor(text_page: pypdfium2.PdfTextPage, frame: PageFrame, number: int, indexes: Sequence[int]) -> Anchor:
    chars = []
    box: Rect | None = None
    for index in indexes:
        chars.append(_character(text_page, index))
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
        if right <= left or top <= bottom:
            continue
        rect = Rect(left, bottom, right, top)
        if box is None:
            box = rect
        elif _same_line(box, rect, sideways=frame.sideways):
            box = Rect(min(box.llx, left), min(box.lly, bottom), max(box.urx, right), max(box.ury, top))
    return Anchor(number, frame.to_display(box or frame.visible), ''.join(chars))


def _same_line(box: Rect, rect: Rect, *, sideways: bool) -> bool:
    """Tell whether a character stands on the line of those before; lines may run up or across."""
    across = min(box.ury, rect.ury) - max(box.lly, rect.lly) > 0.3 * rect.height
    upright = min(box.urx, rect.urx) - max(box.llx, rect.llx) > 0.3 * rect.width
    near = max(box.llx, rect.llx) - min(box.urx, rect.urx) < 3 * rect.width
    close = max(box.lly, rect.lly) - min(box.ury, rect.ury) < 3 * rect.height
    return (upright and close) if sideways and not across else (across and near)
