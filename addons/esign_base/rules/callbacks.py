"""Call-backs to business systems: how a request is signed and when a failed one is tried again.

What is signed are six lines joined by newlines, in this order::

    METHOD
    path
    query, its pairs sorted
    hex digest of the body
    X-Timestamp (milliseconds since 1970)
    X-Nonce

and the signature is the hex HMAC (RFC 2104) of that text in UTF-8. Digest and HMAC use one hash
function: SHA-256, or SM3 (GB/T 32905) where the subscription says so.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

SHA256, SM3 = 'HMAC-SHA256', 'HMAC-SM3'
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {SHA256: hashes.SHA256, SM3: hashes.SM3}
SECRET_BYTES = 32
# Seconds from one failed attempt to the next; after the last one an event is dead.
PAUSES = (10, 10, 30, 60, 180, 360, 600, 1200, 1800, 3600, 7200, 7200, 7200, 7200)
TIMEOUT_SECONDS = 5.0
# Receivers refuse older requests.
WINDOW = dt.timedelta(minutes=15)


def new_secret() -> str:
    """A fresh secret, 256 random bits as text."""
    return secrets.token_urlsafe(SECRET_BYTES)


def pause_after(attempts: int) -> dt.timedelta | None:
    """How long to wait after so many failed attempts; None when there is none left."""
    return dt.timedelta(seconds=PAUSES[attempts - 1]) if 0 < attempts <= len(PAUSES) else None


def target_of(url: str) -> tuple[str, str]:
    """(path, sorted query) of an address, as they are sent and signed."""
    parts = urlsplit(url)
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = '&'.join(f'{quote(name, safe="")}={quote(value, safe="")}' for name, value in pairs)
    return parts.path or '/', query


def text_to_sign(method: str, url: str, body: bytes, timestamp: str, nonce: str, algorithm: str = SHA256) -> str:
    """The six lines that are signed."""
    path, query = target_of(url)
    return '\n'.join((method, path, query, _digest(body, algorithm), timestamp, nonce))


def signature(secret: str, text: str, algorithm: str = SHA256) -> str:
    """Hex HMAC of the text."""
    mac = HMAC(secret.encode(), _HASHES[algorithm]())
    mac.update(text.encode())
    return mac.finalize().hex()


def headers_of(
    app_id: str, secret: str, url: str, body: bytes, *, now: dt.datetime, algorithm: str = SHA256
) -> dict[str, str]:
    """The headers of one attempt. Timestamp and nonce are new for each, the body is not.

    :param now: aware.
    """
    timestamp, nonce = str(int(now.timestamp() * 1000)), secrets.token_hex(16)
    return {
        'Content-Type': 'application/json; charset=utf-8',
        'X-App-Id': app_id,
        'X-Timestamp': timestamp,
        'X-Nonce': nonce,
        'X-Signature-Method': algorithm,
        'X-Signature': signature(secret, text_to_sign('POST', url, body, timestamp, nonce, algorithm), algorithm),
    }


def genuine(
    secret: str, url: str, body: bytes, headers: Mapping[str, str], *, now: dt.datetime, algorithm: str = SHA256
) -> bool:
    """What a receiver does: check the time, then the signature. Nonces and event ids are its own to remember.

    :param headers: with the names as they were sent.
    :param algorithm: as agreed; what the request says of itself is not asked.
    """
    timestamp, nonce = headers.get('X-Timestamp', ''), headers.get('X-Nonce', '')
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 15:
        return False
    if abs(now.timestamp() * 1000 - int(timestamp)) > WINDOW.total_seconds() * 1000:
        return False
    expected = signature(secret, text_to_sign('POST', url, body, timestamp, nonce, algorithm), algorithm)
    return hmac.compare_digest(expected, headers.get('X-Signature', ''))


def _digest(body: bytes, algorithm: str) -> str:
    digest = hashes.Hash(_HASHES[algorithm]())
    digest.update(body)
    return digest.finalize().hex()
