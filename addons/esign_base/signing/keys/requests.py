"""Certificates of external authorities for keys in the token: request out, certificate in.

An imported certificate is checked for key, validity, use and chain. Its revocation status is not
asked here: that belongs to each signing act, at its own time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    InvalidCertificateError,
    PathBuildingError,
    PathValidationError,
    ValidationError,
)

from ..errors import CertificateError
from . import profiles
from .tokens import KeyRef, TokenPool

_PEM: Final = b'-----BEGIN'


@dataclass(frozen=True, slots=True)
class Imported:
    """A certificate that fits its key, and its chain from the issuer to the anchor."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


def signing_request(pool: TokenPool, ref: KeyRef, subject: x509.Name) -> bytes:
    """Make a PKCS #10 request (DER) signed by the token key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(profiles.key_usage(commits=True), critical=True)
    return builder.sign(pool.private_key(ref), hashes.SHA256()).public_bytes(Encoding.DER)


def import_certificate(
    ref: KeyRef,
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    anchors: Sequence[x509.Certificate],
    now: datetime,
) -> Imported:
    """Check a certificate (PEM or DER) issued elsewhere for a token key.

    :param chain: intermediate certificates, in any order.
    :param anchors: the roots that are trusted.
    :raises CertificateError: ``certificate_unreadable``, ``key_mismatch``, ``not_valid_now``,
        ``usage_unfit`` (an authority, or a key usage without signatures), ``chain_broken``.
    """
    found = _load(certificate)
    moment = profiles.utc_seconds(now)
    if found.public_key() != ref.public_key:
        raise CertificateError('key_mismatch', 'the certificate is for another key', {'label': ref.label})
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        raise CertificateError(
            'not_valid_now',
            'the certificate is not valid at this time',
            {'from': found.not_valid_before_utc.isoformat(), 'to': found.not_valid_after_utc.isoformat()},
        )
    _check_use(found)
    return Imported(found, _path(found, [_load(each) for each in chain], anchors, moment))


def _load(data: bytes) -> x509.Certificate:
    try:
        if data.lstrip().startswith(_PEM):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as exc:
        raise CertificateError('certificate_unreadable', 'neither a PEM nor a DER certificate') from exc


def _check_use(certificate: x509.Certificate) -> None:
    try:
        extensions = certificate.extensions
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise CertificateError('usage_unfit', "an authority's certificate signs no documents")
    except x509.ExtensionNotFound:
        pass
    except ValueError as exc:
        raise CertificateError('certificate_unreadable', 'the extensions cannot be read') from exc
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise CertificateError('usage_unfit', 'the key usage allows no signatures')


def _path(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    moment: datetime,
) -> tuple[x509.Certificate, ...]:
    context = ValidationContext(
        trust_roots=[_asn1(each) for each in anchors],
        moment=moment,
        allow_fetching=False,
        revocation_mode='soft-fail',
    )
    validator = CertificateValidator(
        _asn1(certificate), intermediate_certs=[_asn1(each) for each in others], validation_context=context
    )
    try:
        path = asyncio.run(validator.async_validate_path())
    except (PathBuildingError, PathValidationError, InvalidCertificateError, ValidationError) as exc:
        raise CertificateError('chain_broken', f'no valid chain to a trusted root: {exc}') from exc
    return tuple(
        x509.load_der_x509_certificate(each.dump()) for each in list(path.iter_certs(include_root=True))[-2::-1]
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
