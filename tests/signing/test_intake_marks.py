"""Notes and fields at intake: shown as readers show them, or refused by name; never lost, changed or uncovered."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from signing.apart.intake import Intake, inspect
from signing.errors import FileRefused
from signing.pages.mark_shapes import draw
from signing.pages.recheck import looks_differ

from tests.corpus import kinds, marks
from tests.signing.pages_support import poppler_pages, run_here

PLACE = (95, 842 - 395, 305, 842 - 325)  # of the marks, at one pixel a point


def taken(data: bytes) -> Intake:
    """Intake, in the sandbox's code but in this process."""
    return run_here(data)


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return ''.join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()


def assert_nothing_left(data: bytes) -> None:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert '/AcroForm' not in pdf.Root
        assert all('/Annots' not in page.obj for page in pdf.pages)


def place(image: Image.Image) -> np.ndarray:
    return np.asarray(image.crop(PLACE)).astype(int)


# R2.3 R8.1
@pytest.mark.parametrize('kind', marks.DRAWN)
def test_a_note_without_an_appearance_looks_as_before(kind: str) -> None:
    data = marks.DRAWN[kind]()
    result = taken(data)
    assert 'notes_flattened' in result.warnings
    before, after = poppler_pages(data)[0], poppler_pages(result.data)[0]
    assert (place(before) < 200).any()
    assert (place(after) < 200).any()
    assert not looks_differ(before, after)
    assert_nothing_left(result.data)


@pytest.mark.parametrize('kind', marks.LIKE_READERS)
def test_a_note_that_every_reader_draws_its_own_way_is_drawn(kind: str) -> None:
    result = taken(marks.LIKE_READERS[kind]())
    assert (place(poppler_pages(result.data)[0]) < 200).any()
    assert_nothing_left(result.data)
    assert ('补充条款：价格五百元' in text_of(result.data)) == (kind == 'free_text_chinese')
    assert ('note_texts_removed' in result.warnings) == (kind == 'note')


@pytest.mark.parametrize('kind', marks.REFUSED)
def test_a_mark_that_cannot_be_drawn_is_named(kind: str) -> None:
    maker, name = marks.REFUSED[kind]
    with pytest.raises(FileRefused) as caught:
        taken(maker())
    assert caught.value.code == 'mark_not_drawn'
    assert caught.value.details == {'page': 1, 'mark': name}


@pytest.mark.parametrize('kind', marks.LAYERS)
def test_what_no_screen_shows_stays_unseen(kind: str) -> None:
    maker, seen = marks.LAYERS[kind]
    result = taken(maker())
    assert ((place(poppler_pages(result.data)[0])[:, :, 1] < 60).any()) == seen
    assert ('hidden_removed' in result.warnings) != seen


@pytest.mark.parametrize('kind', marks.VALUES)
def test_a_field_shows_its_value(kind: str) -> None:
    maker, wanted, unwanted = marks.VALUES[kind]
    result = taken(maker())
    found = text_of(result.data)
    assert wanted.replace(' ', '') in found
    assert not unwanted or unwanted not in found.replace(wanted.replace(' ', ''), '')
    assert 'form_flattened' in result.warnings
    assert_nothing_left(result.data)


@pytest.mark.parametrize('kind', marks.BOXES)
def test_a_box_is_ticked_as_it_was(kind: str) -> None:
    maker, ticked = marks.BOXES[kind]
    assert (place(poppler_pages(taken(maker()).data)[0]) < 128).any() == ticked


@pytest.mark.parametrize('kind', marks.FIELDS_REFUSED)
def test_a_field_that_readers_show_in_two_ways_is_refused_by_name(kind: str) -> None:
    with pytest.raises(FileRefused) as caught:
        taken(marks.FIELDS_REFUSED[kind]())
    assert caught.value.code == 'form_not_drawn'
    assert caught.value.details == {'field': 'field', 'page': 1}


def drawn(**entries: object) -> bytes:
    """What is drawn for a line of these entries, as operators."""
    named = {f'/{key}': value for key, value in entries.items()}
    mark = Dictionary({'/Subtype': Name.Line, '/Rect': Array(marks.RECT), '/L': Array([110, 340, 290, 370]), **named})
    pdf = pikepdf.new()
    return draw(mark).form(pdf).read_bytes()


def test_every_line_ending_is_drawn() -> None:
    plain = drawn()
    names = ('OpenArrow', 'ClosedArrow', 'ROpenArrow', 'RClosedArrow', 'Butt', 'Slash', 'Diamond', 'Square', 'Circle')
    looks = {drawn(LE=Array([Name(f'/{name}'), Name('/None')]), IC=marks.YELLOW) for name in names}
    assert len(looks | {plain}) == len(names) + 1
    with pytest.raises(ValueError, match='ending'):
        drawn(LE=Array([Name.Star, Name.Star]))


def test_colours_borders_and_opacity_are_read() -> None:
    assert drawn(C=Array([])) != drawn()
    for entries in (
        {'C': Array([0.5])},
        {'C': Array([1, 0, 0, 0])},
        {'Border': Array([0, 0, 4])},
        {'Border': Array([0, 0, 4, Array([3, 1])])},
        {'CA': 0.5},
    ):
        assert drawn(**entries) != drawn(), entries
    shape = {'Subtype': Name.Polygon, 'Vertices': Array([1, 1, 9, 9, 9, 1])}
    assert drawn(**shape, C=Array([]), IC=marks.YELLOW) != drawn(**shape, C=Array([]))
    assert drawn(Subtype=Name.Highlight) != drawn(Subtype=Name.Underline)
    assert drawn(Subtype=Name.Ink, InkList=Array([Array([5, 5])]))
    ground = {'Subtype': Name.FreeText, 'Contents': String('x')}
    assert drawn(**ground, C=marks.YELLOW) != drawn(**ground)
    with pytest.raises(ValueError, match='area'):
        drawn(Subtype=Name.Square, RD=Array([200, 0, 200, 0]))


def test_the_sandbox_draws_as_well() -> None:
    """The fonts are found from the sandbox's bare environment."""
    assert '月薪九千元' in text_of(inspect(marks.VALUES['chinese'][0]()).data)


def test_one_short_stroke_on_a_full_page_is_seen() -> None:
    page = poppler_pages(kinds.text_pdf(), 144)[0]
    for change in ('stroke', 'colour', 'dot'):
        other = page.copy()
        if change == 'stroke':
            other.paste((0, 0, 0), (240, 278, 280, 280))
        elif change == 'dot':
            other.paste((0, 0, 0), (400, 600, 404, 604))
        else:
            other.paste((255, 0, 0), (144, 1120, 180, 1126))
        assert looks_differ(page, other), change
    assert not looks_differ(page, page)
