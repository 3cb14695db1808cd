"""Changed places are marked where they are, in millimetres of the page as displayed."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from signing.acts import places
from signing.acts.places import marked
from signing.acts.prepare import LaunchMode
from signing.acts.verdict import ChangeKind, Verdict
from signing.acts.verify import verify
from signing.apart.findings import from_json, to_json

from tests.corpus.geometries import GEOMETRIES, blank
from tests.signing import acts_forgeries as forgeries
from tests.signing.acts_cases import Contract
from tests.signing.acts_support import World

MM = 25.4 / 72
HEIGHT = 842 * MM


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def contract(world) -> Contract:
    return Contract(world, LaunchMode.CERTIFIED).all_sign()


def places_of(world, content):
    verdict = marked(content, verify(content, world.trust()))
    assert from_json(Verdict, to_json(verdict)) == verdict
    return [
        (sheet.page, mark.kind, (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height))
        for sheet in verdict.sheets
        for mark in sheet.marks
    ]


def user(llx, lly, urx, ury):
    """A box in points from the bottom of an A4 page, in millimetres from its top."""
    return pytest.approx((llx * MM, HEIGHT - ury * MM, urx * MM, HEIGHT - lly * MM), abs=0.2)


SEAL = (20, 20, 62, 62)  # of the first party, in millimetres as placed
K = ChangeKind
EXPECTED = {
    forgeries.add_annotation: [(1, K.ANNOTATION, user(10, 10, 200, 60))],
    forgeries.move_seal: [(1, K.SEAL_MOVED, user(300, 300, 400, 400)), (1, K.SEAL_MOVED, pytest.approx(SEAL, abs=0.2))],
    forgeries.swap_seal: [(1, K.SEAL_SWAPPED, pytest.approx(SEAL, abs=0.2))],
    forgeries.redraw_seal: [(1, K.SEAL_SWAPPED, pytest.approx(SEAL, abs=0.2))],
    forgeries.remove_value: [(1, K.SIGNATURE_REMOVED, pytest.approx(SEAL, abs=0.2))],
    forgeries.add_text_field: [(1, K.FIELD_ADDED, user(10, 10, 90, 30))],
    forgeries.add_signature_field: [(1, K.FIELD_ADDED, user(10, 10, 90, 30))],
    forgeries.reuse_signature: [(1, K.SIGNATURE_REUSED, user(10, 10, 90, 30))],
    forgeries.copy_signature: [(1, K.SIGNATURE_REUSED, user(10, 10, 90, 30))],
    forgeries.add_page: [(3, K.CONTENT, user(0, 0, 595, 842))],
}


@pytest.mark.parametrize('attack', EXPECTED, ids=[one.__name__ for one in EXPECTED])
def test_fields_notes_and_pages(world, contract, attack):  # R4.1
    found = places_of(world, forgeries.edited(contract.content, attack))
    for place in EXPECTED[attack]:
        assert place in found, found


def test_an_added_text_is_found_by_its_look(world, contract):  # R4.1
    found = places_of(world, forgeries.edited(contract.content, forgeries.edit_content))
    ((page, kind, (left, top, right, bottom)),) = found
    assert (page, kind) == (1, K.CONTENT)
    assert left <= 72 * MM and right >= 72 * MM + 20
    assert top <= HEIGHT - 510 * MM and bottom >= HEIGHT - 500 * MM
    assert right - left < 60 and bottom - top < 20


def test_each_changed_place_of_a_page_is_marked_by_itself(world, contract):
    def twice(writer):
        body = forgeries.page(writer)
        text = b'BT /F1 12 Tf 72 600 Td (one) Tj ET BT /F1 12 Tf 400 200 Td (two) Tj ET'
        stream = writer.add_object(generic.StreamObject(stream_data=text))
        body['/Contents'] = generic.ArrayObject([body.raw_get('/Contents'), stream])
        writer.update_container(body)

    found = places_of(world, forgeries.edited(contract.content, twice))
    assert len(found) == 2 and {kind for _, kind, _ in found} == {K.CONTENT}


def test_all_seals_of_an_unlinked_form(world, contract):
    found = places_of(world, forgeries.edited(contract.content, forgeries.unlink_form))
    assert {page for page, _, _ in found} == {1, 2}
    assert (1, K.SIGNATURE_REMOVED, pytest.approx(SEAL, abs=0.2)) in found


@pytest.mark.parametrize('name', ['rotate_90', 'crop_rotate_90', 'user_unit'])
def test_pages_that_are_turned_or_scaled(world, name):
    if name not in GEOMETRIES:
        pytest.fail(f'no such page: {sorted(GEOMETRIES)}')
    source = blank([GEOMETRIES[name]])
    contract = Contract(world, LaunchMode.FREE, parties=1, source=source).all_sign()
    field = min(name for name in contract.signed[0].fields[0] if 'seal' in name)

    def swap(writer):
        body = forgeries.seal_field(writer, field).body
        body['/AP'] = generic.DictionaryObject()
        writer.mark_update(forgeries.seal_field(writer, field).reference)

    found = places_of(world, forgeries.edited(contract.content, swap))
    assert (1, K.SEAL_SWAPPED, pytest.approx(SEAL, abs=0.2)) in found


def test_nothing_is_marked_where_nothing_can_be_told(world, contract):
    assert places_of(world, contract.content) == []
    index = contract.content.index(b'/MediaBox')
    flipped = contract.content[:index] + contract.content[index:].replace(b'595', b'596', 1)
    assert verify(flipped, world.trust()).changes and places_of(world, flipped) == []
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(contract.content)) as document:
        document.save(out)
    assert places_of(world, out.getvalue()) == []


def test_a_picture_that_fails_costs_no_verdict(world, contract, monkeypatch):
    forged = forgeries.edited(contract.content, forgeries.edit_content)
    verdict = verify(forged, world.trust())
    monkeypatch.setattr(places, '_differences', lambda *_pictures: 1 / 0)
    assert marked(forged, verdict) == verdict


def test_pages_of_another_size_are_marked_whole(world, contract):
    def larger(writer):
        body = forgeries.page(writer)
        body['/MediaBox'] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 700, 900)))
        writer.update_container(body)

    found = places_of(world, forgeries.edited(contract.content, larger))
    assert found == [(1, K.CONTENT, pytest.approx((0, 0, 700 * MM, 900 * MM), abs=0.2))]


@pytest.mark.parametrize('rect', [(1e9, 1e9, 2e9, 2e9), (-1000, -1000, -10, -10), (0, 0, 0, 0)])
def test_boxes_that_nobody_sees_are_not_marked(world, contract, rect):
    def odd(writer):
        field = forgeries.seal_field(writer)
        field.body['/Rect'] = generic.ArrayObject(map(generic.FloatObject, map(float, rect)))
        writer.mark_update(field.reference)

    found = places_of(world, forgeries.edited(contract.content, odd))
    assert all(place == pytest.approx(SEAL, abs=0.2) for _, _, place in found)
