"""The consent digest in a signature: which record of somebody's will the signature was made on.

An OCTET STRING of 32 bytes under an OID of the UUID arc (ITU-T X.667), which needs no registration. A
signed attribute and not an entry of the signature dictionary, because it then lies in what the signer's
key signs itself: a signer's own machine can show it before it signs.
"""

from asn1crypto import cms, core

from ..errors import ResultInvalid
from ..keys.cms import OCTETS, attribute, tlv

CONSENT_OID = '2.25.110571503246595894138431881137886989430'
_BYTES = 32


def consent_attributes(consent: bytes | None) -> tuple[bytes, ...]:
    """Return the attribute that carries a consent digest, nothing where there is none.

    :param consent: SHA-256 of the signer's consent, or None.
    :raises ResultInvalid: ``consent_digest``.
    """
    if consent is None:
        return ()
    if len(consent) != _BYTES:
        raise ResultInvalid('consent_digest', 'The consent digest must be a SHA-256 value.')
    return (attribute(CONSENT_OID, tlv(OCTETS, consent)),)


# What a consent takes up in a container, whichever it is.
SAMPLE = consent_attributes(bytes(_BYTES))


def consent_of(signer_info: cms.SignerInfo) -> bytes | None:
    """Return the consent digest a signature carries, or None."""
    for each in signer_info['signed_attrs'] or ():
        if each['type'].dotted == CONSENT_OID:
            values = core.SetOf.load(each['values'].dump(), spec=core.OctetString)
            return bytes(values[0].native)
    return None
