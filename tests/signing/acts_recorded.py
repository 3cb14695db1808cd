"""A world in which nothing is left to chance, so that an act makes the same bytes every time.

Keys come from seeds, ECDSA takes its nonce from key and message (RFC 6979), the clock stands still, and what
the libraries ask the system's generator for is zeros.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from types import SimpleNamespace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from signing.acts.signatory import Level, Signatory
from signing.keys.timestamps import TimestampAuthority, TokenTimeStamper
from signing.keys.token_key import TokenKey

from tests.signing.acts_support import Key, World, der

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
_YEARS = 50 * 365
_SMALL = [number for number in range(3, 2000, 2) if all(number % each for each in range(3, int(number**0.5) + 1, 2))]


@functools.lru_cache(maxsize=32)
def fixed_key(kind: str, number: int) -> Key:
    """The same key for the same name; worth nothing but for tests."""
    seed = random.Random(f'{kind} {number}')
    if kind != 'rsa':
        return ec.derive_private_key(seed.getrandbits(255), ec.SECP256R1())
    p, q = _prime(seed), _prime(seed)
    p, q = max(p, q), min(p, q)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public)
    return numbers.private_key()


def _prime(seed: random.Random) -> int:
    while True:
        found = seed.getrandbits(1024) | 3 << 1022 | 1
        if found % 65537 != 1 and all(found % each for each in _SMALL) and _is_prime(found):
            return found


def _is_prime(number: int) -> bool:
    """Fermat's test to a few bases: the numbers are ours."""
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5))


def fixed_sign(key: Key, data: bytes, digest: str = 'sha256') -> bytes:
    algorithm = {'sha256': hashes.SHA256(), 'sha384': hashes.SHA384()}[digest]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm)
    return key.sign(data, ec.ECDSA(algorithm, deterministic_signing=True))


class FixedPool:
    """In place of a token: holds one key."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.ref = SimpleNamespace(label='fixed', key_id=bytes(16), public_key=key.public_key())

    def sign(self, ref: object, data: bytes, *, digest: str = 'sha256') -> bytes:
        assert ref is self.ref
        return fixed_sign(self.key, data, digest)


class FixedWorld(World):
    """A world of long lives, so that its certificates hold whenever the test runs."""

    def __init__(self) -> None:
        super().__init__(MOMENT, tsa_years=50)

    def crl(self, issuer='ca', *, at=None, revoked=(), days=_YEARS):
        return super().crl(issuer, at=at, revoked=revoked, days=days)

    def stamper(self, at=None):
        return super().stamper(at or MOMENT)

    def certificate(self, name, kind='rsa', number=10, *, days=_YEARS, **options):
        return super().certificate(name, kind, number, days=_YEARS, **options)

    def token_signatory(self, name: str, kind: str, level: Level) -> Signatory:
        """A signatory as the product makes it: key and time stamps from a token."""
        unit = FixedPool(self.tsa_key)
        clock = functools.partial(lambda: MOMENT)
        authority = TimestampAuthority(unit, unit.ref, self.tsa, [self.ca, self.root], policy='1.2.3', clock=clock)
        key, certificate = self.certificate(name, kind)
        pool = FixedPool(key)
        held = TokenKey(pool, pool.ref, der(certificate), [der(self.ca), der(self.root)])
        return Signatory(held, self.trust(), level, TokenTimeStamper(authority))
