"""Key pairs: their kinds and names, and the raw operations of PKCS#11 on them.

Nothing here knows of sessions that die or of locks: that is :mod:`.tokens`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self
from urllib.parse import quote, unquote, unquote_to_bytes

import pkcs11
from asn1crypto import core
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

from ..errors import TokenError

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyKind(StrEnum):
    """Kinds of keys that the product makes."""

    RSA_2048 = 'rsa2048'
    RSA_3072 = 'rsa3072'
    P_256 = 'p256'


@dataclass(frozen=True, slots=True)
class KeyRef:
    """Names one key pair of a token; holds nothing secret.

    :param label: CKA_LABEL, unique among the private keys of the token.
    :param key_id: CKA_ID, 16 random bytes for keys made here.
    """

    label: str
    key_id: bytes
    kind: KeyKind
    public_key: PublicKey = field(compare=False, repr=False)

    @property
    def uri(self) -> str:
        """The key's name as a PKCS #11 URI (RFC 7512); the token is that of the configuration."""
        return f'pkcs11:object={quote(self.label, safe="")};id={quote(self.key_id, safe="")}'

    @classmethod
    def of_uri(cls, uri: str, public_key: PublicKey) -> Self:
        """Return the reference again that :attr:`uri` names.

        :raises TokenError: ``key_uri_invalid``, ``key_unsupported``.
        """
        parts = dict(part.partition('=')[::2] for part in uri.removeprefix('pkcs11:').split(';'))
        if parts.keys() != {'object', 'id'}:
            raise TokenError('key_uri_invalid', 'the address of a key names its object and id')
        label = unquote(parts['object'])
        return cls(label, unquote_to_bytes(parts['id']), kind_of(public_key, label), public_key)


# RFC 8017 §9.2, note 1: DER of DigestInfo up to the digest.
_DIGEST_INFO: Final = {
    'sha256': bytes.fromhex('3031300d060960864801650304020105000420'),
    'sha384': bytes.fromhex('3041300d060960864801650304020205000430'),
    'sha512': bytes.fromhex('3051300d060960864801650304020305000440'),
}
# Digests that are signed, by their name.
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    'sha256': hashes.SHA256(),
    'sha384': hashes.SHA384(),
    'sha512': hashes.SHA512(),
}
_RSA_BITS: Final = {KeyKind.RSA_2048: 2048, KeyKind.RSA_3072: 3072}
_PRIVATE_TEMPLATE: Final = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.MODIFIABLE: False,
}
_SIGN_BUFFER = 512  # bytes: RSA-4096 at most


def generate(
    session: pkcs11.Session, kind: KeyKind, label: str, key_id: bytes, *, persistent: bool
) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
    """Make a key pair in the token: sensitive, not extractable, good for signatures only."""
    common = {
        'id': key_id,
        'label': label,
        'store': persistent,
        'capabilities': MechanismFlag.SIGN | MechanismFlag.VERIFY,
        'private_template': _PRIVATE_TEMPLATE,
    }
    if kind in _RSA_BITS:
        return session.generate_keypair(KeyType.RSA, _RSA_BITS[kind], **common)
    curve = asn1_keys.ECDomainParameters(name='named', value='secp256r1').dump()
    domain = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: curve}, local=True)
    return domain.generate_keypair(**common)  # type: ignore[arg-type]  # the stub wants positional types


def raw_signature(handle: pkcs11.PrivateKey, kind: KeyKind, value: bytes, digest: str) -> bytes:
    """Have the token sign a digest; ECDSA answers are put into DER (RFC 3279 §2.2.3)."""
    signer: pkcs11.SignMixin = handle  # type: ignore[assignment]  # the wrapper adds it at run time
    if kind is not KeyKind.P_256:
        return signer.sign(_DIGEST_INFO[digest] + value, mechanism=Mechanism.RSA_PKCS, buffer_size=_SIGN_BUFFER)
    raw = signer.sign(value[:32], mechanism=Mechanism.ECDSA, buffer_size=_SIGN_BUFFER)
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))


def check_signature(key: PublicKey, signature: bytes, value: bytes, algorithm: hashes.HashAlgorithm) -> None:
    """Check a signature of a digest ``value`` (PKCS #1 v1.5 or ECDSA).

    :raises InvalidSignature: when it does not fit.
    """
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, value, padding.PKCS1v15(), Prehashed(algorithm))
    else:
        key.verify(signature, value, ec.ECDSA(Prehashed(algorithm)))


def public_key_of(key: pkcs11.PublicKey | pkcs11.PrivateKey) -> PublicKey:
    """Read a public key out of the token."""
    if key[Attribute.KEY_TYPE] == KeyType.RSA:
        modulus, exponent = key[Attribute.MODULUS], key[Attribute.PUBLIC_EXPONENT]
        return rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key()
    info = asn1_keys.PublicKeyInfo(
        {
            'algorithm': {
                'algorithm': 'ec',
                'parameters': asn1_keys.ECDomainParameters.load(key[Attribute.EC_PARAMS]),
            },
            'public_key': bytes(core.OctetString.load(key[Attribute.EC_POINT])),
        }
    )
    loaded = serialization.load_der_public_key(info.dump())
    if not isinstance(loaded, ec.EllipticCurvePublicKey):  # pragma: no cover - built as EC above
        raise TokenError('key_unsupported', 'not an elliptic curve key')
    return loaded


def kind_of(key: PublicKey, label: str) -> KeyKind:
    """Tell the kind of a key.

    :raises TokenError: ``key_unsupported``.
    """
    if isinstance(key, rsa.RSAPublicKey):
        for kind, bits in _RSA_BITS.items():
            if key.key_size == bits:
                return kind
    elif isinstance(key.curve, ec.SECP256R1):
        return KeyKind.P_256
    raise TokenError('key_unsupported', 'neither RSA-2048, RSA-3072 nor P-256', {'label': label})
