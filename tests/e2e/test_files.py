"""File lists: what may only be read carries a mark; many contracts are reminded of and taken away at once."""

import datetime as dt
import io
import re
import time
import zipfile
from zoneinfo import ZoneInfo

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect
from signing.pages.preview import page_picture

from .conftest import Visit, Visitors
from .people import told
from .room_support import RED, SIGNER, inked_in
from .staff import Staff
from .test_journeys import COPY, READER, act_as, listed
from .test_launch import ENTERPRISE, LAUNCHER, wear

DONE = '2026年度软件服务框架合同'  # of the demonstration, with a copy for the reader
GRID = 4
# The first reminder comes some time after the invitation.
TOLD_LONG_AGO = """
ago = datetime.datetime.now() - datetime.timedelta(days=1)
(lambda ids: env['esign.contract.group'].sudo().browse(ids).party_ids.write({'notified_at': ago}))("""
LOADED = "() => document.querySelector('.es-reader__page img')?.naturalWidth > 0"


def picture(data: bytes) -> numpy.ndarray:
    return numpy.asarray(Image.open(io.BytesIO(data)).convert('RGB')).astype(int)


def read(visit: Visit, name: str) -> tuple[str, bytes]:
    """Opens the preview of a contract: the address of its first page, and what the browser gets from it."""
    listed(visit, name, DONE).get_by_role('link', name='预览').click()
    visit.page.wait_for_function(LOADED)
    address = visit.page.locator('.es-reader__page img').first.get_attribute('src')
    return address, visit.page.request.get(address).body()


# R3.1 R3.11
def test_a_copy_is_read_with_a_mark(visitors: Visitors, screen: str):
    """Whoever may not take it away gets pictures with his name all over them; whoever may, gets them clean."""
    reader, operator = visitors.signed_in(*READER, screen), visitors.signed_in(*LAUNCHER, screen)
    act_as(reader.page, COPY)
    wear(operator.page, ENTERPRISE)
    address, marked = read(reader, 'copies')
    reader.shoot('marked')
    assert not reader.scrolls_sideways()
    expect(reader.page.get_by_role('link', name='下载')).to_have_count(0)
    same, clean = read(operator, 'done')
    operator.shoot('clean')
    assert same == address

    one, other = picture(marked), picture(clean)
    assert one.shape == other.shape
    apart = numpy.abs(one - other).max(axis=2) > 24
    parts = [part for row in numpy.array_split(apart, GRID) for part in numpy.array_split(row, GRID, axis=1)]
    assert min(part.mean() for part in parts) > 0.002, 'a part of the page is without a mark'
    assert apart.mean() < 0.2, 'more than a mark is different'
    # It is this reader's name, and today's date; the page below is the one that was signed.
    group, contract = re.search(r'files/(\d+)/page/(\d+)', address).groups()
    file = operator.page.request.get(f'/my/esign/files/{group}/download?contract={contract}').body()
    today = dt.datetime.now(ZoneInfo('Asia/Shanghai'))
    text = f'{COPY} {today.year}年{today.month}月{today.day}日'
    assert numpy.abs(one - picture(page_picture(file, 1, width=one.shape[1], watermark=text))).max() <= 8
    assert numpy.abs(other - picture(page_picture(file, 1, width=one.shape[1]))).max() <= 8
    assert inked_in(other, RED).any(), 'no slice of the cross-page seal'
    assert reader.page.request.get(f'/my/esign/files/{group}/download').headers['content-type'].startswith('text/html')


@pytest.fixture(scope='module')
def waiting(staff: Staff) -> dict[str, tuple[str, list[int]]]:
    """For each screen a word, and two launched contracts whose names have it."""
    made = {}
    for screen in ('desktop', 'phone'):
        word = f'批量{time.time_ns()}'
        made[screen] = word, [staff.group(f'{word} {name}', [name], placed=True) for name in ('甲合同', '乙合同')]
    ids = [group for _word, groups in made.values() for group in groups]
    staff.run(f'{TOLD_LONG_AGO}{ids!r})')
    return made


def tick_all(visit: Visit, name: str, word: str) -> None:
    """Both rows of a list, by the box above them."""
    expect(listed(visit, name, word)).to_have_count(2)
    bulk = visit.page.locator('[data-es-bulk]').first
    expect(bulk).to_be_disabled()  # since its script runs
    visit.page.locator('[data-es-all]').check()
    expect(visit.page.locator('.es-files__tick:checked')).to_have_count(2)
    expect(bulk).to_be_enabled()


# R3.1 R3.9
def test_many_at_once(visitors: Visitors, staff: Staff, screen: str, waiting):
    """Ticked together: reminded of by one click, too soon for a second one; taken away as one ZIP."""
    word, groups = waiting[screen]
    visit = visitors.signed_in(*LAUNCHER, screen)
    page = visit.page
    wear(page, ENTERPRISE)
    tick_all(visit, 'others', word)
    visit.shoot('ticked')
    page.locator('.es-files__bulk').get_by_role('button', name='催办').click()
    expect(page.locator('.es-toast--ok')).to_contain_text('已催办')
    expect(page.locator('#es-search')).to_have_value(word)
    visit.shoot('reminded')
    told(SIGNER[0], f'{word} 甲合同')
    told(SIGNER[0], f'{word} 乙合同')
    assert [one['reminders'] for one in parties(staff, groups)] == [1, 1]
    tick_all(visit, 'others', word)
    page.locator('.es-files__bulk').get_by_role('button', name='催办').click()
    expect(page.locator('.es-toast--wait')).to_contain_text('可以再次催办')
    assert [one['reminders'] for one in parties(staff, groups)] == [1, 1]

    tick_all(visit, 'others', word)
    with page.expect_download() as download:
        page.get_by_role('button', name='下载ZIP').click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = sorted(archive.namelist())
        assert all(archive.read(name).startswith(b'%PDF-') for name in names)
    assert [re.search('[甲乙]合同', name)[0] for name in names] == ['甲合同', '乙合同'], names
    expect(page.locator('.es-files__item')).to_have_count(2)  # still there


def parties(staff: Staff, groups: list[int]) -> list[dict]:
    return staff.call('esign.party', 'search_read', [('group_id', 'in', groups)], ['reminders'])
