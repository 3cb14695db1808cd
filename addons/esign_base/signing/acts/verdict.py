"""What a verification found: facts with reasons, never a bare yes or no."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Conclusion(StrEnum):
    """What holds for the file as a whole."""

    GENUINE = 'genuine'
    """Every signature is sound, the newest revision is covered, nothing expected is missing."""
    ALTERED = 'altered'
    """Something was changed after signing, or is not what was issued."""
    UNTRUSTED = 'untrusted'
    """Intact, but at least one signature could not be traced to a trusted root or was revoked."""
    UNCLEAR = 'unclear'
    """Nothing speaks against it, but a signature, or what came after one, cannot be judged; the reason says why."""
    UNSIGNED = 'unsigned'
    """A readable document without any signature."""
    INVALID = 'invalid'
    """Not a document that can be judged; the reason says why."""


class ChangeKind(StrEnum):
    """How a file was tampered with."""

    CONTENT = 'content'
    ANNOTATION = 'annotation'
    FORM_VALUE = 'form_value'
    FIELD_ADDED = 'field_added'
    SEAL_MOVED = 'seal_moved'
    SEAL_SWAPPED = 'seal_swapped'
    SIGNATURE_REMOVED = 'signature_removed'
    SIGNATURE_REUSED = 'signature_reused'
    SIGNATURE_MISSING = 'signature_missing'
    SIGNATURE_UNEXPECTED = 'signature_unexpected'
    TRUNCATED = 'truncated'
    BYTES = 'bytes'
    UNCOVERED = 'uncovered'
    NOT_ISSUED = 'not_issued'
    STRUCTURE = 'structure'


class Kind(StrEnum):
    """Kinds of signatures."""

    APPROVAL = 'approval'
    CERTIFICATION = 'certification'
    DOCUMENT_TIMESTAMP = 'document_timestamp'


class TimeSource(StrEnum):
    """What vouches for the time of a signature."""

    TIMESTAMP = 'timestamp'
    DOCUMENT_TIMESTAMP = 'document_timestamp'
    CLAIMED = 'claimed'
    NONE = 'none'


class Revocation(StrEnum):
    """What is known about the revocation of a certificate at the time of signing."""

    GOOD = 'good'
    REVOKED = 'revoked'
    UNKNOWN = 'unknown'


class Reason(StrEnum):
    """Why a signature is or is not sound; why a file cannot be judged."""

    SOUND = 'sound'
    DIGEST_MISMATCH = 'digest_mismatch'
    BAD_SIGNATURE = 'bad_signature'
    UNSUPPORTED = 'unsupported'
    UNREADABLE = 'unreadable'
    NOT_COMPARABLE = 'not_comparable'
    COVERAGE_UNCLEAR = 'coverage_unclear'
    CHANGED_AFTERWARDS = 'changed_afterwards'
    UNTRUSTED_ROOT = 'untrusted_root'
    EXPIRED = 'expired'
    NOT_YET_VALID = 'not_yet_valid'
    REVOKED = 'revoked'
    WRONG_USAGE = 'wrong_usage'
    TIMESTAMP_UNTRUSTED = 'timestamp_untrusted'
    NO_PROOF_OF_TIME = 'no_proof_of_time'
    CHAIN_FAILED = 'chain_failed'
    DUPLICATE = 'duplicate'
    NOT_PDF = 'not_pdf'
    ENVELOPE = 'envelope'
    DETACHED = 'detached'
    MALFORMED = 'malformed'
    UNUSUAL = 'unusual'
    ENCRYPTED = 'encrypted'
    ENCRYPTED_FOR_CERTIFICATES = 'encrypted_for_certificates'
    TOO_LARGE = 'too_large'
    NO_SIGNATURES = 'no_signatures'
    ALTERED = 'altered'
    INCOMPLETE = 'incomplete'
    TOO_DEMANDING = 'too_demanding'


# Whoever made such a signature, it holds: only who it was is not confirmed.
UNCONFIRMED = frozenset(
    {
        Reason.UNTRUSTED_ROOT,
        Reason.CHAIN_FAILED,
        Reason.NO_PROOF_OF_TIME,
        Reason.TIMESTAMP_UNTRUSTED,
        Reason.EXPIRED,
    }
)
# A signature for which one of these is the reason cannot be judged: neither sound nor broken.
UNJUDGED = frozenset({Reason.UNSUPPORTED, Reason.UNREADABLE, Reason.NOT_COMPARABLE})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was signed or issued.

    :param kind: what was done.
    :param revision: number of the revision (0-based) that did it; None for the file as a whole.
    :param field: full name of the field concerned, or ''.
    :param page: 1-based, or None.
    :param detail: plain English for logs.
    """

    kind: ChangeKind
    revision: int | None = None
    field: str = ''
    page: int | None = None
    detail: str = ''


@dataclass(frozen=True, slots=True)
class Mark:
    """A changed place on a page: millimetres from the top-left corner of the page as displayed.

    :param kind: what was done there.
    """

    kind: ChangeKind
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the file with changed places.

    :param page: 1-based, in the file as it is now.
    :param width: millimetres, as displayed.
    :param height: millimetres, as displayed.
    """

    page: int
    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """What was found about one signature value, however many fields show it.

    :param fields: full names of the fields that hold it.
    :param kind: approval, certification or document time stamp.
    :param signer: common name (or organisation) of the signer's certificate.
    :param subject: its whole subject, readable.
    :param issuer: common name of the issuing authority.
    :param certificate: DER; b'' when the container has none.
    :param serial: serial number as lower-case hexadecimal.
    :param fingerprint: SHA-256 of the certificate, hexadecimal.
    :param time: when it was signed, as far as ``time_source`` vouches (UTC).
    :param time_source: what vouches for the time.
    :param level: PAdES baseline level reached (``B-B`` …), or '' for a document time stamp.
    :param covers_file: the signature covers the file to its last byte.
    :param revision: number of the revision it signed, 0-based.
    :param intact: the bytes signed are unchanged and the signature value fits them.
    :param trusted: the certificate's path ends at a trusted root, judged at the proven time.
    :param revocation: what the data at hand say about revocation.
    :param sound: intact, trusted, nothing forbidden happened afterwards.
    :param reason: why.
    :param consent: consent digest the signature carries (hexadecimal), or None.
    :param digest_algorithm: of the document's digest, e.g. ``sha256``; '' if unreadable.
    :param signature_algorithm: of the signature value, e.g. ``sha256_rsa``; '' if unreadable.
    :param digest: of the signed bytes as they are now, hexadecimal.
    :param chain: DER certificates of the validated path, root first; empty when there is none.
    :param detail: plain English for logs: why it cannot be judged.
    """

    fields: tuple[str, ...]
    kind: Kind
    signer: str
    subject: str
    issuer: str
    certificate: bytes
    serial: str
    fingerprint: str
    time: datetime | None
    time_source: TimeSource
    level: str
    covers_file: bool
    revision: int
    intact: bool
    trusted: bool
    revocation: Revocation
    sound: bool
    reason: Reason
    consent: str | None = None
    name: str | None = None
    stated_reason: str | None = None
    location: str | None = None
    contact: str | None = None
    digest_algorithm: str = ''
    signature_algorithm: str = ''
    digest: str = ''
    chain: tuple[bytes, ...] = ()
    detail: str = ''

    @property
    def holds(self) -> bool:
        """Whether it is sound, but perhaps for who made it."""
        return self.sound or (self.intact and self.reason in UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The file up to one of its end marks: what it was before something was added.

    :param size: bytes from the start of the file.
    :param sha256: of these bytes, hexadecimal.
    """

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about a file.

    :param conclusion: for the whole.
    :param reason: why.
    :param sha256: of the file, hexadecimal.
    :param size: bytes.
    :param signatures: of people, enterprises and the platform, oldest first.
    :param timestamps: document time stamps, oldest first.
    :param changes: everything that is not as it was signed or issued.
    :param covered: the newest signature or time stamp covers the file to its last byte.
    :param detail: plain English for logs.
    :param beginnings: the file up to each end mark but the last byte's, shortest first; so that a file
        that was added to can be told by what it began as, whatever was done to it.
    :param permitted: what was done to pages behind a certification that permits it: notes, each page once.
    :param sheets: pages with the changed places, where that can be told (see :func:`.places.marked`).
    """

    conclusion: Conclusion
    reason: Reason
    sha256: str
    size: int
    signatures: tuple[SignatureVerdict, ...] = ()
    timestamps: tuple[SignatureVerdict, ...] = ()
    changes: tuple[Change, ...] = ()
    covered: bool = False
    detail: str = ''
    beginnings: tuple[Beginning, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    permitted: tuple[Change, ...] = ()

    @property
    def genuine(self) -> bool:
        """Whether nothing at all speaks against the file."""
        return self.conclusion is Conclusion.GENUINE

    def kinds(self) -> set[ChangeKind]:
        """Return the kinds of changes found."""
        return {one.kind for one in self.changes}


@dataclass(frozen=True, slots=True)
class ExpectedAct:
    """One signature that must be there.

    :param fields: all field names the act filled, no more and no fewer.
    :param fingerprint: SHA-256 of the signer's certificate, hexadecimal; None leaves it open.
    :param consent: consent digest, hexadecimal; None leaves it open.
    """

    fields: frozenset[str]
    fingerprint: str | None = None
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the platform knows about the document.

    :param acts: signatures that must be there.
    :param revisions: SHA-256 (hexadecimal) of every revision issued, oldest first; empty if not known.
    :param complete: the newest revision is wanted; an older one counts as truncated.
    :param closed: signatures besides those expected count as changes.
    :param given: fields of signatures that stood in the file when the platform took it in. They must be there and
        hold; that who made them cannot be confirmed does not speak against the file.
    """

    acts: tuple[ExpectedAct, ...] = ()
    revisions: tuple[str, ...] = field(default=())
    complete: bool = True
    closed: bool = True
    given: frozenset[str] = frozenset()
