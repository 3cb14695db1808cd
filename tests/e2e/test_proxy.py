"""The proxy of production, a real one: what it lets through, in which spellings, and whose address is believed."""

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .conftest import environment
from .nginx import Front, front

JSON = {'Content-Type': 'application/json'}
LANGUAGES = ('', '/zh_CN', '/en', '/en_US', '/zh', '/de')
SHUT = (
    '/jsonrpc', '/xmlrpc/db', '/xmlrpc/2/db', '/xmlrpc/common', '/xmlrpc/object', '/web/database/manager',
    '/web/database/selector', '/web/database/backup', '/web/session/authenticate', '/doc', '/doc/res.users.json',
    '/doc-bearer/index.json', '/queue_job/runjob', '/json/1/res.users', '/json/res.users', '/web/tests', '/web/version',
    '/websocket/health', '/base_import_module/login_upload', '/web_editor/attachment/add_url', '/sms/status',
    '/web/webclient_', '/web/filestore/x', '/esignx', '/myx', '/web/signupx',
)  # fmt: skip
# Closed by Odoo for those who are no staff, whom the proxy cannot tell.
SHUT_INSIDE = (
    '/html_editor/link_preview_external', '/mail/link_preview', '/web/dataset/call_kw', '/my/account',
    '/my/address/submit', '/report/barcode',
)  # fmt: skip
OPEN = ('/', '/esign/login', '/esign/verify', '/my/esign', '/web/login', '/pki/root.cer')
FORGED = {
    'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Host': 'elsewhere.example', 'X-Forwarded-Proto': 'https',
    'X-Real-IP': '198.51.100.7', 'Forwarded': 'for=198.51.100.7;host=elsewhere.example',
}  # fmt: skip


@pytest.fixture(scope='module')
def door(tmp_path_factory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp('proxy')) as made:
        yield made


def asked(
    where: str | Front, method: str, path: str, body: str | None = None, headers=None
) -> http.client.HTTPResponse:
    """One request with the path as it is written, without following anything."""
    if isinstance(where, Front):
        context = ssl._create_unverified_context()  # a certificate of this test
        line = http.client.HTTPSConnection('127.0.0.1', where.port, timeout=60, context=context)
    else:
        line = http.client.HTTPConnection(urlsplit(where).netloc, timeout=60)
    line.request(method, path, body, headers or {})
    answer = line.getresponse()
    answer.text = answer.read().decode(errors='replace')
    line.close()
    return answer


def final(door: Front, path: str) -> int:
    """The status at the end of redirects; who is slowed down waits."""
    for _ in range(12):
        answer = asked(door, 'GET', path)
        if answer.status == 503:
            time.sleep(1)
        elif 300 <= answer.status < 400:
            path = urlsplit(answer.getheader('Location')).path
        else:
            break
    return answer.status


def spellings(path: str) -> list[str]:
    """Other ways to write a path that a server may take for the same."""
    first = path[1]
    return [
        path, f'/{path}', path.replace('/', '//'), f'{path}/', f'/%{ord(first):02x}{path[2:]}',
        '/%2f'.join(path.rsplit('/', 1)) if path.count('/') > 1 else f'/%2f{path[1:]}', f'/x/..{path}', f'/.{path}',
        path.upper(), path.title(), f'{path};x', f'{path}%20', f'{path}?x=1', f'{path}%3f',
    ]  # fmt: skip


# R1.1 R7.1
def test_what_nobody_outside_needs(door: Front):
    for path in SHUT:
        for language in LANGUAGES:
            answer = asked(door, 'POST', language + path, '{}', JSON)
            assert answer.status == 404, (language + path, answer.status)


def test_no_spelling_opens_it(door: Front):
    answers = {}
    for path in ('/jsonrpc', '/web/database/manager', '/doc', '/xmlrpc/2/db'):
        for language in ('', '/zh_CN', '/en'):
            for one in spellings(language + path):
                for method, body in (('GET', None), ('POST', '{}')):
                    answers[method, one] = asked(door, method, one, body, JSON).status
    wrong = {one: status for one, status in answers.items() if status not in (400, 404, 405)}
    assert not wrong, wrong


def test_odoo_shuts_what_the_proxy_cannot_tell(door: Front):
    for path in SHUT_INSIDE:
        for one in (path, f'/zh_CN{path}', f'/en{path}', f'{path}/'):
            answer = asked(door, 'POST', one, '{"params": {}}', JSON)
            assert answer.status in (301, 404), (one, answer.status)
    for language in ('', '/zh_CN', '/en'):
        assert final(door, f'{language}/web/signup') == 404


def test_the_ways_in(door: Front):
    for path in OPEN:
        for language in ('', '/zh_CN') if not path.startswith('/pki') else ('',):
            assert final(door, language + path) == 200, language + path
    [cookie] = [one for one in asked(door, 'GET', '/esign/verify').headers.get_all('Set-Cookie') if 'session_id' in one]
    assert {'secure', 'httponly', 'samesite=lax'} <= {word.strip().lower() for word in cookie.split(';')}


def test_pages_keep_their_headers(door: Front):
    """The proxy adds none that is weaker than what Odoo says: links send no referrer anywhere."""
    page = asked(door, 'GET', '/esign/sign')
    assert page.headers.get_all('Referrer-Policy') == ['no-referrer']
    assert page.headers.get_all('X-Frame-Options') == ['SAMEORIGIN']
    assert page.headers.get_all('X-Content-Type-Options') == ['nosniff']
    assert len(page.headers.get_all('Content-Security-Policy')) == 1
    assert page.getheader('Strict-Transport-Security')


def test_systems_keep_theirs(door: Front):
    call = '<?xml version="1.0"?><methodCall><methodName>version</methodName><params/></methodCall>'
    answer = asked(door, 'POST', '/xmlrpc/2/common', call, {'Content-Type': 'text/xml'})
    assert answer.status == 200
    assert 'server_version' in answer.text
    assert asked(door, 'POST', '/json/2/esign.api/nonsense', '{}', JSON).status == 401


def patiently(*call) -> object:
    """The answer, once the proxy's limit on log-ins lets the call through."""
    end = time.monotonic() + 20
    while (answer := asked(*call)).status == 503 and time.monotonic() < end:
        time.sleep(0.3)
    return answer


def guess(where: str | Front, log: Path, headers: dict[str, str]) -> str:
    """The address from which a wrong log-in came, as the server's log has it."""
    page = patiently(where, 'GET', '/web/login', None, headers)
    session = re.search(r'session_id=[^;]+', page.getheader('Set-Cookie'))[0]
    token = re.search(r'csrf_token: "([^"]+)"', page.text)[1]
    name = f'nobody-{time.time_ns()}'
    body = f'csrf_token={token}&login={name}&password=x&type=password'
    form = {'Content-Type': 'application/x-www-form-urlencoded', 'Cookie': session, **headers}
    assert patiently(where, 'POST', '/web/login', body, form).status == 200
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if found := re.search(rf'Login failed for login:{name} from (\S+)', log.read_text(errors='replace')):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f'the log says nothing of {name}')


def test_nobody_chooses_his_address(door: Front, server: str):
    """Through the proxy the address is the one it sees; on a port without one, forwarded headers are only words."""
    assert guess(door, door.log, FORGED) == '127.0.0.1'
    direct = Path(environment('ESIGN_E2E_CONF')).parent / 'log' / 'e2e.log'
    assert guess(server, direct, FORGED) == '127.0.0.1'
    page = asked(server, 'GET', '/my/esign', headers=FORGED)
    assert 'elsewhere.example' not in (page.getheader('Location') or '') + page.text
    page = asked(door, 'GET', '/my/esign', headers=FORGED)
    assert 'elsewhere.example' not in (page.getheader('Location') or '') + page.text


def test_nobody_chooses_a_database(door: Front):
    answer = patiently(door, 'GET', '/esign/login', None, {'X-Odoo-Database': 'postgres'})
    assert answer.status == 200
    assert json.dumps('postgres') not in answer.text


@pytest.mark.parametrize('language', ['', '/zh_CN', '/en'])
def test_log_ins_are_slowed_in_every_language(door: Front, language: str):
    with ThreadPoolExecutor(25) as crowd:
        answers = list(crowd.map(lambda _n: asked(door, 'POST', f'{language}/web/login', 'x=1').status, range(25)))
    assert 503 in answers, answers
