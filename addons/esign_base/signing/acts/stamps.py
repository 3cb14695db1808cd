"""Time stamps (RFC 3161) over a digest that stands for something else than a PDF: heads of traces."""

from datetime import UTC, datetime

from asn1crypto import cms
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data

from ..errors import TimestampError
from ..keys.trusted_time import IMPRINT, stamp
from .running import settle
from .signatory import with_token
from .trust import Trust

__all__ = ['check_stamp', 'stamp_digest']


def stamp_digest(digest: bytes, timestamper: TimeStamper, trust: Trust) -> tuple[bytes, datetime]:
    """Return a token (DER) over a SHA-256 digest, and its time (UTC).

    The digest itself is the message imprint, so that ``openssl ts -verify -digest`` checks the token.
    The token is checked before it is returned, with revocation data for every certificate.

    :raises TimestampError: no trusted time could be had; there is no fallback to local time.
    """
    token = bytes(settle(stamp(timestamper, digest)).dump())
    return token, check_stamp(token, digest, trust, revocation=True)


def check_stamp(token: bytes, digest: bytes, trust: Trust, *, revocation: bool = False) -> datetime:
    """Return the time (UTC) at which ``digest`` existed according to ``token``.

    Certificates are judged at the time of the stamp.

    :param revocation: every certificate needs a revocation answer. Years later the lists may not
        speak of it any more: without, missing answers are passed over and known revocations count.
    :raises TimestampError: ``timestamp_unreadable``, ``timestamp_mismatch``, ``timestamp_untrusted``.
    """
    try:
        content = cms.ContentInfo.load(token, strict=True)
        signed = content['content']
        time = signed['encap_content_info']['content'].parsed['gen_time'].native
        wider, _certificate = with_token(trust, content)
    except TimestampError:
        raise
    except Exception as cause:
        raise TimestampError('timestamp_unreadable', 'The time stamp cannot be read.') from cause

    def imprint(algorithm: str) -> bytes:
        return digest if algorithm == IMPRINT else b''

    context = wider.context(time, revocation=revocation)
    found = settle(validate_tst_signed_data(signed, context, imprint))
    if not (found['intact'] and found['valid']):
        raise TimestampError('timestamp_mismatch', 'The time stamp is not over this digest.')
    if found['trust_problem_indic'] is not None:
        why = str(found['trust_problem_indic'])
        raise TimestampError('timestamp_untrusted', 'The time stamping authority does not validate.', {'why': why})
    moment: datetime = time
    return moment.astimezone(UTC)
