"""What people do in more than one journey: register, verify themselves, certify a company, join it."""

import io
import itertools
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit, Visitors, environment

SURNAMES = '林陈黄吴刘蔡杨许郑谢郭洪邱曾廖赖徐周叶苏'
GIVEN = '安宁清远知夏若溪明川云舒景行书瑶子墨嘉言思齐'
CREDIT_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
PASSWORD = 'Reise-2026'
DEMO_PASSWORD = 'Demo-2026'
DEMO = {'苏晓棠': '13800000002', '顾明川': '13800000003', '阿依古丽·买买提': '13800000007'}
_count = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account."""

    name: str
    mobile: str
    password: str
    id_number: str = ''

    def enter(self, visitors: Visitors, screen: str) -> Visit:
        return visitors.signed_in(self.mobile, self.password, screen, 'founder' if self.id_number else self.name)


def demo(name: str) -> Person:
    """A verified person of the demonstration."""
    return Person(name, DEMO[name], DEMO_PASSWORD)


def stranger() -> Person:
    """Invented, and new on the platform in every run."""
    name = secrets.choice(SURNAMES) + secrets.choice(GIVEN) + secrets.choice(GIVEN)
    born = 1960 + secrets.randbelow(40)
    first = f'110105{born}0{1 + secrets.randbelow(9)}1{secrets.randbelow(9)}{secrets.randbelow(1000):03d}'
    mobile = f'1{secrets.choice("56789")}{secrets.choice("0123456789")}{secrets.randbelow(10**8):08d}'
    return Person(name, mobile, PASSWORD, first + '10X98765432'[_id_sum(first)])


def _id_sum(first: str) -> int:
    """ISO 7064 MOD 11-2, as GB 11643 wants it: weights are powers of two."""
    return sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first)) % 11


# ---- messages -------------------------------------------------------------------------------------


def texts_to(mobile: str) -> list[dict]:
    """The text messages to a number, oldest first, as the file gateway wrote them."""
    path = Path(environment('ESIGN_SMS_FILE'))
    lines = path.read_text(encoding='utf-8').splitlines() if path.exists() else []
    return [line for line in map(json.loads, lines) if line['to'].endswith(mobile)]


def code_sent(mobile: str, since: datetime) -> str:
    """The six digits of the first message with a code that went to a number after ``since``."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for text in texts_to(mobile):
            found = re.search(r'(?<!\d)\d{6}(?!\d)', text['text'])
            if found and datetime.fromisoformat(text['at']) >= since:
                return found[0]
        time.sleep(0.2)
    raise AssertionError(f'no code came to {mobile}')


def told(mobile: str, word: str) -> None:
    """Waits until a number was told something."""
    deadline = time.monotonic() + 30
    while not any(word in text['text'] for text in texts_to(mobile)):
        assert time.monotonic() < deadline, f'{mobile} was not told: {word}; {texts_to(mobile)}'
        time.sleep(0.3)


# ---- files ----------------------------------------------------------------------------------------


def picture(word: str, kind: str = 'JPEG') -> dict:
    """A file to upload: a drawn page."""
    image = Image.new('RGB', (900, 600), (236, 240, 246))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 880, 580), outline=(150, 165, 180), width=6)
    pen.text((60, 60), f'SPECIMEN {word} {next(_count)}', fill=(180, 60, 60), font_size=48)
    out = io.BytesIO()
    image.save(out, kind)
    suffix = {'JPEG': 'jpg', 'PNG': 'png'}[kind]
    return {'name': f'{word}.{suffix}', 'mimeType': f'image/{kind.lower()}', 'buffer': out.getvalue()}


# ---- pages ----------------------------------------------------------------------------------------


def get_code(page: Page, mobile: str, field_name: str = 'code') -> None:
    """Presses the button beside the field of a code and types what the phone got."""
    since = datetime.now(UTC)
    box = page.locator('.es-field', has=page.locator(f'input[name={field_name}]'))
    box.locator('[data-es-code]').click()
    expect(box.locator('[data-es-code]')).to_contain_text('秒')
    page.fill(f'input[name={field_name}]', code_sent(mobile, since))


def register(visit: Visit, person: Person) -> None:
    """A stranger opens an account; arrives at the real-name verification."""
    page = visit.page
    page.goto('/esign/register')
    page.fill('input[name=mobile]', person.mobile)
    visit.shoot('register-empty')
    get_code(page, person.mobile)
    page.fill('input[name=password]', person.password)
    page.fill('input[name=password_again]', person.password)
    page.check('input[name=agree]')
    visit.shoot('register')
    page.locator('form.es-form button[type=submit]').click()
    page.wait_for_url('**/my/esign/me/verify')


def submit_photos(visit: Visit, person: Person) -> None:
    """Asks for the verification by photos of the document."""
    page = visit.page
    page.goto('/my/esign/me/verify')
    page.check('input[name=method][value=manual]')
    page.fill('input[name=name]', person.name)
    page.fill('input[name=id_number]', person.id_number)
    page.set_input_files('input[name=photo_front]', picture('front'))
    page.set_input_files('input[name=photo_back]', picture('back'))
    page.check('input[name=agree]')
    visit.shoot('verify')
    page.locator('form[data-es-verify] button[type=submit]').click()
    expect(page.locator('.es-notice--wait')).to_contain_text('审核中')


def staff_approves(staff: Visit, address: str, text: str, done: str, label: str, *, asks: bool = True) -> None:
    """In the web client: opens the record that shows ``text`` and approves it.

    :param done: value of the state afterwards.
    :param asks: whether a question comes before it is done.
    """
    page = staff.page
    page.goto(address)
    found = page.locator('.o_kanban_record:not(.o_kanban_ghost), tr.o_data_row', has_text=text).first
    expect(found).to_be_visible(timeout=20_000)  # the web client may have to start first
    staff.shoot(f'{label}-list')
    found.locator('.o_data_cell').first.click() if found.locator('.o_data_cell').count() else found.click()
    approve = page.locator('button[name=action_approve]')
    expect(approve).to_be_visible()
    staff.shoot(f'{label}-form')
    approve.click()
    if asks:
        page.locator('.modal-footer button.btn-primary').click()
    state = page.locator(f'.o_statusbar_status [data-value="{done}"].o_arrow_button_current')
    expect(state).to_be_visible(timeout=20_000)  # the approval draws seals


def verified_stranger(visitors: Visitors, screen: str) -> tuple[Visit, Person]:
    """A new person who has been verified by staff, and his browser."""
    person = stranger()
    visit = visitors.come(screen)
    register(visit, person)
    visitors.kept[person.mobile] = visit.page.context.storage_state()
    submit_photos(visit, person)
    staff_approves(visitors.staff(), '/odoo/esign-verifications', person.name, 'success', 'verification')
    return visit, person


def wear(visit: Visit, label: str) -> None:
    """Puts on another identity by the switch in the top bar."""
    page = visit.page
    page.goto('/my/esign')
    page.locator('.es-identity--switch').click()
    page.locator('form[action="/my/esign/identity"] button', has_text=label).first.click()
    expect(page.locator('.es-identity__label')).to_have_text(label)


def dialog_of(page: Page, opener) -> Locator:
    """Presses a button that opens a dialog and returns the dialog.

    A press before the page's scripts have started does nothing: then it is pressed again, as people do.
    """
    dialog = page.locator('dialog[open]')
    for _try in range(10):
        opener.click()
        page.wait_for_timeout(300)
        if dialog.is_visible():
            break
    expect(dialog).to_be_visible()
    return dialog


def row_of(page: Page, text: str) -> Locator:
    """The row of a table that shows ``text``."""
    return page.locator('table.es-table tbody tr', has_text=text).first


# ---- companies ------------------------------------------------------------------------------------


@dataclass
class Company:
    """A certified company and who is in it, as the journeys changed it."""

    name: str
    code: str
    administrator: Person
    members: list[Person] = field(default_factory=list)


def new_company_name(screen: str) -> str:
    """Long on the phone: names of thirty characters are no rarity."""
    luck = ''.join(secrets.choice(GIVEN) for _ in range(3))
    if screen == 'phone':
        return f'上海{luck}长江三角洲一体化示范区数字供应链管理服务有限公司'
    return f'杭州{luck}茶业有限公司'


def new_credit_code() -> str:
    """GB 32100: weights are powers of three, modulo 31."""
    body = '91330106MA' + ''.join(secrets.choice(CREDIT_ALPHABET) for _ in range(7))
    total = sum(CREDIT_ALPHABET.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    return body + CREDIT_ALPHABET[-total % 31]


def certify(visit: Visit, person: Person, name: str, code: str) -> None:
    """Walks through the four steps and hands the application in."""
    page = visit.page
    page.goto('/my/enterprises')
    visit.shoot('enterprises-empty')
    page.locator('form[action="/my/enterprises/certify"] button').click()
    page.wait_for_url('**/data')
    page.fill('input[name=name]', name)
    page.fill('input[name=uscc]', code)
    page.fill('input[name=address]', '浙江省杭州市西湖区样例路 9 号')
    page.fill('input[name=term_from]', '2020-01-01')
    _next(visit, 'certify-1', '**/legal')
    page.fill('input[name=legal_name]', person.name)
    page.select_option('select[name=legal_id_type]', 'resident')
    page.fill('input[name=legal_id_number]', person.id_number)
    page.fill('input[name=legal_mobile]', person.mobile)
    _next(visit, 'certify-2', '**/proof')
    page.set_input_files('input[name=licence]', picture('licence', 'PNG'))
    page.set_input_files('input[name=letter]', picture('letter', 'PNG'))
    _next(visit, 'certify-3', '**/confirm')
    expect(page.locator('input[name=default_seals]')).to_be_checked()
    page.check('input[name=agree]')
    _next(visit, 'certify-4', re.compile(r'/certification/\d+$'))
    expect(page.locator('.es-notice--wait')).to_contain_text('审核')
    visit.shoot('certify-handed-in')


def _next(visit: Visit, label: str, address) -> None:
    visit.shoot(label)
    assert not visit.scrolls_sideways(), label
    visit.page.locator('button[name=go][value=next]').click()
    visit.page.wait_for_url(address)


def join(visitors: Visitors, screen: str, company: Company, person: Person, roles: tuple[str, ...]) -> Visit:
    """A person searches the company and applies; its administrator approves with roles."""
    visit = person.enter(visitors, screen)
    page = visit.page
    page.goto('/my/enterprises/join')
    page.fill('input[name=q]', company.name[:8])
    page.locator('form[action="/my/enterprises/join"] button').click()
    dialog = dialog_of(page, row_of(page, company.name).locator('[data-es-open]'))
    dialog.locator('input[name=department]').fill('采购部')
    dialog.locator('input[name=work_number]').fill('CG-007')
    dialog.locator('textarea[name=note]').fill('新入职')
    visit.shoot('join')
    dialog.locator('button[type=submit]').click()
    page.wait_for_url('**/my/enterprises?tab=joined')
    expect(row_of(page, company.name)).to_contain_text('待审批')
    visit.shoot('join-waiting')

    told(company.administrator.mobile, company.name)
    chief = company.administrator.enter(visitors, screen)
    wear(chief, company.name)
    chief.page.goto('/my/enterprise/joins')
    chief.shoot('joins')
    dialog = dialog_of(chief.page, row_of(chief.page, person.name).locator('[data-es-open^=approve]'))
    for role in roles:
        dialog.locator(f'input[name=role][value={role}]').check()
    chief.shoot('approve-dialog')
    dialog.locator('button[type=submit]').click()
    expect(chief.page.locator('.es-toast--ok')).to_be_visible()
    company.members.append(person)
    return visit
