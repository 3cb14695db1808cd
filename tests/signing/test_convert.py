"""Office documents: converted where LibreOffice is, refused with a reason where it is not."""

from __future__ import annotations

import io
import re
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import ImageChops
from signing.apart import examine
from signing.apart.intake import DEFAULT_LIMITS, inspect
from signing.errors import FileRefused
from signing.pages import convert
from signing.pages.convert import offered_formats, office_to_pdf
from signing.pages.office_notes import office_notes
from signing.pages.office_profile import fontconfig
from signing.pages.recheck import looks_differ, render_pages

_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml'
    '/2006/main"><w:body><w:p><w:r><w:t>劳动合同 Contract</w:t></w:r></w:p></w:body></w:document>'
)
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006'
    '/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships'
    '/officeDocument" Target="word/document.xml"/></Relationships>'
)


def word(body: str = '', comments: str = '') -> bytes:
    """A Word file of a line, or of this body."""
    document = re.sub('<w:body>.*</w:body>', lambda _: f'<w:body>{body}</w:body>', _DOCUMENT) if body else _DOCUMENT
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        archive.writestr('[Content_Types].xml', _TYPES)
        archive.writestr('_rels/.rels', _RELATIONS)
        archive.writestr('word/document.xml', document)
        if comments:
            archive.writestr('word/comments.xml', comments)
    return out.getvalue()


@pytest.mark.skipif(convert.office() is None, reason='LibreOffice is not installed')
def test_word_becomes_a_pdf_that_intake_accepts() -> None:
    assert 'docx' in offered_formats()
    result = inspect(office_to_pdf(word(), 'docx', seconds=120))
    assert result.pages == 1
    assert result.has_text


# R2.3
@pytest.mark.skipif(convert.office() is None, reason='LibreOffice is not installed')
def test_song_fangsong_hei_and_kai_are_told_apart() -> None:
    """Each class of Chinese fonts gets one face, whatever name asks for it; no mark of a language means Chinese."""
    names = ('宋体', 'SimSun', '仿宋_GB2312', '仿宋', '黑体', 'SimHei', '楷体_GB2312', 'KaiTi')
    run = '<w:p><w:r><w:rPr><w:rFonts w:eastAsia="{0}" w:ascii="{0}"/></w:rPr><w:t>合同直角骨</w:t></w:r></w:p>'
    document = word(''.join(run.format(name) for name in names) + '<w:p><w:r><w:t>直角骨</w:t></w:r></w:p>')
    pdf = pypdfium2.PdfDocument(office_to_pdf(document, 'docx', seconds=200))
    faces = []
    for item in pdf[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
        font = item.get_font().get_base_name()
        if not faces or faces[-1] != font:
            faces.append(font)
    pdf.close()
    # Two names of a class, one face; four classes, four faces; the text that asks for nothing is in one of them.
    assert len(faces[:4]) == len(set(faces[:4])) == 4, faces
    assert set(faces) == set(faces[:4])
    assert [next(word for word in ('Serif', 'Light', 'Sans', 'Regular') if word in face) for face in faces[:4]] == [
        'Serif', 'Light', 'Sans', 'Regular',
    ], faces  # fmt: skip


def test_other_regions_shapes_are_kept_out(tmp_path: Path) -> None:
    rules = fontconfig([Path('/fonts')], tmp_path)
    assert '<dir>/fonts</dir>' in rules
    for region in ('JP', 'KR'):
        assert f'<string>Noto Serif CJK {region}</string>' in rules


@pytest.mark.parametrize(
    ('body', 'codes'),
    [
        ('<w:p><w:ins w:id="1"><w:r/></w:ins></w:p>', ['tracked_changes']),
        ('<w:p><w:del w:id="1"><w:r/></w:del></w:p>', ['tracked_changes']),
        ('<w:p><w:moveTo w:id="1"/></w:p>', ['tracked_changes']),
        ('<w:instrText xml:space="preserve"> DATE \\@ "yyyy" </w:instrText>', ['changing_fields']),
        ('<w:fldSimple w:instr=" TIME "/>', ['changing_fields']),
        ('<w:instrText> PAGE </w:instrText><w:insideH/><w:commentRangeStart w:id="0"/>', []),
    ],
)
def test_what_word_would_change_is_noticed(body: str, codes: list[str]) -> None:
    assert office_notes(word(body), 'docx') == codes


def test_comments_and_other_formats_are_noticed() -> None:
    assert office_notes(word('', comments='<w:comments><w:comment w:id="0"/></w:comments>'), 'docx') == [
        'comments_left_out'
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        archive.writestr(
            'content.xml',
            '<text:tracked-changes><text:insertion/></text:tracked-changes><text:date text:date-value="x"/>'
            '<office:annotation office:name="a"/>',
        )
    assert office_notes(out.getvalue(), 'odt') == ['changing_fields', 'comments_left_out', 'tracked_changes']
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        archive.writestr('content.xml', '<text:date text:fixed="true" text:date-value="x"/>')
    assert office_notes(out.getvalue(), 'odt') == []
    assert office_notes(rb'{\rtf1 {\deleted old}{\field{\*\fldinst { DATE }}}}', 'rtf') == [
        'changing_fields',
        'tracked_changes',
    ]
    assert office_notes(b'\xd0\xcf\x11\xe0', 'doc') == ['office_unread']
    assert office_notes(word()[:200], 'docx') == []


@pytest.mark.skipif(convert.office() is None, reason='LibreOffice is not installed')
def test_chinese_is_drawn_and_not_only_boxes() -> None:
    """They come from a font that has them: from any other they would all be the same box."""
    with pikepdf.open(io.BytesIO(office_to_pdf(word(), 'docx', seconds=120))) as pdf:
        fonts = pdf.pages[0].Resources.Font
        names = {str(fonts[name].BaseFont) for name in fonts}
    assert any('CJK' in name or 'WenKai' in name or 'Han' in name for name in names), names


def test_without_libreoffice_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert.shutil, 'which', lambda name: None)
    assert offered_formats() == frozenset()
    with pytest.raises(FileRefused, match='format_not_offered'):
        office_to_pdf(word(), 'docx')


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    program = tmp_path / 'soffice'
    program.write_text(f'#!/bin/sh\n{body}\n')
    program.chmod(0o755)
    monkeypatch.setattr(convert, 'office', lambda: str(program))


def test_refusals_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, 'exit 1')
    for data, extension, code in [
        (b'x', 'exe', 'format_not_offered'),
        (b'', 'docx', 'empty'),
        (b'x', 'docx', 'not_convertible'),
    ]:
        with pytest.raises(FileRefused, match=code):
            office_to_pdf(data, extension)
    monkeypatch.setattr(convert, 'MAX_BYTES', 3)
    with pytest.raises(FileRefused, match='too_large'):
        office_to_pdf(b'xxxx', 'docx')


@pytest.mark.parametrize(
    ('data', 'extension', 'taken'),
    [
        (word(), 'docx', True),
        (word(), 'doc', True),
        (word(), 'odt', False),
        (word()[:300], 'docx', False),
        (word()[:-30], 'docx', False),
        (b'plain text', 'docx', False),
        (b'plain text', 'doc', False),
        (b'PK\x03\x04', 'wps', False),
        (b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'wps', True),
        (b'{\\rtf1}', 'doc', True),
        (b'{\\rtf1}', 'docx', False),
        (b'rtf', 'rtf', False),
    ],
)
def test_content_is_what_its_name_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, extension: str, taken: bool
) -> None:
    """A damaged file is not made into pages of gibberish, which somebody might sign."""
    fake(tmp_path, monkeypatch, 'for last; do :; done; printf done > "$(dirname "$last")/document.pdf"')
    if taken:
        assert office_to_pdf(data, extension) == b'done'
    else:
        with pytest.raises(FileRefused, match='not_convertible'):
            office_to_pdf(data, extension)


def test_a_hanging_conversion_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, 'sleep 60 & sleep 60')
    started = time.monotonic()
    with pytest.raises(FileRefused, match='too_slow'):
        office_to_pdf(b'{\\rtf1}', 'rtf', seconds=1)
    assert time.monotonic() - started < 10


# R2.3
@pytest.mark.skipif(convert.office() is None, reason='LibreOffice is not installed')
def test_what_is_left_of_an_office_file_is_compared_by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """What LibreOffice made is kept byte by byte; where cleaning rewrites it, a sign lost on the way is refused."""
    made, limits = office_to_pdf(word(), 'docx', seconds=120), asdict(DEFAULT_LIMITS)
    assert not inspect(made).rewritten
    monkeypatch.setattr(examine, 'clean', lambda _pdf: {'actions'})
    _facts, output = examine.examine(made, limits, unlock=False, flatten=True)
    before, after = (next(render_pages(one, 1, {0: 842}, marks=True)) for one in (made, output))
    assert output != made
    assert not looks_differ(before, after)
    _left, top, right, bottom = ImageChops.invert(before).getbbox()
    saved = examine._saved

    def losing(pdf: pikepdf.Pdf) -> bytes:
        """All signs but the last few points of the line."""
        page = pdf.pages[0]
        scale = float(page.mediabox[3]) / before.height
        box = (right - 6) * scale, float(page.mediabox[3]) - bottom * scale, 8, (bottom - top) * scale
        page.contents_add(pdf.make_stream(b'q'), prepend=True)
        page.contents_add(pdf.make_stream(b'Q 1 1 1 rg %.2f %.2f %.2f %.2f re f' % box))
        return saved(pdf)

    monkeypatch.setattr(examine, '_saved', losing)
    with pytest.raises(FileRefused) as refused:
        examine.examine(made, limits, unlock=False, flatten=True)
    assert refused.value.code == 'changed_by_rewrite'
