"""Keywords: found where they stand, on every kind of page, in both widths."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas
from signing.errors import FileRefused, PlacementError
from signing.pages import anchors
from signing.pages.anchors import find_keyword
from signing.pages.geometry import Box, frames_of

from tests.corpus.geometries import A4, GEOMETRIES, Geometry, blank
from tests.corpus.kinds import chinese_font, cid_font, text_pdf
from tests.signing.pages_support import ink_box, render


def frames(data: bytes) -> list:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return frames_of(pdf)


@pytest.mark.parametrize(
    ('written', 'wanted'), [('部⻔⻓', '部门长'), ('⽇⽉', '日月'), ('部门', '部⻔'), ('金额', '\uf90a额')]
)
def test_radicals_count_as_the_characters_they_look_like(written: str, wanted: str) -> None:
    """Writers that map glyphs back to characters by their shape put radicals into the text."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont(chinese_font(), 20)
    canvas.drawString(72, 700, 'x' * len(written))
    canvas.save()
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        fonts = pdf.pages[0].Resources.Font
        font = next(fonts[name] for name in fonts if '/ToUnicode' in fonts[name])
        code = re.search(rb'<(\w\w)> *<0078>', font.ToUnicode.read_bytes())[1]
        texts = written.encode('utf-16-be')
        lines = [b'<%02X> <%s>' % (0x41 + n, texts[n * 2 : n * 2 + 2].hex().encode()) for n in range(len(written))]
        head, tail = b'1 begincodespacerange <00> <FF> endcodespacerange ', b' endbfchar'
        font.ToUnicode.write(
            b'/CIDInit /ProcSet findresource begin begincmap '
            + head
            + b'%d beginbfchar ' % len(lines)
            + b'\n'.join(lines)
            + tail
            + b' endcmap end'
        )
        content = pdf.pages[0].Contents.read_bytes()
        assert code
        shown = b'(' + bytes(range(0x41, 0x41 + len(written))) + b') Tj'
        pdf.pages[0].Contents = pdf.make_stream(re.sub(rb'\([^)]*\) Tj', shown, content))
        changed = io.BytesIO()
        pdf.save(changed)
    assert find_keyword(changed.getvalue(), frames(changed.getvalue()), wanted).count == 1


def lone_word(geometry: Geometry, *, angle: int) -> bytes:
    """One word on a page of this geometry, upright for the reader at ``angle``."""
    font = chinese_font()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(900, 900), invariant=1)
    canvas.translate(220, 450)
    canvas.rotate(angle)
    canvas.setFont(font, 20)
    canvas.drawString(0, 0, '甲方（盖章）')
    canvas.save()
    with (
        pikepdf.open(io.BytesIO(out.getvalue())) as pdf,
        pikepdf.open(io.BytesIO(blank([geometry]))) as shape,
    ):
        page, wanted = pdf.pages[0].obj, shape.pages[0].obj
        for key in ('/MediaBox', '/CropBox', '/Rotate', '/UserUnit'):
            if key in wanted:
                page[key] = pikepdf.Array(list(wanted[key])) if 'Box' in key else wanted[key]
        result = io.BytesIO()
        pdf.save(result)
        return result.getvalue()


# R2.6
@pytest.mark.parametrize('name', [name for name in GEOMETRIES if 'unit' not in name and 'reversed' not in name])
def test_the_box_is_around_the_ink(name: str) -> None:
    geometry = GEOMETRIES[name]
    data = lone_word(geometry, angle=(geometry.rotate or 0) % 360)
    report = find_keyword(data, frames(data), '甲方(盖章)')
    assert report.count == 1
    assert report.pages_without_text == ()
    anchor = report.matches[0]
    assert anchor.text == '甲方（盖章）'
    left, top, right, bottom = ink_box(render(data, 0))
    box = anchor.box
    assert box.x - 0.8 <= left <= box.x + 1.5
    assert box.right - 5.5 <= right <= box.right + 0.8
    assert box.y - 0.8 <= top and bottom <= box.bottom + 0.8
    assert box.height < 14 and box.width < 50


# R2.6
def test_matches_are_counted_on_every_page_in_both_widths() -> None:
    data = text_pdf(3)
    for word in ('甲方（盖章）', '甲方(盖章)', ' 甲方 （盖章） '):
        report = find_keyword(data, frames(data), word)
        assert [match.page for match in report.matches] == [1, 2, 3]
        box = report.matches[0].box
        assert box.x == pytest.approx(72 / 72 * 25.4, abs=0.7)
        assert box.bottom == pytest.approx((841.89 - 700) / 72 * 25.4, abs=2)
    assert find_keyword(data, frames(data), '乙方（签字）').count == 3
    assert find_keyword(data, frames(data), 'CONTRACT no.').count == 3
    assert find_keyword(data, frames(data), '丙方').count == 0
    assert find_keyword(data, frames(data), '甲方', pages=[2]).count == 1
    assert find_keyword(cid_font(), frames(cid_font()), '合同').count == 1


def test_pages_without_text_are_named() -> None:
    data = blank([A4, A4])
    report = find_keyword(data, frames(data), '甲方')
    assert report.count == 0
    assert report.pages_without_text == (1, 2)


def test_split_and_wrapped_text_is_found() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont('Helvetica', 12)
    for index, piece in enumerate(['Sig', 'nature', ' of A']):
        canvas.drawString(100 + [0, 18, 56][index], 500, piece)
    canvas.drawString(400, 300, 'wrapped')
    canvas.drawString(72, 285, 'keyword')
    canvas.save()
    data = out.getvalue()
    assert find_keyword(data, frames(data), 'signature of a').count == 1
    wrapped = find_keyword(data, frames(data), 'wrappedkeyword')
    assert wrapped.count == 1
    # The box of a broken keyword is that of its first line.
    assert wrapped.matches[0].box.x == pytest.approx(400 / 72 * 25.4, abs=1)
    assert wrapped.matches[0].box.height < 7


def test_bad_questions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = text_pdf()
    for word in ('', '  ', 'x' * 101):
        with pytest.raises(PlacementError, match='keyword_invalid'):
            find_keyword(data, frames(data), word)
    with pytest.raises(PlacementError, match='page_missing'):
        find_keyword(data, frames(data), '甲方', pages=[3])
    with pytest.raises(FileRefused, match='unreadable'):
        find_keyword(b'%PDF-1.4 nothing', frames(data), '甲方')
    monkeypatch.setattr(anchors, 'MATCHES_MAX', 1)
    with pytest.raises(PlacementError, match='too_many_matches'):
        find_keyword(data, frames(data), '甲方')


def test_a_keyword_without_boxes_points_at_the_page() -> None:
    """Characters of zero size still give their page."""

    class Zero:
        def get_charbox(self, index: int, *, loose: bool) -> tuple[float, ...]:
            return (0, 0, 0, 0)

    frame = frames(text_pdf())[0]
    original = anchors._character
    try:
        anchors._character = lambda page, index: 'x'
        found = anchors._anchor(Zero(), frame, 1, [0])
    finally:
        anchors._character = original
    assert found.box == frame.to_display(frame.visible)
    assert found.box == Box(0, 0, pytest.approx(210, abs=0.1), pytest.approx(297, abs=0.1))
