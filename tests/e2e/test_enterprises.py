"""A company is certified by a stranger, others join it, its administrator changes, people are removed.

The journeys of one width share one company; each brings it into the state it needs, so each can run alone.
"""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from .conftest import Visitors
from .people import (
    Company,
    Person,
    certify,
    code_sent,
    demo,
    dialog_of,
    join,
    new_company_name,
    new_credit_code,
    picture,
    row_of,
    staff_approves,
    told,
    verified_stranger,
    wear,
)

ISSUING_SECONDS = 90  # the certificate comes by a scheduled job


@pytest.fixture(scope='session')
def companies() -> dict[str, Company]:
    return {}


def found(visitors: Visitors, screen: str) -> Company:
    """A stranger with a phone number certifies a company; staff approve."""
    visit, person = verified_stranger(visitors, screen)
    company = Company(new_company_name(screen), new_credit_code(), person)
    certify(visit, person, company.name, company.code)
    staff_approves(visitors.staff(), '/odoo/esign-certifications', company.name, 'certified', 'certification')
    return company


@pytest.fixture
def company(visitors, screen, companies) -> Company:
    if screen not in companies:
        companies[screen] = found(visitors, screen)
    return companies[screen]


# R1.1 R1.2 R1.3 R1.8 R1.10
def test_a_stranger_certifies_a_company_and_gets_its_seals(visitors, screen, companies):
    company = companies[screen] = found(visitors, screen)
    told(company.administrator.mobile, '已通过认证')
    visit = company.administrator.enter(visitors, screen)
    page = visit.page
    page.goto('/my/enterprises')
    row = row_of(page, company.name)
    expect(row.locator('.es-badge')).to_have_text('已认证')
    visit.shoot('mine')
    assert not visit.scrolls_sideways()
    row.locator('form[action$="/enter"] button').first.click()
    page.wait_for_url('**/my/enterprise')
    expect(page.locator('h1')).to_have_text(company.name)
    expect(page.locator('.es-identity__label')).to_have_text(company.name)
    visit.shoot('centre')
    assert not visit.scrolls_sideways()
    _wait_for_certificate(visit)
    expect(page.locator('.es-seal')).to_have_count(2)
    for image in page.locator('.es-seal img').all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property('complete', True)
        assert image.evaluate('img => img.naturalWidth') > 50
    visit.shoot('seals')
    assert not visit.scrolls_sideways()


def _wait_for_certificate(visit):
    page = visit.page
    for _try in range(ISSUING_SECONDS // 3):
        page.goto('/my/enterprise/seals')
        if page.locator('.es-seal-certificate').count():
            return
        page.wait_for_timeout(3000)
    raise AssertionError('no certificate was issued')


# R1.4 R1.5
def test_another_joins_and_is_approved_with_roles(visitors, screen, company):
    person = demo('顾明川')
    visit = _member(visitors, screen, company, person, ('seal_operator',))
    page = visit.page
    page.goto('/my/enterprises?tab=joined')
    expect(row_of(page, company.name)).to_contain_text('签章操作员')
    visit.shoot('joined')
    assert not visit.scrolls_sideways()
    wear(visit, company.name)
    visit.shoot('worn')


# R1.8
def test_the_administrator_role_is_transferred(visitors, screen, company):
    """By SMS code; the other accepts; the former administrator has left."""
    former, heir = company.administrator, demo('顾明川')
    taker = _member(visitors, screen, company, heir, ('seal_operator',))
    visit = former.enter(visitors, screen)
    wear(visit, company.name)
    page = visit.page
    page.goto('/my/enterprise/transfer')
    page.select_option('select[name=member]', label=_option(page, heir.name))
    since = datetime.now(UTC)
    page.locator('button[formaction$="/transfer/code"]').click()
    expect(page.locator('.es-field', has=page.locator('input[name=code]'))).to_contain_text(former.mobile[-4:])
    visit.shoot('code')
    assert not visit.scrolls_sideways()
    page.fill('input[name=code]', code_sent(former.mobile, since))
    page.locator('form[action$="/transfer/confirm"] .es-foot button').click()
    page.wait_for_url('**/my/enterprise/transfer')
    visit.shoot('offered')

    told(heir.mobile, company.name)
    taker.page.goto('/my/enterprises')
    offer = taker.page.locator('.es-notice', has_text=company.name)
    expect(offer).to_contain_text(former.name)
    taker.shoot('offer')
    assert not taker.scrolls_sideways()
    offer.locator('form[action$="/accept"] button').click()
    expect(taker.page.locator('.es-toast--ok')).to_be_visible()
    _handed_over(visitors, screen, company, former, heir)


# R1.9
def test_a_member_applies_to_become_administrator(visitors, screen, company):
    """With a letter; staff approve; the former administrator has left."""
    former, heir = company.administrator, demo('苏晓棠')
    visit = _member(visitors, screen, company, heir, ())
    page = visit.page
    page.goto('/my/enterprises?tab=joined')
    row_of(page, company.name).locator('a[href$="/administrator"]').click()
    page.set_input_files('input[name=letter]', picture('letter', 'PNG'))
    page.fill('textarea[name=note]', '原管理员离职')
    visit.shoot('apply')
    assert not visit.scrolls_sideways()
    page.locator('form[action$="/administrator"] button[type=submit]').click()
    page.wait_for_url('**/my/enterprises?tab=joined')
    expect(row_of(page, company.name)).to_contain_text('审核')
    visit.shoot('applied')
    told(former.mobile, '管理员')
    staff_approves(visitors.staff(), '/odoo/esign-administrator-changes', company.name, 'done', 'application')
    _handed_over(visitors, screen, company, former, heir)


def _handed_over(visitors, screen, company: Company, former: Person, heir: Person) -> None:
    company.administrator = heir
    company.members = [one for one in company.members if one.mobile != heir.mobile]
    new = heir.enter(visitors, screen)
    new.page.goto('/my/enterprises')
    expect(row_of(new.page, company.name)).to_contain_text('您是企业管理员')
    new.shoot('new-administrator')
    wear(new, company.name)
    new.page.goto('/my/enterprise/members')
    expect(row_of(new.page, heir.name)).to_contain_text('管理员')
    expect(new.page.locator('table.es-table')).not_to_contain_text(former.name)
    new.shoot('members')
    old = former.enter(visitors, screen)
    old.page.goto('/my/enterprise')
    old.page.wait_for_url('**/my/enterprises')  # no identity of an enterprise is left to him here
    expect(old.page.locator('.es-identity__label')).not_to_have_text(company.name)
    old.page.goto('/my/enterprises?tab=joined')
    expect(old.page.locator('table.es-table', has_text=company.name)).to_have_count(0)
    old.shoot('former-administrator')
    told(former.mobile, heir.name)


# R1.5
def test_the_identity_decides_what_is_seen_and_removal_ends_it(visitors, screen, company):
    person = demo('阿依古丽·买买提')
    visit = _member(visitors, screen, company, person, ())
    page = visit.page
    wear(visit, person.name)
    as_person = _menu(visit)
    visit.shoot('as-person')
    wear(visit, company.name)
    as_member = _menu(visit)
    visit.shoot('as-member')
    assert '企业中心' in as_member
    assert '企业中心' not in as_person
    page.goto('/my/enterprise')
    expect(page.locator('h1')).to_have_text(company.name)
    page.goto('/my/enterprise/members')  # a page of administrators
    page.wait_for_url('**/my/enterprise')
    expect(page.locator('.es-toast--bad')).to_be_visible()

    chief = company.administrator.enter(visitors, screen)
    wear(chief, company.name)
    chief.page.goto('/my/enterprise/members')
    chief.shoot('members')
    assert not chief.scrolls_sideways()
    dialog = dialog_of(chief.page, row_of(chief.page, person.name).locator('[data-es-open^=remove]'))
    dialog.locator('textarea[name=reason]').fill('已离职')
    chief.shoot('remove')
    dialog.locator('button[type=submit]').click()
    expect(chief.page.locator('table.es-table')).not_to_contain_text(person.name)
    company.members = [one for one in company.members if one.mobile != person.mobile]

    page.locator('.es-nav a[href="/my/enterprise"]').click()  # the next click
    page.wait_for_url('**/my/enterprises')
    expect(page.locator('.es-identity__label')).to_have_text(person.name)
    visit.shoot('removed')
    assert '企业中心' not in _menu(visit)


def _menu(visit) -> list[str]:
    return visit.page.locator('.es-nav__label').all_inner_texts()


def _option(page, name: str) -> str:
    return page.locator('select[name=member] option', has_text=name).first.inner_text()


def _member(visitors, screen, company: Company, person: Person, roles):
    if person.mobile in (one.mobile for one in (*company.members, company.administrator)):
        return person.enter(visitors, screen)
    return join(visitors, screen, company, person, roles)
