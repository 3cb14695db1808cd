"""Facts of a certificate for people, from its DER."""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from odoo.addons.esign_base.rules.clock import naive_utc
from odoo.addons.esign_base.signing.keys.profiles import CUT, WHOLE_NAME


@lru_cache(maxsize=256)
def describe(der: bytes) -> dict[str, object]:
    """Common name, whether it is an organisation's, validity (naive UTC), key; {} when it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        common, organisation = _one(certificate, NameOID.COMMON_NAME), _one(certificate, NameOID.ORGANIZATION_NAME)
        whole = organisation if _is_cut(common, organisation) else _one(certificate, WHOLE_NAME) or common
        return {
            'name': whole or organisation,
            'organisation': organisation,
            'is_organisation': not whole or whole == organisation,
            'not_before': naive_utc(certificate.not_valid_before_utc),
            'not_after': naive_utc(certificate.not_valid_after_utc),
            'key': _key(certificate.public_key()),
        }
    except ValueError:
        return {}


def _one(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(kind)
    return str(found[0].value) if found else ''


def _is_cut(common: str, whole: str) -> bool:
    return common.endswith(CUT) and whole.startswith(common.removesuffix(CUT))


def _key(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f'RSA-{key.key_size}'
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f'ECDSA {key.curve.name}'
    return type(key).__name__
