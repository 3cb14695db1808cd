"""CMS written straight as DER: what a signature has in common is encoded once, the rest joined.

An object model builds and re-encodes every node for each signature, which costs ten times the
signature itself. Only the one shape that the product makes is known here, for signatures and for time
stamps: SignedData with one signer named by issuer and serial number, signed attributes, certificates
(RFC 5652 §5). Attributes are those that EN 319 142-1 asks for: content type, message digest, signing
certificate v2 (RFC 5035), no signing time (it stands in the signature dictionary), and whatever the
caller adds. The tests compare the bytes with those of the general encoder.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.general import as_signing_certificate_v2

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
    """Encode an attribute of CMS by its usual name, or by a dotted identifier."""
    return tlv(SEQUENCE, _attribute_type(kind), set_of(values))


def _attribute_type(kind: str) -> bytes:
    return bytes(cms.CMSAttributeType(kind).dump())


_SIGNED_DATA: Final = bytes(cms.ContentType('signed_data').dump())
_MESSAGE_DIGEST: Final = _attribute_type('message_digest')
_SPARE: Final = 64  # bytes kept free beyond what a container is known to need


class Container:
    """Everything of a signer's CMS that does not change from one signature to the next.

    :param certificate: the signer's certificate; always embedded.
    :param chain: further certificates to carry along.
    :param mechanism: signature algorithm as it stands in the container.
    :param digest: name of the digest that the signature is made with.
    :param content_type: name of the content type: ``data``, or ``tst_info`` for time stamps.
    """

    def __init__(
        self,
        certificate: asn1_x509.Certificate,
        chain: Iterable[asn1_x509.Certificate],
        mechanism: algos.SignedDigestAlgorithm,
        *,
        digest: str,
        content_type: str = 'data',
    ) -> None:
        """Encode the parts that stay."""
        self.certificate, self.digest = certificate, digest
        kind = bytes(cms.ContentType(content_type).dump())
        self._version = integer(1 if content_type == 'data' else 3)  # RFC 5652 §5.1
        self._content_type = kind
        self._content_attribute = attribute('content_type', kind)
        identity = as_signing_certificate_v2(certificate, digest)
        self._identity = attribute('signing_certificate_v2', bytes(identity.dump()))
        self._certificates = set_of({bytes(one.dump()) for one in (certificate, *chain)}, 0xA0)
        self._signer = tlv(SEQUENCE, certificate.issuer.dump(), integer(certificate.serial_number))
        self._algorithm = bytes(algos.DigestAlgorithm({'algorithm': digest}).dump())
        self._mechanism = bytes(mechanism.dump())

    def attributes(self, value: bytes, more: Sequence[bytes] = ()) -> bytes:
        """Encode the signed attributes (a universal SET OF): what the key signs.

        :param value: digest of the content, or of the document's byte range.
        :param more: further attributes, from :func:`attribute`.
        """
        digest = tlv(SEQUENCE, _MESSAGE_DIGEST, tlv(SET, tlv(OCTETS, value)))
        return set_of((self._content_attribute, digest, self._identity, *more))

    def assemble(
        self,
        attributes: bytes,
        signature: bytes,
        token: bytes | None = None,
        *,
        content: bytes | None = None,
        with_certificates: bool = True,
    ) -> bytes:
        """Encode the whole ContentInfo.

        :param attributes: as given by :meth:`attributes`.
        :param signature: raw signature over ``attributes``.
        :param token: RFC 3161 time stamp token over ``signature``, as an unsigned attribute.
        :param content: embedded content; None for a detached signature.
        """
        stamp = b'' if token is None else set_of((attribute('signature_time_stamp_token', token),), 0xA1)
        signer_info = tlv(
            SEQUENCE,
            integer(1),
            self._signer,
            self._algorithm,
            b'\xa0' + attributes[1:],  # [0] IMPLICIT instead of SET OF (RFC 5652 §5.4)
            self._mechanism,
            tlv(OCTETS, signature),
            stamp,
        )
        embedded = b'' if content is None else tlv(0xA0, tlv(OCTETS, content))
        body = tlv(
            SEQUENCE,
            self._version,
            tlv(SET, self._algorithm),
            tlv(SEQUENCE, self._content_type, embedded),
            self._certificates if with_certificates else b'',
            tlv(SET, signer_info),
        )
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(0xA0, body))

    def room(self, token_bytes: int = 0, more: Sequence[bytes] = ()) -> int:
        """Bytes the finished container needs at most; ``token_bytes`` for a time stamp, ``more`` as in attributes."""
        key_bytes = (self.certificate.public_key.bit_size + 7) // 8
        signature = bytes(max(key_bytes, 2 * key_bytes + 16 if key_bytes < 128 else key_bytes))
        attributes = self.attributes(bytes(hashlib.new(self.digest).digest_size), more)
        token = bytes(token_bytes) if token_bytes else None
        return len(self.assemble(attributes, signature, token)) + _SPARE
