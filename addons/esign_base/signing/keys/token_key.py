"""A key of the PKCS#11 token behind the port (:mod:`.port`)."""

from collections.abc import Iterable, Sequence
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..errors import CertificateError, TokenError
from .keypairs import KeyRef, PublicKey
from .port import SigningKey
from .tokens import TokenPool


class TokenKey(SigningKey):
    """A key of the token.

    :param certificate: DER; so the chain, see :class:`.port.SigningKey`.
    :raises CertificateError: ``key_mismatch`` when the certificate is for another key.
    """

    def __init__(
        self, pool: TokenPool, ref: KeyRef, certificate: bytes, chain: Iterable[bytes] = (), *, digest: str = 'sha256'
    ) -> None:
        """Parse the certificates; the token is not touched yet."""
        super().__init__(certificate, chain, digest=digest)
        if _public(certificate) != ref.public_key:
            raise CertificateError('key_mismatch', 'the certificate is for another key', {'label': ref.label})
        self._pool, self._ref = pool, ref

    @classmethod
    def of_uri(cls, pool: TokenPool, uri: str, certificate: bytes, chain: Sequence[bytes] = ()) -> Self:
        """Return the key that a :attr:`.keypairs.KeyRef.uri` names, without asking the token.

        Whether it is the certificate's, the pool sees at every signature: none leaves that does not fit.

        :raises TokenError: ``key_uri_invalid``, ``key_unsupported``.
        """
        return cls(pool, KeyRef.of_uri(uri, _public(certificate)), certificate, chain)

    def sign(self, data: bytes) -> bytes:
        """Sign in the token: the call blocks for one operation, about a millisecond.

        :raises TokenError: what the token refuses.
        """
        return self._pool.sign(self._ref, data, digest=self.algorithm.digest)


def _public(certificate: bytes) -> PublicKey:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):  # pragma: no cover - the port has refused it
        raise TokenError('key_unsupported', 'neither an RSA nor an elliptic curve key')
    return key
