"""Stand-ins for `cryptography` private keys whose key stays in the token.

The builders of certificates, requests, CRLs and OCSP answers ask a private key for nothing but
``public_key()``, ``key_size`` and ``sign()``; whatever would need the key itself is refused.
"""

from typing import NoReturn, Protocol, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric import padding as paddings

from ..errors import TokenError
from .keypairs import KeyRef


class DigestSigner(Protocol):
    """What a facade needs of a pool."""

    def sign_digest(self, ref: KeyRef, value: bytes, *, digest: str = 'sha256') -> bytes:
        """Sign a digest with the key that ``ref`` names."""
        ...


Algorithm = utils.Prehashed | hashes.HashAlgorithm


def facade(pool: DigestSigner, ref: KeyRef) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """Return the stand-in of the right kind for a key."""
    if isinstance(ref.public_key, rsa.RSAPublicKey):
        return TokenRSAPrivateKey(pool, ref, ref.public_key)
    return TokenECPrivateKey(pool, ref, ref.public_key)


def _refuse(what: str) -> NoReturn:
    raise TokenError('key_inextractable', f'{what}: the private key does not leave the token')


def _digested(data: bytes, algorithm: Algorithm) -> tuple[bytes, str]:
    if isinstance(algorithm, utils.Prehashed):
        return data, algorithm._algorithm.name  # there is no public accessor
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize(), algorithm.name


class _InToken:
    """What all stand-ins share: the key itself is not given, and a copy is the same key."""

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> bytes:
        """Refuse."""
        _refuse('private_bytes')

    def __copy__(self) -> Self:
        """Return itself: it is immutable."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return itself: it is immutable."""
        return self


class TokenRSAPrivateKey(_InToken, rsa.RSAPrivateKey):
    """An RSA key in a token: PKCS #1 v1.5 signatures only."""

    def __init__(self, pool: DigestSigner, ref: KeyRef, public: rsa.RSAPublicKey) -> None:
        """Hold the pool and the names of the key."""
        self._pool, self._ref, self._public = pool, ref, public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Return the public half."""
        return self._public

    def sign(self, data: bytes, padding: paddings.AsymmetricPadding, algorithm: Algorithm) -> bytes:  # type: ignore[override]  # stricter than the buffer types of the base
        """Sign in the token.

        :raises TokenError: ``padding_unsupported`` for anything but PKCS #1 v1.5.
        """
        if not isinstance(padding, paddings.PKCS1v15):
            raise TokenError('padding_unsupported', 'only PKCS #1 v1.5 is signed', {'padding': padding.name})
        value, name = _digested(data, algorithm)
        return self._pool.sign_digest(self._ref, value, digest=name)

    def decrypt(self, ciphertext: bytes, padding: paddings.AsymmetricPadding) -> bytes:
        """Refuse: these keys sign."""
        _refuse('decrypt')

    def private_numbers(self) -> rsa.RSAPrivateNumbers:
        """Refuse."""
        _refuse('private_numbers')


class TokenECPrivateKey(_InToken, ec.EllipticCurvePrivateKey):
    """An elliptic curve key in a token: ECDSA only."""

    def __init__(self, pool: DigestSigner, ref: KeyRef, public: ec.EllipticCurvePublicKey) -> None:
        """Hold the pool and the names of the key."""
        self._pool, self._ref, self._public = pool, ref, public

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits of the curve."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the public half."""
        return self._public

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # type: ignore[override]  # stricter than the buffer types of the base
        """Sign in the token; the answer is DER."""
        value, name = _digested(data, signature_algorithm.algorithm)
        return self._pool.sign_digest(self._ref, value, digest=name)

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        """Refuse: these keys sign."""
        _refuse('exchange')

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        """Refuse."""
        _refuse('private_numbers')
