"""The one door to a private key: who has a certificate and can sign bytes is a key, wherever it lies.

* :class:`SigningKey`: the port. A key in the token (:mod:`.token_key`), one in somebody's hand
  (:mod:`.elsewhere`) and whatever comes later (a signing service, SM2) are subclasses with one method.
* :class:`Algorithm`: what a key signs with, digest included: nobody else names a digest for a signature.
* :func:`open_key`: keys by URI; what may be opened is registered by scheme. A URI names a key and holds
  no secret.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509

from ..errors import SigningError, TokenError
from .cms import Container
from .keypairs import HASHES

# Signature algorithms by that of the key, and the curves that go with them. SM2 (GB/T 32918) is an elliptic curve
# with an algorithm of its own, and none of them until something signs and verifies it.
_NAMES: Final = {'rsa': 'rsa', 'ec': 'ecdsa'}
_CURVES: Final = frozenset({'secp256r1', 'secp384r1', 'secp521r1'})


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm with its digest.

    :param name: ``rsa`` (PKCS #1 v1.5) or ``ecdsa``.
    :param digest: ``sha256``, ``sha384`` or ``sha512``.
    """

    name: str
    digest: str

    @classmethod
    def of(cls, certificate: asn1_x509.Certificate, digest: str) -> 'Algorithm':
        """Return the algorithm of a certificate's key.

        :raises SigningError: ``algorithm_unavailable``, ``digest_unsupported``.
        """
        kind = certificate.public_key.algorithm
        if kind not in _NAMES or (kind == 'ec' and certificate.public_key.curve[1] not in _CURVES):
            raise SigningError('algorithm_unavailable', 'neither an RSA nor a P-curve key', {'algorithm': kind})
        if digest not in HASHES:
            raise SigningError('digest_unsupported', f'no such digest: {digest}', {'digest': digest})
        return cls(_NAMES[kind], digest)

    @property
    def mechanism(self) -> algos.SignedDigestAlgorithm:
        """As it stands in a container (RFC 5754, RFC 5758)."""
        return algos.SignedDigestAlgorithm({'algorithm': f'{self.digest}_{self.name}'})


class SigningKey(ABC):
    """A private key and its certificate; made for one algorithm, good for any number of signatures.

    :param certificate: DER.
    :param chain: DER of further certificates, in any order; used to build the path, and embedded but for roots.
    :param digest: the only digest this key signs.
    :raises SigningError: as :meth:`Algorithm.of`.
    """

    def __init__(self, certificate: bytes, chain: Iterable[bytes] = (), *, digest: str = 'sha256') -> None:
        """Parse the certificates; the key is not touched yet."""
        self.certificate = asn1_x509.Certificate.load(certificate)
        self.chain = tuple(chain)
        self.algorithm = Algorithm.of(self.certificate, digest)

    @abstractmethod
    def sign(self, data: bytes) -> bytes:
        """Sign ``data``: RSASSA-PKCS1-v1_5, or ECDSA as DER ``Ecdsa-Sig-Value`` (RFC 3279 §2.2.3).

        :raises SigningError: what stands in the way; never anything of the key.
        """

    @cached_property
    def container(self) -> Container:
        """The fixed parts of this key's CMS containers; equal keys share one."""
        return _container(self.certificate.dump(), tuple(sorted(self.chain)), self.algorithm)


@lru_cache(maxsize=64)
def _container(certificate: bytes, chain: tuple[bytes, ...], algorithm: Algorithm) -> Container:
    others = [asn1_x509.Certificate.load(each) for each in chain]
    return Container(
        asn1_x509.Certificate.load(certificate),
        [each for each in others if each.self_signed == 'no'],
        algorithm.mechanism,
        digest=algorithm.digest,
    )


# Opens the key that a URI names: (URI, certificate, chain), both DER.
Opener = Callable[[str, bytes, Sequence[bytes]], SigningKey]
_openers: dict[str, Opener] = {}


def register(scheme: str, opener: Opener) -> None:
    """Say who opens the keys of a scheme.

    :raises SigningError: ``key_scheme_exists``: whose key is used must not depend on who came last.
    """
    if scheme in _openers:
        raise SigningError('key_scheme_exists', 'the scheme has an opener', {'scheme': scheme})
    _openers[scheme] = opener


def open_key(uri: str, certificate: bytes, chain: Sequence[bytes] = ()) -> SigningKey:
    """Open the key that ``uri`` names, for its certificate and chain (DER).

    :raises TokenError: ``key_scheme_unknown``, or what the opener raises.
    """
    scheme = uri.partition(':')[0]
    opener = _openers.get(scheme)
    if opener is None:
        raise TokenError('key_scheme_unknown', 'nothing opens keys of this scheme', {'scheme': scheme})
    return opener(uri, certificate, chain)
