"""文档验证 in a browser: the main answers, by file chooser and by dropping, on a computer and on a phone."""

import io

import pytest
from playwright.sync_api import expect

from tests.corpus import kinds
from tests.signing.acts_forgeries import add_annotation, edit_content, edited

PDF = 'application/pdf'
# R4.1. Made at import: signing has an event loop of its own, which the browser's would not allow.
FILES = {'非本平台签署': kinds.approved(), '无签名': kinds.text_pdf(), '无法识别': b'GIF89a'}


def upload(page, data, name='合同.pdf'):
    page.set_input_files('#es-verify-file', {'name': name, 'mimeType': PDF, 'buffer': data})
    page.click('.es-verify__go')
    page.wait_for_selector('[data-answer]')


def report_of(page):
    """The signed report of the answer that is shown: a file that this platform issued."""
    with page.expect_download() as download:
        page.click('form[action$="/report"] button')
    return download.value.path().read_bytes()


@pytest.fixture
def form(visit):
    visit.page.goto('/esign/verify')
    visit.page.wait_for_selector('form.es-verify.is-enhanced')
    return visit


@pytest.mark.parametrize('headline', FILES)
def test_answers_in_plain_chinese(form, headline):
    upload(form.page, FILES[headline])
    expect(form.page.locator('.es-answer__title')).to_have_text(headline)
    assert not form.scrolls_sideways()
    form.shoot(headline)


def test_what_the_platform_issued_is_genuine_and_a_change_is_found(form):
    page = form.page
    upload(page, kinds.text_pdf())
    issued = report_of(page)
    assert issued.startswith(b'%PDF-')
    page.click('a[href="/esign/verify"] >> nth=-1')
    page.wait_for_selector('form.es-verify.is-enhanced')
    upload(page, issued)
    expect(page.locator('.es-answer__title')).to_have_text('真实有效')
    page.locator('summary').first.click()
    expect(page.locator('.es-technical dd').first).to_be_visible()
    form.shoot('genuine')
    page.goto('/esign/verify')
    page.wait_for_selector('form.es-verify.is-enhanced')
    upload(page, issued.replace(b'/MediaBox', b'/MediaBax', 1))
    expect(page.locator('.es-answer__title')).to_have_text('已被篡改')
    assert not form.scrolls_sideways()


def test_changed_places_are_marked_on_the_page(form):
    """The picture of the page is drawn by the browser from its own copy; without it the outline is shown."""
    page = form.page
    upload(page, kinds.text_pdf())
    altered = edited(edited(report_of(page), edit_content), add_annotation)
    page.goto('/esign/verify')
    page.wait_for_selector('form.es-verify.is-enhanced')
    upload(page, altered)
    expect(page.locator('.es-answer__title')).to_have_text('已被篡改')
    expect(page.locator('.es-changes')).to_contain_text('页面内容被修改')
    sheet = page.locator('.es-sheet')
    expect(sheet).to_have_count(1)
    expect(sheet.locator('.es-sheet__mark')).to_have_count(2)
    expect(sheet.locator('canvas')).to_have_count(1)
    ink = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v < 100)"
    assert sheet.locator('canvas').evaluate(ink)
    paper, mark = sheet.locator('.es-sheet__paper').bounding_box(), sheet.locator('rect').last.bounding_box()
    assert paper['x'] <= mark['x'] and mark['x'] + mark['width'] <= paper['x'] + paper['width'] + 2
    assert paper['y'] <= mark['y'] and mark['y'] + mark['height'] <= paper['y'] + paper['height'] + 2
    assert not form.scrolls_sideways()
    sheet.scroll_into_view_if_needed()
    form.shoot('changed')
    page.reload()  # the browser has let go of the file: outlines with marks stay
    expect(page.locator('.es-sheet__mark')).to_have_count(2)
    expect(page.locator('.es-sheet canvas')).to_have_count(0)


def test_on_paper_there_are_answers_and_no_buttons(form):
    page = form.page
    upload(page, FILES['非本平台签署'])
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media='print')
    expect(page.locator('.es-answer__title')).to_be_visible()
    expect(page.locator('.es-technical dd').first).to_be_visible()
    for hidden in ('.es-verify-tools', '.es-top', '.es-nav'):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.pdf(format='A4').startswith(b'%PDF-')
    form.shoot('print')


def test_dropping_a_file(form):
    page = form.page
    drop = """([bytes, name]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, {type: 'application/pdf'}));
        const area = document.querySelector('form.es-verify');
        area.dispatchEvent(new DragEvent('dragover', {dataTransfer: data, bubbles: true, cancelable: true}));
        area.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(drop, [list(kinds.text_pdf()), '普通.pdf'])
    page.wait_for_selector('[data-answer=unsigned]')


def test_a_large_file_is_refused_before_it_is_sent(form):
    page, sent = form.page, io.StringIO()
    page.on('request', lambda request: request.method == 'POST' and sent.write(request.url))
    make_large = """() => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(51 * 1024 * 1024)], '大.pdf', {type: 'application/pdf'}));
        const input = document.querySelector('#es-verify-file');
        input.files = data.files;
        input.dispatchEvent(new Event('change', {bubbles: true}));
    }"""
    page.evaluate(make_large)
    expect(page.locator('#es-verify-error')).to_contain_text('50 MB')
    page.click('.es-verify__go')
    assert '/esign/verify' not in sent.getvalue()
