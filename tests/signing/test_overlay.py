"""Overlay: text, ticks and pictures land in their boxes, upright, on every page."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from signing.apart.intake import inspect
from signing.errors import FileRefused, GlyphMissing, PlacementError
from signing.pages import overlay as overlay_module
from signing.pages.anchors import find_keyword
from signing.pages.geometry import Box, frames_of
from signing.pages.glyphs import FontStyle, face
from signing.pages.overlay import Align, CheckItem, ImageItem, TextItem, overlay, wrap

from tests.corpus.geometries import A4, GEOMETRIES, blank
from tests.corpus.kinds import approved, text_pdf
from tests.signing.pages_support import PX_PER_MM, ink_box, render


def picture(mode: str = 'RGB', form: str = 'PNG') -> bytes:
    image = Image.new('RGB', (200, 100), 'red')
    image.paste((0, 160, 0), (0, 0, 60, 50))
    out = io.BytesIO()
    image.convert(mode).save(out, form)
    return out.getvalue()


# R2.6
@pytest.mark.parametrize('name', GEOMETRIES)
def test_a_picture_lies_in_its_box_upright(name: str) -> None:
    box = Box(30.2, 41.7, 60, 30)
    data = overlay(blank([GEOMETRIES[name]]), [ImageItem(1, box, picture())])
    pixels = render(data, 0)
    assert ink_box(pixels) == pytest.approx((box.x, box.y, box.right, box.bottom), abs=0.5)
    green = pixels[int((box.y + 3) * PX_PER_MM), int((box.x + 3) * PX_PER_MM)]
    assert green[1] > 120 and green[0] < 60


@pytest.mark.parametrize('name', ['plain', 'rotate_90', 'crop_rotate_270', 'user_unit_rotate_90'])
def test_text_stays_in_its_box_and_can_be_found(name: str) -> None:
    box = Box(25, 50, 70, 9)
    data = overlay(blank([GEOMETRIES[name]]), [TextItem(1, box, '北京智慧云签（2026）', 14)])
    left, top, right, bottom = ink_box(render(data, 0))
    assert box.x - 0.3 <= left < box.x + 3 and right <= box.right
    assert box.y <= top and bottom <= box.bottom
    with pikepdf.open(io.BytesIO(data)) as pdf:
        report = find_keyword(data, frames_of(pdf), '智慧云签(2026)')
    assert report.count == 1
    assert report.matches[0].box.x == pytest.approx(left, abs=14)


def test_the_font_is_embedded_as_a_subset_and_the_file_is_accepted() -> None:
    data = overlay(text_pdf(), [TextItem(1, Box(20, 100, 80, 8), '张三丰'), TextItem(2, Box(20, 100, 80, 8), '李四')])
    assert len(data) - len(text_pdf()) < 40_000
    assert inspect(data).data == data
    assert 'DejaVu' not in str(data)


def test_alignment_and_lines() -> None:
    box = Box(20, 20, 60, 30)
    starts = {}
    for align in Align:
        pixels = render(overlay(blank([A4]), [TextItem(1, box, '居中', 12, align)]), 0)
        starts[align] = ink_box(pixels)
    assert starts[Align.LEFT][0] < 22
    assert starts[Align.RIGHT][2] > 78
    assert (starts[Align.CENTRE][0] + starts[Align.CENTRE][2]) / 2 == pytest.approx(50, abs=0.5)
    long = '甲乙双方经友好协商，就合同事宜达成如下协议：' * 3
    wrapped = ink_box(render(overlay(blank([A4]), [TextItem(1, box, long, 12, multiline=True)]), 0))
    assert wrapped[0] >= 19.7 and wrapped[2] <= 80.3 and wrapped[1] >= 19.7 and wrapped[3] <= 50.3
    assert wrapped[3] - wrapped[1] > 15


def test_text_shrinks_to_fit_and_is_refused_when_it_cannot() -> None:
    box = Box(20, 20, 40, 6)
    pixels = render(overlay(blank([A4]), [TextItem(1, box, '一二三四五六七八九十一二三四五', 14)]), 0)
    assert ink_box(pixels)[2] <= box.right + 0.2
    with pytest.raises(PlacementError) as caught:
        overlay(blank([A4]), [TextItem(1, box, '长' * 200, 14)])
    assert caught.value.code == 'text_does_not_fit'
    assert caught.value.details == {'item': 0}


def test_check_boxes() -> None:
    box = Box(20, 20, 10, 6)
    on = render(overlay(blank([A4]), [CheckItem(1, box, True)]), 0)
    off = render(overlay(blank([A4]), [CheckItem(1, box, False)]), 0)
    bare = render(overlay(blank([A4]), [CheckItem(1, box, True, frame=False)]), 0)
    assert ink_box(on) == pytest.approx((22, 20, 28, 26), abs=0.5)
    assert (on < 128).sum() > (off < 128).sum() > 0
    assert 0 < (bare < 128).sum() < (on < 128).sum()


def test_missing_glyphs_are_refused_before_anything_is_drawn() -> None:
    with pytest.raises(GlyphMissing) as caught:
        overlay(blank([A4]), [TextItem(1, Box(1, 1, 50, 9), '好\U0010fffd')])
    assert caught.value.details['characters'] == ['\U0010fffd']


def test_signed_damaged_and_wrong_places_are_refused() -> None:
    item = CheckItem(1, Box(1, 1, 5, 5), True)
    with pytest.raises(FileRefused, match='signed'):
        overlay(approved(), [item])
    with pytest.raises(FileRefused, match='damaged'):
        overlay(b'%PDF-1.4', [item])
    for bad, code in [
        (CheckItem(2, Box(1, 1, 5, 5), True), 'page_missing'),
        (CheckItem(1, Box(207, 1, 5, 5), True), 'outside_page'),
        (ImageItem(1, Box(1, 1, 5, 5), b'GIF89a'), 'image_unusable'),
        (ImageItem(1, Box(1, 1, 5, 5), picture()[:80]), 'image_unusable'),
    ]:
        with pytest.raises(PlacementError, match=code):
            overlay(blank([A4]), [bad])


def test_a_picture_beyond_the_pixel_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay_module, 'MAX_IMAGE_PIXELS', 100)
    with pytest.raises(PlacementError, match='image_unusable'):
        overlay(blank([A4]), [ImageItem(1, Box(1, 1, 5, 5), picture())])


def test_a_font_that_is_not_truetype_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    serif = face(FontStyle.SONG)
    monkeypatch.setattr(overlay_module, 'face', lambda style: serif)
    with pytest.raises(GlyphMissing, match='font_missing'):
        overlay(blank([A4]), [TextItem(1, Box(1, 1, 50, 9), '好')])


def test_nothing_to_write_keeps_the_pages() -> None:
    assert (render(overlay(text_pdf(), []), 0) == render(text_pdf(), 0)).all()


def test_inherited_resources_survive() -> None:
    pdf = pikepdf.open(io.BytesIO(text_pdf(1)))
    page = pdf.pages[0].obj
    pdf.Root.Pages.Resources = page.Resources
    del page['/Resources']
    out = io.BytesIO()
    pdf.save(out)
    before = render(out.getvalue(), 0)
    after = render(overlay(out.getvalue(), [CheckItem(1, Box(190, 280, 5, 5), True)]), 0)
    top = slice(0, before.shape[0] // 2)
    assert np.array_equal(before[top], after[top])
    assert (before[top] < 128).any()


@given(st.text(alphabet='合同甲乙，。（）abc XYZ0 \n', max_size=80), st.floats(15, 200))
@settings(max_examples=150)
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: float) -> None:
    overlay_module._font([TextItem(1, Box(0, 0, 1, 1), '合')])
    name = f'esign-{face(FontStyle.KAI).path.stem}'
    lines = wrap(text, width, 12, name)
    assert ''.join(''.join(lines).split()) == ''.join(text.split())
    for line in lines:
        assert overlay_module.pdfmetrics.stringWidth(line, name, 12) <= width or len(line) == 1


def test_closing_punctuation_does_not_start_a_line() -> None:
    overlay_module._font([TextItem(1, Box(0, 0, 1, 1), '合')])
    name = f'esign-{face(FontStyle.KAI).path.stem}'
    lines = wrap('甲方乙方，丙方', 4 * 12 + 1, 12, name)
    assert not any(line.startswith('，') for line in lines)
    assert wrap('hello world', 40, 12, name) == ['hello', 'world']


def test_pdfium_shows_the_text_itself() -> None:
    data = overlay(blank([A4]), [TextItem(1, Box(20, 20, 80, 10), '二〇二六年')])
    document = pypdfium2.PdfDocument(data)
    assert '二〇二六年' in document[0].get_textpage().get_text_range()
    document.close()
