"""Seals: what is drawn, where the ink is, what is refused."""

from __future__ import annotations

import datetime as dt
import io
import math
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from signing.errors import GlyphMissing, SealError
from signing.pages import glyphs
from signing.pages.artwork import Artwork
from signing.pages.dates import DateStyle, date_text, draw_date
from signing.pages.drawing import numbers
from signing.pages.glyphs import FontStyle, face
from signing.pages.handwriting import InkPoint, draw_handwriting
from signing.pages.pictures import MAX_BYTES, Ink, clean_picture
from signing.pages.seal_names import NameDesign, NameShape, NameSuffix, draw_name_seal, split_columns
from signing.pages.seal_ring import Ring
from signing.pages.seal_square import SquareDesign, draw_square_seal
from signing.pages.seals import SEAL_STYLES, SealDesign, SealType, draw_seal, ring_name

NAMES = {
    6: '华为有限公司',
    10: '杭州云舟科技有限公司',
    12: '数字（北京）科技有限公司',
    13: '北京智慧云签信息科技有限公司',
    30: '中国建筑第八工程局有限公司上海自由贸易试验区临港新片区分公司',
}
DPI = 200
PX = DPI / 25.4


def alpha(art: Artwork) -> np.ndarray:
    """Return opacity 0-255 of the preview."""
    return np.asarray(Image.open(io.BytesIO(art.png(DPI))))[:, :, 3].astype(int)


def design(kind: SealType, name: str = NAMES[13], **options: object) -> SealDesign:
    if kind is SealType.INVOICE:
        options.setdefault('tax_number', '91110108MA01ABCD2X')
    if kind is SealType.DEPARTMENT:
        options.setdefault('text', '市场营销部')
    return SealDesign(kind, name, **options)


# R2.6 R3.5
@pytest.mark.parametrize('kind', SealType)
@pytest.mark.parametrize('name', NAMES.values(), ids=NAMES.keys())
def test_every_seal_fills_its_size_and_is_symmetric(kind: SealType, name: str) -> None:
    art = draw_seal(design(kind, name))
    style = SEAL_STYLES[kind]
    assert (art.width_mm, art.height_mm) == (style.width, style.height)
    ink = alpha(art) > 128
    rows, columns = np.nonzero(ink)
    assert (columns.min(), rows.min()) == pytest.approx((0, 0), abs=0.3 * PX)
    assert columns.max() + 1 == pytest.approx(style.width * PX, abs=0.3 * PX)
    assert rows.max() + 1 == pytest.approx(style.height * PX, abs=0.3 * PX)
    # The ring text weighs the same on both sides, within what glyphs differ.
    middle = ink.shape[1] // 2
    left, right = ink[:, :middle].sum(), ink[:, -middle:].sum()
    assert abs(int(left) - int(right)) < 0.12 * (left + right)
    assert len(art.pdf) < 14_000
    image = np.asarray(Image.open(io.BytesIO(art.png(DPI))))
    solid = image[alpha(art) > 250][:, :3]
    assert (solid[:, 0] > 180).all() and (solid[:, 1] < 60).all()


# R3.5
def test_border_and_star_have_the_measures_asked_for() -> None:
    ink = alpha(draw_seal(SealDesign(SealType.OFFICIAL, NAMES[6]))) > 128
    centre = ink.shape[0] // 2
    # Downwards from the middle there is the star's notch, then nothing, then the border.
    column = ink[:, ink.shape[1] // 2]
    border = np.nonzero(column[int(38 * PX) :])[0]
    assert len(border) / PX == pytest.approx(1.2, abs=0.15)
    around = ink[centre - int(8 * PX) : centre + int(8 * PX), centre - int(8 * PX) : centre + int(8 * PX)]
    rows, columns = np.nonzero(around)
    # A star of 14 mm is 14·cos 18° wide and its points end 7 mm above the middle.
    assert (columns.max() - columns.min()) / PX == pytest.approx(14 * math.cos(math.radians(18)), abs=0.45)
    assert (8 * PX - rows.min()) / PX == pytest.approx(7, abs=0.3)


def test_no_character_touches_border_star_or_neighbour_text() -> None:
    """The rings between border and text, and between text and star, hold no ink."""
    for name in NAMES.values():
        ink = alpha(draw_seal(SealDesign(SealType.OFFICIAL, name))) > 128
        size = ink.shape[0]
        y, x = np.mgrid[:size, : ink.shape[1]]
        radius = np.hypot(x - size / 2, y - size / 2) / PX
        assert not ink[(radius > 19.2) & (radius < 19.6)].any(), name
        assert not ink[(radius > 7.3) & (radius < 11.0)].any(), name


def test_serial_stands_on_the_bottom_arc() -> None:
    plain = alpha(draw_seal(SealDesign(SealType.OFFICIAL, NAMES[13])))
    serial = alpha(draw_seal(SealDesign(SealType.OFFICIAL, NAMES[13], serial='1101080123456')))
    rows, columns = np.nonzero(np.abs(plain - serial) > 100)
    assert rows.min() / PX > 34
    assert (columns.min() + columns.max()) / 2 / PX == pytest.approx(21, abs=0.3)


def test_the_same_design_gives_the_same_bytes_and_another_does_not() -> None:
    one, two = draw_seal(design(SealType.CONTRACT)), draw_seal(design(SealType.CONTRACT))
    assert one.sha256 == two.sha256
    assert draw_seal(design(SealType.FINANCE)).sha256 != one.sha256
    assert draw_seal(design(SealType.CONTRACT, size_mm=58)).width_mm == 58


def test_brackets_become_full_width() -> None:
    assert ring_name('数字认证 (北京) 公司') == '数字认证（北京）公司'


def test_numbers_have_no_exponent() -> None:
    with pikepdf.open(io.BytesIO(draw_seal(design(SealType.INVOICE)).pdf)) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
    assert b'e-' not in content
    assert numbers(1e-9, -0.000004, 1.123456789) in ('0 0 1.12346', '0 -0 1.12346')


@pytest.mark.parametrize(
    ('bad', 'code'),
    [
        (SealDesign(SealType.OFFICIAL, '名'), 'name_length'),
        (SealDesign(SealType.OFFICIAL, '长' * 65), 'name_length'),
        (SealDesign(SealType.CONTRACT, NAMES[13], text='章'), 'text_length'),
        (SealDesign(SealType.CONTRACT, NAMES[13], text='一二三四五六七八九十一'), 'text_length'),
        (SealDesign(SealType.DEPARTMENT, NAMES[13]), 'text_length'),
        (SealDesign(SealType.OFFICIAL, NAMES[13], serial='123'), 'serial_format'),
        (SealDesign(SealType.FOREIGN, NAMES[13], serial='1101080123456'), 'serial_format'),
        (SealDesign(SealType.INVOICE, NAMES[13]), 'tax_number_format'),
        (SealDesign(SealType.OFFICIAL, NAMES[13], size_mm=90), 'size_range'),
    ],
)
def test_impossible_seals_are_refused(bad: SealDesign, code: str) -> None:
    with pytest.raises(SealError) as caught:
        draw_seal(bad)
    assert caught.value.code == code


def test_missing_glyphs_are_listed() -> None:
    with pytest.raises(GlyphMissing) as caught:
        draw_seal(SealDesign(SealType.OFFICIAL, '北京\U0001f600科技\U0010fffd有限公司'))
    assert caught.value.details['characters'] == ['\U0001f600', '\U0010fffd']
    assert face(FontStyle.SONG).missing('〇二\n') == []


def test_fonts_are_found_by_list_and_their_absence_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = face(FontStyle.KAI).path
    serif = face(FontStyle.SONG_BOLD).path
    with pytest.raises(GlyphMissing, match='font_missing'):
        face(FontStyle.KAI, [tmp_path])
    monkeypatch.setenv('ESIGN_FONT_PATH', str(tmp_path))
    assert glyphs.font_folders() == (tmp_path,)
    with pytest.raises(GlyphMissing, match='font_missing'):
        face(FontStyle.SONG)
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / source.name).symlink_to(source)
    glyphs._font_files.cache_clear()
    glyphs._face.cache_clear()
    # A TrueType face's quadratic curves arrive as cubic ones.
    found = face(FontStyle.KAI, [tmp_path])
    assert {step for step, _ in found.glyph('国').outline} <= {'m', 'l', 'c', 'h'}
    monkeypatch.delenv('ESIGN_FONT_PATH')
    assert glyphs.font_folders()[0] == Path('/usr/share/fonts')
    assert glyphs._collection_index(serif, 'NoSuchFace') == 0


@given(st.floats(5, 30), st.floats(0.5, 1.0), st.floats(0, 1))
@settings(max_examples=40)
def test_ring_points_lie_on_the_ellipse_and_mirror(rx: float, ratio: float, part: float) -> None:
    ring = Ring(0, 0, rx, rx * ratio)
    x, y, angle = ring.at(part * ring.length / 2)
    assert (x / ring.rx) ** 2 + (y / ring.ry) ** 2 == pytest.approx(1, abs=1e-3)
    mx, my, mirrored = ring.at(-part * ring.length / 2)
    assert (mx, my, mirrored) == pytest.approx((-x, y, -angle), abs=1e-9)


@pytest.mark.parametrize(
    ('name', 'columns'),
    [
        ('王明', ['王明']),
        ('王小明', ['王', '小明']),
        ('王小明印', ['王小', '明印']),
        ('欧阳娜娜印', ['欧阳', '娜娜印']),
        ('王明之印', ['王明', '之印']),
        ('一二三四五六七', ['一二', '三四', '五六七']),
        ('阿依古丽·买买提', ['阿依古丽·', '买买提']),
        ('阿卜杜热合曼·买买提', ['阿卜杜热合曼·', '买买提']),
        ('古丽巴哈尔·吐尔逊江·艾则孜', ['古丽巴哈尔·', '吐尔逊江·', '艾则孜']),
        # In columns of thirteen and of one nobody could read it.
        ('阿卜杜热合曼阿卜杜热西提·安', ['阿卜杜', '热合曼', '阿卜杜热', '西提·安']),
        ('杭州云舟科技有限公司财务专用章', ['杭州云', '舟科技有', '限公司财', '务专用章']),
    ],
)
def test_names_stand_in_columns_from_the_right(name: str, columns: list[str]) -> None:
    assert split_columns(name) == columns


# R1.10
@pytest.mark.parametrize('name', NAMES.values(), ids=NAMES.keys())
def test_square_seals_fill_their_frame(name: str) -> None:
    art = draw_square_seal(SquareDesign(name, '财务专用章'))
    ink = alpha(art) > 128
    assert (art.width_mm, art.height_mm) == (22, 22)
    corner = round(0.9 * PX)
    assert ink[:corner, :corner].mean() > 0.9, 'a frame has corners'
    free = round(1.3 * PX)
    assert ink[free, free:-free].mean() < 0.35, 'no character touches the frame'
    assert ink[2 * free : -2 * free, 2 * free : -2 * free].mean() > 0.1


def test_impossible_square_seals_are_refused() -> None:
    for bad, code in (
        (SquareDesign('名', '财务专用章'), 'name_length'),
        (SquareDesign(NAMES[6], '章' * 11), 'text_length'),
        (SquareDesign(NAMES[6], '财务专用章', 90), 'size_range'),
    ):
        with pytest.raises(SealError, match=code):
            draw_square_seal(bad)
    with pytest.raises(GlyphMissing):
        draw_square_seal(SquareDesign('𰀀𰀀𰀀𰀀𰀀𰀀', '财务专用章'))


# R3.2
@pytest.mark.parametrize('name', ['王明', '王小明', '欧阳娜娜', '阿卜杜拉·麦麦提'])
@pytest.mark.parametrize('shape', NameShape)
@pytest.mark.parametrize('suffix', NameSuffix)
def test_name_seals_fit_their_frame(name: str, shape: NameShape, suffix: NameSuffix) -> None:
    design = NameDesign(name, shape, suffix)
    art = draw_name_seal(design)
    assert (art.width_mm, art.height_mm) == ((18, 18) if shape is NameShape.SQUARE else (20, 10))
    ink = alpha(art) > 128
    line = min(art.width_mm, art.height_mm) * 0.055
    # Between frame and characters runs a free line.
    free = round((line + 0.1) * PX)
    height = ink.shape[0]
    for strip in (ink[free, free:-free], ink[height - 1 - free, free:-free], ink[free:-free, free]):
        assert strip.mean() < 0.35
    assert ink[int(2 * free) : -int(2 * free), int(2 * free) : -int(2 * free)].mean() > 0.1


def test_name_seals_without_frame_and_out_of_range() -> None:
    bare = alpha(draw_name_seal(NameDesign('王小明', border=False))) > 128
    assert not bare[0].any()
    for bad in (
        NameDesign('王'),
        NameDesign('', suffix=NameSuffix.OF_SEAL),
        NameDesign('王' * 65, NameShape.RECTANGLE),
    ):
        with pytest.raises(SealError, match='name_length'):
            draw_name_seal(bad)
    with pytest.raises(SealError, match='size_range'):
        draw_name_seal(NameDesign('王明', width_mm=3))


# R3.2 R3.5
@pytest.mark.parametrize(
    ('day', 'arabic', 'chinese'),
    [
        (dt.date(2026, 11, 23), '2026年11月23日', '二〇二六年十一月二十三日'),
        (dt.date(2020, 1, 1), '2020年1月1日', '二〇二〇年一月一日'),
        (dt.date(2030, 10, 10), '2030年10月10日', '二〇三〇年十月十日'),
        (dt.date(2029, 12, 20), '2029年12月20日', '二〇二九年十二月二十日'),
        (dt.date(2031, 2, 30 - 2), '2031年2月28日', '二〇三一年二月二十八日'),
        (dt.date(2031, 7, 31), '2031年7月31日', '二〇三一年七月三十一日'),
    ],
)
def test_dates_in_both_styles(day: dt.date, arabic: str, chinese: str) -> None:
    assert date_text(day, DateStyle.ARABIC) == arabic
    assert date_text(day, DateStyle.CHINESE) == chinese
    for style in DateStyle:
        art = draw_date(day, style)
        ink = alpha(art) > 128
        rows, columns = np.nonzero(ink)
        assert 3.5 < (rows.max() - rows.min()) / PX < 5.5
        assert rows.min() > 0 and columns.min() > 0
        assert rows.max() < ink.shape[0] - 1 and columns.max() < ink.shape[1] - 1


def test_dates_of_absurd_size_are_refused() -> None:
    with pytest.raises(SealError, match='size_range'):
        draw_date(dt.date(2026, 1, 1), DateStyle.ARABIC, size_pt=200)


# R3.13
def test_handwriting_is_cropped_fitted_and_follows_pressure() -> None:
    wave = [InkPoint(100 + 4 * t, 300 + 40 * math.sin(t / 6), 1.0) for t in range(100)]
    art = draw_handwriting([wave], width_mm=40, height_mm=20)
    assert art.width_mm == pytest.approx(40)
    assert art.height_mm < 20
    ink = alpha(art) > 128
    columns = np.nonzero(ink)[1]
    assert columns.min() < 1 * PX and columns.max() > ink.shape[1] - 1 * PX
    light = draw_handwriting([[InkPoint(p.x, p.y, 0.0) for p in wave]], width_mm=40, height_mm=20)
    assert (alpha(light) > 128).sum() < 0.6 * ink.sum()
    # The curve passes through the points: half way the wave crosses its middle line.
    dotted = draw_handwriting([wave, [InkPoint(300, 300)]])
    assert (alpha(dotted) > 128).any()


@pytest.mark.parametrize(
    ('strokes', 'code'),
    [
        ([], 'handwriting_empty'),
        ([[]], 'handwriting_empty'),
        ([[InkPoint(1, 1)]], 'handwriting_empty'),
        ([[InkPoint(float('nan'), 1), InkPoint(2, 2)]], 'handwriting_invalid'),
        ([[InkPoint(1e9, 1), InkPoint(2, 2)]], 'handwriting_invalid'),
        ([[InkPoint(t, t) for t in range(20_001)]], 'handwriting_too_long'),
    ],
)
def test_unusable_handwriting_is_refused(strokes: list[list[InkPoint]], code: str) -> None:
    with pytest.raises(SealError) as caught:
        draw_handwriting(strokes)
    assert caught.value.code == code


def test_handwriting_with_empty_strokes_among_others_and_bad_size() -> None:
    stroke = [InkPoint(0, 0), InkPoint(10, 5)]
    assert draw_handwriting([stroke, []]).sha256 == draw_handwriting([stroke]).sha256
    with pytest.raises(SealError, match='size_range'):
        draw_handwriting([stroke], width_mm=1)


def photograph(form: str = 'JPEG', ground: tuple[int, int, int] = (236, 230, 214)) -> bytes:
    """A seal on yellowish paper with black print beneath, as a phone sees it."""
    seal = Image.open(io.BytesIO(draw_seal(design(SealType.OFFICIAL)).png(200)))
    paper = Image.new('RGB', (700, 600), ground)
    ImageDraw.Draw(paper).line((0, 300, 700, 300), fill=(20, 20, 20), width=3)
    paper.paste(seal, (150, 120), mask=seal.split()[3])
    out = io.BytesIO()
    paper.save(out, form, quality=85)
    return out.getvalue()


# R2.6
@pytest.mark.parametrize('form', ['JPEG', 'PNG'])
def test_an_uploaded_seal_is_cut_out_in_one_colour(form: str) -> None:
    art = clean_picture(photograph(form), width_mm=42)
    assert art.width_mm == 42
    assert art.height_mm == pytest.approx(42, abs=0.7)
    image = np.asarray(Image.open(io.BytesIO(art.png(DPI)))).astype(int)
    drawn = alpha(draw_seal(design(SealType.OFFICIAL))) > 128
    height, width = min(image.shape[0], drawn.shape[0]), min(image.shape[1], drawn.shape[1])
    mine = image[:height, :width, 3] > 128
    agreement = (mine == drawn[:height, :width]).mean()
    assert agreement > 0.93
    solid = image[image[:, :, 3] > 250][:, :3]
    assert np.ptp(solid, axis=0).max() <= 2
    with pikepdf.open(io.BytesIO(art.pdf)) as pdf:
        mask = pdf.pages[0].Resources.XObject.Ink.SMask
        assert int(mask.BitsPerComponent) == 4


def test_pen_on_uneven_paper_becomes_black_strokes() -> None:
    gradient = np.tile(np.linspace(150, 250, 400, dtype=np.uint8), (200, 1))
    paper = Image.fromarray(gradient).convert('RGB')
    ImageDraw.Draw(paper).line([(40, 150), (120, 60), (200, 140), (300, 50)], fill=(15, 15, 40), width=5)
    out = io.BytesIO()
    paper.save(out, 'PNG')
    art = clean_picture(out.getvalue(), width_mm=40, ink=Ink.PEN)
    assert art.height_mm == pytest.approx(40 * 105 / 265, abs=2)
    assert 0.03 < (alpha(art) > 128).mean() < 0.3


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, 'PNG')
    return out.getvalue()


@pytest.mark.parametrize(
    ('data', 'width', 'code'),
    [
        (b'GIF89a....', 42, 'picture_format'),
        (photograph('PNG')[:4000], 42, 'picture_damaged'),
        (b'x' * (MAX_BYTES + 1), 42, 'picture_too_large'),
        (_png(Image.new('1', (6000, 6000))), 42, 'picture_too_large'),
        (_png(Image.new('RGB', (300, 300), 'white')), 42, 'picture_blank'),
        (_png(Image.new('RGB', (300, 300), 'red')), 42, 'picture_full'),
        (photograph(), 1, 'size_range'),
        (photograph(), 500, 'size_range'),
    ],
)
def test_unusable_pictures_are_refused(data: bytes, width: float, code: str) -> None:
    with pytest.raises(SealError) as caught:
        clean_picture(data, width_mm=width)
    assert caught.value.code == code


def test_a_picture_too_tall_is_refused() -> None:
    image = Image.new('RGB', (300, 1100), 'white')
    ImageDraw.Draw(image).line((100, 20, 130, 1080), fill='red', width=6)
    with pytest.raises(SealError, match='size_range'):
        clean_picture(_png(image), width_mm=40)
