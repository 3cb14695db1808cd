"""Contracts from the launch to the last signature, by all who take part, at desks and on phones."""

import re
import time

from playwright.sync_api import Page, expect

from .conftest import Visit, Visitors
from .room_support import A4_WIDTH, RED, SIGNER, Room, ink_of_pdf
from .staff import Staff
from .test_launch import ENTERPRISE, LAUNCHER, OTHER, add, contract, place_all, wear

LAWYER = ('13800000003', 'Demo-2026')  # 顾明川, of the law department
READER = ('13800000007', 'Demo-2026')  # 阿依古丽·买买提
DEPARTMENT, COPY = '法务部', '阿依古丽·买买提'
SHEET_MM = 297.0


class Launching:
    """What an operator does to launch, by the pages."""

    def __init__(self, visit: Visit, name: str) -> None:
        self.visit, self.page, self.name = visit, visit.page, name

    def begin(self, files: int) -> None:
        wear(self.page, ENTERPRISE)
        self.page.goto('/my/esign/launch')
        self.page.locator('.es-way', has_text='单份/组发起').click()
        self.page.wait_for_url('**/files')
        self.page.get_by_label('任务名称').fill(self.name)
        papers = [
            {'name': f'合同{number}.pdf', 'mimeType': 'application/pdf', 'buffer': contract(f'Contract {number}')}
            for number in range(1, files + 1)
        ]
        self.page.locator('input[type=file]').set_input_files(papers)
        expect(self.page.locator('.es-papers__name')).to_have_count(files)
        self.saved()

    def saved(self) -> None:
        expect(self.page.locator('.es-launch__saved')).to_have_text('已保存')

    def onward(self, step: str) -> None:
        self.page.get_by_role('button', name='下一步').click()
        self.page.wait_for_url(f'**/{step}')

    def launch(self) -> None:
        self.page.get_by_role('button', name='发起签约').click()
        self.page.wait_for_url('**/my/esign/files/sign', timeout=90_000)


def act_as(page: Page, label: str) -> None:
    """Wear an identity by the switch in the top bar."""
    page.goto('/my/esign')
    switch = page.locator('.es-identity--switch')
    if switch.locator('.es-identity__label').inner_text().strip() != label:
        wear(page, label)


def listed(visit: Visit, name: str, text: str):
    """The contract in one of the five lists."""
    visit.page.goto(f'/my/esign/files/{name}?search={text}')
    return visit.page.locator('.es-files__item', has_text=text)


def sign_filled(visit: Visit, group: int, mobile: str) -> Room:
    """One click, the code, done."""
    room = Room(visit, group)
    room.enter()
    visit.page.locator('[data-act=fill]').click()
    room.confirm()
    room.sign('提交签署', mobile)
    expect(visit.page.locator('[data-dialog=result]')).to_contain_text('签署完成')
    return room


def seals_and_a_seam(visit: Visit, file: int) -> None:
    """On one file: a seal of each party, and one of the first across the pages."""
    page, phone = visit.page, visit.screen == 'phone'
    if phone:
        page.locator('.es-places__choose select').first.select_option(index=file)
    else:
        page.locator('.es-places__file').nth(file).click()
    expect(page.locator('.es-board canvas').first).to_be_visible()
    place_all(visit)
    if phone:
        page.locator('.es-places__choose select').last.select_option(index=0)
        page.locator('.es-board__bar button').first.click()
    else:
        page.locator('.es-places__party').first.click()
    page.locator('[data-entry*="cross_page"]').first.focus()
    page.keyboard.press('Enter')
    expect(page.locator('.es-board__item--cross_page').first).to_be_visible()


# R2.4 R2.5 R2.6 R2.10 R3.1 R3.3 R3.5 R3.6 R3.11
def test_two_files_in_order_with_positions(visitors: Visitors, staff: Staff, screen: str):
    """An external enterprise, then a person: each in his turn, with a seal across the pages."""
    name = f'采购与维护合同 {time.time_ns()}'
    operator = visitors.signed_in(*LAUNCHER, screen)
    launching = Launching(operator, name)
    launching.begin(2)
    launching.onward('parties')
    add(operator.page, OTHER[:4], OTHER)
    add(operator.page, READER[0], COPY)
    operator.page.get_by_role('switch').first.check()
    operator.page.get_by_role('switch').last.check()
    launching.saved()
    launching.onward('order')
    operator.page.get_by_label(re.compile('顺序签署')).last.check()
    launching.saved()
    launching.onward('places')
    for file in range(2):
        seals_and_a_seam(operator, file)
    launching.saved()
    operator.shoot('positions')
    launching.launch()
    group = staff.newest(name)
    staff.forget_codes(SIGNER[0], READER[0])

    second = visitors.signed_in(*READER, screen)
    act_as(second.page, COPY)
    assert listed(second, 'sign', name).count() == 0  # not his turn yet
    first = visitors.signed_in(*SIGNER, screen)
    act_as(first.page, OTHER)
    expect(listed(first, 'sign', name)).to_have_count(1)
    room = sign_filled(first, group, SIGNER[0])
    first.shoot('enterprise-signed')
    for file in (1, 2):
        signed = room.file(file)
        for page in (1, 2, 3):
            assert ink_of_pdf(signed, page, A4_WIDTH, RED).right > A4_WIDTH - 1.5, 'no slice at the edge'
    expect(listed(first, 'others', name)).to_contain_text('已签署')
    expect(listed(second, 'sign', name)).to_have_count(1)
    sign_filled(second, group, READER[0])
    second.shoot('person-signed')
    assert staff.state(group) == 'done'
    done = listed(operator, 'done', name)
    expect(done).to_contain_text('已完成')
    with operator.page.expect_download() as download:
        done.get_by_role('link', name='下载').click()
    assert download.value.suggested_filename.endswith('.zip')
    act_as(first.page, '张晓明')  # as the next journey finds him


def go_on_elsewhere(visitors: Visitors, screen: str, name: str) -> Launching:
    """The draft on another device, with a department and a copy added there."""
    there = visitors.signed_in(*LAUNCHER, screen, 'elsewhere')
    act_as(there.page, ENTERPRISE)
    there.page.goto('/my/esign/files/drafts')
    there.page.locator('.es-files__item', has_text=name).get_by_role('link', name='继续').click()
    there.page.wait_for_url('**/files')
    expect(there.page.get_by_label('任务名称')).to_have_value(name)
    expect(there.page.locator('.es-papers__name')).to_have_count(1)
    going_on = Launching(there, name)
    going_on.onward('parties')
    expect(there.page.locator('.es-people__item', has_text='张晓明')).to_be_visible()
    there.page.get_by_role('button', name='添加签约方').click()
    there.page.locator('dialog.es-picker .es-picker__row', has_text=DEPARTMENT).click()
    expect(there.page.locator('.es-people__item', has_text=DEPARTMENT)).to_be_visible()
    there.page.get_by_role('button', name='添加抄送方').click()
    dialog = there.page.locator('dialog.es-picker')
    dialog.locator('input[type=search]').fill(READER[0])
    dialog.get_by_role('button', name='搜索').click()
    dialog.locator('.es-picker__row', has_text='*' + COPY[-1]).last.click()
    expect(there.page.locator('.es-people__item', has_text=COPY)).to_be_visible()
    going_on.saved()
    there.shoot('parties')
    return going_on


# R1.5 R2.4 R2.5 R2.10 R3.1 R3.2
def test_parallel_department_and_copy(visitors: Visitors, staff: Staff, screen: str):
    """A draft begun on one device goes on on another; all sign at once; who has a copy reads and takes nothing."""
    name, elsewhere = f'法律顾问合同 {time.time_ns()}', {'desktop': 'phone', 'phone': 'desktop'}[screen]
    here = visitors.signed_in(*LAUNCHER, screen)
    launching = Launching(here, name)
    launching.begin(1)
    launching.onward('parties')
    add(here.page, SIGNER[0], '张晓明')
    launching.saved()
    going_on = go_on_elsewhere(visitors, elsewhere, name)
    # The first device still shows what was: it is told, and changes nothing of what the other did.
    here.page.get_by_role('checkbox', name='允许拒签').first.uncheck()
    expect(here.page.locator('[role=alert]').first).to_contain_text('已在其他窗口或设备')
    here.shoot('stale')
    going_on.onward('order')
    going_on.launch()
    group = staff.newest(name)
    staff.forget_codes(SIGNER[0], LAWYER[0])

    person, lawyer = visitors.signed_in(*SIGNER, screen), visitors.signed_in(*LAWYER, screen)
    act_as(person.page, '张晓明')
    act_as(lawyer.page, DEPARTMENT)
    expect(listed(person, 'sign', name)).to_have_count(1)  # both at once
    expect(listed(lawyer, 'sign', name)).to_have_count(1)
    for visit, mobile in ((lawyer, LAWYER[0]), (person, SIGNER[0])):
        room = Room(visit, group)
        room.enter()
        room.place('seal', 80, 100)
        expect(visit.page.locator('[data-act=confirm]')).to_contain_text('1')
        room.confirm()
        room.sign(mobile=mobile)
        assert ink_of_pdf(room.file(), 1, A4_WIDTH, RED).top < 100, 'no seal where it was placed'
    assert staff.state(group) == 'done'
    reader = visitors.signed_in(*READER, screen)
    act_as(reader.page, COPY)
    copy = listed(reader, 'copies', name)
    expect(copy.get_by_role('link', name='下载')).to_have_count(0)
    copy.get_by_role('link', name='预览').click()
    reader.page.wait_for_function("() => document.querySelector('.es-reader__page img')?.naturalWidth > 0")
    reader.shoot('copy')


# R2.10 R3.1 R3.9
def test_remind_and_revoke(visitors: Visitors, staff: Staff, screen: str):
    """The launcher reminds, then revokes with a reason; whoever had to sign finds it among the void ones."""
    name = f'撤销的合同 {time.time_ns()}'
    group = staff.group(name, ['合作协议'], placed=True)
    operator = visitors.signed_in(*LAUNCHER, screen)
    wear(operator.page, ENTERPRISE)
    row = listed(operator, 'others', name)
    row.get_by_role('button', name='催办').click()
    expect(operator.page.locator('.es-toast')).to_be_visible()
    row = listed(operator, 'others', name)
    row.get_by_role('button', name='更多').click()
    row.get_by_role('button', name='撤销').click()
    dialog = operator.page.locator('dialog[open]')
    dialog.locator('textarea').fill('项目取消')
    operator.shoot('revoke')
    dialog.get_by_role('button', name='撤销').dblclick()
    expect(operator.page.locator('.es-toast')).to_be_visible()
    assert staff.state(group) == 'revoked'
    signer = visitors.signed_in(*SIGNER, screen)
    act_as(signer.page, '张晓明')
    assert listed(signer, 'sign', name).count() == 0
    expect(listed(signer, 'void', name)).to_contain_text('项目取消')
    signer.page.goto(f'/my/esign/sign/{group}')
    expect(signer.page.locator('.es-room__notice').first).to_contain_text('撤销')
    signer.shoot('revoked')
