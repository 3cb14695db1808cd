"""Trusted time: an RFC 3161 authority with a token key, the stamper on it, and a client for others.

There is no fallback to local time anywhere: where no stamp can be had, :class:`TimestampError` is
raised and nothing is signed.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import requests
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps import TimeStamper

from ..errors import CertificateError, SigningError, TimestampError
from .cms import SEQUENCE, Container, integer, tlv
from .token_key import TokenKey
from .tokens import KeyRef, TokenPool

__all__ = ['HttpTimeStamper', 'TimestampAuthority', 'TokenTimeStamper', 'http_time_stamper']

_logger = logging.getLogger(__name__)

# SHA-1 and MD5 are not stamped; lengths in bytes (RFC 3161 §2.4.1 asks that they fit).
_LENGTHS: Final = {'sha256': 32, 'sha384': 48, 'sha512': 64}
_VERSION_1: Final = integer(1)
_GENERALIZED_TIME: Final = 0x18
_TSA_NAME: Final = 0xA0  # [0] EXPLICIT
_LARGEST_REQUEST: Final = 4096
_LARGEST_ANSWER: Final = 1 << 20


class Response(core.Sequence):  # type: ignore[misc]  # untyped there
    """TimeStampResp of RFC 3161 §2.4.2; asn1crypto's own insists on a token, also in refusals."""

    _fields = [
        ('status', tsp.PKIStatusInfo),
        ('time_stamp_token', cms.ContentInfo, {'optional': True}),
    ]


Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _Refused(Exception):
    """A request is answered with a PKIFailureInfo (RFC 3161 §2.4.2)."""

    def __init__(self, failure: str, text: str) -> None:
        super().__init__(text)
        self.failure, self.text = failure, text


class TimestampAuthority:
    """A time-stamping unit: signs "this digest existed at this time" with a key of the token.

    :param certificate: with critical extended key usage timeStamping alone.
    :param chain: issuer first; embedded when the request asks for certificates.
    :param policy: OID of the time-stamp policy.
    :param accuracy: promised by the operator for ``clock``, which must be synchronised.
    :raises CertificateError: ``key_mismatch``, ``usage_unfit``.
    """

    def __init__(
        self,
        pool: TokenPool,
        ref: KeyRef,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate],
        *,
        policy: str,
        accuracy: timedelta = timedelta(seconds=1),
        clock: Clock = _utc_now,
    ) -> None:
        """Prepare what every stamp has in common; the token is not touched yet."""
        own, *others = (each.public_bytes(Encoding.DER) for each in (certificate, *chain))
        self._key, self._clock = TokenKey(pool, ref, own, others), clock
        _require_stamping(certificate)
        self._valid = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        self._policy = policy
        self._policy_der = core.ObjectIdentifier(policy).dump()
        self._accuracy = _accuracy(accuracy).dump()
        name = asn1_x509.GeneralName(name='directory_name', value=self._key.certificate.subject)
        self._name = tlv(_TSA_NAME, name.dump())
        self._container = Container(
            self._key.certificate,
            [asn1_x509.Certificate.load(each) for each in others],  # the root, too: whoever asks has only the stamp
            self._key.algorithm.mechanism,
            digest=self._key.algorithm.digest,
            content_type='tst_info',
        )

    def respond(self, request: bytes) -> bytes:
        """Answer a DER request with a DER response; whatever is wrong becomes a failure status."""
        try:
            asked = self._parse(request)
            token = self._stamp(asked)
        except _Refused as refusal:
            return _failure(refusal.failure, refusal.text)
        except SigningError as exc:
            _logger.error('No time stamp: %s', exc.code)
            return _failure('time_not_available' if exc.code == 'clock_wrong' else 'system_failure', exc.code)
        answer = Response({'status': {'status': 'granted'}, 'time_stamp_token': token})
        return bytes(answer.dump())

    def stamp(self, request: tsp.TimeStampReq) -> cms.ContentInfo:
        """Stamp in process.

        :raises TimestampError: ``tsa_refused``, ``tsa_failed``, ``clock_wrong``.
        """
        try:
            self._check(request)
            return self._stamp(request)
        except _Refused as refusal:
            raise TimestampError('tsa_refused', refusal.text, {'failure': refusal.failure}) from refusal
        except TimestampError:
            raise
        except SigningError as exc:
            raise TimestampError('tsa_failed', 'the time-stamping key cannot sign', {'cause': exc.code}) from exc

    def _parse(self, request: bytes) -> tsp.TimeStampReq:
        if len(request) > _LARGEST_REQUEST:
            raise _Refused('bad_data_format', 'request too large')
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            asked.native  # noqa: B018 - asn1crypto parses lazily: this parses all of it
        except Exception as exc:
            raise _Refused('bad_data_format', 'not a time-stamp request') from exc
        self._check(asked)
        return asked

    def _check(self, asked: tsp.TimeStampReq) -> None:
        imprint = asked['message_imprint']
        length = _LENGTHS.get(imprint['hash_algorithm']['algorithm'].native)
        if asked['version'].native != 'v1':
            raise _Refused('bad_request', 'only version 1')
        if length is None:
            raise _Refused('bad_alg', 'only SHA-256, SHA-384 and SHA-512 are stamped')
        if len(imprint['hashed_message'].native) != length:
            raise _Refused('bad_data_format', 'the digest has the wrong length')
        if asked['req_policy'].native not in {None, self._policy}:
            raise _Refused('unaccepted_policy', 'another policy is asked for')
        if asked['extensions'].native:
            raise _Refused('unaccepted_extensions', 'no extensions are known')

    def stamp_digest(self, value: bytes, algorithm: str) -> bytes:
        """Stamp a digest in process; return the token's DER, certificates included.

        :raises TimestampError: as :meth:`stamp`.
        """
        imprint = {'hash_algorithm': {'algorithm': algorithm}, 'hashed_message': value}
        request = tsp.TimeStampReq({'version': 1, 'message_imprint': imprint, 'cert_req': True})
        return bytes(self.stamp(request).dump())

    def _stamp(self, asked: tsp.TimeStampReq) -> cms.ContentInfo:
        now = self._clock()
        if now.tzinfo is None or not self._valid[0] <= now <= self._valid[1]:
            raise TimestampError('clock_wrong', "the time is naive or outside the certificate's validity")
        nonce = asked['nonce']
        info = tlv(
            SEQUENCE,
            _VERSION_1,
            self._policy_der,
            asked['message_imprint'].dump(),
            integer(secrets.randbits(159)),
            tlv(_GENERALIZED_TIME, _time(now)),
            self._accuracy,
            b'' if isinstance(nonce, core.Void) else nonce.dump(),
            self._name,
        )
        attributes = self._container.attributes(hashlib.new(self._key.algorithm.digest, info).digest())
        signature = self._key.sign(attributes)
        token = self._container.assemble(
            attributes, signature, content=info, with_certificates=asked['cert_req'].native
        )
        return cms.ContentInfo.load(token)


class TokenTimeStamper(TimeStamper):
    """pyHanko's stamper on our own authority, in process: no HTTP, no executor."""

    def __init__(self, authority: TimestampAuthority) -> None:
        """Stamp by the given authority; a nonce would protect nothing within a process."""
        super().__init__(include_nonce=False)  # type: ignore[no-untyped-call]  # untyped there
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a time-stamp token.

        :raises TimestampError: when there is none to be had.
        """
        return cms.ContentInfo.load(self._authority.stamp_digest(message_digest, md_algorithm))


class HttpTimeStamper(TimeStamper):
    """Client of an external RFC 3161 authority over HTTP(S).

    Checks status, nonce and imprint of the answer; its signature and chain are checked with the
    document. Redirects are not followed. ``seconds`` bounds the whole exchange.
    """

    def __init__(self, url: str, *, seconds: float = 10.0, auth: tuple[str, str] | None = None) -> None:
        """Set the address; ``auth`` (user, password) goes into no log and no message."""
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]  # untyped there
        self._url, self._seconds, self._auth = url, seconds, auth

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a time-stamp token.

        :raises TimestampError: ``tsa_unreachable``, ``tsa_refused``, ``tsa_answer_invalid``.
        """
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]  # untyped there
        answer = await asyncio.to_thread(self._exchange, request.dump())
        try:
            return _accepted(Response.load(answer, strict=True), request, nonce)
        except TimestampError:
            raise
        except Exception as exc:
            raise TimestampError('tsa_answer_invalid', 'the time-stamp answer cannot be read') from exc

    def _exchange(self, request: bytes) -> bytes:
        problem = ''
        try:
            return self._post(request)
        except (requests.RequestException, OSError) as exc:
            problem = type(exc).__name__  # its text may quote the address with credentials
        raise TimestampError(
            'tsa_unreachable', f'the time-stamping authority does not answer ({problem})', {'cause': problem}
        )

    def _post(self, request: bytes) -> bytes:
        end = time.monotonic() + self._seconds
        headers = {'Content-Type': 'application/timestamp-query', 'Accept': 'application/timestamp-reply'}
        found = bytearray()
        with requests.post(
            self._url, request, headers=headers, auth=self._auth, timeout=self._seconds,
            stream=True, allow_redirects=False,
        ) as answer:  # fmt: skip
            kind = answer.headers.get('Content-Type', '').split(';')[0].strip().lower()
            if answer.status_code != 200 or kind != 'application/timestamp-reply':
                raise TimestampError(
                    'tsa_answer_invalid',
                    'not a time-stamp answer',
                    {'status': answer.status_code, 'type': kind},
                )
            for part in answer.iter_content(1024):
                found += part
                if len(found) > _LARGEST_ANSWER:
                    raise TimestampError('tsa_answer_invalid', 'the time-stamp answer is too large')
                if time.monotonic() > end:
                    raise requests.Timeout
        return bytes(found)


def http_time_stamper(url: str, *, seconds: float = 10.0, auth: tuple[str, str] | None = None) -> TimeStamper:
    """Return a stamper for an external authority.

    :param seconds: limit of one exchange.
    :raises TimestampError: ``tsa_url_invalid``.
    """
    if not url.startswith(('http://', 'https://')):
        raise TimestampError('tsa_url_invalid', 'an http or https address is needed')
    return HttpTimeStamper(url, seconds=seconds, auth=auth)


def _accepted(answer: Response, request: tsp.TimeStampReq, nonce: int) -> cms.ContentInfo:
    status = answer['status']
    if status['status'].native not in {'granted', 'granted_with_mods'}:
        failures = sorted(status['fail_info'].native or ())
        raise TimestampError('tsa_refused', 'the authority refused', {'failure': ', '.join(failures)})
    token = answer['time_stamp_token']
    if isinstance(token, core.Void):
        raise TimestampError('tsa_answer_invalid', 'granted, but there is no stamp')
    info = token['content']['encap_content_info']['content'].parsed
    imprint, asked = info['message_imprint'], request['message_imprint']
    if info['nonce'].native != nonce:
        raise TimestampError('tsa_answer_invalid', 'the nonce is not the one sent')
    if (
        imprint['hashed_message'].native != asked['hashed_message'].native
        or imprint['hash_algorithm']['algorithm'].native != asked['hash_algorithm']['algorithm'].native
    ):
        raise TimestampError('tsa_answer_invalid', 'the stamp is for another digest')
    return token


def _require_stamping(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise CertificateError('usage_unfit', 'not a time-stamping certificate (RFC 3161 §2.3)')


def _accuracy(value: timedelta) -> tsp.Accuracy:
    parts: dict[str, int] = {'seconds': int(value.total_seconds())}
    if value.microseconds // 1000:
        parts['millis'] = value.microseconds // 1000
    return tsp.Accuracy(parts)


def _time(moment: datetime) -> bytes:
    """Write GeneralizedTime in UTC to the millisecond, without closing zeros (X.690 §11.7)."""
    moment = moment.astimezone(UTC)
    fraction = f'.{moment.microsecond // 1000:03}'.rstrip('0').rstrip('.')
    return f'{moment:%Y%m%d%H%M%S}{fraction}Z'.encode()


def _failure(reason: str, text: str) -> bytes:
    status = tsp.PKIStatusInfo({
        'status': 'rejection', 'status_string': [text], 'fail_info': tsp.PKIFailureInfo({reason})
    })  # fmt: skip
    return bytes(Response({'status': status}).dump())
