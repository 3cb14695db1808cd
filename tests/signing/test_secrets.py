"""PINs: in no log, message or repr; a refused one is tried once (R8.2)."""

import logging
import os
import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pkcs11
import pytest
from signing.errors import TokenError
from signing.keys import library as module_of_libraries
from signing.keys.tokens import KeyKind, TokenPool, TokenSettings

MARK = 'MARKED-PIN-31337'


class Pin:
    """A PIN callback that counts its calls."""

    def __init__(self, value: str) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> str:
        self.calls += 1
        return self.value


@pytest.fixture
def new_token(
    make_token: Callable[[str, str], None], token_settings: TokenSettings
) -> Callable[[str], tuple[Path, str]]:
    def make(pin: str) -> tuple[Path, str]:
        label = f'pin-{secrets.token_hex(4)}'
        make_token(label, pin)
        return token_settings.module, label

    return make


def everything(error: BaseException) -> str:
    """Text of an error, all it hangs on, and the local variables of every frame it remembers."""
    found = []
    seen: BaseException | None = error
    while seen is not None:
        found += [repr(seen), str(seen), repr(vars(seen))]
        frames = traceback.TracebackException.from_exception(seen, capture_locals=True).stack
        found += [repr(frame.locals) for frame in frames if '/signing/keys/' in frame.filename]
        seen = seen.__cause__ or seen.__context__
    return '\n'.join(found)


def test_marked_pin_is_nowhere(
    new_token: Callable[[str], tuple[Path, str]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # R8.2
    caplog.set_level(logging.DEBUG)
    module, label = new_token(MARK)
    settings = TokenSettings(module, label, lambda: MARK)
    pool = TokenPool(settings)
    ref = pool.generate(KeyKind.P_256, 'k')
    pool.sign(ref, b'x')
    pool._library.restart()
    pool.sign(ref, b'x')
    wrong = TokenPool(TokenSettings(module, label, lambda: MARK + 'x'))
    pool._library.restart()
    with pytest.raises(TokenError) as refused:
        wrong.find('k')
    broken = TokenPool(TokenSettings(module, label, lambda: int(MARK)))  # its ValueError quotes the PIN
    pool._library.restart()
    with pytest.raises(TokenError) as failed:
        broken.find('k')
    assert (refused.value.code, failed.value.code) == ('pin_refused', 'pin_unavailable')
    seen = [caplog.text, *capfd.readouterr(), repr(settings), repr(pool), repr(ref), repr(pool.health())]
    seen += [everything(refused.value), everything(failed.value), repr(vars(pool)), repr(vars(pool._library))]
    assert 'pin_refused' in caplog.text
    assert label in repr(settings)
    assert MARK not in '\n'.join(seen)


def test_wrong_pin_is_tried_once(new_token: Callable[[str], tuple[Path, str]]) -> None:  # R8.2
    module, label = new_token('right-pin-1')
    attempts = []

    original = module_of_libraries.Library._open_with

    def spy(token: pkcs11.Token, pin: str) -> tuple[pkcs11.Session | None, str]:
        attempts.append(pin)
        return original(token, pin)

    pin = Pin('wrong-pin-2')
    pools = [TokenPool(TokenSettings(module, label, pin)) for _ in range(2)]
    with patch.object(module_of_libraries.Library, '_open_with', staticmethod(spy)):
        for pool in pools * 3:
            with pytest.raises(TokenError) as caught:
                pool.generate(KeyKind.P_256, 'k')
            assert caught.value.code == 'pin_refused'
            assert pool.health().code == 'pin_refused'
        assert attempts == ['wrong-pin-2']  # by whatever pool, however often
        pin.value = 'right-pin-1'  # mended by the operator: no restart of the server needed
        assert pools[0].health().ok
        assert attempts == ['wrong-pin-2', 'right-pin-1']
        pool.generate(KeyKind.P_256, 'k')


def test_a_child_does_not_try_a_refused_pin_again(new_token: Callable[[str], tuple[Path, str]]) -> None:
    module, label = new_token('right-pin-1')
    pool = TokenPool(TokenSettings(module, label, lambda: 'wrong-pin-2'))
    assert pool.health().code == 'pin_refused'
    pid = os.fork()
    if not pid:
        with patch.object(module_of_libraries.Library, '_open_with', side_effect=SystemError):
            os._exit(0 if pool.health().code == 'pin_refused' else 1)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize('flag', [pkcs11.TokenFlag.USER_PIN_FINAL_TRY, pkcs11.TokenFlag.USER_PIN_LOCKED])
def test_last_try_is_left_to_the_operator(new_token: Callable[[str], tuple[Path, str]], flag: pkcs11.TokenFlag) -> None:
    module, label = new_token('right-pin-1')
    pin = Pin('right-pin-1')
    pool = TokenPool(TokenSettings(module, label, pin))

    class Token:
        flags = flag

    with patch.object(module_of_libraries.Library, '_tokens', lambda _self, _label: [Token()]):
        assert pool.health().code == 'pin_locked'
    assert pin.calls == 0
    assert pool.health().ok


def test_locked_pin_is_told_apart(new_token: Callable[[str], tuple[Path, str]]) -> None:
    module, label = new_token('right-pin-1')
    pool = TokenPool(TokenSettings(module, label, lambda: 'right-pin-1'))

    class Token:
        flags = pkcs11.TokenFlag(0)

        def open(self, **_more: object) -> None:
            raise pkcs11.PinLocked

    with patch.object(module_of_libraries.Library, '_tokens', lambda _self, _label: [Token()]):
        assert pool.health().code == 'pin_locked'


def test_missing_token_and_module(token_settings: TokenSettings) -> None:
    none = TokenPool(TokenSettings(token_settings.module, 'no such token', lambda: 'x'))
    assert none.health().code == 'token_missing'
    nowhere = TokenPool(TokenSettings(Path('/nonexistent.so'), 'x', lambda: 'x'))
    for _ in range(2):
        assert nowhere.health().code == 'module_missing'
    no_module = TokenPool(TokenSettings(Path('/etc/hostname'), 'x', lambda: 'x'))
    with pytest.raises(TokenError, match='module_missing'):
        no_module.find('k')


def test_two_tokens_of_one_label(make_token: Callable[[str, str], None], token_settings: TokenSettings) -> None:
    label = f'twin-{secrets.token_hex(4)}'
    make_token(label, '12345')
    make_token(label, '12345')
    assert TokenPool(TokenSettings(token_settings.module, label, lambda: '12345')).health().code == 'token_ambiguous'


def test_a_token_logged_in_by_others(new_token: Callable[[str], tuple[Path, str]]) -> None:
    module, label = new_token('right-pin-1')
    pool = TokenPool(TokenSettings(module, label, lambda: 'right-pin-1'))
    assert pool.health().ok
    pool._library._logged_in.clear()  # as if other code of the process had logged in
    assert TokenPool(TokenSettings(module, label, lambda: 'right-pin-1')).health().ok
