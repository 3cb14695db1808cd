"""Pages as pictures: the right page, the right shape, marked where asked."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from reportlab.pdfgen.canvas import Canvas
from signing.errors import FileRefused, GlyphMissing, PlacementError
from signing.pages.preview import LONGEST_SIDE, MOST_PIXELS, page_picture


def document(sizes=((595, 842), (842, 595))):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=sizes[0])
    for number, size in enumerate(sizes):
        canvas.setPageSize(size)
        canvas.setFillGray(0.2 + 0.2 * number)
        canvas.rect(0, 0, size[0] / 2, size[1] / 2, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data)).convert('RGB')


# R3.1
def test_each_page_in_its_own_shape():
    first, second = (opened(page_picture(document(), page, width=600)) for page in (1, 2))
    assert first.width == 600
    assert abs(first.height - 600 * 842 / 595) <= 1
    assert abs(second.height - 600 * 595 / 842) <= 1
    assert first.getpixel((10, first.height - 10))[0] < 80
    assert first.getpixel((first.width - 10, 10)) == (255, 255, 255)


# R3.1
def test_the_mark_is_on_the_page_and_readable_text_stays():
    plain, marked = (
        opened(page_picture(document(), 1, width=900, watermark=text)) for text in ('', '张三 2026年11月23日')
    )
    changed = ImageChops.difference(plain, marked).convert('L').point(lambda value: 255 if value > 12 else 0)
    box = changed.getbbox()
    assert box is not None
    assert box[2] - box[0] > 0.8 * plain.width
    assert box[3] - box[1] > 0.8 * plain.height
    share = changed.histogram()[255] / (plain.width * plain.height)
    assert 0.002 < share < 0.2


def test_a_character_without_glyph_does_not_hide_the_page():
    assert page_picture(document(), 1, width=300, watermark='张\U000f0000三')


def test_no_font_no_unmarked_page(monkeypatch, tmp_path):
    monkeypatch.setenv('ESIGN_FONT_PATH', str(tmp_path))
    with pytest.raises(GlyphMissing):
        page_picture(document(), 1, width=300, watermark='张三')


@pytest.mark.parametrize('page', [0, -1, 3])
def test_no_such_page(page):
    with pytest.raises(PlacementError) as refused:
        page_picture(document(), page, width=300)
    assert refused.value.code == 'page_missing'


def test_no_pdf():
    with pytest.raises(FileRefused):
        page_picture(b'%PDF-1.7 nothing', 1, width=300)


@settings(max_examples=12, deadline=None)
@given(st.integers(-50, 9000), st.floats(20, 14000), st.floats(20, 14000))
@example(184, 20.0, 7151.0)  # longer than a JPEG may be
def test_pictures_stay_within_bounds(width, across, down):
    image = opened(page_picture(document([(across, down)]), 1, width=width, watermark='张晓明'))
    assert image.width * image.height <= MOST_PIXELS * 1.02
    assert max(image.size) <= LONGEST_SIDE + 1
    assert image.width <= 2401
