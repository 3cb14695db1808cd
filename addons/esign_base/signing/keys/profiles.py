"""What each kind of certificate says: subject, key usage, policies, addresses (RFC 5280).

One table (:data:`PROFILES`) holds the differences; :func:`extensions` turns a row into extensions.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ..errors import CertificateError
from .tokens import PublicKey

LONGEST_TITLE = 64  # characters; RFC 5280, ub-organization-name and ub-common-name
LONGEST_COMMON_BYTES = 64
CUT = '…'
# X.520 name (RFC 5280, ub-name: 32,768 characters): the whole name of a person whose common name is cut.
WHOLE_NAME: Final = ObjectIdentifier('2.5.4.41')
# GB 32100-2015 §4: 18 characters, digits and capitals without I, O, S, V, Z.
_CREDIT_CODE = re.compile(r'[0-9A-HJ-NPQRTUWXY]{18}')

DOCUMENT_SIGNING: Final = ObjectIdentifier('1.3.6.1.5.5.7.3.36')  # RFC 9336
ADOBE_AUTHENTIC_DOCUMENTS: Final = ObjectIdentifier('1.2.840.113583.1.1.5')
EVENT_LIFETIME: Final = timedelta(hours=24)


class CertificateKind(StrEnum):
    """Kinds of certificates that the authority issues."""

    ENTERPRISE = 'enterprise'
    PERSON_EVENT = 'person_event'
    TSA = 'tsa'
    PLATFORM = 'platform'
    OCSP = 'ocsp'


@dataclass(frozen=True, slots=True)
class Profile:
    """One row of the table.

    :param policy: last arc of the certificate policy below the authority's own arc.
    :param commits: key usage nonRepudiation (contentCommitment) besides digitalSignature.
    :param purposes: extended key usages.
    :param purposes_critical: RFC 3161 §2.3 asks it of a TSA and allows no second purpose there.
    :param revocable: carries CRL and OCSP addresses; an OCSP responder carries ocsp-nocheck instead
        (RFC 6960 §4.2.2.2.1).
    :param longest: upper limit of the lifetime, None for the issuer's own.
    """

    policy: int
    commits: bool
    purposes: tuple[ObjectIdentifier, ...]
    purposes_critical: bool = False
    revocable: bool = True
    longest: timedelta | None = None


# emailProtection is there for validators that know no purpose of documents (NSS, and so pdfsig).
_DOCUMENTS: Final = (DOCUMENT_SIGNING, ADOBE_AUTHENTIC_DOCUMENTS, ExtendedKeyUsageOID.EMAIL_PROTECTION)

PROFILES: Final[dict[CertificateKind, Profile]] = {
    CertificateKind.ENTERPRISE: Profile(1, True, _DOCUMENTS),
    CertificateKind.PERSON_EVENT: Profile(2, True, _DOCUMENTS, longest=EVENT_LIFETIME),
    CertificateKind.TSA: Profile(3, True, (ExtendedKeyUsageOID.TIME_STAMPING,), purposes_critical=True),
    CertificateKind.PLATFORM: Profile(4, True, _DOCUMENTS),
    CertificateKind.OCSP: Profile(5, False, (ExtendedKeyUsageOID.OCSP_SIGNING,), revocable=False),
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the authority publishes, all plain HTTP as RFC 5280 §8 advises.

    :param base: e.g. ``http://sign.example.cn/pki``, without a slash at its end.
    """

    base: str

    @property
    def ocsp(self) -> str:
        """OCSP responder."""
        return f'{self.base}/ocsp'

    @property
    def crl(self) -> str:
        """CRL of the issuing authority."""
        return f'{self.base}/issuing.crl'

    @property
    def root_crl(self) -> str:
        """CRL of the root."""
        return f'{self.base}/root.crl'

    @property
    def issuing(self) -> str:
        """Certificate of the issuing authority, DER."""
        return f'{self.base}/issuing.cer'

    @property
    def root(self) -> str:
        """Certificate of the root, DER."""
        return f'{self.base}/root.cer'


def utc_seconds(moment: datetime) -> datetime:
    """Return the moment in UTC, cut to whole seconds as X.509 has them.

    :raises CertificateError: ``clock_naive`` without a time zone.
    """
    if moment.tzinfo is None:
        raise CertificateError('clock_naive', 'a moment without time zone')
    return moment.astimezone(UTC).replace(microsecond=0)


def name(*parts: tuple[ObjectIdentifier, str]) -> x509.Name:
    """Build a name; empty values are left out.

    :raises CertificateError: ``subject_invalid`` for a value the standard forbids (too long, …).
    """
    try:
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts if value])
    except ValueError as exc:
        raise CertificateError('subject_invalid', f'not a valid subject: {exc}') from exc


def enterprise_name(country: str, title: str, credit_code: str) -> x509.Name:
    """Subject of an enterprise: organisation and unified social credit code.

    The code stands in organizationIdentifier in the form of ETSI EN 319 412-1 §5.1.4
    (``NTRCN-`` + code). Its check character is the registering side's rule, not looked at here.
    organizationName has the whole registered name; commonName may be shorter (EN 319 412-3 §4.2.1).

    :raises CertificateError: ``subject_invalid``.
    """
    if not 0 < len(title.strip()) <= LONGEST_TITLE or not _CREDIT_CODE.fullmatch(credit_code):
        raise CertificateError('subject_invalid', 'an organisation name and an 18-character code are needed')
    return name(
        (NameOID.COUNTRY_NAME, country),
        (NameOID.ORGANIZATION_NAME, title),
        (NameOID.ORGANIZATION_IDENTIFIER, f'NTR{country}-{credit_code}'),
        (NameOID.COMMON_NAME, _common(title)),
    )


def _common(title: str) -> str:
    """Cut a name to what every validator takes: RFC 5280 allows 64 characters, many count bytes.

    What belongs to one letter (combining marks, variation selectors) stays together.
    """
    if len(title.encode()) <= LONGEST_COMMON_BYTES:
        return title
    end = len(title.encode()[: LONGEST_COMMON_BYTES - len(CUT.encode())].decode(errors='ignore'))
    while end and unicodedata.category(title[end]).startswith('M'):
        end -= 1
    return title[:end].rstrip() + CUT


def person_name(country: str, full_name: str, identifier: str) -> x509.Name:
    """Subject of a person; ``identifier`` must tell namesakes apart and not be the ID number.

    A name longer than a common name may be is cut there and stands whole in the attribute name.

    :raises CertificateError: ``subject_invalid``.
    """
    if not 0 < len(full_name.strip()) <= LONGEST_TITLE or not identifier.strip():
        raise CertificateError('subject_invalid', 'a name of at most 64 characters and an identifier are needed')
    common = _common(full_name)
    return name(
        (NameOID.COUNTRY_NAME, country),
        (NameOID.SERIAL_NUMBER, identifier),
        (WHOLE_NAME, full_name if common != full_name else ''),
        (NameOID.COMMON_NAME, common),
    )


def key_usage(*, commits: bool = False, authority: bool = False) -> x509.KeyUsage:
    """Key usage of a signer (digitalSignature, perhaps nonRepudiation) or of an authority."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def access(*, ocsp: str = '', issuer: str) -> x509.AuthorityInformationAccess:
    """Addresses of the issuer's certificate and, where there is one, of its OCSP responder."""
    found = [(Access.OCSP, ocsp)] if ocsp else []
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(kind, x509.UniformResourceIdentifier(uri))
            for kind, uri in [*found, (Access.CA_ISSUERS, issuer)]
        ]
    )


def crl_at(uri: str) -> x509.CRLDistributionPoints:
    """Address of the CRL."""
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(uri)], None, None, None)])


def policies(*oids: str, notice: str = '') -> x509.CertificatePolicies:
    """Certificate policies, each with the notice (e.g. 测试证书) if there is one."""
    qualifiers: list[str | x509.UserNotice] | None = [x509.UserNotice(None, notice)] if notice else None
    return x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), qualifiers) for oid in oids])


def extensions(
    kind: CertificateKind,
    key: PublicKey,
    issuer: x509.SubjectKeyIdentifier,
    *,
    arc: str,
    at: Addresses,
    notice: str,
) -> list[tuple[x509.ExtensionType, bool]]:
    """Return the extensions of a certificate with their criticality."""
    row = PROFILES[kind]
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (key_usage(commits=row.commits), True),
        (x509.ExtendedKeyUsage(row.purposes), row.purposes_critical),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), False),
        (policies(f'{arc}.{row.policy}', notice=notice), False),
    ]
    if row.revocable:
        return [*found, (crl_at(at.crl), False), (access(ocsp=at.ocsp, issuer=at.issuing), False)]
    return [*found, (access(issuer=at.issuing), False), (x509.OCSPNoCheck(), False)]
