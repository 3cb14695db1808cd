"""Keys in a PKCS#11 token: making, finding, signing, destroying.

:class:`TokenPool` keeps one logged-in session and the handles of the keys in use. It survives
``fork`` (the child starts anew), threads (see :mod:`.library`), and a token that was restarted under
it: a call that fails because its session or handle is gone is repeated once after the rebuild. A
refused PIN is never tried again. Private keys are sensitive and not extractable; every signature is
checked against the public key before it leaves (a stale handle or a fault in the token can then
never become a wrong signature; RSA-CRT fault attacks live on such signatures).
"""

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pkcs11
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import Attribute, ObjectClass
from pkcs11 import exceptions as p11

from ..errors import TokenError
from .facades import facade
from .keypairs import (
    HASHES,
    KeyKind,
    KeyRef,
    PublicKey,
    check_signature,
    generate,
    kind_of,
    public_key_of,
    raw_signature,
)
from .library import Library, TokenSettings, library

__all__ = ['KeyKind', 'KeyRef', 'PublicKey', 'TokenHealth', 'TokenPool', 'TokenSettings', 'pool_for']

_logger = logging.getLogger(__name__)

T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class TokenHealth:
    """What a health page shows; ``code`` is ``ok`` or that of the :class:`TokenError`."""

    ok: bool
    code: str
    token: str
    pid: int
    rebuilds: int
    cached_keys: int


class _WrongSignatureError(p11.PKCS11Error):
    """The token's signature does not fit the public key: the handle is not the key's any more."""


# Errors that say "the session, the login or the handle is gone", which a rebuild mends. Return
# codes without a class of their own (CKR_CRYPTOKI_NOT_INITIALIZED among them) come as PKCS11Error.
_GONE: Final = (
    p11.SessionHandleInvalid, p11.SessionClosed, p11.KeyHandleInvalid, p11.ObjectHandleInvalid,
    p11.UserNotLoggedIn, p11.OperationActive, p11.OperationNotInitialized, p11.DeviceRemoved,
    p11.DeviceError, p11.TokenNotPresent, p11.SlotIDInvalid, p11.GeneralError, _WrongSignatureError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gone:
    cause: str


class TokenPool:
    """The one door to a token in a process. Build it once (:func:`pool_for`) and share it."""

    def __init__(self, settings: TokenSettings) -> None:
        """Touch no token yet: the first use does, in the process that uses it."""
        self._settings = settings
        self._library: Library = library(settings.module)
        self._session_now: pkcs11.Session | None = None
        self._generation = 0
        self._handles: dict[bytes, pkcs11.PrivateKey] = {}
        self._rebuilds = 0

    def __repr__(self) -> str:
        """Name the token, and nothing else."""
        return f'<TokenPool {self._settings.label!r}>'

    def generate(self, kind: KeyKind, label: str, *, persistent: bool = True) -> KeyRef:
        """Make a key pair in the token.

        :param persistent: False makes a key that ends with this process's session.
        :raises TokenError: ``key_exists`` when a private key of that label is there already.
        """
        key_id = secrets.token_bytes(16)

        def action(session: pkcs11.Session) -> KeyRef:
            if self._search(session, ObjectClass.PRIVATE_KEY, label):
                raise TokenError('key_exists', 'the label is taken', {'label': label})
            public, private = generate(session, kind, label, key_id, persistent=persistent)
            ref = KeyRef(label, key_id, kind, public_key_of(public))
            self._handles[key_id] = private
            return ref

        return self._run(action)

    def find(self, label: str) -> KeyRef:
        """Find a key pair by its label.

        :raises TokenError: ``key_missing``, ``key_ambiguous`` (two keys of one label: neither is
            taken), ``key_unsupported`` (a kind the product does not use).
        """

        def action(session: pkcs11.Session) -> KeyRef:
            private = self._one(session, ObjectClass.PRIVATE_KEY, label)
            key_id: bytes = private[Attribute.ID]
            key = public_key_of(self._one(session, ObjectClass.PUBLIC_KEY, label, key_id))
            ref = KeyRef(label, key_id, kind_of(key, label), key)
            self._handles[key_id] = private
            return ref

        return self._run(action)

    def destroy(self, ref: KeyRef) -> None:
        """Destroy both halves of a key pair; nothing happens when they are gone already."""

        def action(session: pkcs11.Session) -> None:
            self._handles.pop(ref.key_id, None)
            # Looked up afresh: an old handle might by now be another key's number.
            for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                for each in self._search(session, kind, ref.label, ref.key_id):
                    each.destroy()

        self._run(action)

    def sign(self, ref: KeyRef, data: bytes, *, digest: str = 'sha256') -> bytes:
        """Sign data: RSASSA-PKCS1-v1_5, or ECDSA as DER ``Ecdsa-Sig-Value`` (RFC 3279 §2.2.3).

        :raises TokenError: ``digest_unsupported``, ``key_missing``, or what the token refuses.
        """
        if digest not in HASHES:
            raise TokenError('digest_unsupported', f'no such digest: {digest}', {'digest': digest})
        return self.sign_digest(ref, hashlib.new(digest, data).digest(), digest=digest)

    def sign_digest(self, ref: KeyRef, value: bytes, *, digest: str = 'sha256') -> bytes:
        """Sign a digest that the caller computed with the named algorithm."""
        algorithm = HASHES.get(digest)
        if algorithm is None or len(value) != algorithm.digest_size:
            raise TokenError('digest_unsupported', f'not a {digest} digest', {'digest': digest})

        def action(session: pkcs11.Session) -> bytes:
            signature = raw_signature(self._handle(session, ref), ref.kind, value, digest)
            try:
                check_signature(ref.public_key, signature, value, algorithm)
            except InvalidSignature:
                raise _WrongSignatureError from None
            return signature

        return self._run(action)

    def store_certificate(self, label: str, der: bytes) -> None:
        """Keep a certificate in the token under a label; one already there is replaced."""
        parsed = asn1_x509.Certificate.load(der)

        def action(session: pkcs11.Session) -> None:
            for each in self._search(session, ObjectClass.CERTIFICATE, label):
                each.destroy()
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: label,
                    Attribute.SUBJECT: parsed.subject.dump(),
                    Attribute.VALUE: der,
                }
            )

        self._run(action)

    def certificate(self, label: str) -> bytes:
        """Return the DER of a certificate kept in the token.

        :raises TokenError: ``certificate_missing``, ``certificate_ambiguous``.
        """

        def action(session: pkcs11.Session) -> list[bytes]:
            return [each[Attribute.VALUE] for each in self._search(session, ObjectClass.CERTIFICATE, label)]

        found = self._run(action)
        if len(found) != 1:
            raise TokenError(
                'certificate_ambiguous' if found else 'certificate_missing',
                f'{len(found)} certificates carry the label',
                {'label': label, 'token': self._settings.label},
            )
        return found[0]

    def private_key(self, ref: KeyRef) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        """Return a stand-in for `cryptography`'s builders; it signs through this pool."""
        return facade(self, ref)

    def health(self) -> TokenHealth:
        """Log in if need be and make one round trip; never raises."""
        code = 'ok'
        try:
            self._run(lambda session: session.generate_random(64))
            with self._library.lock:
                if self._session_now is None or not self._library.alive(self._session_now):
                    self._recover('health check')
                    self._run(lambda session: session.generate_random(64))
        except TokenError as exc:
            code = exc.code
        return TokenHealth(
            ok=code == 'ok',
            code=code,
            token=self._settings.label,
            pid=os.getpid(),
            rebuilds=self._rebuilds,
            cached_keys=len(self._handles),
        )

    def _run(self, action: Callable[[pkcs11.Session], T]) -> T:
        """Do the action under the lock; on a lost session or handle rebuild and repeat it once."""
        with self._library.lock:
            outcome = self._attempt(action)
            if isinstance(outcome, _Gone):
                self._recover(outcome.cause)
                outcome = self._attempt(action)
        if isinstance(outcome, _Gone):
            raise TokenError(
                'token_failed',
                f'the token failed twice ({outcome.cause})',
                {'token': self._settings.label, 'cause': outcome.cause},
            )
        return outcome

    def _attempt(self, action: Callable[[pkcs11.Session], T]) -> T | _Gone:
        try:
            return action(self._session())
        except p11.PKCS11Error as exc:
            cause, gone = type(exc).__name__, isinstance(exc, _GONE) or type(exc) is p11.PKCS11Error
        if gone:
            return _Gone(cause)
        raise TokenError(
            'token_failed',
            f'the token refused ({cause})',
            {'token': self._settings.label, 'cause': cause},
        )

    def _session(self) -> pkcs11.Session:
        module = self._library
        module.ready()
        if self._session_now is None or self._generation != module.generation:
            self._handles.clear()
            self._session_now = None
            self._session_now = module.open(self._settings)
            self._generation = module.generation
        return self._session_now

    def _recover(self, cause: str) -> None:
        """Drop what is stale. A session that still lives is kept: others' session keys are in it."""
        self._handles.clear()
        self._rebuilds += 1
        if self._session_now is not None and self._library.alive(self._session_now):
            _logger.info('Token %s: handles dropped after %s', self._settings.label, cause)
            return
        _logger.warning('Token %s: session rebuilt after %s', self._settings.label, cause)
        self._session_now = None
        self._library.restart()

    def _handle(self, session: pkcs11.Session, ref: KeyRef) -> pkcs11.PrivateKey:
        handle = self._handles.get(ref.key_id)
        if handle is None:
            handle = self._one(session, ObjectClass.PRIVATE_KEY, ref.label, ref.key_id)
            self._handles[ref.key_id] = handle
        return handle

    def _one(
        self, session: pkcs11.Session, kind: ObjectClass, label: str, key_id: bytes | None = None
    ) -> pkcs11.PrivateKey:
        found = self._search(session, kind, label, key_id)
        if len(found) != 1:
            raise TokenError(
                'key_ambiguous' if found else 'key_missing',
                f'{len(found)} keys carry the label',
                {'label': label, 'token': self._settings.label},
            )
        return found[0]

    def _search(
        self, session: pkcs11.Session, kind: ObjectClass, label: str, key_id: bytes | None = None
    ) -> list[pkcs11.PrivateKey]:
        # Logged out, a search would find no private key and say nothing; on a dead session the
        # wrapper's search would leave a destructor behind that complains on stderr.
        if not self._library.alive(session):
            raise p11.UserNotLoggedIn
        wanted: dict[Attribute, object] = {Attribute.CLASS: kind, Attribute.LABEL: label}
        if key_id is not None:
            wanted[Attribute.ID] = key_id
        return list(session.get_objects(wanted))  # type: ignore[arg-type]  # narrowed by CLASS


_pools: dict[tuple[Path, str], TokenPool] = {}
_pools_lock = threading.Lock()


def pool_for(settings: TokenSettings) -> TokenPool:
    """Return this process's pool for the token that the settings name (module and label)."""
    with _pools_lock:
        return _pools.setdefault((settings.module, settings.label), TokenPool(settings))


def _renew_pools_lock() -> None:
    global _pools_lock  # noqa: PLW0603 - a child must not inherit a lock that another thread held
    _pools_lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_pools_lock)
