"""The token under threads, processes, forks and restarts from under it (R8.1).

Children are forked from this very process, whose pool is open and in use: what a server does.
"""

import ctypes
import fcntl
import os
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from unittest.mock import patch

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import exceptions as p11
from signing.errors import TokenError
from signing.keys import library as libraries
from signing.keys.library import Library, TokenSettings, library
from signing.keys.tokens import KeyKind, KeyRef, TokenPool, pool_for

THREADS, PROCESSES, SECONDS, LONGEST = 8, 4, 3.0, 120.0


def check(ref: KeyRef, signature: bytes, data: bytes) -> None:
    if isinstance(ref.public_key, rsa.RSAPublicKey):
        ref.public_key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        ref.public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def restart_from_under(pool: TokenPool) -> None:
    """Finalise and initialise the module behind the pool's back (between two calls of it)."""
    module = ctypes.CDLL(str(pool._library.module))
    with pool._library.lock:
        assert module.C_Finalize(None) == 0
        assert module.C_Initialize(None) == 0


def in_child(act: Callable[[], str]) -> tuple[int, int]:
    """Fork, run ``act`` and write what it returns (an error text, or nothing) into a pipe."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    text = 'died'
    try:
        os.close(reader)
        text = act()
    except BaseException:  # noqa: BLE001 - a child must end here, whatever comes
        text = traceback.format_exc()
    finally:
        os.write(writer, text.encode()[-4000:])
        os._exit(0)


def outcome(child: tuple[int, int]) -> str:
    pid, reader = child
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    return text if status == 0 else f'status {status}: {text}'


class Storm:
    """Sign in threads while the token is restarted and grandchildren are forked."""

    def __init__(self, pool: TokenPool, refs: list[KeyRef], seconds: float) -> None:
        self.pool, self.refs, self.seconds = pool, refs, seconds
        self.errors: list[str] = []
        self.done, self.restarts = [0] * THREADS, 0
        self.begun = time.monotonic()

    def enough(self) -> bool:
        return min(self.done) >= 3 and self.restarts >= 3 and self.pool.health().rebuilds >= 3

    def goes_on(self) -> bool:
        """On a busy machine it takes longer until enough has happened."""
        spent = time.monotonic() - self.begun
        return not self.errors and (spent < self.seconds or (spent < LONGEST and not self.enough()))

    def work(self, number: int) -> None:
        while self.goes_on():
            done = self.done[number]
            ref, data = self.refs[(number + done) % len(self.refs)], secrets.token_bytes(50)
            try:
                if done % 7 == number % 7:
                    assert self.pool.find(ref.label) == ref
                check(ref, self.pool.sign(ref, data), data)
            except BaseException:  # noqa: BLE001 - reported by the parent
                self.errors.append(traceback.format_exc())
            self.done[number] += 1

    def grandchild(self) -> str:
        check(self.refs[0], self.pool.sign(self.refs[0], b'grandchild'), b'grandchild')
        return ''

    def run(self) -> str:
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(THREADS)]
        for each in threads:
            each.start()
        while self.goes_on():
            time.sleep(0.15)
            restart_from_under(self.pool)
            self.restarts += 1
            if found := outcome(in_child(self.grandchild)):
                self.errors.append(f'grandchild: {found}')
        for each in threads:
            each.join()
        if not self.errors and not self.enough():
            self.errors.append(f'too little happened: {self.done} {self.restarts} {self.pool.health()}')
        return '\n'.join(self.errors)


def test_storm(pool: TokenPool) -> None:  # R8.1
    refs = [pool.generate(kind, f'storm-{kind}-{secrets.token_hex(3)}') for kind in (KeyKind.RSA_2048, KeyKind.P_256)]
    check(refs[0], pool.sign(refs[0], b'open'), b'open')
    children = [in_child(lambda: Storm(pool, refs, SECONDS).run()) for _ in range(PROCESSES)]
    found = [outcome(each) for each in children]
    assert not any(found), '\n'.join(found)
    check(refs[1], pool.sign(refs[1], b'still here'), b'still here')


def test_fork_while_another_thread_is_in_the_token(pool: TokenPool) -> None:
    stop, ready = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            pool.generate(KeyKind.RSA_2048, f'long-{secrets.token_hex(4)}', persistent=False)
            ready.set()

    ref = pool.generate(KeyKind.P_256, f'fork-{secrets.token_hex(4)}')
    thread = threading.Thread(target=work)
    thread.start()
    try:
        ready.wait(20)
        found = [outcome(in_child(lambda: check(ref, pool.sign(ref, b'x'), b'x') or '')) for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    assert found == [''] * 5


def test_session_keys_end_with_the_process(pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, f'mine-{secrets.token_hex(4)}', persistent=False)

    def act() -> str:
        with pytest.raises(TokenError, match='key_missing'):
            pool.sign(ref, b'x')
        return ''

    assert outcome(in_child(act)) == ''
    check(ref, pool.sign(ref, b'x'), b'x')


def test_pool_for_is_shared_and_survives_fork(token_settings: TokenSettings) -> None:
    again = TokenSettings(token_settings.module, token_settings.label, token_settings.pin)
    assert pool_for(token_settings) is pool_for(again)
    assert outcome(in_child(lambda: '' if pool_for(again).health().ok else 'ill')) == ''


def test_two_pools_on_one_token(pool: TokenPool, token_settings: TokenSettings) -> None:
    other = TokenPool(token_settings)
    ref = pool.generate(KeyKind.P_256, f'two-{secrets.token_hex(4)}')
    for each in (other, pool, other):
        check(ref, each.sign(ref, b'x'), b'x')
    restart_from_under(pool)
    for each in (other, pool, other):
        check(ref, each.sign(ref, b'x'), b'x')


@pytest.mark.parametrize('act', ['C_Finalize', 'C_Logout', 'C_CloseSession'])
def test_each_loss_is_mended(pool: TokenPool, act: str) -> None:
    ref = pool.generate(KeyKind.P_256, f'loss-{secrets.token_hex(4)}')
    module = ctypes.CDLL(str(pool._library.module))
    for use in (
        lambda: check(ref, pool.sign(ref, b'x'), b'x'),
        lambda: pool.find(ref.label),
        lambda: pool.generate(KeyKind.P_256, f'loss-{secrets.token_hex(4)}', persistent=False),
        lambda: pool.health().ok or pytest.fail('ill'),
        lambda: pool.destroy(ref),
    ):
        before = pool.health().rebuilds
        with pool._library.lock:
            handle = None if act == 'C_Finalize' else ctypes.c_ulong(pool._session_now.handle)
            assert getattr(module, act)(handle) == 0
        use()
        assert pool.health().rebuilds == before + 1
    with pytest.raises(TokenError, match='key_missing'):
        pool.find(ref.label)


def test_destroyed_key_does_not_cost_others_their_session(pool: TokenPool, token_settings: TokenSettings) -> None:
    mine = pool.generate(KeyKind.P_256, f'keep-{secrets.token_hex(4)}', persistent=False)
    gone = pool.generate(KeyKind.P_256, f'gone-{secrets.token_hex(4)}')
    pool.sign(gone, b'x')
    TokenPool(token_settings).destroy(gone)
    with pytest.raises(TokenError, match='key_missing'):
        pool.sign(gone, b'x')
    check(mine, pool.sign(mine, b'x'), b'x')


def test_a_wrong_signature_never_leaves(pool: TokenPool) -> None:
    """A stale handle that is another key's by now: found by the check, mended by a new search."""
    right = pool.generate(KeyKind.P_256, f'right-{secrets.token_hex(4)}')
    wrong = pool.generate(KeyKind.P_256, f'wrong-{secrets.token_hex(4)}')
    pool._handles[right.key_id] = pool._handles[wrong.key_id]
    check(right, pool.sign(right, b'x'), b'x')
    swapped = KeyRef(wrong.label, wrong.key_id, wrong.kind, right.public_key)
    with pytest.raises(TokenError) as caught:
        pool.sign(swapped, b'x')
    assert caught.value.code == 'token_failed'


def test_a_second_failure_and_a_refusal_are_reported(pool: TokenPool) -> None:
    calls: list[pkcs11.Session] = []

    def fail(session: pkcs11.Session) -> None:
        calls.append(session)
        raise p11.SessionHandleInvalid

    def refuse(session: pkcs11.Session) -> None:
        calls.append(session)
        raise p11.MechanismInvalid

    for act, times in ((fail, 2), (refuse, 1)):
        calls.clear()
        with pytest.raises(TokenError, match='token_failed') as caught:
            pool._run(act)
        assert len(calls) == times
        assert caught.value.__context__ is None
        assert caught.value.details['cause'] in {'SessionHandleInvalid', 'MechanismInvalid'}


def test_restart_before_first_use_loads(token_settings: TokenSettings) -> None:
    fresh = Library(token_settings.module)
    with library(token_settings.module).lock:
        fresh.restart()
        assert fresh.generation == 1
    assert library(token_settings.module) is library(token_settings.module)


def test_a_lock_held_for_ever_stops_nobody(pool: TokenPool) -> None:
    ref = pool.generate(KeyKind.P_256, f'held-{secrets.token_hex(4)}')
    with pool._library.module.open('rb') as held, patch.object(libraries, '_ALONE_WAIT', 0.05):
        fcntl.flock(held, fcntl.LOCK_EX)
        restart_from_under(pool)
        began = time.monotonic()
        check(ref, pool.sign(ref, b'x'), b'x')
        assert time.monotonic() - began >= 0.05  # it did wait


def test_a_token_that_is_just_being_written_is_found(pool: TokenPool) -> None:
    real, answers = Library._tokens, iter([False, False, True])
    with patch.object(Library, '_tokens', lambda self, name: real(self, name) if next(answers) else []):
        with pool._library.lock:
            pool._library.restart()
        assert pool.health().ok
