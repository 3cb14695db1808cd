"""What is asked of every time stamping authority, ours or another's, and in which digest."""

import hashlib
from typing import Final

from asn1crypto import cms
from pyhanko.sign.timestamps import TimeStamper

from ..errors import TimestampError

# The digest under which things are stamped, whatever the keys sign with (RFC 3161 §2.4.1, message imprint).
IMPRINT: Final = 'sha256'


def imprint_of(data: bytes) -> bytes:
    """Return the digest of ``data`` that gets stamped."""
    return hashlib.new(IMPRINT, data).digest()


async def stamp(stamper: TimeStamper | None, value: bytes) -> cms.ContentInfo:
    """Return a token over a digest (see :data:`IMPRINT`). There is no fallback to local time.

    :raises TimestampError: ``timestamper_missing``, ``timestamp_failed``, or what the stamper says.
    """
    return await _asked(stamper, value)


async def sample(stamper: TimeStamper | None) -> cms.ContentInfo:
    """Return a token over nothing: it tells the size of tokens and who makes them.

    :raises TimestampError: as :func:`stamp`.
    """
    return await _asked(stamper, None)


async def _asked(stamper: TimeStamper | None, value: bytes | None) -> cms.ContentInfo:
    if stamper is None:
        raise TimestampError('timestamper_missing', 'A time stamping authority is needed.')
    try:
        if value is None:
            return await stamper.async_dummy_response(IMPRINT)
        return await stamper.async_timestamp(value, IMPRINT)
    except TimestampError:
        raise
    except Exception as cause:
        raise TimestampError('timestamp_failed', 'No trusted time could be had.') from cause
