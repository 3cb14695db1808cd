"""One SMS by HTTPS: request from a template, signature, bounded retry, answer to a state.

Templates know ``{{number}}`` (+86…), ``{{national}}`` (eleven digits), ``{{text}}``, ``{{id}}``
(stable for one message, for the provider's own duplicate check), ``{{time}}`` (Unix seconds) and
``{{secret}}``. With a secret, every request also carries ``X-Timestamp`` and ``X-Signature`` =
hex HMAC-SHA256 (RFC 2104) of timestamp, newline, body.
"""

import hashlib
import hmac
import ipaddress
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import requests
import urllib3

from ..rules.mobile import international

PREFIX = 'esign.sms_http_'
SECRET = 'ESIGN_SMS_SECRET'  # noqa: S105 - the name of a variable, not a secret
SECRET_FILE = 'ESIGN_SMS_SECRET_FILE'  # noqa: S105 - the name of a variable, not a secret
DEFAULT_BODY = '{"to": "{{number}}", "text": "{{text}}", "id": "{{id}}"}'
ANSWER_LIMIT = 65536
ATTEMPTS = 3
PAUSE_SECONDS = 0.3
STATES = (
    'insufficient_credit',
    'country_not_supported',
    'unregistered',
    'limited',
    'rejected',
    'wrong_number_format',
    'server_error',
)
# The provider said it did nothing (or is a gateway that could not pass the message on): safe to repeat.
# A time-out after sending is not: the message may be on its way.
_REPEATABLE = frozenset({502, 503})
_BY_STATUS = {401: 'unregistered', 402: 'insufficient_credit', 403: 'unregistered', 429: 'limited'}
_PLACE = re.compile(r'\{\{(\w+)\}\}')
_HEADER = re.compile(r"^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x20-\x7e]*)$")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The provider's interface as configured."""

    url: str
    method: str = 'POST'
    headers: str = ''
    body: str = DEFAULT_BODY
    timeout: float = 8.0
    ok_path: str = ''
    ok_value: str = ''
    error_map: str = ''

    @classmethod
    def of(cls, env):
        """Read the settings of this database."""
        param = env['ir.config_parameter'].sudo().get_param
        names = ('url', 'method', 'headers', 'body', 'ok_path', 'ok_value', 'error_map')
        given = {name: value for name in names if (value := param(PREFIX + name))}
        try:
            timeout = float(param(PREFIX + 'timeout') or 8)
        except ValueError:
            timeout = 8.0
        return cls(**{'url': '', **given}, timeout=min(max(timeout, 1.0), 30.0))

    def fault(self) -> str | None:
        """Return the code of the first thing that is wrong with these settings, None when all is well."""
        checks = (
            ('url_missing', not self.url),
            ('url_insecure', bool(self.url) and not _secure(self.url)),
            ('method', self.method not in {'POST', 'PUT'}),
            ('headers', any(not _HEADER.match(line) for line in _lines(self.headers))),
            ('body', not self._body_sound()),
            ('error_map', any(state not in STATES for state in self.errors().values())),
            ('secret_missing', '{{secret}}' in self.headers + self.body and not secret()),
        )
        return next((code for code, wrong in checks if wrong), None)

    def content_type(self) -> str:
        """Return the content type of the request; JSON unless a header says otherwise."""
        given = {name.lower(): value for name, value in self._header_pairs()}
        return given.get('content-type', 'application/json')

    def errors(self) -> dict[str, str]:
        """Return the provider's code → our state, from lines ``code = state``."""
        pairs = (line.partition('=') for line in _lines(self.error_map))
        return {code.strip(): state.strip() for code, _equals, state in pairs}

    def request(self, values: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """Fill the templates: (headers, body)."""
        escape = _json_escape if 'json' in self.content_type() else _form_escape
        body = _fill(self.body, {name: escape(value) for name, value in values.items()}).encode()
        headers = {'Content-Type': self.content_type(), 'Accept': 'application/json'}
        headers |= {name: _fill(value, values) for name, value in self._header_pairs()}
        if values['secret']:
            headers['X-Timestamp'] = values['time']
            headers['X-Signature'] = sign(values['secret'], values['time'], body)
        return headers, body

    def _header_pairs(self):
        return [match.groups() for line in _lines(self.headers) if (match := _HEADER.match(line))]

    def _body_sound(self):
        known = {'number', 'national', 'text', 'id', 'time', 'secret'}
        used = set(_PLACE.findall(self.body))
        if used - known or 'text' not in used or not used & {'number', 'national'}:
            return False
        if 'json' not in self.content_type():
            return True
        try:
            json.loads(_fill(self.body, dict.fromkeys(known, 'x')))
        except ValueError:
            return False
        return True


def secret() -> str:
    """Return the signature secret from the environment or the file it names; empty when there is none."""
    path = os.environ.get(SECRET_FILE)
    if not path:
        return os.environ.get(SECRET, '')
    try:
        return Path(path).read_text(encoding='utf-8').strip()
    except OSError:
        return ''


def sign(key: str, timestamp: str, body: bytes) -> str:
    """Return the signature a provider checks: hex HMAC-SHA256 of timestamp, newline, body."""
    return hmac.new(key.encode(), timestamp.encode() + b'\n' + body, hashlib.sha256).hexdigest()


def deliver(settings: HttpSettings, mobile: str, text: str, message_id: str) -> tuple[str, str | None]:
    """Send one message; answer (state, code of the fault or None). Never raises for the network.

    Worst time: ``ATTEMPTS`` × (connect 5 s + time-out), plus pauses.
    """
    values = {
        'number': international(mobile),
        'national': mobile,
        'text': text,
        'id': message_id,
        'time': str(int(time.time())),
        'secret': secret(),
    }
    headers, body = settings.request(values)
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2**attempt)
        state, fault, repeat = _attempt(settings, headers, body)
        if not repeat:
            break
    return state, fault


def _attempt(settings, headers, body):
    """One request: (state, fault, may it be repeated)."""
    try:
        with _session(settings.url) as session:
            response = session.request(
                settings.method,
                settings.url,
                headers=headers,
                data=body,
                timeout=(min(5.0, settings.timeout), settings.timeout),
                allow_redirects=False,
                stream=True,
            )
            content = response.raw.read(ANSWER_LIMIT + 1, decode_content=True)
    except requests.exceptions.SSLError:
        return 'server_error', 'tls', False
    except requests.exceptions.ConnectTimeout:
        return 'server_error', 'unreachable', True
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
        return 'server_error', 'timeout', False
    except requests.exceptions.ConnectionError as error:
        # Only a connection that never came about is safe to repeat.
        return 'server_error', 'unreachable', 'NewConnectionError' in repr(error)
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
        return 'server_error', 'broken_answer', False
    if response.status_code in _REPEATABLE:
        return 'server_error', 'status', True
    return (*judge(settings, response.status_code, content), False)


def judge(settings: HttpSettings, status: int, content: bytes) -> tuple[str, str | None]:
    """Turn an answer of the provider into (state, code of the fault or None)."""
    if 300 <= status < 400:
        return 'server_error', 'redirect'
    if status >= 500:
        return 'server_error', 'status'
    answer = _parsed(content)
    code = _at(answer, settings.ok_path) if settings.ok_path else None
    mapped = settings.errors().get(str(code)) if code is not None else None
    if status >= 400:
        return mapped or _BY_STATUS.get(status, 'rejected'), 'refused'
    if not settings.ok_path:
        return 'success', None
    if answer is None or len(content) > ANSWER_LIMIT:
        return 'server_error', 'broken_answer'
    if code is not None and str(code) == settings.ok_value:
        return 'success', None
    return mapped or 'rejected', 'refused'


def _session(url):
    session = requests.Session()
    session.trust_env = False  # no ~/.netrc; proxies are taken over below
    if not _loopback(url):
        session.proxies = getproxies()
    return session


def _loopback(url):
    host = urlsplit(url).hostname or ''
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secure(url):
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and not parts.username and not parts.fragment
        _port = parts.port
    except ValueError:
        return False
    return sound and (parts.scheme == 'https' or (parts.scheme == 'http' and _loopback(url)))


def _parsed(content):
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _at(answer, path):
    for key in path.split('.'):
        if isinstance(answer, dict):
            answer = answer.get(key)
        elif isinstance(answer, list) and key.isdigit() and int(key) < len(answer):
            answer = answer[int(key)]
        else:
            return None
    if isinstance(answer, bool):
        return str(answer).lower()
    return answer if isinstance(answer, str | int) else None


def _fill(template, values):
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), template)


def _json_escape(value):
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _form_escape(value):
    return quote(value, safe='')


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]
