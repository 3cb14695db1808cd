"""A key that is not here: on a UKey in somebody's hand. Its answers are judged before they go anywhere."""

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ..errors import RemoteSessionError
from .keypairs import HASHES, check_signature
from .port import SigningKey


class KeyElsewhere(SigningKey):
    """Knows the certificate and cannot sign; who holds the key is asked, and what comes back is :meth:`accepted`."""

    def sign(self, data: bytes) -> bytes:
        """Refuse.

        :raises RemoteSessionError: ``key_elsewhere``.
        """
        raise RemoteSessionError('key_elsewhere', 'This key is not here.')

    def accepted(self, signature: bytes, data: bytes) -> bytes:
        """Return a signature over ``data`` in the form the container wants, after it was checked.

        :param signature: for elliptic curves DER or the two numbers side by side.
        :raises RemoteSessionError: ``wrong_signature``.
        """
        public = x509.load_der_x509_certificate(self.certificate.dump()).public_key()
        value = hashlib.new(self.algorithm.digest, data).digest()
        if isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            for one in _forms(signature, public):
                try:
                    check_signature(public, one, value, HASHES[self.algorithm.digest])
                except (InvalidSignature, ValueError):
                    continue
                return one
        raise RemoteSessionError('wrong_signature', 'The answer is not a signature of the pinned key.')


def _forms(signature: bytes, public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> list[bytes]:
    found = [signature]
    half = (public.key_size + 7) // 8
    if isinstance(public, ec.EllipticCurvePublicKey) and len(signature) == 2 * half:
        # Tokens give the two numbers side by side (PKCS #11, CKM_ECDSA).
        numbers = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
        found.append(encode_dss_signature(*numbers))
    return found
