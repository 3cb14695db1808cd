"""One loaded PKCS#11 module and the single lock around it.

python-pkcs11 initialises a module without OS locking, so two threads inside it at once corrupt its
state. Of the two cures (``C_Initialize`` with ``CKF_OS_LOCKING_OK``, or one lock of our own) the
lock is taken, because

* a rebuild (``C_Finalize``, ``C_Initialize``) must exclude every other call anyway, and only a lock
  of our own can promise that;
* held across ``fork`` it guarantees that the child never inherits a half-finished call;
* it works with modules that refuse OS locking, and costs nothing measurable: threads do not make a
  token faster, processes do.

Rules kept here: no call into the module without :attr:`Library.lock`; session handles of an earlier
``generation`` are never used again (numbers are re-used by the module after a restart); an error of
the wrapper is never chained into ours (its traceback would keep wrapper objects alive, whose
destructors call the module outside the lock, and would keep frames that saw the PIN).
"""

import ctypes
import fcntl
import hmac
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from pkcs11 import exceptions as p11
from pkcs11._pkcs11 import lib as PKCS11Library  # noqa: N812 - a class despite its name

from ..errors import TokenError

_logger = logging.getLogger(__name__)

# PKCS#11 v2.40 §5.2: position of C_GetSessionInfo in CK_FUNCTION_LIST; §3.3: states "user logged in".
_GET_SESSION_INFO = 15
_USER_STATES = (1, 3)
_PIN_REFUSALS = (p11.PinIncorrect, p11.PinInvalid, p11.PinLenRange, p11.PinExpired)

_SEARCH_PAUSES = (0.0, 0.02, 0.1)  # seconds before each further look for a token
_ALONE_WAIT = 5.0  # seconds

# A refused PIN is remembered (as a keyed digest) so that no loop can lock the token.
_refusal_key = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Where a token is and how its PIN is had.

    :param module: path of the PKCS#11 module.
    :param label: label of the token.
    :param pin: returns the user PIN; called at login only, its answer is not kept.
    """

    module: Path
    label: str
    pin: Callable[[], str] = field(repr=False)


class _FunctionList(ctypes.Structure):
    """Head of CK_FUNCTION_LIST (POSIX packing), as far as it is needed here."""

    _fields_ = [('version', ctypes.c_ubyte * 2), ('functions', ctypes.c_void_p * (_GET_SESSION_INFO + 1))]


class _SessionInfo(ctypes.Structure):
    """CK_SESSION_INFO."""

    _fields_ = [(name, ctypes.c_ulong) for name in ('slot', 'state', 'flags', 'device_error')]


class Library:
    """A PKCS#11 module in this process: loading, restarting, logging in.

    Every method must be called with :attr:`lock` held. ``generation`` counts initialisations; a
    session belongs to the generation that it was opened in and dies with it.
    """

    def __init__(self, module: Path) -> None:
        """Load nothing yet: a module must not be opened before the server forks."""
        self.module = module
        self.lock = threading.RLock()
        self.generation = 0
        self._pid = 0
        self._lib: PKCS11Library | None = None
        self._logged_in: set[str] = set()
        self._refused: dict[str, tuple[str, bytes]] = {}

    def ready(self) -> None:
        """Make sure that the module is initialised in this very process.

        :raises TokenError: ``module_missing`` when it cannot be loaded.
        """
        if self._lib is None:
            with _alone(self.module):
                self._load()
        elif self._pid != os.getpid():
            self.restart()

    def restart(self) -> None:
        """Finalise and initialise the module: all sessions die, new tokens are seen."""
        with _alone(self.module):
            self._restart()

    def _restart(self) -> None:
        library = self._lib
        if library is None:
            self._load()
            return
        for step in (library.finalize, library.initialize):
            try:
                step()
            except p11.PKCS11Error as exc:
                # Finalised or initialised by somebody else; the next call tells whether it works.
                _logger.debug('PKCS#11 module %s: %s on restart', self.module.name, type(exc).__name__)
        self._begin()

    def open(self, settings: TokenSettings) -> pkcs11.Session:
        """Open a read-write session that is logged in as user.

        :raises TokenError: ``token_missing``, ``pin_unavailable``, ``pin_refused``, ``pin_locked``.
        """
        with _alone(self.module):
            return self._open(settings)

    def _open(self, settings: TokenSettings) -> pkcs11.Session:
        token = self._token(settings.label)
        if settings.label in self._logged_in:  # login belongs to the process, not to the session
            return token.open(rw=True)
        if token.flags & (pkcs11.TokenFlag.USER_PIN_FINAL_TRY | pkcs11.TokenFlag.USER_PIN_LOCKED):
            raise TokenError(
                'pin_locked',
                'the token allows one last PIN try or none: log in once by its own tool',
                {'token': settings.label},
            )
        session = self._login(token, settings)
        self._logged_in.add(settings.label)
        return session

    def alive(self, session: pkcs11.Session) -> bool:
        """Whether the module still knows the session, with the user logged in."""
        info = _SessionInfo()
        status: int = self._session_info(
            ctypes.c_ulong(session.handle),  # type: ignore[attr-defined]  # the stub omits it
            ctypes.byref(info),
        )
        return status == 0 and info.state in _USER_STATES

    def _load(self) -> None:
        problem = ''
        try:
            self._lib = pkcs11.lib(str(self.module))
            listing = ctypes.POINTER(_FunctionList)()
            ctypes.CDLL(str(self.module)).C_GetFunctionList(ctypes.byref(listing))
        except (p11.PKCS11Error, OSError, AttributeError) as exc:
            self._lib = None
            problem = type(exc).__name__
        if problem:
            raise TokenError(
                'module_missing',
                f'the PKCS#11 module cannot be loaded ({problem})',
                {'module': str(self.module)},
            )
        prototype = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p)
        self._session_info = prototype(listing.contents.functions[_GET_SESSION_INFO])
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._logged_in.clear()
        self.generation += 1

    def _token(self, label: str) -> pkcs11.Token:
        found = self._tokens(label)
        for pause in _SEARCH_PAUSES:
            if found:
                break
            # A token made by another program is seen only after a restart; one that another program
            # is writing at this moment, a little later.
            time.sleep(pause)
            self._restart()
            found = self._tokens(label)
        if len(found) != 1:
            raise TokenError(
                'token_ambiguous' if found else 'token_missing',
                f'{len(found)} tokens carry the label',
                {'token': label},
            )
        return found[0]

    def _tokens(self, label: str) -> list[pkcs11.Token]:
        if self._lib is None:  # pragma: no cover - ready() was called before
            return []
        return list(self._lib.get_tokens(token_label=label))

    def _login(self, token: pkcs11.Token, settings: TokenSettings) -> pkcs11.Session:
        pin, problem = self._ask(settings)
        session: pkcs11.Session | None = None
        if not problem:
            fingerprint = hmac.digest(_refusal_key, pin.encode(), 'sha256')
            problem, refused = self._refused.get(settings.label, ('', b''))
            if problem and not hmac.compare_digest(refused, fingerprint):
                problem = ''  # the operator has set another PIN since
            if not problem:
                session, problem = self._open_with(token, pin)
                if problem:
                    self._refused[settings.label] = (problem, fingerprint)
        del pin
        if session is None:
            _logger.error('Login to token %s: %s', settings.label, problem)
            raise TokenError(problem, 'the token did not let us log in', {'token': settings.label})
        self._refused.pop(settings.label, None)
        return session

    @staticmethod
    def _ask(settings: TokenSettings) -> tuple[str, str]:
        try:
            return settings.pin(), ''
        except Exception as exc:  # noqa: BLE001 - whatever the callback raises may quote the PIN
            _logger.error('The PIN of token %s cannot be had: %s', settings.label, type(exc).__name__)
        return '', 'pin_unavailable'

    @staticmethod
    def _open_with(token: pkcs11.Token, pin: str) -> tuple[pkcs11.Session | None, str]:
        try:
            return token.open(rw=True, user_pin=pin), ''
        except p11.UserAlreadyLoggedIn:  # by other code of this process
            return token.open(rw=True), ''
        except p11.PinLocked:
            return None, 'pin_locked'
        except _PIN_REFUSALS:
            return None, 'pin_refused'


@contextmanager
def _alone(module: Path) -> Iterator[None]:
    """Keep other processes from initialising and logging in at the same time.

    SoftHSM rewrites a token's file at each login (truncate, then write); a process that initialises
    or logs in at that moment misses the token or gets a general error. The lock is an advisory one
    on the module file itself; whoever cannot get it in time goes on without, and may have to repeat.
    """
    try:
        handle = os.open(module, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # the load itself tells what is wrong
        yield
        return
    try:
        end = time.monotonic() + _ALONE_WAIT
        while not _try_lock(handle) and time.monotonic() < end:
            time.sleep(0.002)
        yield
    finally:
        os.close(handle)  # and with it the lock


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


_libraries: dict[Path, Library] = {}
_libraries_lock = threading.Lock()


def library(module: Path) -> Library:
    """Return the one :class:`Library` of this process for a module path."""
    with _libraries_lock:
        return _libraries.setdefault(module, Library(module))


def _before_fork() -> None:
    _libraries_lock.acquire()
    for each in _libraries.values():
        each.lock.acquire()


def _after_fork_in_parent() -> None:
    for each in _libraries.values():
        each.lock.release()
    _libraries_lock.release()


def _after_fork_in_child() -> None:
    for each in _libraries.values():
        each.lock = threading.RLock()
    _libraries_lock.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
