"""Who signs: pyHanko signers on the token pool, and the places for other keys.

* :class:`TokenSigner`: a key of the token. Certificates are parsed once and shared, the call goes
  straight to the pool: no executor, no second session, no key lookup.
* :class:`RemoteSigner`: base for keys at a remote service (CSC API). No service is bundled; the
  subclass that talks to one must give :meth:`RemoteSigner.sign_remote`.
* :data:`algorithms`: signature algorithms by name. RSA and ECDSA are here; SM2 (GB/T 32918) is
  known by name and refused as not available, until something registers it that can sign **and**
  verify it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ..errors import CertificateError, SigningError
from .cms_der import SignerShape, attribute, certificate_set
from .keypairs import HASHES, KeyRef, PublicKey, check_signature
from .tokens import TokenPool

__all__ = ['Algorithm', 'Algorithms', 'RemoteSigner', 'TokenSigner', 'algorithms']

# DER of Ecdsa-Sig-Value around two integers of the curve's size: at most that many bytes more.
_EC_EXTRA: Final = 9


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm that can be used.

    :param mechanism: names the CMS signature algorithm for a digest, e.g. ``sha256`` →
        ``sha256_ecdsa``.
    """

    name: str
    digests: frozenset[str]
    mechanism: Callable[[str], algos.SignedDigestAlgorithm]


class Algorithms:
    """Registry of signature algorithms; what is not registered is not available."""

    KNOWN: Final = frozenset({'rsa', 'ecdsa', 'sm2'})

    def __init__(self) -> None:
        """Start empty."""
        self._found: dict[str, Algorithm] = {}

    def register(self, algorithm: Algorithm) -> None:
        """Add an algorithm; a second one of the same name is refused.

        :raises SigningError: ``algorithm_exists``.
        """
        if algorithm.name in self._found:
            raise SigningError('algorithm_exists', 'registered already', {'algorithm': algorithm.name})
        self._found[algorithm.name] = algorithm

    def get(self, name: str) -> Algorithm:
        """Return an algorithm.

        :raises SigningError: ``algorithm_unavailable`` (known, but nothing here implements it) or
            ``algorithm_unknown``.
        """
        found = self._found.get(name)
        if found is None:
            code = 'algorithm_unavailable' if name in self.KNOWN else 'algorithm_unknown'
            raise SigningError(code, 'no implementation of the signature algorithm', {'algorithm': name})
        return found

    def mechanism(self, name: str, digest: str) -> algos.SignedDigestAlgorithm:
        """Name the CMS signature algorithm for a digest.

        :raises SigningError: as :meth:`get`; ``digest_unsupported``.
        """
        found = self.get(name)
        if digest not in found.digests:
            raise SigningError('digest_unsupported', f'{name} does not sign {digest}', {'digest': digest})
        return found.mechanism(digest)


_SHA2: Final = frozenset({'sha256', 'sha384', 'sha512'})


def _named(suffix: str) -> Callable[[str], algos.SignedDigestAlgorithm]:
    return lambda digest: algos.SignedDigestAlgorithm({'algorithm': f'{digest}_{suffix}'})


algorithms: Final = Algorithms()
algorithms.register(Algorithm('rsa', _SHA2, _named('rsa')))
algorithms.register(Algorithm('ecdsa', _SHA2, _named('ecdsa')))


class _CertifiedSigner(Signer):
    """A signer with a known certificate and a chain, parsed once."""

    def __init__(self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], digest: str) -> None:
        self._public = _public(certificate)
        is_rsa = isinstance(self._public, rsa.RSAPublicKey)
        self._size = self._public.key_size // 8 if is_rsa else _EC_EXTRA + self._public.key_size // 4
        registry = SimpleCertificateStore()
        for each in chain:
            registry.register(_asn1(each))
        super().__init__(
            signing_cert=_asn1(certificate),
            cert_registry=registry,
            signature_mechanism=algorithms.mechanism('rsa' if is_rsa else 'ecdsa', digest),
            embed_roots=False,
        )
        self.digest = digest
        self._shape = SignerShape.of(
            self.signing_cert,
            as_signing_certificate_v2(self.signing_cert),
            self.signature_mechanism,
            digest=digest,
            content_type='data',
        )
        self._certificates = 0, b''

    async def signed_attrs(  # the signature is pyHanko's
        self,
        data_digest: bytes,
        digest_algorithm: str,
        attr_settings: PdfCMSSignedAttributes | None = None,
        content_type: str = 'data',
        use_pades: bool = False,
        timestamper: TimeStamper | None = None,
        dry_run: bool = False,
        is_pdf_sig: bool = True,
    ) -> cms.CMSAttributes:
        """Return the signed attributes; those of a plain PAdES signature are joined from ready parts."""
        plain = use_pades and is_pdf_sig and content_type == 'data' and digest_algorithm == self.digest
        if plain and self.signed_attr_prov_spec is None and _is_plain(attr_settings):
            return cms.CMSAttributes.load(self._shape.signed_attributes(data_digest))
        return await super().signed_attrs(
            data_digest,
            digest_algorithm,
            attr_settings=attr_settings,
            content_type=content_type,
            use_pades=use_pades,
            timestamper=timestamper,
            dry_run=dry_run,
            is_pdf_sig=is_pdf_sig,
        )

    async def async_sign_prescribed_attributes(  # the signature is pyHanko's
        self,
        digest_algorithm: str,
        signed_attrs: cms.CMSAttributes,
        cms_version: str = 'v1',
        dry_run: bool = False,
        timestamper: TimeStamper | None = None,
        encap_content_info: object = None,
    ) -> cms.ContentInfo:
        """Sign prescribed attributes; a plain detached signature is written straight as DER."""
        detached = encap_content_info in (None, {'content_type': 'data'}) and cms_version == 'v1'
        special = self.unsigned_attr_prov_spec is not None or bool(self.attribute_certs)
        if not detached or special or digest_algorithm != self.digest:
            return await super().async_sign_prescribed_attributes(
                digest_algorithm,
                signed_attrs,
                cms_version=cms_version,
                dry_run=dry_run,
                timestamper=timestamper,
                encap_content_info=encap_content_info,
            )
        attributes = bytes(signed_attrs.dump())
        signature = await self.async_sign_raw(attributes, digest_algorithm, dry_run)
        unsigned = []
        if timestamper is not None:
            token = await _stamped(timestamper, signature, digest_algorithm, dry_run=dry_run)
            unsigned.append(attribute('signature_time_stamp_token', bytes(token.dump())))
        return cms.ContentInfo.load(
            self._shape.signed_data(
                attributes, signature, version=1, certificates=self._certificate_set(), unsigned=unsigned
            )
        )

    def _certificate_set(self) -> bytes:
        """Encode the certificates again only when the registry has grown."""
        registered = list(self.cert_registry)
        if self._certificates[0] != len(registered) + 1:
            wanted = [each for each in registered if each.self_signed == 'no']
            self._certificates = len(registered) + 1, certificate_set([*wanted, self.signing_cert])
        return self._certificates[1]


def _is_plain(attributes: PdfCMSSignedAttributes | None) -> bool:
    """Whether nothing beyond the obligatory attributes is asked for (PAdES has no signing time)."""
    return attributes is None or (attributes.cades_signed_attrs is None and attributes.adobe_revinfo_attr is None)


async def _stamped(stamper: TimeStamper, signature: bytes, digest: str, *, dry_run: bool) -> cms.ContentInfo:
    if dry_run:
        return await stamper.async_dummy_response(digest)
    return await stamper.async_timestamp(hashlib.new(digest, signature).digest(), digest)


class TokenSigner(_CertifiedSigner):
    """pyHanko signer with a key of the token.

    :param chain: issuer first; a root is not embedded.
    :param digest: the only digest this signer signs; give the same ``md_algorithm`` to pyHanko.
    :raises CertificateError: ``key_mismatch`` when the certificate is for another key.
    """

    def __init__(
        self,
        pool: TokenPool,
        ref: KeyRef,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate] = (),
        *,
        digest: str = 'sha256',
    ) -> None:
        """Parse the certificates; the token is not touched yet."""
        if certificate.public_key() != ref.public_key:
            raise CertificateError('key_mismatch', 'the certificate is for another key', {'label': ref.label})
        super().__init__(certificate, chain, digest)
        self._pool, self._ref = pool, ref

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign in the token.

        The call blocks for one token operation (about a millisecond): handing it to an executor
        costs more than it takes, and the pool's lock would serialise it there all the same.

        :raises TokenError: what the token refuses.
        """
        if dry_run:
            return bytes(self._size)
        return self._pool.sign(self._ref, data, digest=digest_algorithm)


class RemoteSigner(_CertifiedSigner):
    """Place for signers whose key is at a remote signing service (e.g. CSC API v2).

    No service is bundled: a subclass authorises and calls its own in :meth:`sign_remote`. Its
    answer is checked against the certificate before it can get into a document.
    """

    def __init__(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = (), *, digest: str = 'sha256'
    ) -> None:
        """Parse the certificates."""
        super().__init__(certificate, chain, digest)

    async def sign_remote(self, value: bytes, digest: str) -> bytes:
        """Have a digest signed by the service; a subclass does.

        :raises SigningError: ``remote_unavailable`` here, whatever the service refuses there.
        """
        raise SigningError('remote_unavailable', 'no remote signing service is set up', {'digest': digest})

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign remotely and check the answer.

        :raises SigningError: ``digest_unsupported``, ``remote_signature_wrong``, or as
            :meth:`sign_remote`.
        """
        if dry_run:
            return bytes(self._size)
        algorithm = HASHES.get(digest_algorithm)
        if algorithm is None:
            raise SigningError('digest_unsupported', f'no such digest: {digest_algorithm}')
        value = hashlib.new(digest_algorithm, data).digest()
        signature = await self.sign_remote(value, digest_algorithm)
        try:
            check_signature(self._public, signature, value, algorithm)
        except InvalidSignature as exc:
            raise SigningError('remote_signature_wrong', 'the answer does not fit the certificate') from exc
        return signature


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _public(certificate: x509.Certificate) -> PublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SigningError('algorithm_unavailable', 'neither an RSA nor an elliptic curve key')
    return key
