"""A signer who works by HTTP as the signing room does, and what his server spends on it."""

from __future__ import annotations

import html
import json
import os
import re
import time
from pathlib import Path

import requests

CODE = re.compile(r'(?<!\d)\d{6}(?!\d)')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|csrf_token:\s*"([^"]+)"')
PROPS = re.compile(r'<owl-component[^>]*name="esign_sign.signing_room"[^>]*props="([^"]+)"')
ROOM = '/my/esign/sign'
PATIENCE = 60  # seconds until a code or a signature must be there


class Signer:
    """One login with its session; wears what it is told to wear."""

    def __init__(self, login: str, password: str, mobile: str) -> None:
        self.server, self.mobile = os.environ['ESIGN_BENCH_URL'], mobile
        self.session = requests.Session()
        values = {'login': login, 'password': password, 'csrf_token': self._token('/web/login')}
        answer = self.session.post(f'{self.server}/web/login', data=values, timeout=PATIENCE)
        answer.raise_for_status()
        if '/web/login' in answer.url:
            raise RuntimeError(f'{login} was not let in')

    def _token(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        return found[1] or found[2]

    def get(self, path: str) -> requests.Response:
        answer = self.session.get(self.server + path, timeout=PATIENCE)
        answer.raise_for_status()
        return answer

    def wear(self, key: str) -> None:
        """Put on an identity (``person:1``, ``enterprise:1``)."""
        values = {'key': key, 'csrf_token': self._token('/my/esign')}
        self.session.post(f'{self.server}/my/esign/identity', data=values, timeout=PATIENCE).raise_for_status()

    def ask(self, path: str, **params: object) -> dict:
        """One request of the room."""
        body = {'jsonrpc': '2.0', 'method': 'call', 'params': params}
        answer = self.session.post(f'{self.server}{ROOM}/{path}', json=body, timeout=PATIENCE).json()
        result = answer.get('result') or {}
        if result.get('outcome') != 'OK':
            raise RuntimeError(f'{path}: {answer}')
        return result['data']

    def sign(self, group: int, key: str) -> None:
        """Page, consent, signature, result: what the browser asks for, in its order.

        :param key: names the request, as the browser makes one.
        :raises RuntimeError: the server refused something.
        """
        contracts = _room_in(self.get(f'{ROOM}/{group}').text)['contracts']
        for one in contracts:
            self.get(one['url'])
        since = _messages()
        act = self.ask(f'{group}/freeze', key=key, contracts=[one['id'] for one in contracts], code=True)
        act = self.ask(f'act/{act["id"]}/confirm', code=self._code(since))
        end = time.monotonic() + PATIENCE
        while act['state'] != 'done':
            if act['state'] != 'consented' or time.monotonic() > end:
                raise RuntimeError(f'not signed: {act}')
            act = self.ask(f'act/{act["id"]}/status')

    def _code(self, since: int) -> str:
        """The code of the first message to him after ``since``, as the file gateway wrote it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in _lines()[since:]:
                message = json.loads(line)
                found = CODE.search(message['text'])
                if found and message['to'].endswith(self.mobile):
                    return found[0]
            time.sleep(0.005)
        raise RuntimeError(f'no code came to {self.mobile}')


def _room_in(page: str) -> dict:
    """What the page hands to the component of the room."""
    return json.loads(html.unescape(PROPS.search(page)[1]))['room']


def _lines() -> list[str]:
    path = Path(os.environ['ESIGN_SMS_FILE'])
    return path.read_text(encoding='utf-8').splitlines() if path.exists() else []


def _messages() -> int:
    return len(_lines())


def server_seconds() -> float:
    """Processor time that the server's process has used (not PostgreSQL's)."""
    stat = Path(f'/proc/{os.environ["ESIGN_BENCH_SERVER"]}/stat').read_text().rpartition(') ')[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf('SC_CLK_TCK')
