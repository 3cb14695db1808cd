"""Facts of an X.509 certificate as the register keeps them."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ..rules.clock import naive_utc


def facts(certificate: x509.Certificate) -> dict[str, object]:
    """Field values of ``esign.certificate`` for a certificate; times are naive UTC."""
    return {
        'serial': serial(certificate.serial_number),
        'subject': certificate.subject.rfc4514_string(),
        'issuer': certificate.issuer.rfc4514_string(),
        'not_before': naive_utc(certificate.not_valid_before_utc),
        'not_after': naive_utc(certificate.not_valid_after_utc),
        'fingerprint': certificate.fingerprint(hashes.SHA256()).hex(),
        'algorithm': _algorithm(certificate.public_key()),
        'pem': certificate.public_bytes(Encoding.PEM).decode('ascii'),
    }


def serial(number: int) -> str:
    """Serial number as hexadecimal text, capitals, whole bytes."""
    text = f'{number:X}'
    return text if len(text) % 2 == 0 else f'0{text}'


def _algorithm(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f'RSA-{key.key_size}'
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f'ECDSA {key.curve.name}'
    return type(key).__name__
