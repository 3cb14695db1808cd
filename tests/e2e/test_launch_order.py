"""A mixed order made by dragging: one first, two at once, one last; then each has his turn when it is his."""

import re
import time

from playwright.sync_api import Locator, expect

from .conftest import Visit, Visitors
from .room_support import SIGNER, Room
from .staff import Staff
from .test_board_touch import Fingers
from .test_journeys import COPY, DEPARTMENT, LAWYER, READER, Launching, act_as, listed
from .test_launch import ENTERPRISE, LAUNCHER, OTHER, add, wear

THIRD, LAST = '苏晓棠', f'{ENTERPRISE} · {DEPARTMENT}'


class Ordering:
    """The rows of the order, and a hand that drags them by their grips."""

    def __init__(self, visit: Visit, staff: Staff, group: int) -> None:
        self.visit, self.page, self.staff, self.group = visit, visit.page, staff, group
        self.fingers = Fingers(visit.page)

    def row(self, name: str) -> Locator:
        return self.page.locator('.es-order__item', has_text=name)

    def drag(self, name: str, target: str, share: float, *, look: str = '') -> None:
        """By the grip, onto a row at this share of its height."""
        self.page.locator('.es-order').evaluate("list => list.scrollIntoView({block: 'center'})")
        grip, row = (one.bounding_box() for one in (self.row(name).locator('.es-order__grip'), self.row(target)))
        start = grip['x'] + grip['width'] / 2, grip['y'] + grip['height'] / 2
        end = start[0], row['y'] + row['height'] * share
        if self.visit.screen == 'phone':
            self.fingers.move([start], [end], hold=True)
        else:
            self.page.mouse.move(*start)
            self.page.mouse.down()
            self.page.mouse.move(*end, steps=8)
        expect(self.row(name)).to_have_class(re.compile('is-dragged'))
        if look:
            self.visit.shoot(look)
        if self.visit.screen == 'phone':
            self.fingers.lift()
        else:
            self.page.mouse.up()

    def shows(self, *rows: str) -> None:
        """Number and name of every row, from above."""
        numbers, names = zip(*(row.split(' ', 1) for row in rows), strict=True)
        expect(self.page.locator('.es-order__name')).to_have_text(list(names))
        expect(self.page.locator('.es-order__number')).to_have_text(list(numbers))

    def stored(self) -> dict[str, int]:
        return {one['name']: one['order'] for one in self._parties()}

    def states(self) -> dict[str, str]:
        return {one['name']: one['state'] for one in self._parties()}

    def _parties(self) -> list[dict]:
        return self.staff.call(
            'esign.party', 'search_read', [('group_id', '=', self.group)], ['name', 'order', 'state'],
        )  # fmt: skip


# R2.5 R2.4
def test_mixed_order_by_dragging(visitors: Visitors, screen: str, staff: Staff) -> None:
    name = f'混合顺序 {screen} {time.time_ns()}'
    operator = visitors.signed_in(*LAUNCHER, screen)
    launching = Launching(operator, name)
    launching.begin(1)
    launching.onward('parties')
    operator.page.get_by_role('button', name='添加签约方').first.click()
    operator.page.locator('dialog.es-picker .es-picker__row').filter(
        has_text=DEPARTMENT
    ).first.click()  # the own departments are at hand
    expect(operator.page.locator('.es-people__item', has_text=DEPARTMENT)).to_be_visible()
    for text, who in ((OTHER[:4], OTHER), (LAUNCHER[0], THIRD), (READER[0], COPY)):
        add(operator.page, text, who)
    launching.saved()
    launching.onward('order')
    operator.page.get_by_label(re.compile('顺序签署')).last.check()
    group = staff.newest(name)
    ordering = Ordering(operator, staff, group)
    ordering.shows(f'1 {LAST}', f'2 {OTHER}', f'3 {THIRD}', f'4 {COPY}')
    ordering.drag(COPY, LAST, 0.05, look='dragged-between')
    ordering.shows(f'1 {COPY}', f'2 {LAST}', f'3 {OTHER}', f'4 {THIRD}')
    ordering.drag(LAST, THIRD, 0.98)
    ordering.shows(f'1 {COPY}', f'2 {OTHER}', f'3 {THIRD}', f'4 {LAST}')
    ordering.drag(THIRD, OTHER, 0.5, look='dragged-onto')
    mixed = [f'1 {COPY}', f'2 {OTHER}', f'2 {THIRD}', f'3 {LAST}']
    ordering.shows(*mixed)
    ordering.drag(THIRD, THIRD, 0.8)  # put back: it still signs together with the other
    ordering.shows(*mixed)
    launching.saved()
    assert ordering.stored() == {COPY: 1, OTHER: 2, THIRD: 2, LAST: 3}
    operator.shoot('order')
    assert not operator.scrolls_sideways()
    operator.page.reload()
    expect(operator.page.locator('.es-order__item')).to_have_count(4)
    ordering.shows(*mixed)
    launching.launch()
    turns(visitors, staff, ordering)
    act_as(operator.page, ENTERPRISE)


def turns(visitors: Visitors, staff: Staff, ordering: Ordering) -> None:
    """All sign in their order; at each stage exactly those can whose turn it is."""
    group = ordering.group
    staff.forget_codes(READER[0], SIGNER[0], LAWYER[0], LAUNCHER[0])
    people = {COPY: READER, OTHER: SIGNER, THIRD: LAUNCHER, LAST: LAWYER}
    signed: list[str] = []
    for turn in ((COPY,), (OTHER, THIRD), (LAST,)):
        expected = {one: 'signed' if one in signed else 'pending' if one in turn else 'waiting' for one in people}
        assert ordering.states() == expected
        for who in (one for one in people if one not in signed):
            waiting = listed(worn(visitors, people[who], who), 'sign', name_of(staff, group))
            expect(waiting).to_have_count(1 if who in turn else 0)
        for who in turn:
            login = people[who]
            visit = worn(visitors, login, who)
            room = Room(visit, group)
            room.enter()
            room.place('seal', 80, 100)
            room.confirm()
            room.sign(mobile=login[0])
            signed.append(who)
    assert staff.state(group) == 'done'
    act_as(worn(visitors, SIGNER, OTHER).page, '张晓明')  # as the next journey finds him


def worn(visitors: Visitors, login: tuple[str, str], who: str) -> Visit:
    """Somebody at a desk, as the party."""
    visit = visitors.signed_in(*login)
    label = who.rpartition(' · ')[2]
    visit.page.goto('/my/esign')
    if label not in visit.page.locator('.es-identity--switch').inner_text():
        wear(visit.page, label)
    return visit


def name_of(staff: Staff, group: int) -> str:
    return staff.call('esign.contract.group', 'read', [group], ['name'])[0]['name']
