"""A file that was signed elsewhere: its signatures are told of at upload, in the room, and by the verification."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.corpus import kinds
from tests.signing.acts_elsewhere import MDP, Stranger, signed_elsewhere

from .room_support import Room
from .test_launch_files import Drafting, drafting  # noqa: F401  a fixture
from .test_verify import upload

# Made at import: signing has an event loop of its own, which the browser's would not allow.
STRANGER = Stranger()
TWICE = signed_elsewhere(
    STRANGER,
    signed_elsewhere(STRANGER, kinds.text_pdf(), '甲', visible=True, stamped=True),
    '乙',
    number=61,
)
CLOSED = signed_elsewhere(STRANGER, kinds.text_pdf(), permission=MDP.NO_CHANGES)


# R2.3 R4.1
def test_upload_room_and_verdict(drafting: Drafting, staff) -> None:  # noqa: F811
    visit, page = drafting.visit, drafting.page
    drafting.choose('补充协议.pdf', TWICE)
    row = drafting.row('补充协议')
    expect(row).to_contain_text('此前已由别处甲签署', timeout=60_000)
    expect(row).to_contain_text('不能确认签署人身份')
    drafting.choose('定稿.pdf', CLOSED)
    expect(drafting.row('定稿.pdf')).to_contain_text('禁止再签名的认证', timeout=60_000)
    visit.shoot('earlier-upload')
    assert not visit.scrolls_sideways()

    group = staff.group(drafting.name + ' 签署', ['补充协议'], placed=False, pdf=TWICE)
    room = Room(visit, group)
    room.enter()
    told = page.locator('.es-room__earlier')
    expect(told).to_contain_text('上传本平台前已有的签名')
    expect(told.locator('p')).to_have_count(2)
    visit.shoot('earlier-room')
    assert not visit.scrolls_sideways()

    page.goto('/esign/verify')
    page.wait_for_selector('form.es-verify.is-enhanced')
    upload(page, room.file())
    expect(page.get_by_text('上传本平台前已有的签名').first).to_be_visible(timeout=60_000)
    expect(page.get_by_text('不能确认由谁签署')).to_be_visible()
    visit.shoot('earlier-verdict')
    assert not visit.scrolls_sideways()
