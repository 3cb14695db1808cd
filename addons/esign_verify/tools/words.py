"""What people read for the codes of a verdict: one table each, translated here and nowhere else."""

from __future__ import annotations

from odoo.tools import LazyTranslate

from odoo.addons.esign_base.signing.acts.verdict import (
    ChangeKind,
    Kind,
    Reason,
    Revocation,
    TimeSource,
)

from ..rules.judgement import Judgement

_lt = LazyTranslate(__name__)

# answer: (tone, icon, headline, one sentence)
ANSWERS = {
    Judgement.GENUINE: (
        'ok',
        'shield',
        _lt('Genuine'),
        _lt('This file was signed on this platform and has not been changed since.'),
    ),
    Judgement.EARLIER: (
        'wait',
        'clock',
        _lt('Genuine, but not the newest version'),
        _lt('This file was issued by this platform and is unchanged, but the document went further afterwards.'),
    ),
    Judgement.ALTERED: (
        'bad',
        'alert',
        _lt('Tampered with'),
        _lt(
            'This file is not as it was signed. Do not rely on it; ask the other party or the platform for the original.'  # noqa: E501
        ),
    ),
    Judgement.UNTRUSTED: (
        'bad',
        'alert',
        _lt('Signature not trusted'),
        _lt('The file is unchanged, but at least one of its certificates cannot be relied on.'),
    ),
    Judgement.UNCLEAR: (
        'wait',
        'alert',
        _lt('Cannot be judged'),
        _lt('Nothing speaks against this file, but not everything in it can be judged. Do not rely on it alone.'),
    ),
    Judgement.UNPROVEN: (
        'bad',
        'alert',
        _lt('Records not in order'),
        _lt(
            'The platform cannot prove how this file came to be signed. Do not rely on it before the operator has explained why.'  # noqa: E501
        ),
    ),
    Judgement.FOREIGN: (
        'wait',
        'alert',
        _lt('Not signed on this platform'),
        _lt('This platform did not issue this file. Below is only what its signatures say about themselves.'),
    ),
    Judgement.FOREIGN_ALTERED: (
        'bad',
        'alert',
        _lt('Changed after it was signed elsewhere'),
        _lt('This platform did not issue this file, and by its own signatures it is not as it was signed.'),
    ),
    Judgement.UNSIGNED: (
        'quiet',
        'file',
        _lt('No signature'),
        _lt('The file holds no electronic signature. A picture of a seal alone proves nothing.'),
    ),
    Judgement.UNREADABLE: (
        'quiet',
        'file',
        _lt('Cannot be recognised'),
        _lt('The file cannot be read as a signed PDF.'),
    ),
}
REASONS = {
    Reason.SOUND: _lt('Valid'),
    Reason.DIGEST_MISMATCH: _lt('The signed content was changed'),
    Reason.BAD_SIGNATURE: _lt('The signature does not fit its certificate'),
    Reason.UNSUPPORTED: _lt('The signature was made in a way that cannot be judged here'),
    Reason.UNREADABLE: _lt('The signature cannot be read, so it cannot be judged'),
    Reason.NOT_COMPARABLE: _lt('What was added after this signature cannot be compared, so it cannot be judged'),
    Reason.COVERAGE_UNCLEAR: _lt('The signature leaves out a part of its version'),
    Reason.CHANGED_AFTERWARDS: _lt('Something forbidden was changed after this signature'),
    Reason.UNTRUSTED_ROOT: _lt('Issued by an authority that this platform does not know'),
    Reason.EXPIRED: _lt('The certificate had expired'),
    Reason.NOT_YET_VALID: _lt('The certificate was not valid yet'),
    Reason.REVOKED: _lt('The certificate had been revoked'),
    Reason.WRONG_USAGE: _lt('The certificate is not meant for signatures'),
    Reason.TIMESTAMP_UNTRUSTED: _lt('The time stamp cannot be trusted'),
    Reason.NO_PROOF_OF_TIME: _lt('Nothing proves that it was signed while the certificate was valid'),
    Reason.CHAIN_FAILED: _lt('The chain of certificates cannot be confirmed'),
    Reason.DUPLICATE: _lt('The signature stands there twice'),
    Reason.NOT_PDF: _lt('It is not a PDF file. Upload the PDF that was signed, not a photo, scan or other format.'),
    Reason.ENVELOPE: _lt(
        'It is a signed envelope (.p7m) around another file. Its signature is not judged here, and what is in it is not'
        ' taken out: open it with the program that made it.'
    ),
    Reason.DETACHED: _lt(
        'It is a signature by itself (.p7s): the document is in another file. Such signatures are not judged here;'
        ' check both with the program that made them.'
    ),
    Reason.MALFORMED: _lt('It is damaged or incomplete. Download it again from where you got it.'),
    Reason.UNUSUAL: _lt('It is built in an unusual way that cannot be examined here. It need not be damaged.'),
    Reason.ENCRYPTED_FOR_CERTIFICATES: _lt(
        'It is encrypted for the holders of certain certificates. Ask one of them for a copy without encryption.'
    ),
    Reason.ENCRYPTED: _lt('It is protected by a password. Upload the original without a password.'),
    Reason.TOO_LARGE: _lt('It is too large to be examined.'),
    Reason.TOO_DEMANDING: _lt('Examining it would take too long. It is built in an unusual way.'),
    Reason.NO_SIGNATURES: _lt('No signature'),
    Reason.ALTERED: _lt('Something was changed'),
    Reason.INCOMPLETE: _lt('A signature is missing'),
}
CHANGES = {
    ChangeKind.CONTENT: _lt('The content of a page was changed'),
    ChangeKind.ANNOTATION: _lt('A note was added to a page'),
    ChangeKind.FORM_VALUE: _lt('A value in a form was changed'),
    ChangeKind.FIELD_ADDED: _lt('A form field was added'),
    ChangeKind.SEAL_MOVED: _lt('A seal was moved'),
    ChangeKind.SEAL_SWAPPED: _lt('The picture of a seal was exchanged'),
    ChangeKind.SIGNATURE_REMOVED: _lt('A signature was removed'),
    ChangeKind.SIGNATURE_REUSED: _lt('A signature was copied to another place'),
    ChangeKind.SIGNATURE_MISSING: _lt('A signature is missing'),
    ChangeKind.SIGNATURE_UNEXPECTED: _lt('A signature is there that does not belong'),
    ChangeKind.TRUNCATED: _lt('Later versions were cut off'),
    ChangeKind.BYTES: _lt('The bytes of the file were changed after signing'),
    ChangeKind.UNCOVERED: _lt('Something stands behind the last signature'),
    ChangeKind.NOT_ISSUED: _lt('The platform never issued a file with this digest'),
    ChangeKind.STRUCTURE: _lt('The structure of the file was changed'),
}
KINDS = {
    Kind.APPROVAL: _lt('Signature'),
    Kind.CERTIFICATION: _lt('Certification'),
    Kind.DOCUMENT_TIMESTAMP: _lt('Document time stamp'),
}
TIMES = {
    TimeSource.TIMESTAMP: _lt('vouched for by a trusted time stamp (RFC 3161)'),
    TimeSource.DOCUMENT_TIMESTAMP: _lt('vouched for by a later time stamp over the document'),
    TimeSource.CLAIMED: _lt("only the signer's own statement"),
    TimeSource.NONE: _lt('not stated'),
}
REVOCATIONS = {
    Revocation.GOOD: _lt('Not revoked'),
    Revocation.REVOKED: _lt('Revoked'),
    Revocation.UNKNOWN: _lt('Not known: no revocation data at hand'),
}
LEVELS = {
    'B-B': _lt('B-B: signature only'),
    'B-T': _lt('B-T: with trusted time'),
    'B-LT': _lt('B-LT: with trusted time and revocation data'),
    'B-LTA': _lt('B-LTA: for archives, with an archive time stamp'),
}
