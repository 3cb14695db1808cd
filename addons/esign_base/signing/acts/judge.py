"""One signature value judged: intact, traced to a root, at which time, to which level.

Rule: a certificate is judged at the earliest time a trusted time stamp proves the signature to
have existed: its own signature time stamp (RFC 3161) or a later document time stamp. A time
stamp in turn is judged at the time it states, and must not have expired or been revoked by the
time the next stamp over it proves (or now). That is the order of EN 319 102-1 5.6.2.3: past
validation inward along the chain of stamps.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.validation.generic_cms import (
    async_validate_cms_signature,
    extract_certs_for_validation,
    extract_tst_data_iter,
    message_imprint_checker,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator.errors import ExpiredError, PathError, RevokedError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from .consent import consent_of
from .fields import entry
from .signatory import Level
from .trust import Trust, certificates_in, crl_of, ocsp_of, serials_in, usage
from .units import Unit
from .verdict import Kind, Reason, Revocation, SignatureVerdict, TimeSource

# A path that fails is a finding, told by the verdict; the library would log each with its traceback.
logging.getLogger('pyhanko.sign.validation.generic_cms').setLevel(logging.ERROR)

_REASONS: dict[AdESSubIndic, Reason] = {
    AdESFailure.REVOKED: Reason.REVOKED,
    AdESIndeterminate.REVOKED_NO_POE: Reason.REVOKED,
    AdESIndeterminate.REVOKED_CA_NO_POE: Reason.REVOKED,
    AdESIndeterminate.EXPIRED: Reason.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Reason.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Reason.EXPIRED,
    AdESIndeterminate.NOT_YET_VALID: Reason.NOT_YET_VALID,
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: Reason.UNTRUSTED_ROOT,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: Reason.WRONG_USAGE,
}


@dataclass(slots=True)
class Stamp:
    """A time stamp token that was judged.

    :param time: the time it states, UTC.
    :param intact: its imprint and signature fit.
    :param trusted: its authority's path held at that time and until proven again.
    """

    time: datetime
    intact: bool
    trusted: bool
    reason: Reason
    revocation: Revocation
    path: ValidationPath | None


@dataclass(slots=True)
class _Chain:
    reason: Reason
    revocation: Revocation
    path: ValidationPath | None
    intact: bool
    valid: bool


class Judge:
    """Judges the values of one document with the same trust.

    :param trust: roots, with all validation data at hand.
    :param stored: what of it stands in the document.
    :param now: the time of judging, UTC.
    """

    def __init__(self, trust: Trust, stored: Trust, now: datetime) -> None:
        """Judge by what is at hand."""
        self.trust, self.stored, self.now = trust, stored, now
        self.proofs: list[tuple[int, datetime]] = []
        self._standing: dict[tuple[bytes, datetime], Reason] = {}

    def proven(self, revision: int) -> datetime | None:
        """Return the earliest trusted document time stamp over ``revision``."""
        times = [time for number, time in self.proofs if number > revision]
        return min(times, default=None)

    async def document_stamp(self, unit: Unit) -> SignatureVerdict:
        """Judge a document time stamp; the newest must come first."""
        embedded = _readable(unit)
        stamp = await self._stamp(embedded.signed_data, unit, None)
        if stamp.intact and stamp.trusted and unit.whole_revision():
            self.proofs.append((unit.revision, stamp.time))
        certificate = embedded.signer_cert
        return _facts(
            unit,
            certificate,
            kind=Kind.DOCUMENT_TIMESTAMP,
            time=stamp.time,
            source=TimeSource.TIMESTAMP,
            level='',
            intact=stamp.intact,
            trusted=stamp.trusted,
            revocation=stamp.revocation,
            reason=stamp.reason,
            path=stamp.path,
        )

    async def signature(self, unit: Unit, *, certification: bool) -> SignatureVerdict:
        """Judge an approval or certification signature."""
        embedded = _readable(unit)
        stamps = [
            await self._stamp(token, unit, embedded)
            for token in extract_tst_data_iter(embedded.signer_info, signed=False)
        ]
        own = min((one.time for one in stamps if one.intact and one.trusted), default=None)
        later = self.proven(unit.revision)
        proven, source = _earliest(own, later)
        chain = await self._signer(embedded, proven or self.now)
        reason = chain.reason
        if reason is Reason.EXPIRED and proven is None:
            reason = Reason.TIMESTAMP_UNTRUSTED if stamps else Reason.NO_PROOF_OF_TIME
        elif reason is Reason.SOUND and not all(one.intact for one in stamps):
            reason = Reason.TIMESTAMP_UNTRUSTED  # a stamp that was changed is worse than none
        claimed = embedded.self_reported_timestamp
        return _facts(
            unit,
            embedded.signer_cert,
            kind=Kind.CERTIFICATION if certification else Kind.APPROVAL,
            time=proven or claimed,
            source=source if proven else TimeSource.CLAIMED if claimed else TimeSource.NONE,
            level=self._level(chain, [one for one in stamps if one.trusted], later),
            intact=chain.intact and chain.valid,
            trusted=chain.reason is Reason.SOUND,
            revocation=chain.revocation,
            reason=reason,
            path=chain.path,
        )

    def _level(self, chain: _Chain, stamps: list[Stamp], later: datetime | None) -> str:
        if not (chain.intact and chain.valid):
            return ''
        if not stamps and later is None:
            return Level.B_B.value
        paths = [chain.path, *(one.path for one in stamps)]
        if not all(path is not None and self._is_stored(path) for path in paths):
            return Level.B_T.value
        return Level.B_LT.value if later is None else Level.B_LTA.value

    def _is_stored(self, path: ValidationPath) -> bool:
        """Whether certificates and revocation data for ``path`` stand in the document."""
        issuers = {crl_of(one).issuer.hashable for one in self.stored.crls}
        serials = {serial for one in self.stored.ocsps for serial in serials_in(ocsp_of(one))}
        return all(
            one.self_issued or one.issuer.hashable in issuers or one.serial_number in serials
            for one in certificates_in(path)
        )

    async def _stamp(self, token: cms.SignedData, unit: Unit, over: EmbeddedPdfSignature | None) -> Stamp:
        """Judge a token over a signature value, or over the document where ``over`` is None."""
        embedded = _readable(unit)
        imprint = message_imprint_checker(over.signer_info) if over else embedded.compute_digest
        time = token['encap_content_info']['content'].parsed['gen_time'].native
        until = self.proven(unit.revision) or self.now
        found = await validate_tst_signed_data(token, self._trust(token).context(time), imprint)
        revocation = Revocation.GOOD
        if found['trust_problem_indic'] in _MISSING:
            revocation = Revocation.UNKNOWN
            loose = self._trust(token).context(time, revocation=False)
            found = await validate_tst_signed_data(token, loose, imprint)
        reason = _reason(found['intact'], found['valid'], found['trust_problem_indic'])
        if reason is Reason.SOUND:
            reason = await self._still(found['signing_cert'], self._trust(token), until)
        if reason is Reason.REVOKED:
            revocation = Revocation.REVOKED
        intact = found['intact'] and found['valid']
        return Stamp(time, intact, reason is Reason.SOUND, reason, revocation, found['validation_path'])

    async def _still(self, certificate: x509.Certificate, trust: Trust, until: datetime) -> Reason:
        """Whether an authority was neither expired nor known as revoked at ``until``."""
        key = (certificate.dump(), until)
        if key not in self._standing:
            self._standing[key] = await _standing(certificate, trust, until)
        return self._standing[key]

    async def _signer(self, embedded: EmbeddedPdfSignature, moment: datetime) -> _Chain:
        trust = self._trust(embedded.signed_data)
        digest = embedded.compute_digest()
        revocation = Revocation.GOOD
        status = await _status(embedded, digest, trust, moment, revocation=True)
        if status.trust_problem_indic in _MISSING:
            revocation = Revocation.UNKNOWN
            status = await _status(embedded, digest, trust, moment, revocation=False)
        reason = _reason(status.intact, status.valid, status.trust_problem_indic)
        if reason in {Reason.EXPIRED, Reason.CHAIN_FAILED} and moment < embedded.signer_cert.not_valid_before:
            reason = Reason.NOT_YET_VALID
        if reason is Reason.WRONG_USAGE and embedded.signer_cert.self_issued:
            reason = Reason.UNTRUSTED_ROOT  # there is nobody whose word on its use could count
        if reason is Reason.REVOKED:
            revocation = Revocation.REVOKED
        elif reason is not Reason.SOUND:
            revocation = Revocation.UNKNOWN
        return _Chain(reason, revocation, status.validation_path, status.intact, status.valid)

    def _trust(self, signed: cms.SignedData) -> Trust:
        return self.trust.plus(one.dump() for one in extract_certs_for_validation(signed).other_certs)


_MISSING = frozenset(
    {
        AdESIndeterminate.TRY_LATER,
        AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    }
)


async def _status(
    embedded: EmbeddedPdfSignature, digest: bytes, trust: Trust, moment: datetime, *, revocation: bool
) -> StandardCMSSignatureStatus:
    status: StandardCMSSignatureStatus = await async_validate_cms_signature(
        embedded.signed_data,
        status_cls=StandardCMSSignatureStatus,
        raw_digest=digest,
        validation_context=trust.context(moment, revocation=revocation),
        key_usage_settings=usage(),
    )
    return status


async def _standing(certificate: x509.Certificate, trust: Trust, until: datetime) -> Reason:
    try:
        await trust.path(certificate, until, purpose='time_stamping', revocation=False)
    except RevokedError:
        return Reason.REVOKED
    except ExpiredError:
        return Reason.EXPIRED
    except (PathError, ValidationError):
        return Reason.CHAIN_FAILED
    return Reason.SOUND


def _readable(unit: Unit) -> EmbeddedPdfSignature:
    if unit.embedded is None:
        raise ValueError(unit.problem)
    return unit.embedded


def _earliest(own: datetime | None, later: datetime | None) -> tuple[datetime | None, TimeSource]:
    if own is not None and (later is None or own <= later):
        return own, TimeSource.TIMESTAMP
    return later, TimeSource.DOCUMENT_TIMESTAMP if later else TimeSource.NONE


def _reason(intact: bool, valid: bool, problem: AdESSubIndic | None) -> Reason:
    if not intact:
        return Reason.DIGEST_MISMATCH
    if not valid:
        return Reason.BAD_SIGNATURE
    return Reason.SOUND if problem is None else _REASONS.get(problem, Reason.CHAIN_FAILED)


def _facts(
    unit: Unit,
    certificate: x509.Certificate,
    *,
    kind: Kind,
    time: datetime | None,
    source: TimeSource,
    level: str,
    intact: bool,
    trusted: bool,
    revocation: Revocation,
    reason: Reason,
    path: ValidationPath | None,
) -> SignatureVerdict:
    embedded = _readable(unit)
    info = embedded.signer_info
    consent = None if kind is Kind.DOCUMENT_TIMESTAMP else consent_of(embedded.signer_info)
    stated = embedded.sig_object
    return SignatureVerdict(
        fields=unit.fields,
        kind=kind,
        signer=_common_name(certificate.subject),
        subject=certificate.subject.human_friendly,
        issuer=_common_name(certificate.issuer),
        certificate=certificate.dump(),
        serial=f'{certificate.serial_number:x}',
        fingerprint=certificate.sha256.hex(),
        time=time,
        time_source=source,
        level=level,
        covers_file=False,
        revision=unit.revision,
        intact=intact,
        trusted=trusted,
        revocation=revocation,
        sound=reason is Reason.SOUND,
        reason=reason,
        consent=consent.hex() if consent else None,
        name=_text(entry(stated, '/Name')),
        stated_reason=_text(entry(stated, '/Reason')),
        location=_text(entry(stated, '/Location')),
        contact=_text(entry(stated, '/ContactInfo')),
        digest_algorithm=str(info['digest_algorithm']['algorithm'].native),
        signature_algorithm=str(info['signature_algorithm']['algorithm'].native),
        digest=embedded.compute_digest().hex(),
        chain=tuple(one.dump() for one in certificates_in(path)) if path else (),
    )


def _common_name(name: x509.Name) -> str:
    parts = name.native
    # The common name may be a short one: whole are the organisation of a legal person and a person's name (X.520).
    whole = ('organization_name',) if parts.get('organization_identifier') else ('name',)
    for key in (*whole, 'common_name', 'organization_name'):
        value = parts.get(key)
        if value:
            return value if isinstance(value, str) else ', '.join(value)
    return str(name.human_friendly)


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str) else None
