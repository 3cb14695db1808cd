"""Staff set positions on the pages of a file, in the form of the web client."""

import time

from playwright.sync_api import expect

from .conftest import Visitors
from .staff import Staff

MAKE = """
demo = env['esign.demo'].with_context(lang='zh_CN')
group = demo._demo_group(spec, 'general', ['内部合同'], [demo._enterprise('external_1'), demo._person(1)], placed=True)
"""


# R2.6 R6.1
def test_positions_in_the_web_client(visitors: Visitors, staff: Staff):
    name = f'内部任务 {time.time_ns()}'
    staff.run(f'spec = {name!r}\n{MAKE}')
    contract = staff.call('esign.contract', 'search', [('group_id.name', '=', name)])[0]
    before = positions(staff, contract)
    visit = visitors.staff()
    page = visit.page
    page.goto(f'/odoo/esign-contract-files/{contract}')
    board = page.locator('.es-board-field')
    expect(board.locator('.es-board__canvas canvas').first).to_be_visible(timeout=30_000)  # the client starts
    expect(board.locator('.es-board__locate, .es-board__list li').first).to_be_visible()
    visit.shoot('board')
    page.locator('.es-board-field__party').last.click()
    expect(board.locator('.es-board__entry').first).to_contain_text('人名章')
    board.locator('.es-board__entry').first.focus()
    page.keyboard.press('Enter')
    expect(board.locator('.es-board__item:focus')).to_be_visible()
    page.keyboard.press('ArrowRight')
    page.locator('.o_form_button_save').click()
    expect(page.locator('.o_form_status_indicator_buttons.invisible')).to_have_count(1)
    after = positions(staff, contract)
    assert len(after) == len(before) + 1
    assert [one for one in after if one in before] == before, 'what was there has moved'
    visit.shoot('saved')
    page.reload()
    expect(board.locator('.es-board__canvas canvas').first).to_be_visible(timeout=30_000)  # the client starts
    expect(page.locator('.es-board-field__party').last).to_contain_text(str(len(after) - 2))


def positions(staff: Staff, contract: int) -> list[tuple]:
    found = staff.call(
        'esign.placement', 'search_read', [('signer_id.contract_id', '=', contract)], ['kind', 'page', 'x', 'y']
    )
    return sorted((one['kind'], one['page'], one['x'], one['y']) for one in found)
