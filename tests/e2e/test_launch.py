"""Launching by hand: two files to an external enterprise and a person, in Chinese, at a desk and on a phone."""

import io
import re

from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

LAUNCHER = ('13800000002', 'Demo-2026')
ENTERPRISE = '云签电子合同服务有限公司'
OTHER = '晨曦贸易（上海）有限公司'
PERSON = ('13800000001', '张晓明')


def contract(text: str, pages: int = 3) -> bytes:
    """A plain A4 document."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for number in range(pages):
        canvas.drawString(72, 770, f'{text}, page {number + 1}')
        canvas.drawString(72, 140, 'Party A (seal):')
        canvas.drawString(330, 140, 'Party B (sign):')
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def wear(page: Page, label: str) -> None:
    """Act for an enterprise, by the switch in the top bar."""
    page.goto('/my/esign')
    page.locator('.es-identity--switch').click()
    page.locator('form[action="/my/esign/identity"] button', has_text=label).first.click()
    expect(page.locator('h1')).to_contain_text(label)


def add(page: Page, text: str, name: str) -> None:
    page.get_by_role('button', name='添加签约方').first.click()
    dialog = page.locator('dialog.es-picker')
    dialog.locator('input[type=search]').fill(text)
    dialog.get_by_role('button', name='搜索').click()
    shown = '*' * (len(name) - 1) + name[-1] if text.isdigit() else name  # who is found by his number
    dialog.locator('.es-picker__row', has_text=shown).last.click()
    expect(page.locator('.es-people__item', has_text=name).first).to_be_visible()


# R2.1 R2.2 R2.3 R2.4 R2.5 R2.6 R2.10
def test_launch_two_files(visit):
    page = visit.page
    visit.sign_in(*LAUNCHER, '/my')
    wear(page, ENTERPRISE)
    page.goto('/my/esign')
    visit.shoot('1-home')
    page.get_by_role('link', name='发起签署').first.click()
    visit.shoot('2-ways')
    page.locator('.es-way', has_text='单份/组发起').click()
    page.wait_for_url('**/files')
    page.get_by_role('button', name='下一步').click()  # nothing is filled in: it says what is missing
    expect(page.locator('.es-fault').first).to_be_visible()
    visit.shoot('3-files-faults')
    add_files(visit)
    page.get_by_role('button', name='下一步').click()
    page.wait_for_url('**/parties')
    add(page, OTHER[:4], OTHER)
    add(page, PERSON[0], PERSON[1])
    page.get_by_role('switch').first.check()
    expect(page.locator('.es-launch__saved')).to_have_text('已保存')
    visit.shoot('5-parties')
    page.get_by_role('button', name='下一步').click()
    page.wait_for_url('**/order')
    put_in_order(visit)
    page.get_by_role('button', name='下一步').click()
    page.wait_for_url('**/places')
    expect(page.locator('.es-board canvas').first).to_be_visible()
    page.get_by_role('button', name='发起签约').click()
    expect(page.locator('.es-fault').first).to_be_visible()
    visit.shoot('7-places-faults')
    place_all(visit)
    expect(page.locator('.es-launch__saved')).to_have_text('已保存')
    visit.shoot('8-places')
    assert not visit.scrolls_sideways()
    page.get_by_role('button', name='发起签约').click()
    page.wait_for_url('**/my/esign/files/sign', timeout=90_000)
    expect(page.locator('.es-toast--ok')).to_contain_text('已')
    visit.shoot('9-landed')
    find_it(visit)


def add_files(visit) -> None:
    """Two files, and one that is refused with its reason."""
    page = visit.page
    page.get_by_label('任务名称').fill('二〇二六年度办公设备采购及三年期维护保养服务框架合同')
    names = ('采购合同.pdf', '维护保养服务协议（含附件一至附件五以及验收标准）.pdf', '坏文件.pdf')
    contents = (contract('Purchase'), contract('Service', 2), b'no pdf')
    files = [
        {'name': name, 'mimeType': 'application/pdf', 'buffer': content}
        for name, content in zip(names, contents, strict=True)
    ]
    page.locator('input[type=file]').set_input_files(files)
    expect(page.locator('.es-papers__name')).to_have_count(2)
    expect(page.locator('.es-papers__item.is-bad')).to_contain_text('不是PDF')
    visit.shoot('4-files')
    page.locator('.es-papers__item.is-bad').get_by_role('button').last.click()


def put_in_order(visit) -> None:
    """By the keyboard; a page that is opened anew, or elsewhere, goes on where this one was."""
    page = visit.page
    page.get_by_label(re.compile('顺序签署')).last.check()
    page.locator('.es-order__grip').first.focus()
    page.keyboard.press('ArrowDown')
    expect(page.locator('.es-order__item').first).to_contain_text(PERSON[1])
    expect(page.locator('.es-launch__saved')).to_have_text('已保存')
    visit.shoot('6-order')
    page.reload()
    expect(page.locator('.es-order__item').first).to_contain_text(PERSON[1])


def find_it(visit) -> None:
    """It stands among those that wait for others, with its trace."""
    page = visit.page
    page.goto('/my/esign/files/others')
    expect(page.locator('.es-files__item').first).to_contain_text('框架合同')
    visit.shoot('10-others')
    page.locator('[data-es-drawer]').first.click()
    expect(page.locator('.es-line__item').first).to_be_visible()
    visit.shoot('11-trace')
    assert not visit.scrolls_sideways()


def place_all(visit) -> None:
    """One seal for each party, by choosing it and then its place."""
    page, phone = visit.page, visit.screen == 'phone'
    for number, (x, y) in enumerate(((0.3, 0.25), (0.7, 0.5))):
        if phone:
            page.locator('.es-places__choose select').last.select_option(index=number)
            page.locator('.es-board__bar button').first.click()
        else:
            page.locator('.es-places__party').nth(number).click()
        page.locator('.es-board__entry').first.click()
        expect(page.locator('.es-board__hint')).to_be_visible()  # it asks for the place; the sheet is away
        sheet = page.locator('.es-board canvas').first
        expect(sheet).to_be_visible()  # the pages of another file are drawn anew
        box = sheet.bounding_box()
        page.mouse.click(box['x'] + box['width'] * x, box['y'] + min(box['height'], 380) * y)


# R3.1
def test_lists(visit):
    page = visit.page
    visit.sign_in(*LAUNCHER, '/my')
    wear(page, ENTERPRISE)
    for name in ('sign', 'others', 'done', 'void', 'drafts'):
        page.goto(f'/my/esign/files/{name}')
        visit.shoot(name)
        assert not visit.scrolls_sideways(), name
    page.goto('/my/esign/files/done?search=%E6%B2%A1%E6%9C%89%E8%BF%99%E4%B8%AA')
    expect(page.locator('.es-empty')).to_be_visible()
    visit.shoot('nothing-found')
    page.goto('/my/esign/files/done')
    page.get_by_role('link', name='印章数据').first.click()
    expect(page.locator('.es-sealdata').first).to_be_visible()
    visit.shoot('seal-data')
    page.goto('/my/esign/files/void')
    page.get_by_role('link', name='预览').first.click()
    drawn = "() => document.querySelector('.es-reader__page img')?.naturalWidth > 0"
    page.wait_for_function(drawn)
    visit.shoot('preview')
    assert not visit.scrolls_sideways()
