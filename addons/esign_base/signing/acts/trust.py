"""What a validation may rely on: roots, certificates, CRLs, OCSP answers. Nothing is fetched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

# Signing certificates assert one of the two (RFC 5280 4.2.1.3); a TLS-only one asserts neither.
SIGNER_USAGE = frozenset({'non_repudiation', 'digital_signature'})


@lru_cache(maxsize=512)
def certificate_of(der: bytes) -> x509.Certificate:
    """Parse a certificate; the same bytes give the same object."""
    return x509.Certificate.load(der)


@lru_cache(maxsize=128)
def crl_of(der: bytes) -> asn1_crl.CertificateList:
    """Parse a CRL (RFC 5280 5)."""
    return asn1_crl.CertificateList.load(der)


@lru_cache(maxsize=512)
def ocsp_of(der: bytes) -> asn1_ocsp.OCSPResponse:
    """Parse an OCSP response (RFC 6960)."""
    return asn1_ocsp.OCSPResponse.load(der)


def _unique(*groups: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))


@dataclass(frozen=True, slots=True)
class Trust:
    """Trust anchors and validation data, all DER.

    :param roots: certificates trusted without further proof.
    :param certificates: intermediate certificates that help to build a chain.
    :param crls: certificate revocation lists.
    :param ocsps: OCSP responses.
    """

    roots: tuple[bytes, ...]
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def plus(
        self,
        certificates: Iterable[bytes] = (),
        crls: Iterable[bytes] = (),
        ocsps: Iterable[bytes] = (),
    ) -> 'Trust':
        """Return the same roots with further validation data, each item once."""
        return replace(
            self,
            certificates=_unique(self.certificates, certificates),
            crls=_unique(self.crls, crls),
            ocsps=_unique(self.ocsps, ocsps),
        )

    def _policy(self, mode: str) -> CertRevTrustPolicy:
        # A list issued after the moment asked about says more, not less, about that moment.
        return CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy(mode), retroactive_revinfo=True)

    def context(self, moment: datetime | None = None, *, revocation: bool = True) -> ValidationContext:
        """Return a context that judges certificates at ``moment`` (UTC; None is now).

        :param revocation: every certificate needs a revocation answer; otherwise missing answers
            are passed over, known revocations still count.
        """
        return ValidationContext(
            trust_roots=[certificate_of(one) for one in self.roots],
            other_certs=[certificate_of(one) for one in self.certificates],
            crls=[crl_of(one) for one in self.crls],
            ocsps=[ocsp_of(one) for one in self.ocsps],
            moment=moment,
            revinfo_policy=self._policy('require' if revocation else 'soft-fail'),
        )

    def specification(self) -> SignatureValidationSpec:
        """Return the same, for the ETSI EN 319 102-1 validation of archives."""
        return SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build([certificate_of(one) for one in self.roots]),
                revinfo_policy=self._policy('require'),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=LocalKnowledge(
                known_certs=[certificate_of(one) for one in self.certificates],
                known_crls=[CRLContainer(crl_of(one)) for one in self.crls],
                known_ocsps=[container for one in self.ocsps for container in OCSPContainer.load_multi(ocsp_of(one))],
            ),
            key_usage_settings=usage(),
        )

    async def path(
        self,
        certificate: x509.Certificate,
        moment: datetime | None = None,
        *,
        purpose: str | None = None,
        revocation: bool = True,
    ) -> ValidationPath:
        """Return the validated path of ``certificate`` up to a root.

        :param purpose: extended key usage it must have (``time_stamping``); otherwise a
            signer's key usage is asked for.
        :raises pyhanko_certvalidator.errors.ValidationError: when there is none.
        """
        try:
            return await self._path(certificate, moment, purpose, revocation=True)
        except InsufficientRevinfoError:
            if revocation:
                raise
        # Only now the lenient way: it looks at nothing a certificate does not itself point to.
        return await self._path(certificate, moment, purpose, revocation=False)

    async def _path(
        self, certificate: x509.Certificate, moment: datetime | None, purpose: str | None, *, revocation: bool
    ) -> ValidationPath:
        context = self.context(moment, revocation=revocation)
        validator = CertificateValidator(certificate, validation_context=context)
        if purpose:
            found: ValidationPath = await validator.async_validate_usage(set(), {purpose})
            return found
        path: ValidationPath = await validator.async_validate_path()
        usage().validate(certificate)
        return path

    def evidence(self, paths: Iterable[ValidationPath]) -> 'Trust':
        """Return what of this is needed to judge ``paths`` later: their certificates, CRLs and answers."""
        members = [one for path in paths for one in certificates_in(path)]
        issuers = {one.issuer.hashable for one in members}
        serials = {one.serial_number for one in members}
        return Trust(
            self.roots,
            _unique(one.dump() for one in members),
            tuple(one for one in self.crls if crl_of(one).issuer.hashable in issuers),
            tuple(one for one in self.ocsps if serials.intersection(serials_in(ocsp_of(one)))),
        )


def usage() -> KeyUsageConstraints:
    """Key usages a signer's certificate may have, one of them at least."""
    return KeyUsageConstraints(key_usage=set(SIGNER_USAGE))


def certificates_in(path: ValidationPath) -> Iterator[x509.Certificate]:
    """All certificates of a path, the root's too where it is one."""
    authority = path.trust_anchor.authority
    if isinstance(authority, AuthorityWithCert):
        yield authority.certificate
    yield from path.iter_certs(include_root=False)


def serials_in(response: asn1_ocsp.OCSPResponse) -> set[int]:
    """Return serial numbers that an OCSP response speaks about."""
    if response['response_status'].native != 'successful':
        return set()
    return {
        one['cert_id']['serial_number'].native for one in response.basic_ocsp_response['tbs_response_data']['responses']
    }
