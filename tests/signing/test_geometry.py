"""Geometry: displayed millimetres and user space are each other's inverse, whatever the page."""

from __future__ import annotations

import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from signing.errors import FileRefused
from signing.pages.geometry import MM_PER_POINT, Box, PageFrame, Rect, frames_of, walk_pages

from tests.corpus.geometries import A4, GEOMETRIES, blank

frames = st.builds(
    lambda x, y, w, h, turn, unit: PageFrame(Rect(x, y, x + w, y + h), turn, unit),
    st.floats(-2000, 2000),
    st.floats(-2000, 2000),
    st.floats(1, 14400),
    st.floats(1, 14400),
    st.sampled_from([0, 90, 180, 270]),
    st.floats(0.1, 75000),
)
share = st.floats(0, 1)


# R2.6
@given(frames, share, share, share, share)
def test_boxes_round_trip(frame: PageFrame, x: float, y: float, w: float, h: float) -> None:
    box = Box(x * frame.width_mm, y * frame.height_mm, w * frame.width_mm, h * frame.height_mm)
    back = frame.to_display(frame.to_user(box))
    tolerance = 1e-7 * max(frame.width_mm, frame.height_mm, 1) * 100
    for one, other in zip(
        (box.x, box.y, box.width, box.height), (back.x, back.y, back.width, back.height), strict=True
    ):
        assert one == pytest.approx(other, abs=tolerance)


# R2.6
@given(frames, share, share)
def test_the_display_matrix_agrees_with_the_boxes(frame: PageFrame, x: float, y: float) -> None:
    right, down = x * frame.width_mm, y * frame.height_mm
    a, b, c, d, e, f = frame.display_matrix()
    up = frame.height_mm - down
    point = (a * right + c * up + e, b * right + d * up + f)
    expected = frame.to_user(Box(right, down, 0, 0))
    assert point == pytest.approx((expected.llx, expected.lly), abs=1e-5)


@given(frames)
def test_the_whole_page_is_the_visible_box(frame: PageFrame) -> None:
    rect = frame.to_user(Box(0, 0, frame.width_mm, frame.height_mm))
    v = frame.visible
    assert (rect.llx, rect.lly, rect.urx, rect.ury) == pytest.approx((v.llx, v.lly, v.urx, v.ury), abs=1e-6)
    assert frame.contains(Box(0, 0, frame.width_mm, frame.height_mm))
    assert not frame.contains(Box(0, 0, frame.width_mm + 1, frame.height_mm))
    assert not frame.contains(Box(0, 0, 0, 1))
    assert not frame.contains(Box(0, float('inf'), 1, 1))


@pytest.mark.parametrize('name', GEOMETRIES)
def test_both_libraries_read_the_same_frames(name: str) -> None:
    data = blank([GEOMETRIES[name]] * 3)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        expected = frames_of(pdf)
    for document in (PdfFileReader(io.BytesIO(data)), IncrementalPdfFileWriter(io.BytesIO(data))):
        for one, other in zip(frames_of(document), expected, strict=True):
            assert one.rotation == other.rotation
            assert (one.width_mm, one.height_mm) == pytest.approx((other.width_mm, other.height_mm))


def test_known_sizes() -> None:
    a4 = PageFrame(Rect(0, 0, 595.276, 841.89))
    assert (a4.width_mm, a4.height_mm) == pytest.approx((210, 297), abs=0.01)
    turned = PageFrame(Rect(0, 0, 595.276, 841.89), 90)
    assert (turned.width_mm, turned.height_mm) == pytest.approx((297, 210), abs=0.01)
    # Turned clockwise, the page's lower left corner is what the reader sees at the top left.
    assert turned.to_user(Box(0, 0, 10, 20)).llx == 0
    assert turned.to_user(Box(0, 0, 10, 20)).height == pytest.approx(10 / MM_PER_POINT)
    assert Rect(0, 0, 1, 1).intersection(Rect(2, 2, 3, 3)) is None


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('/MediaBox', pikepdf.Array([0, 0, 0, 100])),
        ('/MediaBox', pikepdf.Array([0, 0, pikepdf.String('x'), 9])),
        ('/MediaBox', pikepdf.Array([0, 0])),
        ('/MediaBox', pikepdf.Name.None_),
        ('/Rotate', 45),
        ('/UserUnit', 0),
    ],
)
def test_impossible_pages_are_refused(key: str, value: object) -> None:
    with pikepdf.open(io.BytesIO(blank([A4]))) as pdf:
        pdf.pages[0].obj[key] = value
        with pytest.raises(FileRefused, match='page_tree'):
            frames_of(pdf)


def test_cyclic_and_deep_page_trees_are_refused() -> None:
    with pikepdf.open(io.BytesIO(blank([A4]))) as pdf:
        pdf.Root.Pages.Kids.append(pdf.Root.Pages)
        with pytest.raises(FileRefused, match='page_tree'):
            frames_of(pdf)
    with pikepdf.open(io.BytesIO(blank([A4]))) as pdf:
        for _ in range(70):
            pdf.Root.Pages = pdf.make_indirect(pikepdf.Dictionary(Kids=pikepdf.Array([pdf.Root.Pages])))
        with pytest.raises(FileRefused, match='page_tree'):
            frames_of(pdf)


def test_infinite_boxes_are_refused() -> None:
    class Fake:
        Root = {'/Pages': {'/MediaBox': [0, 0, float('inf'), 9]}}

    with pytest.raises(FileRefused, match='page_tree'):
        walk_pages(Fake())
