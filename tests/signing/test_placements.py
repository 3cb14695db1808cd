"""Placements on paper: where the ink is, that it stands upright, that slices join."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import time

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing.acts.act import Act
from signing.acts.sign import sign
from signing.acts.signatory import Level
from signing.acts.verify import verify
from signing.errors import PlacementError
from signing.pages.appearances import Appearances
from signing.pages.artwork import Artwork
from signing.pages.fields import place_fields
from signing.pages.geometry import Box, PageFrame, Rect, frames_of
from signing.pages.placements import Placement, PlacementKind, plan_fields, slice_groups

from tests.corpus.geometries import A4, GEOMETRIES, MIXED, blank
from tests.signing.acts_support import World
from tests.signing.pages_support import PX_PER_MM, corner_art, ink_box, render, stamp

ART = {'seal': corner_art()}
GREEN, RED, BLUE = (0, 255, 0), (255, 0, 0), (0, 0, 255)


def colour_at(pixels: np.ndarray, x_mm: float, y_mm: float) -> tuple[int, ...]:
    row, column = int(y_mm * PX_PER_MM), int(x_mm * PX_PER_MM)
    return tuple(int(v) for v in pixels[row, column])


# R2.6 R3.2 R3.5
@pytest.mark.parametrize('name', GEOMETRIES)
def test_ink_is_where_the_placement_says_and_upright(name: str) -> None:
    geometry = GEOMETRIES[name]
    box = Box(61.3, 72.7, 40, 30)
    data = stamp(blank([geometry]), [Placement(PlacementKind.SEAL, 1, box, 'seal')], ART)
    pixels = render(data, 0)
    frame = frames_of(pikepdf.open(io.BytesIO(data)))[0]
    assert pixels.shape[1] / PX_PER_MM == pytest.approx(frame.width_mm, abs=0.5)
    assert pixels.shape[0] / PX_PER_MM == pytest.approx(frame.height_mm, abs=0.5)
    assert ink_box(pixels) == pytest.approx((box.x, box.y, box.right, box.bottom), abs=0.5)
    assert colour_at(pixels, box.x + 3, box.y + 3) == GREEN
    assert colour_at(pixels, box.right - 3, box.bottom - 3) == BLUE
    assert colour_at(pixels, box.right - 3, box.y + 3) == RED
    assert colour_at(pixels, box.x + 3, box.bottom - 3) == RED


# R2.6
def test_inherited_page_attributes_count() -> None:
    geometry = GEOMETRIES['crop_rotate_90']
    data = blank([geometry, geometry], inherited=True)
    own = frames_of(pikepdf.open(io.BytesIO(blank([geometry, geometry]))))
    assert frames_of(pikepdf.open(io.BytesIO(data))) == own
    assert frames_of(IncrementalPdfFileWriter(io.BytesIO(data))) == own


# R2.6
def test_art_keeps_its_proportions_in_a_box_of_another_shape() -> None:
    box = Box(20, 20, 80, 30)
    pixels = render(stamp(blank([A4]), [Placement(PlacementKind.SEAL, 1, box, 'seal')], ART), 0)
    assert ink_box(pixels) == pytest.approx((40, 20, 80, 50), abs=0.5)


@pytest.fixture(scope='module')
def world() -> World:
    return World()


def signed(world: World, source: bytes, placements: list[Placement], arts: dict[str, Artwork]) -> bytes:
    """The source with all placements in one act: one operation of the key, and a sound result."""
    with pikepdf.open(io.BytesIO(source)) as document:
        plans = tuple(plan_fields(frames_of(document), placements, prefix='p1.a1'))
    signatory = world.signatory(level=Level.B_B)
    act = Act(plans=plans, artworks=arts, consent=None, base_sha256=hashlib.sha256(source).hexdigest())
    content = sign(source, act, signatory).content
    assert signatory.key.operations == 1
    verdict = verify(content, world.trust())
    assert verdict.genuine and len(verdict.signatures) == 1
    assert len(verdict.signatures[0].fields) == len(plans)
    return content


# R3.2 R3.5 R8.1
def test_several_seals_and_dates_of_one_act_stand_where_they_should(world: World) -> None:
    boxes = {
        ('seal', PlacementKind.SEAL, 1): [Box(20, 30, 40, 30), Box(120, 100, 40, 30)],
        ('date', PlacementKind.DATE, 1): [Box(70, 40, 40, 30), Box(20, 110, 40, 30)],
        ('seal', PlacementKind.SEAL, 2): [Box(10, 10, 40, 30)],
    }
    placements = [Placement(kind, page, box, art) for (art, kind, page), all_ in boxes.items() for box in all_]
    arts = {'seal': ART['seal'], 'date': ART['seal']}
    geometries = [GEOMETRIES['crop_rotate_90'], A4]
    data = signed(world, blank(geometries), placements, arts)
    for page in (1, 2):
        pixels = render(data, page - 1)
        for placement in (one for one in placements if one.page == page):
            box = placement.box
            left, top = int((box.x - 4) * PX_PER_MM), int((box.y - 4) * PX_PER_MM)
            around = pixels[top : int((box.bottom + 4) * PX_PER_MM), left : int((box.right + 4) * PX_PER_MM)]
            x, y = left / PX_PER_MM, top / PX_PER_MM
            wanted = (box.x - x, box.y - y, box.right - x, box.bottom - y)
            assert ink_box(around) == pytest.approx(wanted, abs=0.5)
            assert colour_at(pixels, box.x + 3, box.y + 3) == GREEN
            assert colour_at(pixels, box.right - 3, box.bottom - 3) == BLUE


# R3.6 R8.1
@pytest.mark.parametrize('pages', [1, 2, 10, 37, 200])
def test_slices_join_to_the_whole_seal(pages: int, world: World) -> None:
    geometries = [MIXED[index % len(MIXED)] for index in range(pages)]
    seal = Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 55, 40, 30), 'seal')
    data = signed(world, blank(geometries), [seal], ART)
    assert sum(slice_groups(pages)) == pages
    page = 0
    whole = render(stamp(blank([A4]), [Placement(PlacementKind.SEAL, 1, Box(0, 55, 40, 30), 'seal')], ART), 0)
    top, height = round(55 * PX_PER_MM), round(30 * PX_PER_MM)
    expected = whole[top : top + height, : round(40 * PX_PER_MM)]
    for count in slice_groups(pages):
        strips = []
        for position in range(count):
            pixels = render(data, page)
            left, upper, right, lower = ink_box(pixels)
            assert (upper, lower) == pytest.approx((55, 85), abs=0.5), page
            assert right == pytest.approx(pixels.shape[1] / PX_PER_MM, abs=0.5), page
            assert right - left == pytest.approx(40 / count, abs=0.5), page
            edge = pixels.shape[1] - round(40 / count * PX_PER_MM)
            strips.append((position, pixels[top : top + height, edge:]))
            page += 1
        joined = np.concatenate([strip for _, strip in strips], axis=1)
        # Each column of the joined strips shows the column of the whole seal at the same place.
        columns = np.linspace(0, expected.shape[1] - 1, joined.shape[1]).round().astype(int)
        different = (np.abs(joined - expected[:, columns]) > 80).any(axis=2).mean()
        assert different < 0.06, different
    assert page == pages


# R3.6
def test_groups_have_ten_to_twenty_pages_and_repeat() -> None:
    assert slice_groups(20) == [20]
    assert slice_groups(21) == [11, 10]
    assert slice_groups(37) == [19, 18]
    for pages in range(1, 1200):
        groups = slice_groups(pages)
        assert sum(groups) == pages
        assert all(10 <= size <= 20 for size in groups) or (pages < 10 and groups == [pages])


# R3.6
def test_cross_page_range_and_short_pages() -> None:
    frames = [PageFrame(Rect(0, 0, 595, 842))] * 4 + [PageFrame(Rect(0, 0, 842, 595))]
    low = Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 250, 40, 40), 'seal', first_page=2, last_page=-1)
    plans = plan_fields(frames, [low], prefix='x')
    assert [plan.page_index for plan in plans] == [1, 2, 3, 4]
    assert [plan.slice for plan in plans] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    # The landscape page is too short for 250 mm: the slice moves up to its lower edge.
    assert frames[4].to_display(plans[3].rect).bottom == pytest.approx(frames[4].height_mm, abs=1e-6)
    assert frames[3].to_display(plans[2].rect).y == pytest.approx(250, abs=1e-6)
    tiny = [PageFrame(Rect(0, 0, 595, 842)), PageFrame(Rect(0, 0, 595, 100))]
    with pytest.raises(PlacementError, match='outside_page'):
        plan_fields(tiny, [Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 10, 40, 40), 's')], prefix='x')
    with pytest.raises(PlacementError, match='page_range'):
        plan_fields(frames, [Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 9, 9, 9), 's', 4, 3)], prefix='x')


# R2.6
@pytest.mark.parametrize(
    ('placement', 'code'),
    [
        (Placement(PlacementKind.SEAL, 3, Box(1, 1, 9, 9), 's'), 'page_missing'),
        (Placement(PlacementKind.SEAL, 0, Box(1, 1, 9, 9), 's'), 'page_missing'),
        (Placement(PlacementKind.SEAL, -2, Box(1, 1, 9, 9), 's'), 'page_missing'),
        (Placement(PlacementKind.SEAL, 1, Box(205, 1, 9, 9), 's'), 'outside_page'),
        (Placement(PlacementKind.DATE, -1, Box(1, 290, 9, 9), 's'), 'outside_page'),
        (Placement(PlacementKind.DATE, 1, Box(-1, 1, 9, 9), 's'), 'outside_page'),
        (Placement(PlacementKind.SEAL, 1, Box(float('nan'), 1, 9, 9), 's'), 'outside_page'),
        (Placement(PlacementKind.SEAL, 1, Box(1, 1, 0, 9), 's'), 'box_invalid'),
        (Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 1, 300, 9), 's'), 'outside_page'),
    ],
)
def test_impossible_placements_are_refused(placement: Placement, code: str) -> None:
    frames = frames_of(pikepdf.open(io.BytesIO(blank([A4, A4]))))
    with pytest.raises(PlacementError) as caught:
        plan_fields(frames, [placement], prefix='x')
    assert caught.value.code == code
    assert caught.value.details['placement'] == 0


def test_names_are_hierarchical_and_unique() -> None:
    frames = frames_of(pikepdf.open(io.BytesIO(blank([A4] * 3))))
    seal = Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 's')
    cross = Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 1, 30, 30), 's')
    plans = plan_fields(frames, [seal, seal, cross, cross], prefix='party1.act2')
    names = [plan.name for plan in plans]
    assert len(set(names)) == 8
    assert all(name.startswith('party1.act2.') for name in names)
    for bad in ('', 'a..b', '.a'):
        with pytest.raises(PlacementError, match='prefix_invalid'):
            plan_fields(frames, [seal], prefix=bad)


def test_a_taken_field_name_is_refused_and_groups_are_shared() -> None:
    seal = Placement(PlacementKind.SEAL, 1, Box(10, 10, 40, 30), 'seal')
    once = stamp(blank([A4]), [seal], ART)
    with pytest.raises(PlacementError, match='field_exists'):
        stamp(once, [seal], ART)
    twice = stamp(once, [seal], ART, prefix='p1.a2')
    document = pikepdf.open(io.BytesIO(twice))
    fields = document.Root.AcroForm.Fields
    assert [str(field.T) for field in fields] == ['p1']
    assert [str(kid.T) for kid in fields[0].Kids] == ['a1', 'a2']
    with pytest.raises(PlacementError, match='field_exists'):
        stamp(once, [seal], ART, prefix='p1.a1.seal1')


def test_a_picture_used_again_leaves_nothing_of_its_earlier_use() -> None:
    arts = {f'seal{number}': Artwork(ART['seal'].pdf + b'\n' * number, 40, 30) for number in range(20)}
    for art in [*arts, *arts]:
        seal = Placement(PlacementKind.SEAL, 1, Box(10, 10, 40, 30), art)
        source = blank([A4])
        # A stale entry of an earlier use would make it longer; the bytes differ by the time of the change.
        sizes = [len(stamp(source, [seal], arts)) - len(source) for _ in range(2)]
        assert sizes[0] == sizes[1] > 1000


def test_unreadable_art_is_named() -> None:
    with pytest.raises(PlacementError, match='art_unreadable'):
        seal = Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 'bad')
        stamp(blank([A4]), [seal], {'bad': Artwork(b'%PDF-1.7 nothing', 9, 9)})


frames_strategy = st.builds(
    lambda x, y, w, h, turn, unit: PageFrame(Rect(x, y, x + w, y + h), turn, unit),
    st.floats(-1000, 1000),
    st.floats(-1000, 1000),
    st.floats(20, 3000),
    st.floats(20, 3000),
    st.sampled_from([0, 90, 180, 270]),
    st.floats(0.2, 10),
)
lengths = st.floats(-50, 1200, allow_nan=False)


# R2.6
@given(frames_strategy, lengths, lengths, lengths, lengths)
def test_placements_never_leave_the_visible_page(
    frame: PageFrame, x: float, y: float, width: float, height: float
) -> None:
    for kind in PlacementKind:
        placement = Placement(kind, 1, Box(x, y, width, height), 's')
        try:
            plans = plan_fields([frame] * 12, [placement], prefix='x')
        except PlacementError:
            continue
        for plan in plans:
            assert frame.visible.llx <= plan.rect.llx <= plan.rect.urx <= frame.visible.urx
            assert frame.visible.lly <= plan.rect.lly <= plan.rect.ury <= frame.visible.ury


# R3.6
def test_a_thousand_pages_are_planned_and_built_quickly() -> None:
    data = blank([A4] * 1000)
    cross = Placement(PlacementKind.CROSS_PAGE, 1, Box(0, 100, 40, 30), 'seal')
    started = time.process_time()
    result = stamp(data, [cross], ART)
    assert time.process_time() - started < 1.5
    # Slices share one picture and equal slices one form: the file grows by about a field a page.
    assert len(result) - len(data) < 700_000


def test_fields_are_added_to_existing_annotations() -> None:
    pdf = pikepdf.open(io.BytesIO(blank([A4, A4])))
    link = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9]))
    pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([link]))
    pdf.pages[1].Annots = pikepdf.Array([link])
    out = io.BytesIO()
    pdf.save(out)
    box = Box(10, 10, 40, 30)
    placements = [Placement(PlacementKind.SEAL, page, box, 'seal') for page in (1, 2)]
    result = pikepdf.open(io.BytesIO(stamp(out.getvalue(), placements, ART)))
    assert [len(page.Annots) for page in result.pages] == [2, 2]


def test_the_extra_entries_go_into_the_field() -> None:
    from pyhanko.pdf_utils.generic import NumberObject

    writer = IncrementalPdfFileWriter(io.BytesIO(blank([A4])))
    frames = frames_of(writer)
    plans = plan_fields(frames, [Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 's')], prefix='x')
    (reference,) = place_fields(writer, plans, extra=lambda plan: {'/Ff': NumberObject(1)})
    assert reference.get_object()['/Ff'] == 1
    make = Appearances(writer, frames)
    assert make.normal(plans[0], ART['seal']) is make.normal(plans[0], ART['seal'])


# R3.2
def test_print_below_a_seal_stays_readable() -> None:
    pdf = pikepdf.open(io.BytesIO(blank([A4])))
    pdf.pages[0].Contents = pdf.make_stream(b'0 g 100 600 300 20 re f')
    out = io.BytesIO()
    pdf.save(out)
    data = stamp(out.getvalue(), [Placement(PlacementKind.SEAL, 1, Box(50, 60, 40, 40), 'seal')], ART)
    below = render(data, 0)[int((841.89 - 610) * 2), int(70 * PX_PER_MM)]
    assert (below < 40).all()


@pytest.mark.parametrize(
    'form',
    [
        pikepdf.Array([]),
        pikepdf.Dictionary(Fields=pikepdf.Dictionary()),
    ],
)
def test_a_damaged_form_is_refused(form: pikepdf.Object) -> None:
    pdf = pikepdf.open(io.BytesIO(blank([A4])))
    pdf.Root.AcroForm = form
    out = io.BytesIO()
    pdf.save(out)
    seal = Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 'seal')
    with pytest.raises(PlacementError, match='form_unreadable'):
        stamp(out.getvalue(), [seal], ART)


def test_existing_forms_keep_their_fields_and_flags() -> None:
    pdf = pikepdf.open(io.BytesIO(blank([A4])))
    nameless = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx))
    direct = pikepdf.Dictionary(T=pikepdf.String('direct'), FT=pikepdf.Name.Tx)
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([nameless, direct]), SigFlags=1)
    out = io.BytesIO()
    pdf.save(out)
    seal = Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 'seal')
    with pikepdf.open(io.BytesIO(stamp(out.getvalue(), [seal], ART))) as result:
        assert len(result.Root.AcroForm.Fields) == 3
        assert int(result.Root.AcroForm.SigFlags) == 3


def test_a_form_without_a_list_of_fields_gets_one() -> None:
    pdf = pikepdf.open(io.BytesIO(blank([A4])))
    pdf.Root.AcroForm = pikepdf.Dictionary(DA=pikepdf.String('/Helv 0 Tf'))
    out = io.BytesIO()
    pdf.save(out)
    writer = IncrementalPdfFileWriter(io.BytesIO(out.getvalue()))
    plan = plan_fields(frames_of(writer), [Placement(PlacementKind.SEAL, 1, Box(1, 1, 9, 9), 's')], prefix='x')[0]
    # A plan may bear a bare name: its field hangs under the form itself.
    (reference,) = place_fields(writer, [dataclasses.replace(plan, name='alone')])
    assert '/Parent' not in reference.get_object()
    assert len(writer.root['/AcroForm']['/Fields']) == 1
