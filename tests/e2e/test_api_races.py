"""Business systems that call at the same time, on a real server: nothing twice, no deadlock, no lost answer."""

from __future__ import annotations

import base64
import datetime as dt
import io
import itertools
import threading
import time
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.conftest import environment

CALLERS = 30
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SIGNS = '0123456789ABCDEFGHJKLMNPQRTUWXY'


def id_number(number: int) -> str:
    """A resident ID number (GB 11643) that no demonstration person has."""
    body = f'320102{1950 + number // 1000}0909{number % 1000:03d}'
    return body + '10X98765432'[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def credit_code(number: int) -> str:
    """A unified social credit code (GB 32100)."""
    body = f'91320102{number:08d}X'
    return body + SIGNS[-sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body)) % 31]


def one_page_pdf() -> bytes:
    """A small contract, the same bytes each time."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.drawString(72, 700, 'Contract')
    canvas.save()
    return out.getvalue()


def one_page() -> str:
    """The same as base64."""
    return base64.b64encode(one_page_pdf()).decode()


class Callers:
    """Many callers of one system; each has a connection of its own."""

    def __init__(self, server: str, key: str) -> None:
        self.server, self.database, self.key = server, environment('ESIGN_E2E_DATABASE'), key
        common = xmlrpc.client.ServerProxy(f'{server}/xmlrpc/2/common')
        self.user = common.authenticate(self.database, 'integration', key, {})
        self.tag = f'{time.time_ns():x}'

    def call(self, method: str, **arguments):
        """One call; a refusal is answered as its text."""
        models = xmlrpc.client.ServerProxy(f'{self.server}/xmlrpc/2/object')
        try:
            return models.execute_kw(self.database, self.user, self.key, 'esign.api', method, [], arguments)
        except xmlrpc.client.Fault as fault:
            return f'{fault.faultCode}: {fault.faultString}'

    def at_once(self, calls: list[tuple[str, dict]]) -> list:
        """The answers of calls that begin together."""
        gate = threading.Barrier(len(calls))

        def work(method, arguments):
            gate.wait(60)
            return self.call(method, **arguments)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(work, *zip(*calls, strict=True)))

    def count(self, query: str, *values) -> int:
        """One number from the database."""
        with closing(psycopg2.connect(f'dbname={self.database}')) as connection, connection.cursor() as cr:
            cr.execute(query, values)
            return cr.fetchone()[0]


@pytest.fixture(scope='module')
def callers(server, staff):
    """A system with an enterprise, its administrator and a file."""
    made = Callers(server, staff.key('integration'))
    number = int(made.tag[-5:], 16) % 49_000
    made.numbers = itertools.count(number)
    person = next(made.numbers)
    assert made.call(
        'sync_person', ref=f'p-{made.tag}', name='吴总管', mobile=f'135{person:08d}', id_number=id_number(person),
        verified=True,
    ) == {'ref': f'p-{made.tag}', 'state': 'verified'}  # fmt: skip
    company = made.call(
        'sync_enterprise', ref=f'e-{made.tag}', name=f'南京并行{number}有限公司', uscc=credit_code(number),
        administrator=f'p-{made.tag}', verified=True,
    )  # fmt: skip
    assert company['state'] == 'verified', company
    roles = ['administrator', 'seal_operator']
    made.call('sync_member', enterprise=f'e-{made.tag}', person=f'p-{made.tag}', roles=roles)
    made.call('grant_seal', enterprise=f'e-{made.tag}', seal_kind='contract')
    assert made.call('upload_file', ref=f'f-{made.tag}', name='合同.pdf', content=one_page())['pages'] == 1
    return made


def group(callers: Callers, ref: str) -> dict:
    """Arguments of a group of one file."""
    tag = callers.tag
    place = {'kind': 'seal', 'seal_kind': 'contract', 'page': 1, 'x': 30, 'y': 60}
    return {
        'ref': f'{ref}-{tag}',
        'name': '并行合同',
        'deadline': str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)),
        'initiator': f'e-{tag}',
        'parties': [{'ref': 'company', 'kind': 'enterprise', 'enterprise': f'e-{tag}'}],
        'contracts': [{'ref': 'c', 'file': f'f-{tag}', 'parties': [{'ref': 'company', 'placements': [place]}]}],
    }


def test_the_same_group_by_thirty_callers(callers):  # R7.1
    said = group(callers, 'same')
    answers = callers.at_once([('create_group', said)] * CALLERS)
    assert all(isinstance(answer, dict) for answer in answers), answers
    assert len({(answer['group'], answer['number']) for answer in answers}) == 1, answers
    assert callers.count('SELECT count(*) FROM esign_api_reference WHERE ref = %s', said['ref']) == 1
    number = answers[0]['number']
    query = (
        'SELECT count(*) FROM esign_contract_group g JOIN esign_api_reference r ON r.res_id = g.initiator_id'
        " AND r.kind = 'enterprise' AND r.ref = %s WHERE g.number = %s"
    )
    assert callers.count(query, f'e-{callers.tag}', number) == 1


def test_thirty_groups_at_once(callers):  # R7.1
    """All are launched, their numbers follow each other, and no call had to be given up."""
    calls = [('create_group', group(callers, f'one-{index}')) for index in range(CALLERS)]
    began = time.monotonic()
    answers = callers.at_once(calls)
    assert all(isinstance(answer, dict) for answer in answers), answers
    numbers = sorted(int(answer['number'][10:]) for answer in answers)
    assert numbers == list(range(numbers[0], numbers[0] + CALLERS)), numbers
    assert time.monotonic() - began < 120


def test_the_same_person_by_thirty_callers(callers):  # R7.1
    number = next(callers.numbers)
    said = {'ref': f'q-{callers.tag}', 'name': '郑并行', 'mobile': f'135{number:08d}', 'id_number': id_number(number)}
    answers = callers.at_once([('sync_person', {**said, 'verified': True})] * CALLERS)
    assert answers == [{'ref': said['ref'], 'state': 'verified'}] * CALLERS
    assert callers.count('SELECT count(*) FROM esign_person WHERE mobile = %s', said['mobile']) == 1


def test_other_content_at_the_same_time(callers):  # R7.1
    """Of two contents under one key one wins, and the other callers are told so."""
    said = [group(callers, 'two'), {**group(callers, 'two'), 'name': '另一份'}]
    answers = callers.at_once([('create_group', one) for one in said * 5])
    won = [answer for answer in answers if isinstance(answer, dict)]
    assert won, answers
    # The state may move on while others are answered: the preparation goes on beside.
    assert len({(answer['group'], answer['number']) for answer in won}) == 1, won
    lost = [answer for answer in answers if not isinstance(answer, dict)]
    assert len(lost) == 5, answers
    assert all(answer.startswith('2: ESIGN_CONFLICT: ref') for answer in lost), lost


def test_refused_calls_stay_in_the_audit_list(callers):  # R7.1
    """A call that was rolled back is listed all the same, once."""
    query = "SELECT count(*) FROM esign_api_call WHERE method = 'group' AND result = 'ESIGN_NOT_FOUND'"
    before = callers.count(query)
    answers = callers.at_once([('group', {'group': 'nothing'})] * 10)
    assert all(answer.startswith('2: ESIGN_NOT_FOUND: group') for answer in answers), answers
    assert callers.count(query) == before + 10
