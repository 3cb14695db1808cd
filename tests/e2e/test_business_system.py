"""A business system drives the platform; the person it asks signs in a browser, by a link."""

import importlib.util
import os
import queue
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import expect

from .conftest import Visit, Visitors
from .people import code_sent
from .room_support import SIGNER
from .staff import PREPARE, Staff

EXAMPLE = Path(__file__).parents[2] / 'docs' / 'examples' / 'sign_two_files.py'
LINK = """
_link, url = env['esign.sign.link']._make(group.party_ids)
env['esign.rate.limit']._clear('otp.resend', 'esign.link:13800000001')
env['ir.config_parameter'].set_param('e2e.link', url)
"""
# A group of one file that the launching enterprise signs itself, silently, under a key of the demonstration's system.
SILENT = """
demo = env['esign.demo'].with_context(queue_job__no_delay=True, lang='zh_CN')
inner = demo._enterprise('internal_1')
operator = inner.member_ids.filtered(lambda one: one.state == 'active' and 'seal_operator' in one._codes())[:1]
demo._authorise(inner.id, 'official', operator.person_id.id, silent=True)
group = demo._demo_group(spec['name'], 'general', ['采购合同'], [inner])
group.party_ids.write({'ref': 'us'})
system = env['res.users'].search([('login', '=', 'integration')])
env['esign.api.reference'].sudo().create(
    {'user_id': system.id, 'kind': 'group', 'ref': spec['name'], 'res_id': group.id}
)
demo._launch_demo(group)
"""


def here(url: str) -> str:
    """The link on the server of this run: links are made for the address that the operator set."""
    return url[url.index('/esign/sign') :]


def open_link(visit: Visit, url: str, mobile: str) -> None:
    """The person opens his link and gives the code that his phone gets; arrives in the room."""
    page = visit.page
    page.goto(here(url))
    page.wait_for_url('**/esign/sign/code')
    assert '#' not in page.url
    expect(page.locator('main')).to_contain_text(f'{mobile[:3]}****{mobile[-4:]}')
    visit.shoot('code')
    assert not visit.scrolls_sideways()
    since = datetime.now(UTC)
    page.locator('[data-es-code]').click()
    expect(page.locator('[data-es-code]')).to_contain_text('秒')
    page.fill('input[name=code]', code_sent(mobile, since))
    page.locator('form.es-form button[type=submit]').click()
    page.wait_for_url('**/esign/sign/room')
    page.wait_for_selector('.es-board__canvas canvas')
    visit.shoot('room')


def sign_all(visit: Visit, mobile: str) -> None:
    """One click puts the seals where they were asked for; then the code for exactly this."""
    page = visit.page
    page.locator('[data-act=fill]').click()
    page.locator('[data-act=confirm]').click()
    expect(page.locator('[data-dialog=confirm]')).to_be_visible()
    since = datetime.now(UTC)
    page.get_by_role('button', name='提交签署').click()
    expect(page.locator('.es-room__sent')).to_be_visible()
    page.fill('#es-room-code', code_sent(mobile, since))
    page.locator('[data-act=sign]').click()
    expect(page.locator('[data-dialog=result]')).to_be_visible(timeout=60_000)
    visit.shoot('result')


# R7.1 R3.4
def test_a_link_opens_the_room_and_nothing_else(visitors: Visitors, screen: str, staff: Staff):
    """R7.1 R3.4: who was never logged in signs by a link, with two codes; the link is void afterwards."""
    name = f'劳动合同 {screen} {time.time_ns()}'
    spec = {'name': name, 'files': ['劳动合同', '保密协议'], 'placed': True}
    staff.run(f'spec = {spec!r}\n{PREPARE}\n{LINK}')
    url = staff.call('ir.config_parameter', 'get_param', 'e2e.link')
    visit = visitors.come(screen)
    open_link(visit, url, SIGNER[0])
    expect(visit.page.locator('a[href^="/my/"]')).to_have_count(0)
    visit.page.reload()
    visit.page.wait_for_selector('.es-board__canvas canvas')
    sign_all(visit, SIGNER[0])
    result = visit.page.locator('[data-dialog=result]')
    expect(result.locator('a[data-act=download]')).to_have_count(2)
    expect(result).to_contain_text(re.compile(r'\d\d:\d\d'))
    with visit.page.expect_download() as download:
        result.locator('a[data-act=download]').first.click()
    assert download.value.suggested_filename.endswith('_劳动合同.pdf')
    assert download.value.path().read_bytes().startswith(b'%PDF-')
    group = staff.call('esign.contract.group', 'search', [('name', '=', name)])[0]
    assert staff.state(group) == 'done'
    visit.page.goto(f'/my/esign/sign/{group}')
    assert '/esign/login' in visit.page.url
    late = visitors.come(screen, 'late')
    late.page.goto(here(url))
    expect(late.page.locator('[data-link-state=refused]')).to_be_visible()
    late.shoot('refused')


class Script:
    """The example, run as a stranger would; its lines as they come."""

    def __init__(self, server: str) -> None:
        command = [sys.executable, str(EXAMPLE), '--url', server, '--database', os.environ['ESIGN_E2E_DATABASE']]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines, self.coming = [], queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.coming.put(line.rstrip('\n'))
        self.coming.put(None)

    def line(self, start: str, seconds: float = 180) -> str:
        """Waits for a line that begins so; answers the rest of it."""
        end = time.monotonic() + seconds
        while True:
            line = self.coming.get(timeout=max(end - time.monotonic(), 0.1))
            assert line is not None, '\n'.join(self.lines)
            self.lines.append(line)
            if line.startswith(start):
                return line.removeprefix(start).strip()


# R7.1 R7.2
def test_the_example_does_the_main_job(visitors: Visitors, server: str):
    """R7.1 R7.2: two files, an enterprise silently, a person by a link, call-backs, verified downloads."""
    script = Script(server)
    try:
        script.line('TEST')
        script.line('LAUNCHED')
        script.line('CALL-BACK contract.started')
        assert script.line('SILENT') == 'signing'
        mobile = re.search(r"ref='staff-7'.*?mobile='(\d{11})'", EXAMPLE.read_text(encoding='utf-8'))[1]
        visit = visitors.come('phone')
        open_link(visit, script.line('LINK'), mobile)
        sign_all(visit, mobile)
        told = script.line('CALL-BACK contract.completed')
        assert told == 'done'
        assert [script.line('VERIFIED').split()[0] for _file in range(2)] == ['genuine', 'genuine']
        assert script.process.wait(timeout=30) == 0
        signed = [line.split()[-1] for line in script.lines if line.startswith('CALL-BACK contract.signed')]
        assert sorted(signed) == ['employee', 'employer']
    finally:
        script.process.kill()
        script.process.wait()


def the_example():
    """The example as a module, for its receiver and its caller."""
    module = importlib.util.spec_from_file_location('sign_two_files', EXAMPLE)
    example = importlib.util.module_from_spec(module)
    module.loader.exec_module(example)
    return example


# R7.1 R7.2
def test_parallel_callers_and_a_bad_receiver(server: str, staff: Staff):
    """R7.1 R7.2: eight callers sign once; a receiver that fails, hangs and redirects loses nothing, in order."""
    example = the_example()
    came, bad = [], [500, 'hang', 302]

    class BadReceiver(example.Receiver):
        """Takes nothing at first."""

        def take(self, method, target, headers, body):
            if b'"test"' not in body:
                came.append(example.json.loads(body))
                answer = bad.pop(0) if bad else None
                if answer == 'hang':
                    time.sleep(7)
                elif answer:
                    return answer
            return super().take(method, target, headers, body)

    secrets = {'integration': staff.key('integration'), 'admin': 'admin'}

    def platform(login='integration'):
        return example.Platform(server, staff.database, login, secrets[login])

    receiver, system = BadReceiver(0), platform()
    callback = example.subscribe(platform('admin'), system.uid, receiver)
    name = f'storm-{time.time_ns()}'
    try:
        staff.run(f'spec = { {"name": name}!r}\n{SILENT}')
        callers = [platform() for _caller in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: one.call('auto_sign', group=name, party='us'), callers))
        assert len({answer['job'] for answer in answers}) == 1, answers
        told = [receiver.events.get(timeout=180) for _event in range(4)][1:]  # the first is the test
    finally:
        staff.call('esign.callback', 'write', [callback], {'active': False})
    expected = ['contract.started', 'contract.signed', 'contract.completed']
    assert [one['event'] for one in told] == expected
    assert [one['event'] for one in came] == ['contract.started'] * 3 + expected
    assert len({one['event_id'] for one in came}) == 3
    group = staff.call('esign.contract.group', 'search', [('name', '=', name)])
    assert staff.call('esign.signing.act', 'search_count', [('group_id', 'in', group)]) == 1
    attempts = staff.call('esign.callback.attempt', 'search_read', [('event_id.callback_id', '=', callback)], ['fault'])
    assert sorted(one['fault'] or '' for one in attempts)[-3:] == ['redirect', 'status', 'timeout']


# R7.2
def test_staff_make_a_subscription(visitors: Visitors, server: str, staff: Staff):
    """R7.2: an administrator makes it in the web client; the secret is shown once, the test says what came."""
    example = the_example()
    receiver = example.Receiver(0)
    desk = visitors.staff()
    page = desk.page
    page.goto('/odoo/esign-callbacks/new')
    page.locator('.o_field_widget[name=name] input').fill('人事系统')
    page.locator('.o_field_widget[name=user_id] input').fill('业务系统')
    page.locator('.o-autocomplete--dropdown-item', has_text='业务系统').first.click()
    page.locator('.o_field_widget[name=url] input').fill('http://10.0.0.1/hook')
    kind = page.locator('.o_field_widget[name=kind_ids] .form-check', has_text='contract.completed').locator('input')
    kind.click()  # the widget takes a moment to show it
    expect(kind).to_be_checked()
    page.locator('.o_form_button_save').click()
    expect(page.locator('.o_error_dialog')).to_contain_text('内部网络')
    desk.shoot('internal')
    page.locator('.o_error_dialog footer button').click()
    page.locator('.o_field_widget[name=url] input').fill(receiver.url)
    page.locator('.o_form_button_save').click()
    page.locator('button[name=action_new_secret]:visible').click()
    expect(page.locator('.modal .o_field_widget[name=shown]')).to_be_visible()
    secret = page.locator('.modal .o_field_widget[name=shown]').inner_text().split()[0]
    app = page.locator('.modal .o_field_widget[name=app]').inner_text().split()[0]
    desk.shoot('secret')
    receiver.secrets[app] = secret
    page.locator('.modal-footer button').click()
    page.locator('button[name=action_test]').click()
    expect(page.locator('.o_notification')).to_contain_text('已送达')
    desk.shoot('tested')
    assert receiver.events.get(timeout=5)['event'] == 'test'
    page.locator('button[name=action_start]').click()
    expect(page.locator('.o_statusbar_status [data-value=active].o_arrow_button_current')).to_be_visible()
    page.goto('/odoo/esign-callback-events')
    expect(page.locator('tr.o_data_row').first).to_be_visible()
    desk.shoot('events')
    page.locator('tr.o_data_row .o_data_cell').first.click()
    expect(page.locator('.o_field_widget[name=attempt_ids]')).to_contain_text('127.0.0.1')
    desk.shoot('event')
    found = staff.call('esign.callback', 'search', [('app_id', '=', app)])
    staff.call('esign.callback', 'write', found, {'active': False})
