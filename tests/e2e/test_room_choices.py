"""The signing room where there is something to choose: which seal of a type, and which document comes next."""

import json
import time

import pytest
from playwright.sync_api import Route, expect

from .conftest import Visit, Visitors
from .room_support import (
    A4_WIDTH,
    DARK,
    DPI,
    RED,
    SIGNER,
    Room,
    drawn,
    ink_of_pdf,
    ink_of_picture,
    inked_in,
)
from .staff import Staff
from .test_journeys import act_as
from .test_launch import OTHER
from .test_room import TOLERANCE_MM

PICTURES = "() => [...document.querySelectorAll('[data-dialog=seals] img')].every((one) => one.naturalWidth > 20)"
HAND = '张晓明手写'
NAME_SEAL = '人名章'
# Three strokes across the pad, x and y in units of its height.
STROKES = [[[0.1, 0.5, 1], [1.9, 0.5, 1]], [[0.4, 0.1, 1], [0.4, 0.9, 1]], [[0.8, 0.1, 1], [1.6, 0.9, 1]]]
WRITE = """
person = env['esign.demo']._person(1)
record, token = env['esign.handwriting']._open(person)
env['esign.handwriting']._write_strokes(token, strokes)
record._keep(name)
env['esign.rate.limit']._clear('handwriting', str(person.id))
"""
DROP = """
person = env['esign.demo']._person(1)
env['esign.seal']._owned(person).filtered(lambda seal: seal.name == name)._drop_own(person)
"""


@pytest.fixture(scope='module')
def handwriting(staff: Staff):
    """The signer has written his name: it may stand where a name seal is asked for."""
    staff.run(f'name, strokes = {HAND!r}, {json.dumps(STROKES).encode()!r}\n{WRITE}')
    yield HAND
    staff.run(f'name = {HAND!r}\n{DROP}')


@pytest.fixture
def signer(visitors: Visitors, screen: str) -> Visit:
    visit = visitors.signed_in(*SIGNER, screen)
    act_as(visit.page, '张晓明')
    return visit


def enter(signer: Visit, staff: Staff, name: str, files: list[str], *, placed: bool, parties=('1',)) -> Room:
    room = Room(signer, staff.group(f'{name} {time.time_ns()}', files, placed=placed, parties=parties))
    room.enter()
    return room


# R3.3
def test_which_seal_of_a_type(signer: Visit, staff: Staff, handwriting: str):
    """One click asks which seal; the chosen one is shown, named in the sheet, and on the paper, and no other."""
    page, room = signer.page, enter(signer, staff, '选择印章', ['劳动合同'], placed=True)
    place = next(one for one in room.contract()['positions'] if one['kind'] == 'seal')
    before = drawn(room.file(), 3)
    page.locator('[data-act=fill]').click()
    dialog = page.locator('[data-dialog=seals]')
    expect(dialog.get_by_role('radio')).to_have_count(2)
    expect(dialog.get_by_role('radio', checked=True)).to_have_count(1)
    page.wait_for_function(PICTURES)
    dialog.get_by_text(handwriting).click()
    signer.shoot('choose')
    dialog.locator('[data-act=filled]').click()
    expect(page.locator('[data-page="3"] .es-board__picture img').first).to_be_visible()
    signer.shoot('chosen')
    room.confirm()
    expect(page.locator('[data-dialog=confirm]')).to_contain_text(f'{handwriting} × 1')
    expect(page.locator('[data-dialog=confirm]')).not_to_contain_text(NAME_SEAL)
    room.sign('提交签署')
    after, scale = drawn(room.file(), 3), DPI / 25.4
    left, top = (int(place[side] * scale) for side in ('x', 'y'))
    window = slice(top, top + int(45 * scale)), slice(left, left + int(45 * scale))
    written = inked_in(after[window], DARK).sum() - inked_in(before[window], DARK).sum()
    assert written > 500, f'{written} pixels were written'
    assert not inked_in(after[window], RED).any(), 'a name seal is there as well'
    assert staff.state(room.group) == 'done'


# R3.2 R3.4
def test_next_document_of_the_group(signer: Visit, staff: Staff):
    """Two documents, one act each: the sheet says what is left, the result leads to the next."""
    page, room = signer.page, enter(signer, staff, '逐份签署', ['采购框架合同', '保密协议'], placed=False)
    room.place('seal', 70, 90)
    room.confirm()
    expect(page.locator('[data-dialog=confirm] .es-notice--wait')).to_contain_text('保密协议')
    signer.shoot('left')
    room.sign()
    result = page.locator('[data-dialog=result]')
    expect(result).to_contain_text('采购框架合同')
    expect(result).not_to_contain_text('保密协议')
    signer.shoot('next')
    assert staff.state(room.group) == 'signing'
    page.locator('[data-act=next-document]').click()
    expect(page.locator('[aria-current=true]', has_text='保密协议')).to_be_visible()
    page.wait_for_selector('.es-board__canvas canvas')
    staff.forget_codes(SIGNER[0])
    room.place('seal', 70, 150)
    room.confirm()
    expect(page.locator('[data-dialog=confirm]')).not_to_contain_text('采购框架合同')
    room.sign()
    expect(page.locator('[data-act=next-document]')).to_have_count(0)
    signer.shoot('all')
    assert staff.state(room.group) == 'done'
    for number, height in ((1, 90), (2, 150)):
        seal = ink_of_pdf(room.file(number), 1, A4_WIDTH, RED)
        assert abs((seal.top + seal.bottom) / 2 - height) < 3, f'the seal of contract {number} is elsewhere'


# R3.2
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_turning_over_before_a_document_is_there(signer: Visit, staff: Staff):
    """From one document to the other while neither has arrived: the last one is shown, nothing complains."""
    page, room = signer.page, enter(signer, staff, '翻阅', ['采购框架合同', '保密协议'], placed=False)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route('**/file/**', hold)
    for count, name in enumerate(('保密协议', '采购框架合同', '保密协议'), 1):
        page.locator('.es-room__document', has_text=name).click()
        end = time.monotonic() + 20
        while len(held) < count and time.monotonic() < end:
            page.wait_for_timeout(50)
        assert len(held) == count
    page.unroute('**/file/**', hold)  # those that were held go on
    expect(page.locator('[aria-current=true]', has_text='保密协议')).to_be_visible()
    expect(page.locator('.es-board__canvas canvas').first).to_be_visible()
    page.wait_for_timeout(500)  # what is late would complain by now
    assert room.contract(2)['name'] == '保密协议'


# R3.2 R3.5 R3.6
def test_a_seal_across_the_pages(signer: Visit, staff: Staff):
    """An enterprise puts it there itself: each page has its slice on the paper where the board showed it."""
    page = signer.page
    act_as(page, OTHER)
    room = enter(signer, staff, '骑缝章', ['采购框架合同'], placed=False, parties=('external_1',))
    room.place('cross', 190, 150)
    expect(page.locator('.es-board__item--cross_page').first).to_be_visible()
    shown = {}
    for number in (1, 2, 3):
        room.turn_to(number)
        shown[number] = ink_of_picture(room.picture(number), A4_WIDTH, RED)
        assert shown[number].right > A4_WIDTH - TOLERANCE_MM, 'it ends before the edge'
    signer.shoot('slices')
    room.confirm()
    expect(page.locator('[data-dialog=confirm]')).to_contain_text('共 1 份文件，1 枚印章')
    room.sign()
    signed = room.file()
    for number, slice_of_it in shown.items():
        assert ink_of_pdf(signed, number, A4_WIDTH, RED).apart(slice_of_it) <= TOLERANCE_MM, f'page {number}'
    assert staff.state(room.group) == 'done'
    act_as(page, '张晓明')
