"""What staff see of people, enterprises, seals and certificates: every view of every list opens, in Chinese."""

import re

import pytest
from playwright.sync_api import expect

LISTS = (
    'esign-accounts', 'esign-persons', 'esign-verifications', 'esign-certifications', 'esign-enterprises',
    'esign-members', 'esign-departments', 'esign-joins', 'esign-administrator-changes', 'esign-seals',
    'esign-seal-requests', 'esign-seal-grants', 'esign-seal-usage', 'esign-certificates',
)  # fmt: skip
# Labels that are the same in both languages, and what people wrote themselves.
LATIN = re.compile(r'[A-Za-z]{4,}')
NO_FORM = {'esign-members', 'esign-departments', 'esign-joins'}  # lists alone, the enterprise has the rest
KNOWN = {'Excel', 'UKey', 'SHA256', 'HTTP'}


# R6.1
@pytest.mark.parametrize('screen', ['desktop'])
@pytest.mark.parametrize('address', LISTS)
def test_every_view_of_a_list_opens(visitors, screen, address):
    staff = visitors.staff()
    page = staff.page
    page.goto(f'/odoo/{address}')
    expect(page.locator('.o_view_controller .o_content')).to_be_visible(timeout=20_000)
    facets = page.locator('.o_searchview_facet .o_facet_remove')
    while facets.count():  # the demonstration has something in every list, whatever waits now
        facets.first.click()
        page.wait_for_timeout(300)
    for number in range(page.locator('.o_cp_switch_buttons button.o_switch_view').count()):
        button = page.locator('.o_cp_switch_buttons button.o_switch_view').nth(number)
        button.click()
        expect(button).to_have_class(re.compile('active'))
        expect(page.locator('.o_view_controller .o_content > *').first).to_be_visible()
        page.wait_for_timeout(500)
        kind = re.search(r'o_(\w+)', button.get_attribute('class').replace('o_switch_view', ''))[1]
        staff.shoot(f'{address}-{kind}')
    row = page.locator('tr.o_data_row .o_data_cell, .o_kanban_record:not(.o_kanban_ghost)')
    page.goto(f'/odoo/{address}')
    expect(page.locator('.o_view_controller .o_content')).to_be_visible(timeout=20_000)
    if address not in NO_FORM and row.count():
        row.first.click()
        expect(page.locator('.o_form_view')).to_be_visible()
        labels = page.locator(
            '.o_form_label, .o_statusbar_status button, .o_statusbar_buttons button'
        ).all_inner_texts()
        english = [text for text in labels if set(LATIN.findall(text)) - KNOWN]
        assert english == []
        staff.shoot(f'{address}-form')
