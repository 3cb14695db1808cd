"""Who signs, with what trust behind it: validated once, used for as many documents as wanted."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import cms, x509
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.errors import PathError, ValidationError

from ..errors import CertificateError, TimestampError
from .container import DIGEST, Container
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
    """A signer whose certificate has been validated.

    Keep one for a batch: its path is validated when first used and again every minute, the
    encoded parts of its container are shared, everything about each document is still checked.

    :param signer: pyHanko signer, wherever its key is.
    :param trust: roots and current revocation data.
    :param level: what its signatures shall reach.
    :param timestamper: trusted time, from B-T upwards.
    """

    signer: Signer
    trust: Trust
    level: Level = Level.B_LT
    timestamper: TimeStamper | None = None
    _container: Container | None = field(default=None, init=False)
    _evidence: Trust | None = field(default=None, init=False)
    _token_room: int = field(default=0, init=False)
    _checked: float = field(default=0.0, init=False)

    @property
    def container(self) -> Container:
        """The fixed parts of the container."""
        if self._container is None:
            self._container = Container.of(self.signer)
        return self._container

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        return self.container.certificate

    @property
    def room(self) -> int:
        """Bytes to keep free for the container."""
        return self.container.room(self._token_room)

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
        trust = self.trust.plus(one.dump() for one in self.signer.cert_registry)
        now = datetime.now(UTC)
        try:
            paths = [await trust.path(self.certificate, now, revocation=lasting)]
        except (PathError, ValidationError) as cause:
            raise CertificateError(
                'certificate_untrusted', 'The signer’s certificate does not validate.', {'why': str(cause)}
            ) from cause
        if self.level.stamped:
            token = await self._dummy()
            self._token_room = len(token.dump()) + _TOKEN_MARGIN
            trust, authority = with_token(trust, token)
            try:
                paths.append(await trust.path(authority, now, purpose='time_stamping', revocation=lasting))
            except (PathError, ValidationError) as cause:
                raise TimestampError(
                    'timestamp_untrusted', 'The time stamping authority does not validate.', {'why': str(cause)}
                ) from cause
        self._evidence = trust.evidence(paths)

    async def _dummy(self) -> cms.ContentInfo:
        if self.timestamper is None:
            raise TimestampError('timestamper_missing', f'Level {self.level} needs a time stamping authority.')
        try:
            return await self.timestamper.async_dummy_response(DIGEST)
        except TimestampError:
            raise
        except Exception as cause:
            raise TimestampError('timestamp_failed', 'No trusted time could be had.') from cause

    async def container_for(self, attributes: bytes) -> bytes:
        """Sign ``attributes`` with one key operation and wrap the result, stamped where asked.

        :raises TimestampError: no trusted time; there is no fallback to local time.
        """
        signature = await self.signer.async_sign_raw(attributes, DIGEST)
        return await self.wrap(attributes, signature)

    async def wrap(self, attributes: bytes, signature: bytes) -> bytes:
        """Put a signature made elsewhere into its container, stamped where asked."""
        token = None
        if self.level.stamped:
            token = await stamp_of(self.timestamper, signature)
        return self.container.assemble(attributes, signature, token)


async def stamp_of(timestamper: TimeStamper | None, data: bytes) -> bytes:
    """RFC 3161 token over ``data``, DER.

    :raises TimestampError: the authority does not answer or refuses.
    """
    if timestamper is None:
        raise TimestampError('timestamper_missing', 'A time stamping authority is needed.')
    try:
        token = await timestamper.async_timestamp(hashlib.sha256(data).digest(), DIGEST)
    except TimestampError:
        raise
    except Exception as cause:
        raise TimestampError('timestamp_failed', 'No trusted time could be had.') from cause
    return bytes(token.dump())


def with_token(trust: Trust, token: cms.ContentInfo) -> tuple[Trust, x509.Certificate]:
    """Trust with the certificates of a time stamp token, and the authority's own certificate."""
    content = token['content']
    certificates = [one.chosen for one in content['certificates']]
    sid = content['signer_infos'][0]['sid'].chosen
    for one in certificates:
        if one.serial_number == sid['serial_number'].native and one.issuer == sid['issuer']:
            return trust.plus(other.dump() for other in certificates), one
    raise TimestampError('timestamp_without_certificate', 'The time stamp names no known authority.')
