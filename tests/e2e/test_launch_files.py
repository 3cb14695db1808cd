"""Files of a launch: Word and pictures become pages, what cannot be taken is refused in words, several at once."""

import datetime as dt
import io
import re
import time
from pathlib import Path

import numpy
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import CDPSession, Locator, expect

from .conftest import Visit, Visitors
from .launch_files import docx, picture, protected
from .room_support import RED, Extent, ink_of_pdf, ink_of_picture
from .staff import Staff
from .test_launch import ENTERPRISE, LAUNCHER, contract, wear

A4 = (210.0, 297.0)
MIB = 1024 * 1024
DEADLINE = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20))
SLOW = {'offline': False, 'latency': 20, 'downloadThroughput': -1, 'uploadThroughput': 400_000}


class Drafting:
    """The first step of a launch that was just begun."""

    def __init__(self, visit: Visit, staff: Staff, name: str) -> None:
        self.visit, self.page, self.staff, self.name = visit, visit.page, staff, name
        wear(self.page, ENTERPRISE)
        self.page.goto('/my/esign/launch')
        self.page.locator('.es-way', has_text='单份/组发起').click()
        self.page.wait_for_url('**/files')
        self.page.get_by_label('任务名称').fill(name)
        self.root = self.page.url.rpartition('/')[0]
        self.group = int(self.root.rpartition('/')[2])

    def row(self, text: str) -> Locator:
        """The file, or the upload, with this name."""
        papers = self.page.locator('.es-papers__item')
        title = self.page.locator(f'.es-papers__thumb[aria-label="{text}"], .es-papers__title:text-is("{text}")')
        return papers.filter(has=title)

    def choose(self, name: str, content: bytes | Path) -> None:
        """By the dialog of the browser."""
        paper = str(content)
        if isinstance(content, bytes):
            paper = {'name': name, 'mimeType': 'application/octet-stream', 'buffer': content}
        self.page.locator('input[type=file]').set_input_files(paper)

    def contracts(self) -> dict[str, dict]:
        """What the server has, by name."""
        rows = self.staff.call('esign.contract', 'search_read', [('group_id', '=', self.group)], ['name'])
        return {row['name']: row for row in rows}

    def pdf(self, name: str) -> bytes:
        """A file of the draft as the board reads it."""
        answer = self.page.request.get(f'{self.root}/file/{self.contracts()[name]["id"]}')
        assert answer.ok
        return answer.body()

    def preview(self, name: str) -> Locator:
        """The pages of a file in the preview, drawn."""
        self.row(name).get_by_role('button', name='预览').click()
        pages = self.page.locator('dialog.es-viewer img')
        self.page.wait_for_function(
            "() => document.querySelector('dialog.es-viewer img')?.naturalWidth > 0", timeout=30_000
        )
        return pages

    def close_preview(self) -> None:
        self.page.locator('dialog.es-viewer').get_by_role('button', name='关闭').click()


@pytest.fixture
def drafting(visitors: Visitors, screen: str, staff: Staff, request) -> Drafting:
    visit = visitors.signed_in(*LAUNCHER, screen)
    return Drafting(visit, staff, f'上传 {request.node.name} {time.time_ns()}')


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


# R2.3
def test_word_and_pictures(drafting: Drafting) -> None:
    """They become pages: the words of the Word file, the pictures upright, as the preview shows them."""
    page = drafting.page
    drafting.choose('采购框架合同.docx', docx('甲方：云签电子合同服务有限公司', '乙方签字：'))
    expect(drafting.row('采购框架合同')).to_contain_text('共2页', timeout=90_000)
    drafting.choose('现场照片.png', picture('PNG', (1200, 800)))
    drafting.choose('身份证明.jpg', picture('JPEG', (800, 1200), turned=True))
    expect(drafting.row('身份证明')).to_contain_text('共1页')
    drafting.visit.shoot('files')
    assert set(drafting.contracts()) == {'采购框架合同', '现场照片', '身份证明'}

    first, second = texts(drafting.pdf('采购框架合同'))
    assert '甲方：云签电子合同服务有限公司' in first
    assert '乙方签字' in second
    drawn = drafting.preview('采购框架合同')
    expect(drawn).to_have_count(2)
    drafting.visit.shoot('preview-word')
    assert numpy.ptp(pixels(drawn.first)) > 100, 'the preview of the Word file is empty'
    assert len(set(characters(drafting.pdf('采购框架合同')))) > 10, 'characters look alike: they are boxes'
    drafting.close_preview()
    # The block fills the upper left quarter of the picture, which is 3:2 and stands in the middle of the paper.
    for name, (width, height), block in (
        ('现场照片', A4[::-1], Extent(0, 6, 148.5, 105)),
        ('身份证明', A4, Extent(6, 0, 105, 148.5)),
    ):
        pdf = drafting.pdf(name)
        size = pypdfium2.PdfDocument(pdf)[0].get_size()
        assert [round(side / 72 * 25.4) for side in size] == [round(width), round(height)]
        assert ink_of_pdf(pdf, 1, width, RED).apart(block) < 1, name
        drawn = drafting.preview(name).first
        drafting.visit.shoot('preview-png' if width > height else 'preview-jpeg')
        shown = page.request.get(drawn.get_attribute('src')).body()
        assert ink_of_picture(shown, width, RED).apart(block) < 2, f'{name} is shown in another way than it is'
        drafting.close_preview()
    assert not drafting.visit.scrolls_sideways()
    page.reload()
    expect(page.locator('.es-papers__name')).to_have_count(3)


def characters(pdf: bytes) -> list[bytes]:
    """Each character of the first page as it is drawn."""
    page = pypdfium2.PdfDocument(pdf)[0]
    drawn = page.render(scale=4, grayscale=True).to_numpy().squeeze()
    words, height = page.get_textpage(), page.get_height()
    boxes = [words.get_charbox(number, loose=True) for number in range(words.count_chars() - 2)]
    return [
        drawn[round((height - top) * 4) : round((height - bottom) * 4), round(left * 4) : round(right * 4)].tobytes()
        for left, bottom, right, top in boxes
    ]


def pixels(image: Locator) -> numpy.ndarray:
    """Grey values of what is seen."""
    return numpy.asarray(Image.open(io.BytesIO(image.screenshot())).convert('L'))


# R2.3 R2.2
def test_refused_files(drafting: Drafting, staff: Staff, tmp_path: Path) -> None:
    """Each says why it is not taken; what was filled in and taken before stays, here and on the server."""
    page = drafting.page
    drafting.choose('合同.pdf', contract('Contract'))
    expect(drafting.row('合同')).to_contain_text('共3页')
    page.get_by_label('签署截止').fill(DEADLINE)
    page.get_by_label('业务类型').select_option('销售合同')
    large = tmp_path / '扫描件.pdf'
    large.write_bytes(contract('Large') + b'%' * 50 * MIB)
    said = {
        '安装程序.exe': (b'MZ', '不支持此文件格式'),
        '空白.pdf': (b'', '文件为空'),
        '扫描件.pdf': (large, '超过50 MB'),
        '加密合同.pdf': (protected(contract('Secret')), '密码'),
        '改名.pdf': (b'PK\x03\x04 this is no PDF', '不是PDF'),
        '照片.jpg': (b'GIF89a, no JPEG', 'PNG'),
        '残缺.docx': (docx('半份')[:300], '转换失败'),
    }
    for name, (content, reason) in said.items():
        drafting.choose(name, content)
        expect(drafting.row(name).locator('.es-fault')).to_contain_text(reason, timeout=90_000)
    drafting.visit.shoot('refused')
    assert set(drafting.contracts()) == {'合同'}
    assert not drafting.visit.scrolls_sideways()
    for name in said:
        drafting.row(name).get_by_role('button', name='移除').click()
    expect(page.locator('.es-papers__item')).to_have_count(1)
    expect(page.locator('.es-launch__saved')).to_have_text('已保存')
    kept = staff.call('esign.contract.group', 'read', [drafting.group], ['name', 'deadline', 'business_type_id'])[0]
    assert [kept['name'], kept['deadline']] == [drafting.name, DEADLINE]
    for _look in range(2):
        expect(page.get_by_label('任务名称')).to_have_value(drafting.name)
        expect(page.get_by_label('签署截止')).to_have_value(DEADLINE)
        expect(page.get_by_label('业务类型').locator('option:checked')).to_have_text('销售合同')
        expect(page.locator('.es-papers__name')).to_have_value('合同')
        page.reload()


class Dragging:
    """Files that are dragged from the desktop, as Chromium gets them from the system."""

    def __init__(self, visit: Visit, files: list[Path]) -> None:
        self.line: CDPSession = visit.page.context.new_cdp_session(visit.page)
        self.data = {'items': [], 'files': [str(file) for file in files], 'dragOperationsMask': 1}

    def over(self, x: float, y: float) -> None:
        for kind in ('dragEnter', 'dragOver'):
            self._send(kind, x, y)

    def drop(self, x: float, y: float) -> None:
        self._send('drop', x, y)

    def _send(self, kind: str, x: float, y: float) -> None:
        self.line.send('Input.dispatchDragEvent', {'type': kind, 'x': x, 'y': y, 'data': self.data})


# R2.3
@pytest.mark.parametrize('screen', ['desktop'], indirect=True)
def test_dropped_files(drafting: Drafting, tmp_path: Path) -> None:
    """Several at once: the area says that it takes them, each shows how far it is, one is cut, one deleted."""
    page = drafting.page
    names = ('主合同', '附件一', '附件二')
    for name in names:
        (tmp_path / f'{name}.pdf').write_bytes(padded(contract(name.encode().hex()), 600_000))
    dragging = Dragging(drafting.visit, [tmp_path / f'{name}.pdf' for name in names])
    area = page.locator('.es-drop')
    box = area.bounding_box()
    middle = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
    dragging.over(*middle)
    expect(area).to_have_class(re.compile('is-over'))
    drafting.visit.shoot('over')
    page.evaluate("document.body.dispatchEvent(new DragEvent('dragleave', {bubbles: true}))")  # out of the window
    expect(area).not_to_have_class(re.compile('is-over'))

    line = page.context.new_cdp_session(page)
    line.send('Network.enable')
    line.send('Network.emulateNetworkConditions', SLOW)
    dragging.over(*middle)
    dragging.drop(*middle)
    expect(page.locator('.es-papers__item')).to_have_count(3)
    expect(area).not_to_have_class(re.compile('is-over'))
    bar = drafting.row('主合同.pdf').locator('progress')
    page.wait_for_function('() => document.querySelector(".es-papers progress")?.value > 5')
    assert 5 < bar.evaluate('bar => bar.value') < 100
    expect(drafting.row('附件二.pdf')).to_contain_text('等待')
    drafting.visit.shoot('progress')
    drafting.row('附件一.pdf').get_by_role('button', name='取消上传').click()
    expect(page.locator('input.es-papers__name')).to_have_count(2, timeout=60_000)
    assert set(drafting.contracts()) == {'主合同', '附件二'}

    line.send('Network.emulateNetworkConditions', {**SLOW, 'latency': 0, 'uploadThroughput': -1})
    beside = Dragging(drafting.visit, [tmp_path / '附件一.pdf'])
    page.locator('h1').scroll_into_view_if_needed()  # a click may have scrolled it away
    heading = page.locator('h1').bounding_box()
    beside.over(heading['x'] + 5, heading['y'] + 5)
    beside.drop(heading['x'] + 5, heading['y'] + 5)  # beside the area: taken as well, the page stays
    expect(page.locator('input.es-papers__name')).to_have_count(3, timeout=60_000)
    drafting.row('主合同').get_by_role('button', name='删除').click()
    expect(page.locator('input.es-papers__name')).to_have_count(2)
    assert set(drafting.contracts()) == {'附件一', '附件二'}
    drafting.visit.shoot('deleted')
    page.reload()
    expect(page.locator('input.es-papers__name')).to_have_count(2)


def padded(pdf: bytes, size: int) -> bytes:
    """The same PDF with a comment before its end that makes it so large."""
    body, mark, end = pdf.rpartition(b'startxref')
    return body + b'%' + b' ' * size + b'\n' + mark + end
