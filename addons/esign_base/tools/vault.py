"""Encryption at rest and keyed hashes for identity data.

The secret key comes from the environment, never from the database, so that a dump alone opens
nothing. ``ESIGN_SECRET_KEY_FILE`` names a file, ``ESIGN_SECRET_KEY`` holds the same text:

    id:base64 of 32 random bytes

one key a line. The **first** line makes keyed hashes (they must stay comparable), the **last**
one encrypts and attests; every line decrypts what its id encrypted and checks what it attested.
Rotation = append a line.

Encryption is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, the context as associated
data; separate keys are derived by HKDF-SHA256 (RFC 5869). Hashes are HMAC-SHA256 (RFC 2104).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = 'v1'
KEY_BYTES = 32
NONCE_BYTES = 12
_LINE = re.compile(r'^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/=_-]+)$')


class VaultError(Exception):
    """Nothing can be encrypted or decrypted; ``code`` says why, the text never holds a secret.

    Codes: ``key_missing``, ``key_malformed``, ``key_unknown``, ``cipher_malformed``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The keys of one installation, oldest first."""

    keys: tuple[tuple[str, bytes], ...]

    def encrypt(self, plain: bytes, context: str) -> str:
        """Encrypt for one context (``model.field``); another context cannot read it."""
        key_id, key = self.keys[-1]
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(_derive(key, b'esign encryption')).encrypt(nonce, plain, context.encode())
        return f'{FORMAT}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}'

    def decrypt(self, cipher: str, context: str) -> bytes:
        """Undo :meth:`encrypt`.

        :raises VaultError: wrong context, altered text, or a key that is no longer in the ring.
        """
        parts = (cipher or '').split('.')
        if len(parts) != 3 or parts[0] != FORMAT:
            raise VaultError('cipher_malformed', 'this is not a ciphertext of the vault')
        key = dict(self.keys).get(parts[1])
        if key is None:
            raise VaultError('key_unknown', f'the key {parts[1]!r} is not in the key file')
        try:
            raw = base64.urlsafe_b64decode(parts[2])
            return AESGCM(_derive(key, b'esign encryption')).decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()
            )
        except (InvalidTag, ValueError, binascii.Error):
            raise VaultError('cipher_malformed', 'the ciphertext was altered or belongs elsewhere') from None

    def keyed_hash(self, value: str | bytes, context: str) -> str:
        """Hash for lookup, 64 hex digits; equal values of one context give equal hashes."""
        data = value.encode() if isinstance(value, str) else value
        key = _derive(self.keys[0][1], b'esign hash:' + context.encode())
        return hmac.new(key, data, hashlib.sha256).hexdigest()

    def attest(self, statement: bytes, purpose: str) -> str:
        """A proof that this installation made the statement for this purpose: ``v1.key id.64 hex digits``."""
        key_id, key = self.keys[-1]
        return f'{FORMAT}.{key_id}.{_seal(key, statement, purpose)}'

    def attested(self, statement: bytes, proof: str, purpose: str) -> bool:
        """Whether :meth:`attest` made the proof, by any key of the ring, over exactly this."""
        parts = (proof or '').split('.')
        if len(parts) != 3 or parts[0] != FORMAT:
            return False
        key = dict(self.keys).get(parts[1])
        return key is not None and hmac.compare_digest(_seal(key, statement, purpose), parts[2])


def _seal(key: bytes, statement: bytes, purpose: str) -> str:
    return hmac.new(_derive(key, b'esign attest:' + purpose.encode()), statement, hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def parse_keys(text: str) -> Keyring:
    """Read ``id:base64`` lines; empty lines and lines that start with # are skipped."""
    keys: list[tuple[str, bytes]] = []
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line.startswith('#'):
            continue
        keys.append(_parse_line(line))
    if not keys:
        raise VaultError('key_missing', 'the secret key file holds no key')
    if len({key_id for key_id, _key in keys}) != len(keys):
        raise VaultError('key_malformed', 'two secret keys have the same id')
    return Keyring(tuple(keys))


def _parse_line(line: str) -> tuple[str, bytes]:
    found = _LINE.match(line)
    if not found:
        raise VaultError('key_malformed', 'a secret key line must read id:base64')
    try:
        key = base64.b64decode(found[2].replace('-', '+').replace('_', '/'), validate=True)
    except (ValueError, binascii.Error):
        raise VaultError('key_malformed', 'a secret key is not base64') from None
    if len(key) != KEY_BYTES:
        raise VaultError('key_malformed', f'a secret key must have {KEY_BYTES} bytes')
    return found[1], key


def keyring() -> Keyring:
    """The installation's keys.

    :raises VaultError: no key configured (``key_missing``) or an unusable one (``key_malformed``).
    """
    path, text = os.environ.get('ESIGN_SECRET_KEY_FILE'), os.environ.get('ESIGN_SECRET_KEY')
    if path:
        try:
            stamp = Path(path).stat().st_mtime_ns
            return _from_file(path, stamp)
        except OSError as error:
            raise VaultError('key_missing', f'the secret key file cannot be read: {error.strerror}') from None
    if text:
        return parse_keys(text)
    raise VaultError('key_missing', 'set ESIGN_SECRET_KEY_FILE (or ESIGN_SECRET_KEY) to a line id:base64')


@lru_cache(maxsize=2)
def _from_file(path: str, _stamp: int) -> Keyring:
    return parse_keys(Path(path).read_text('ascii'))


def encrypt(plain: str | bytes, context: str) -> str:
    """Encrypt text or bytes for one context with the newest key."""
    return keyring().encrypt(plain.encode() if isinstance(plain, str) else plain, context)


def decrypt(cipher: str, context: str) -> str:
    """Decrypt to text."""
    return keyring().decrypt(cipher, context).decode()


def decrypt_bytes(cipher: str, context: str) -> bytes:
    """Decrypt to bytes."""
    return keyring().decrypt(cipher, context)


def keyed_hash(value: str | bytes, context: str) -> str:
    """Keyed hash for lookup and comparison, never reversible without the key."""
    return keyring().keyed_hash(value, context)


def new_key_line(key_id: str = 'k1') -> str:
    """A fresh key line for set-up."""
    return f'{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}'
