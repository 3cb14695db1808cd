"""The local certificate authority: root → issuing authority → everybody, keys in the token.

The clock is an argument everywhere (UTC, aware). Records of what was issued and revoked live with
the caller (:class:`~.revocation.Revocations`); the authority's own three certificates live in the
token beside their keys, so that token and records are all there is to back up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..errors import CertificateError, TokenError
from . import profiles, requests, revocation
from .profiles import Addresses, CertificateKind
from .revocation import OcspResponder, Revocations, Revoked
from .tokens import KeyKind, KeyRef, PublicKey, TokenPool

__all__ = ['Addresses', 'Authority', 'AuthoritySettings', 'CertificateKind', 'Revocations', 'Revoked']

_ANY_POLICY: Final = '2.5.29.32.0'
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class AuthoritySettings:
    """How the authority names itself and where it publishes.

    :param organisation: organisation in the names of root and issuing authority.
    :param addresses: where CRL, OCSP and certificates are served.
    :param policy_arc: OID below which the policies of the five kinds lie; the default is the arc
        reserved for examples (RFC 5612): a real authority sets its own.
    :param notice: put into every certificate, e.g. 测试证书 for an authority that is not a real one.
    :param prefix: of the labels in the token.
    """

    organisation: str
    addresses: Addresses
    country: str = 'CN'
    policy_arc: str = '1.3.6.1.4.1.32473.1'
    notice: str = ''
    prefix: str = 'esign'
    kind: KeyKind = KeyKind.RSA_3072
    root_lifetime: timedelta = 20 * _YEAR
    issuing_lifetime: timedelta = 10 * _YEAR
    ocsp_lifetime: timedelta = 2 * _YEAR
    crl_valid: timedelta = timedelta(days=7)
    root_crl_valid: timedelta = timedelta(days=180)
    ocsp_valid: timedelta = timedelta(days=1)

    def label(self, role: str) -> str:
        """Label of a role's key and certificate in the token."""
        return f'{self.prefix}-{role}'


class Authority:
    """Issues, revokes and answers. Make it by :meth:`create` (once) or :meth:`load`."""

    def __init__(self, pool: TokenPool, settings: AuthoritySettings, records: Revocations) -> None:
        """Load root and issuing authority from the token.

        :raises TokenError: ``certificate_missing`` or ``key_missing`` when there is none.
        """
        self._pool = pool
        self._settings = settings
        self._records = records
        self.root = _stored(pool, settings.label('root'))
        self.issuing = _stored(pool, settings.label('issuing'))
        self._root_key = pool.private_key(pool.find(settings.label('root')))
        self._issuing_key = pool.private_key(pool.find(settings.label('issuing')))
        self._identifier = _identifier(self.issuing)
        self._responder: OcspResponder | None = None

    @classmethod
    def load(cls, pool: TokenPool, settings: AuthoritySettings, records: Revocations) -> Self:
        """Load the authority from the token; raises as the constructor does."""
        return cls(pool, settings, records)

    @classmethod
    def create(cls, pool: TokenPool, settings: AuthoritySettings, records: Revocations, *, now: datetime) -> Self:
        """Make root, issuing authority and OCSP responder in the token.

        Keys left by an interrupted attempt (no certificate in the token, hence never used) are
        replaced.

        :raises CertificateError: ``authority_exists``.
        """
        if _has_certificate(pool, settings.label('issuing')):
            raise CertificateError('authority_exists', 'the token holds an authority', {'prefix': settings.prefix})
        start = profiles.utc_seconds(now)
        refs = {role: _fresh(pool, settings.label(role), settings.kind) for role in ('root', 'issuing')}
        _fresh(pool, settings.label('ocsp'), KeyKind.RSA_2048)
        root = _build_root(pool, settings, refs['root'], start)
        issuing = _build_issuing(pool, settings, root, refs, start)
        records.issued(issuing)
        pool.store_certificate(settings.label('root'), root.public_bytes(Encoding.DER))
        pool.store_certificate(settings.label('issuing'), issuing.public_bytes(Encoding.DER))
        authority = cls(pool, settings, records)
        authority.renew_responder(now)
        return authority

    @property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        """Issuing authority first, then root."""
        return self.issuing, self.root

    @property
    def responder(self) -> x509.Certificate:
        """Certificate of the OCSP responder in use."""
        return self._ocsp().certificate

    def issue_enterprise(
        self, key: KeyRef | PublicKey, *, title: str, credit_code: str, start: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        """Issue to an enterprise, named by organisation and unified social credit code.

        :raises CertificateError: ``subject_invalid``, ``clock_naive``, ``validity_empty``,
            ``outlives_issuer``; so for all kinds.
        """
        subject = profiles.enterprise_name(self._settings.country, title, credit_code)
        return self._issue(CertificateKind.ENTERPRISE, key, subject, start, lifetime)

    def issue_person_event(
        self,
        key: KeyRef | PublicKey,
        *,
        full_name: str,
        identifier: str,
        start: datetime,
        lifetime: timedelta = profiles.EVENT_LIFETIME,
    ) -> x509.Certificate:
        """Issue to a person for one event.

        :param identifier: tells namesakes apart; not the ID number, the certificate is public.
        :raises CertificateError: ``validity_too_long`` above 24 hours.
        """
        subject = profiles.person_name(self._settings.country, full_name, identifier)
        return self._issue(CertificateKind.PERSON_EVENT, key, subject, start, lifetime)

    def issue_platform(
        self, key: KeyRef | PublicKey, *, title: str, start: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        """Issue to the platform itself."""
        return self._issue(CertificateKind.PLATFORM, key, self._own_name(title), start, lifetime)

    def issue_tsa(
        self, key: KeyRef | PublicKey, *, title: str, start: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        """Issue to a time-stamping unit (RFC 3161 §2.3)."""
        return self._issue(CertificateKind.TSA, key, self._own_name(title), start, lifetime)

    def issue_ocsp(
        self, key: KeyRef | PublicKey, *, title: str, start: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        """Issue to an OCSP responder (RFC 6960 §4.2.2.2)."""
        return self._issue(CertificateKind.OCSP, key, self._own_name(title), start, lifetime)

    def renew_responder(self, now: datetime) -> x509.Certificate:
        """Give the OCSP responder's key a new certificate; other processes take it when theirs ends."""
        ref = self._pool.find(self._settings.label('ocsp'))
        end = min(profiles.utc_seconds(now) + self._settings.ocsp_lifetime, self.issuing.not_valid_after_utc)
        lifetime = end - profiles.utc_seconds(now)
        title = f'{self._settings.organisation} OCSP'
        certificate = self.issue_ocsp(ref, title=title, start=now, lifetime=lifetime)
        self._pool.store_certificate(self._settings.label('ocsp'), certificate.public_bytes(Encoding.DER))
        self._responder = None
        return certificate

    def csr(self, ref: KeyRef, subject: x509.Name) -> bytes:
        """Make a request (DER, PKCS #10) to an external authority for a key of the token."""
        return requests.signing_request(self._pool, ref, subject)

    def import_certificate(
        self,
        ref: KeyRef,
        certificate: bytes,
        chain: Sequence[bytes],
        *,
        anchors: Sequence[x509.Certificate],
        now: datetime,
    ) -> requests.Imported:
        """Accept a certificate that an external authority issued; see :mod:`.requests`."""
        return requests.import_certificate(ref, certificate, chain, anchors=anchors, now=now)

    def revoke(self, serial: int, reason: x509.ReasonFlags, at: datetime) -> Revoked:
        """Revoke for good; an earlier revocation stands as it is and is returned.

        :raises CertificateError: ``serial_unknown``; ``reason_unsupported`` for hold and its end.
        """
        if reason in {x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl}:
            raise CertificateError('reason_unsupported', 'a revocation is final', {'reason': reason.value})
        if not self._records.knows(serial):
            raise CertificateError('serial_unknown', 'not issued here', {'serial': f'{serial:x}'})
        earlier = self._records.get(serial)
        if earlier is not None:
            return earlier
        revoked = Revoked(serial, profiles.utc_seconds(at), reason)
        self._records.add(revoked)
        return revoked

    def crl(self, now: datetime) -> bytes:
        """Return the CRL (DER) of the issuing authority."""
        revoked = [each for each in self._records.all() if each.serial != self.issuing.serial_number]
        return revocation.crl(self.issuing, self._issuing_key, revoked, now, self._settings.crl_valid)

    def root_crl(self, now: datetime) -> bytes:
        """Return the root's CRL (DER): it lists the issuing authority if that was revoked."""
        revoked = [each for each in self._records.all() if each.serial == self.issuing.serial_number]
        return revocation.crl(self.root, self._root_key, revoked, now, self._settings.root_crl_valid)

    def ocsp(self, request: bytes | x509.Certificate, now: datetime) -> bytes:
        """Return an OCSP response (DER) to a DER request, or about a certificate at hand."""
        responder = self._ocsp(now)
        if isinstance(request, x509.Certificate):
            return responder.answer_for(request, now)
        return responder.answer(request, now)

    def _own_name(self, title: str) -> x509.Name:
        return _name(self._settings, title)

    def _ocsp(self, now: datetime | None = None) -> OcspResponder:
        found = self._responder
        if found is None or (now is not None and now > found.certificate.not_valid_after_utc):
            label = self._settings.label('ocsp')
            key = self._pool.private_key(self._pool.find(label))
            certificate = _stored(self._pool, label)
            found = OcspResponder(self.issuing, certificate, key, self._records, self._settings.ocsp_valid)
            self._responder = found
        return found

    def _issue(
        self,
        kind: CertificateKind,
        key: KeyRef | PublicKey,
        subject: x509.Name,
        start: datetime,
        lifetime: timedelta,
    ) -> x509.Certificate:
        public = key.public_key if isinstance(key, KeyRef) else key
        first, last = _validity(kind, start, lifetime, self.issuing)
        settings = self._settings
        builder = _builder(subject, self.issuing.subject, public, first, last)
        for extension, critical in profiles.extensions(
            kind,
            public,
            self._identifier,
            arc=settings.policy_arc,
            at=settings.addresses,
            notice=settings.notice,
        ):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(self._issuing_key, hashes.SHA256())
        self._records.issued(certificate)
        return certificate


def _validity(
    kind: CertificateKind, start: datetime, lifetime: timedelta, issuer: x509.Certificate
) -> tuple[datetime, datetime]:
    longest = profiles.PROFILES[kind].longest
    if lifetime < timedelta(seconds=1):
        raise CertificateError('validity_empty', 'a certificate lives at least a second')
    if longest is not None and lifetime > longest:
        hours = longest.total_seconds() / 3600
        raise CertificateError('validity_too_long', f'{kind}: {hours:g} hours at most', {'hours': hours})
    first = profiles.utc_seconds(start)
    last = first + lifetime
    if first < issuer.not_valid_before_utc or last > issuer.not_valid_after_utc:
        raise CertificateError(
            'outlives_issuer',
            "the validity lies outside the issuer's",
            {'issuer_ends': issuer.not_valid_after_utc.isoformat()},
        )
    return first, last


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, first: datetime, last: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(first)
        .not_valid_after(last)
    )


def _build_root(pool: TokenPool, settings: AuthoritySettings, ref: KeyRef, start: datetime) -> x509.Certificate:
    title = _name(settings, f'{settings.organisation} Root CA')
    builder = _builder(title, title, ref.public_key, start, start + settings.root_lifetime)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(profiles.key_usage(authority=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(ref.public_key), critical=False)
    return builder.sign(pool.private_key(ref), hashes.SHA256())


def _build_issuing(
    pool: TokenPool,
    settings: AuthoritySettings,
    root: x509.Certificate,
    refs: dict[str, KeyRef],
    start: datetime,
) -> x509.Certificate:
    title, key = _name(settings, f'{settings.organisation} Issuing CA'), refs['issuing'].public_key
    at = settings.addresses
    builder = _builder(title, root.subject, key, start, start + settings.issuing_lifetime)
    for extension, critical in (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (profiles.key_usage(authority=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(_identifier(root)), False),
        (profiles.policies(_ANY_POLICY, notice=settings.notice), False),
        (profiles.crl_at(at.root_crl), False),
        (profiles.access(issuer=at.root), False),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(pool.private_key(refs['root']), hashes.SHA256())


def _name(settings: AuthoritySettings, title: str) -> x509.Name:
    return profiles.name(
        (NameOID.COUNTRY_NAME, settings.country),
        (NameOID.ORGANIZATION_NAME, settings.organisation),
        (NameOID.COMMON_NAME, title),
    )


def _identifier(certificate: x509.Certificate) -> x509.SubjectKeyIdentifier:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value


def _stored(pool: TokenPool, label: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(pool.certificate(label))


def _has_certificate(pool: TokenPool, label: str) -> bool:
    try:
        pool.certificate(label)
    except TokenError as exc:
        if exc.code == 'certificate_missing':
            return False
        raise
    return True


def _fresh(pool: TokenPool, label: str, kind: KeyKind) -> KeyRef:
    try:
        pool.destroy(pool.find(label))
    except TokenError as exc:
        if exc.code != 'key_missing':
            raise
    return pool.generate(kind, label)
