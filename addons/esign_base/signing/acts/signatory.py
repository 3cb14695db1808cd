"""Who signs, with what trust behind it: validated once, used for as many documents as wanted."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import cms, x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.errors import PathError, ValidationError

from ..errors import CertificateError, TimestampError
from ..keys.port import SigningKey
from ..keys.trusted_time import imprint_of, sample, stamp
from .consent import SAMPLE, consent_attributes
from .running import settle
from .trust import Trust

# An external authority's answers differ in size from one to the next.
_TOKEN_MARGIN = 1024
# The path of a certificate is built anew after this many seconds of a batch.
_FRESH_SECONDS = 60.0


class Level(StrEnum):
    """PAdES baseline levels (EN 319 142-1)."""

    B_B = 'B-B'
    B_T = 'B-T'
    B_LT = 'B-LT'
    B_LTA = 'B-LTA'

    @property
    def stamped(self) -> bool:
        """Whether the signature carries a trusted time."""
        return self is not Level.B_B

    @property
    def lasting(self) -> bool:
        """Whether the validation data stands in the document."""
        return self in {Level.B_LT, Level.B_LTA}


@dataclass(slots=True)
class Signatory:
    """Who signs, with a certificate that has been validated.

    Keep one for a batch: its path is validated when first used and again every minute, the
    encoded parts of its container are shared, everything about each document is still checked.

    :param key: wherever it is.
    :param trust: roots and current revocation data.
    :param level: what its signatures shall reach.
    :param timestamper: trusted time, from B-T upwards.
    """

    key: SigningKey
    trust: Trust
    level: Level = Level.B_LT
    timestamper: TimeStamper | None = None
    _evidence: Trust | None = field(default=None, init=False)
    _token_room: int = field(default=0, init=False)
    _checked: float = field(default=0.0, init=False)

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        return self.key.certificate

    @property
    def room(self) -> int:
        """Bytes to keep free for the container."""
        return self.key.container.room(self._token_room, SAMPLE)

    @property
    def evidence(self) -> Trust:
        """Certificates, CRLs and answers that prove the signer's and the time stamp's paths."""
        if self._evidence is None:
            raise CertificateError('not_validated', 'The signer has not been validated yet.')
        return self._evidence

    def ready(self) -> None:
        """Validate the certificates at hand, unless that was done within the last minute.

        :raises CertificateError: the signer's certificate has no valid path, is revoked, or
            revocation data is missing at B-LT and above.
        :raises TimestampError: no trusted time where the level needs it.
        """
        if self._evidence is not None and time.monotonic() - self._checked < _FRESH_SECONDS:
            return
        settle(self._validate())
        self._checked = time.monotonic()

    async def _validate(self) -> None:
        lasting = self.level.lasting
        trust = self.trust.plus(self.key.chain)
        now = datetime.now(UTC)
        try:
            paths = [await trust.path(self.certificate, now, revocation=lasting)]
        except (PathError, ValidationError) as cause:
            raise CertificateError(
                'certificate_untrusted', 'The signer’s certificate does not validate.', {'why': str(cause)}
            ) from cause
        if self.level.stamped:
            token = await sample(self.timestamper)
            self._token_room = len(token.dump()) + _TOKEN_MARGIN
            trust, authority = with_token(trust, token)
            try:
                paths.append(await trust.path(authority, now, purpose='time_stamping', revocation=lasting))
            except (PathError, ValidationError) as cause:
                raise TimestampError(
                    'timestamp_untrusted', 'The time stamping authority does not validate.', {'why': str(cause)}
                ) from cause
        self._evidence = trust.evidence(paths)

    def attributes(self, digest: bytes, consent: bytes | None) -> bytes:
        """Return what the key signs (DER) for a document with this digest.

        :param digest: of the document's byte range, by the key's algorithm.
        :param consent: digest of the signer's consent, 32 bytes, or None.
        """
        return self.key.container.attributes(digest, consent_attributes(consent))

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` itself and return the container, stamped where asked.

        :raises TimestampError: no trusted time; there is no fallback to local time.
        """
        digest = hashlib.new(self.key.algorithm.digest, data).digest()
        attributes = self.attributes(digest, None)
        return settle(self.wrap(attributes, self.key.sign(attributes)))

    async def wrap(self, attributes: bytes, signature: bytes) -> bytes:
        """Put a signature over ``attributes`` into its container, stamped where asked.

        :raises TimestampError: no trusted time; there is no fallback to local time.
        """
        token = None
        if self.level.stamped:
            token = bytes((await stamp(self.timestamper, imprint_of(signature))).dump())
        return self.key.container.assemble(attributes, signature, token)


def with_token(trust: Trust, token: cms.ContentInfo) -> tuple[Trust, x509.Certificate]:
    """Trust with the certificates of a time stamp token, and the authority's own certificate."""
    content = token['content']
    certificates = [one.chosen for one in content['certificates']]
    sid = content['signer_infos'][0]['sid'].chosen
    for one in certificates:
        if one.serial_number == sid['serial_number'].native and one.issuer == sid['issuer']:
            return trust.plus(other.dump() for other in certificates), one
    raise TimestampError('timestamp_without_certificate', 'The time stamp names no known authority.')
