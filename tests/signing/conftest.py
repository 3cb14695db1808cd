"""Fixtures of the signing core: a SoftHSM token of its own for each test session.

Nothing outside a temporary directory is touched; the PIN is random.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from hypothesis import HealthCheck, settings
from signing.keys.authority import Addresses, Authority, AuthoritySettings, Revoked
from signing.keys.tokens import KeyKind, TokenPool, TokenSettings

from tests import tokens

# How long an example takes says something about the machine and what else it does, not about the code.
settings.register_profile('esign', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('esign')

MakeToken = Callable[[str, str], None]

Answer = Callable[[bytes], tuple[int, str, bytes]]
Serve = Callable[[Answer], AbstractContextManager[str]]


@pytest.fixture(scope='session')
def make_token(tmp_path_factory: pytest.TempPathFactory) -> MakeToken:
    """Return ``make_token(label, pin)``: makes another token in this session's private store.

    A token made after the module was first used is seen by a pool that looks for it (it restarts
    the module, and with that all sessions of the process: session-only keys are gone).
    """
    home = tmp_path_factory.mktemp('softhsm')
    tokens.store_in(home)
    return tokens.make


@pytest.fixture(scope='session')
def token_pin() -> str:
    """The user PIN of the session's token; marked, so that tests can look for it in logs."""
    return f'PIN-{secrets.token_hex(12)}'


@pytest.fixture(scope='session')
def token_settings(make_token: MakeToken, token_pin: str) -> TokenSettings:
    """Settings (module, label, PIN callback) of a fresh SoftHSM token, one per test session."""
    label = f'esign-test-{secrets.token_hex(4)}'
    make_token(label, token_pin)
    return TokenSettings(tokens.MODULE, label, lambda: token_pin)


@pytest.fixture(scope='session')
def pool(token_settings: TokenSettings) -> TokenPool:
    """The pool on the session's token: ``pool.generate(KeyKind.P_256, 'label')`` and so on.

    Shared by all tests of the session: give your keys labels of their own.
    """
    return TokenPool(token_settings)


class MemoryRecords:
    """Records of an authority in memory; ``certificates`` and ``revocations`` by serial number."""

    def __init__(self) -> None:
        self.certificates: dict[int, x509.Certificate] = {}
        self.revocations: dict[int, Revoked] = {}

    def issued(self, certificate: x509.Certificate) -> None:
        self.certificates[certificate.serial_number] = certificate

    def knows(self, serial: int) -> bool:
        return serial in self.certificates

    def get(self, serial: int) -> Revoked | None:
        return self.revocations.get(serial)

    def all(self) -> Iterable[Revoked]:
        return self.revocations.values()

    def add(self, revoked: Revoked) -> None:
        self.revocations[revoked.serial] = revoked


@pytest.fixture(scope='session')
def now() -> datetime:
    """The start of the session in UTC: the authority of the session was made at this moment."""
    return datetime.now(UTC)


@pytest.fixture(scope='session')
def authority_settings() -> AuthoritySettings:
    """Names and addresses of the session's authority (RSA-2048 for speed)."""
    return AuthoritySettings('测试机构', Addresses('http://127.0.0.1:8/pki'), notice='测试证书', kind=KeyKind.RSA_2048)


@pytest.fixture(scope='session')
def records() -> MemoryRecords:
    """Records of the session's authority."""
    return MemoryRecords()


@pytest.fixture(scope='session')
def authority(
    pool: TokenPool, authority_settings: AuthoritySettings, records: MemoryRecords, now: datetime
) -> Authority:
    """Root, issuing authority and OCSP responder in the session's token, made at ``now``.

    Issue with ``authority.issue_enterprise(ref, title=…, credit_code=…, start=now, lifetime=…)``
    and so on; revoke with ``authority.revoke(serial, reason, at)``; what a validator needs is in
    ``authority.root``, ``authority.chain``, ``authority.crl(now)``, ``authority.root_crl(now)`` and
    ``authority.ocsp(certificate, now)``.
    """
    return Authority.create(pool, authority_settings, records, now=now)


@pytest.fixture(scope='session')
def serve() -> Serve:
    """Return a context manager: ``with serve(answer) as url``, an HTTP server on the loop-back.

    ``answer(body)`` returns status, content type and body of the response to each POST.
    """

    @contextmanager
    def start(answer: Answer) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, kind, body = answer(self.rfile.read(int(self.headers['Content-Length'])))
                self.send_response(status)
                self.send_header('Content-Type', kind)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02})
        thread.start()
        try:
            yield f'http://127.0.0.1:{server.server_port}/'
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return start
