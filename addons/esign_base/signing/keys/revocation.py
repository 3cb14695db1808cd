"""Revocation: records (kept by the caller), CRLs (RFC 5280) and OCSP answers (RFC 6960)."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from .profiles import utc_seconds

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
# SHA-1 here only names the issuer (RFC 5019 §2.1.1 prescribes it to clients); it protects nothing.
_NAMING: Final[dict[str, hashes.HashAlgorithm]] = {
    each.name: each
    for each in (hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())  # noqa: S303 - see above
}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revocation; ``at`` in UTC."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


class Revocations(Protocol):
    """Where the records of issued and revoked certificates live. The authority keeps none itself."""

    def issued(self, certificate: x509.Certificate) -> None:
        """Record a certificate; called before it is handed out."""
        ...

    def knows(self, serial: int) -> bool:
        """Whether this authority issued the serial."""
        ...

    def get(self, serial: int) -> Revoked | None:
        """Return the revocation of a serial, None when it is not revoked."""
        ...

    def all(self) -> Iterable[Revoked]:
        """Return all revocations, those of expired certificates too."""
        ...

    def add(self, revoked: Revoked) -> None:
        """Record a revocation."""
        ...


def crl(
    issuer: x509.Certificate, key: PrivateKey, revoked: Iterable[Revoked], now: datetime, lifetime: timedelta
) -> bytes:
    """Make a CRL (DER) that is valid from ``now`` on; its number is the moment in milliseconds."""
    start = utc_seconds(now)
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(start)
        .next_update(start + lifetime)
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial)
        entry = entry.revocation_date(utc_seconds(each.at))
        if each.reason is not x509.ReasonFlags.unspecified:  # RFC 5280 §5.3.1: leave "unspecified" out
            entry = entry.add_extension(x509.CRLReason(each.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class OcspResponder:
    """Answers for one issuer with a delegated key (RFC 6960 §4.2.2.2).

    :param lifetime: from thisUpdate to nextUpdate.
    """

    issuer: x509.Certificate
    certificate: x509.Certificate
    key: PrivateKey
    records: Revocations
    lifetime: timedelta

    def answer(self, request: bytes, now: datetime) -> bytes:
        """Answer a DER request with a DER response.

        A request that cannot be read, that asks for more than one certificate (RFC 5019 §2.1.1) or
        whose nonce is not 1 to 32 bytes long (RFC 8954 §2.1) is answered "malformed request".
        """
        try:
            asked = ocsp.load_der_ocsp_request(request)
            nonce = _nonce(asked)
            naming = _NAMING[asked.hash_algorithm.name]
            if not 0 < asked.serial_number < 1 << 160:  # RFC 5280 §4.1.2.2: no such certificate
                return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
            names = (asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number)
        except Exception:  # noqa: BLE001 - a stranger's bytes: whatever is wrong with them
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        ours = self._issuer_hashes(naming)
        if not all(hmac.compare_digest(*pair) for pair in zip(names[:2], ours, strict=True)):
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)  # another issuer's certificate
        return self._response(naming, ours, names[2], now, nonce)

    def answer_for(self, certificate: x509.Certificate, now: datetime) -> bytes:
        """Answer for a certificate at hand, to be embedded into a document; no nonce."""
        naming = _NAMING['sha256']
        return self._response(naming, self._issuer_hashes(naming), certificate.serial_number, now, None)

    def _issuer_hashes(self, naming: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
        request = ocsp.OCSPRequestBuilder().add_certificate(self.certificate, self.issuer, naming).build()
        return request.issuer_name_hash, request.issuer_key_hash

    def _response(
        self,
        naming: hashes.HashAlgorithm,
        issuer: tuple[bytes, bytes],
        serial: int,
        now: datetime,
        nonce: x509.OCSPNonce | None,
    ) -> bytes:
        start = utc_seconds(now)
        revoked = self.records.get(serial)
        status = ocsp.OCSPCertStatus.GOOD if self.records.knows(serial) else ocsp.OCSPCertStatus.UNKNOWN
        if revoked:
            status = ocsp.OCSPCertStatus.REVOKED
        reason = revoked.reason if revoked and revoked.reason is not x509.ReasonFlags.unspecified else None
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=issuer[0],
            issuer_key_hash=issuer[1],
            serial_number=serial,
            algorithm=naming,
            cert_status=status,
            this_update=start,
            next_update=start + self.lifetime,
            revocation_time=utc_seconds(revoked.at) if revoked else None,
            revocation_reason=reason,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        builder = builder.certificates([self.certificate])
        if nonce is not None:
            builder = builder.add_extension(nonce, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _nonce(request: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(nonce.nonce) <= 32:
        raise ValueError('nonce length')
    return nonce


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
