"""CMS written straight as DER: what a signature has in common is encoded once, the rest joined.

An object model builds and re-encodes every node for each signature, which costs ten times the
signature itself. Only the one shape that the product makes is known here: SignedData with one signer
named by issuer and serial number, signed attributes, certificates (RFC 5652 §5). The tests compare
the bytes with those of the general encoder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509

SEQUENCE: Final = 0x30
SET: Final = 0x31
OCTETS: Final = 0x04


def tlv(tag: int, *parts: bytes) -> bytes:
    """Encode one element with a low tag number and a definite length (X.690 §8.1)."""
    content = b''.join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Encode a non-negative INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def set_of(members: Iterable[bytes], tag: int = SET) -> bytes:
    """Encode a SET OF: members in ascending order of their encodings (X.690 §11.6)."""
    return tlv(tag, *sorted(members))


def attribute(kind: str, *values: bytes) -> bytes:
    """Encode an attribute of CMS by its usual name."""
    return tlv(SEQUENCE, _attribute_type(kind), set_of(values))


def _attribute_type(kind: str) -> bytes:
    return bytes(cms.CMSAttributeType(kind).dump())


def _algorithm(name: str) -> bytes:
    return bytes(algos.DigestAlgorithm({'algorithm': name}).dump())


_SIGNED_DATA: Final = bytes(cms.ContentType('signed_data').dump())
_MESSAGE_DIGEST: Final = _attribute_type('message_digest')
_VERSION_1: Final = integer(1)
_ALGORITHMS: Final = {name: _algorithm(name) for name in ('sha256', 'sha384', 'sha512')}


@dataclass(frozen=True, slots=True)
class SignerShape:
    """What all signatures by one certificate share, encoded once.

    :param content_type: name of the content type (``data``, ``tst_info``).
    :param identity: the attribute signing-certificate-v2 (RFC 5035).
    :param mechanism: signature algorithm identifier.
    """

    digest: str
    content_type: bytes
    content_attribute: bytes
    identity: bytes
    signer: bytes
    mechanism: bytes

    @classmethod
    def of(
        cls,
        certificate: asn1_x509.Certificate,
        identity: core.Asn1Value,
        mechanism: algos.SignedDigestAlgorithm,
        *,
        digest: str,
        content_type: str,
    ) -> 'SignerShape':
        """Encode the common parts; ``identity`` is the value of signing-certificate-v2."""
        kind = bytes(cms.ContentType(content_type).dump())
        issuer = cms.IssuerAndSerialNumber({
            'issuer': certificate.issuer, 'serial_number': certificate.serial_number
        })  # fmt: skip
        return cls(
            digest=digest,
            content_type=kind,
            content_attribute=attribute('content_type', kind),
            identity=attribute('signing_certificate_v2', bytes(identity.dump())),
            signer=bytes(issuer.dump()),
            mechanism=bytes(mechanism.dump()),
        )

    def signed_attributes(self, value: bytes) -> bytes:
        """Encode the signed attributes (SET OF, as it is signed) for a message digest."""
        digest = tlv(SEQUENCE, _MESSAGE_DIGEST, tlv(SET, tlv(OCTETS, value)))
        return set_of((self.content_attribute, digest, self.identity))

    def signed_data(
        self,
        signed_attributes: bytes,
        signature: bytes,
        *,
        version: int,
        certificates: bytes,
        content: bytes | None = None,
        unsigned: Sequence[bytes] = (),
    ) -> bytes:
        """Encode the whole ContentInfo.

        :param certificates: from :func:`certificate_set`, or nothing.
        :param content: embedded content; None for a detached signature.
        """
        algorithm = _ALGORITHMS[self.digest]
        signer_info = tlv(
            SEQUENCE,
            _VERSION_1,
            self.signer,
            algorithm,
            b'\xa0' + signed_attributes[1:],  # [0] IMPLICIT instead of SET OF (RFC 5652 §5.4)
            self.mechanism,
            tlv(OCTETS, signature),
            set_of(unsigned, 0xA1) if unsigned else b'',
        )
        embedded = b'' if content is None else tlv(0xA0, tlv(OCTETS, content))
        body = tlv(
            SEQUENCE,
            integer(version),
            tlv(SET, algorithm),
            tlv(SEQUENCE, self.content_type, embedded),
            certificates,
            tlv(SET, signer_info),
        )
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(0xA0, body))


def certificate_set(certificates: Iterable[asn1_x509.Certificate]) -> bytes:
    """Encode certificates as the field of SignedData: [0] IMPLICIT SET OF."""
    return set_of({bytes(each.dump()) for each in certificates}, 0xA0)
