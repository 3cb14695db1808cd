"""The CMS container of a PAdES signature, assembled from parts that are encoded once.

RFC 5652 SignedData, detached, one signer; signed attributes as EN 319 142-1 asks for: content
type, message digest, signing certificate v2 (RFC 5035), no signing time (it stands in the
signature dictionary). One attribute is ours: the consent digest, an OCTET STRING of 32 bytes
under an OID of the UUID arc (ITU-T X.667), which needs no registration. A signed attribute and
not an entry of the signature dictionary, because it then lies in what the signer's key signs
itself: a signer's own machine can show it before it signs.
"""

from collections.abc import Iterable
from functools import lru_cache

from asn1crypto import algos, cms, core, x509
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers import Signer

from ..errors import CertificateError, ResultInvalid

CONSENT_OID = '2.25.110571503246595894138431881137886989430'
DIGEST = 'sha256'
_CONSENT_BYTES = 32
_TIMESTAMP_TOKEN = core.ObjectIdentifier('1.2.840.113549.1.9.16.2.14').dump()
_SIGNED_DATA = core.ObjectIdentifier('1.2.840.113549.1.7.2').dump()
_DATA = core.ObjectIdentifier('1.2.840.113549.1.7.1').dump()
_CONTENT_TYPE = core.ObjectIdentifier('1.2.840.113549.1.9.3').dump()
_MESSAGE_DIGEST = core.ObjectIdentifier('1.2.840.113549.1.9.4').dump()
_SIGNING_CERTIFICATE_V2 = core.ObjectIdentifier('1.2.840.113549.1.9.16.2.47').dump()
_CONSENT = core.ObjectIdentifier(CONSENT_OID).dump()
_VERSION_1 = core.Integer(1).dump()
_SHA256 = algos.DigestAlgorithm({'algorithm': DIGEST}).dump()
_SEQUENCE, _SET, _OCTETS = 0x30, 0x31, 0x04
_SHORT_FORM = 0x80


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element (ITU-T X.690) of ``tag`` with the given content."""
    body = b''.join(parts)
    size = len(body)
    if size < _SHORT_FORM:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes((tag, _SHORT_FORM | len(length))) + length + body


def _set_of(elements: Iterable[bytes]) -> bytes:
    return b''.join(sorted(elements))


def _attribute(oid: bytes, value: bytes) -> bytes:
    return tlv(_SEQUENCE, oid, tlv(_SET, value))


class Container:
    """Everything of a signer's CMS that does not change from one signature to the next.

    :param certificate: the signer's certificate.
    :param chain: further certificates to carry along.
    :param mechanism: signature algorithm as it stands in the container.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        chain: Iterable[x509.Certificate],
        mechanism: algos.SignedDigestAlgorithm,
    ) -> None:
        """Encode the parts that stay."""
        self.certificate = certificate
        self._certificates = tlv(0xA0, _set_of({certificate.dump(), *(one.dump() for one in chain)}))
        self._signing_certificate = _attribute(_SIGNING_CERTIFICATE_V2, as_signing_certificate_v2(certificate).dump())
        self._signer = tlv(_SEQUENCE, certificate.issuer.dump(), core.Integer(certificate.serial_number).dump())
        self._mechanism = mechanism.dump()

    @classmethod
    def of(cls, signer: Signer) -> 'Container':
        """Return the container for ``signer``; equal signers share one.

        :raises CertificateError: when the signer has no certificate.
        """
        certificate = signer.signing_cert
        if certificate is None:
            raise CertificateError('certificate_missing', 'The signer has no certificate.')
        chain = tuple(
            sorted(one.dump() for one in signer.cert_registry if signer.embed_roots or one.self_signed == 'no')
        )
        mechanism = signer.get_signature_mechanism_for_digest(DIGEST)
        return _shared(certificate.dump(), chain, mechanism.dump())

    def attributes(self, digest: bytes, consent: bytes | None) -> bytes:
        """DER of the signed attributes (a universal SET): what the key signs.

        :param digest: SHA-256 of the document's byte range.
        :param consent: digest of the signer's consent, 32 bytes, or None.
        """
        parts = [
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, tlv(_OCTETS, digest)),
            self._signing_certificate,
        ]
        if consent is not None:
            if len(consent) != _CONSENT_BYTES:
                raise ResultInvalid('consent_digest', 'The consent digest must be a SHA-256 value.')
            parts.append(_attribute(_CONSENT, tlv(_OCTETS, consent)))
        return tlv(_SET, _set_of(parts))

    def assemble(self, attributes: bytes, signature: bytes, token: bytes | None = None) -> bytes:
        """DER of the whole container.

        :param attributes: as given by :meth:`attributes`.
        :param signature: raw signature over ``attributes``.
        :param token: RFC 3161 time stamp token over ``signature``, as an unsigned attribute.
        """
        unsigned = b'' if token is None else tlv(0xA1, _attribute(_TIMESTAMP_TOKEN, token))
        signer_info = tlv(
            _SEQUENCE,
            _VERSION_1,
            self._signer,
            _SHA256,
            b'\xa0' + attributes[1:],
            self._mechanism,
            tlv(_OCTETS, signature),
            unsigned,
        )
        signed_data = tlv(
            _SEQUENCE,
            _VERSION_1,
            tlv(_SET, _SHA256),
            tlv(_SEQUENCE, _DATA),
            self._certificates,
            tlv(_SET, signer_info),
        )
        return tlv(_SEQUENCE, _SIGNED_DATA, tlv(0xA0, signed_data))

    def room(self, token_bytes: int = 0) -> int:
        """Bytes the finished container needs at most; ``token_bytes`` for a time stamp."""
        key_bytes = (self.certificate.public_key.bit_size + 7) // 8
        signature = b'\0' * max(key_bytes, 2 * key_bytes + 16 if key_bytes < 128 else key_bytes)
        attributes = self.attributes(b'\0' * 32, b'\0' * _CONSENT_BYTES)
        token = b'\0' * token_bytes if token_bytes else None
        return len(self.assemble(attributes, signature, token)) + 64


@lru_cache(maxsize=64)
def _shared(certificate: bytes, chain: tuple[bytes, ...], mechanism: bytes) -> Container:
    return Container(
        x509.Certificate.load(certificate),
        tuple(x509.Certificate.load(one) for one in chain),
        algos.SignedDigestAlgorithm.load(mechanism),
    )


def consent_of(signer_info: cms.SignerInfo) -> bytes | None:
    """Return the consent digest a signature carries, or None."""
    for attribute in signer_info['signed_attrs'] or ():
        if attribute['type'].dotted == CONSENT_OID:
            values = core.SetOf.load(attribute['values'].dump(), spec=core.OctetString)
            return bytes(values[0].native)
    return None
