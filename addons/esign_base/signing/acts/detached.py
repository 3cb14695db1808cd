"""Detached signatures over files that are no PDF: lists of digests, packs of evidence (RFC 5652, CAdES-T)."""

import hashlib

from asn1crypto import cms
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from ..errors import ResultInvalid
from .signatory import Signatory


def sign_detached(data: bytes, signatory: Signatory) -> bytes:
    """Sign ``data`` and return the container, DER; time-stamped unless the level is B-B.

    The result is read anew and checked before it is returned.

    :raises CertificateError, TimestampError: see :meth:`.signatory.Signatory.ready`.
    :raises ResultInvalid: what was made does not validate.
    """
    signatory.ready()
    made = signatory.sign(data)
    digest = hashlib.new(signatory.key.algorithm.digest, data).digest()
    signer_info = cms.ContentInfo.load(made)['content']['signer_infos'][0]
    intact, valid = validate_sig_integrity(signer_info, signatory.certificate, 'data', digest)
    if not (intact and valid):
        raise ResultInvalid('result_signature', 'The signature does not fit what was signed.')
    return made
