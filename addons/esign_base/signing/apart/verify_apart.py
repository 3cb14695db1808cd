"""Verification of strangers' files: in a process of its own, bounded in time and memory.

The parser works on whatever somebody uploads. It does so in the sandbox of the intake, so that a
file that hangs, swells or crashes it costs one child process and ends in a verdict like any other.
"""

import hashlib
from dataclasses import dataclass

from ..acts.opening import envelope_of
from ..acts.trust import Trust
from ..acts.verdict import Conclusion, Expected, Reason, Verdict
from ..errors import FileRefused
from ..pages.resemblance import has_header, too_many_objects
from .findings import from_json, to_json
from .sandbox import run_sandboxed

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class VerificationLimits:
    """What one verification may cost.

    :param size: bytes of the file.
    :param objects: indirect objects; revisions may write each anew.
    :param seconds: processor time; twice as long by the clock.
    :param memory: bytes of address space beyond the empty sandbox.
    """

    size: int = 50 * MIB
    objects: int = 300_000
    seconds: int = 20
    memory: int = 1024 * MIB


DEFAULT_LIMITS = VerificationLimits()


def verify_apart(
    data: bytes, trust: Trust, expected: Expected | None = None, *, limits: VerificationLimits = DEFAULT_LIMITS
) -> Verdict:
    """Verify a file as :func:`..acts.verify.verify` does, in the sandbox.

    A file beyond the limits is one that cannot be judged: a verdict as well.

    :raises FileRefused: ``sandbox_unavailable`` alone; that is the operator's to mend.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if len(data) > limits.size:
        return Verdict(Conclusion.INVALID, Reason.TOO_LARGE, sha256, len(data))
    if reason := envelope_of(data):
        return Verdict(Conclusion.INVALID, reason, sha256, len(data))
    if not has_header(data):
        return Verdict(Conclusion.INVALID, Reason.NOT_PDF, sha256, len(data))
    if too_many_objects(data, limits.objects):
        return Verdict(Conclusion.INVALID, Reason.TOO_DEMANDING, sha256, len(data), detail='too_many_objects')
    asked = {'trust': to_json(trust), 'expected': to_json(expected)}
    try:
        facts, _ = run_sandboxed('verify', data, asked, limits)
    except FileRefused as refusal:
        if refusal.code == 'sandbox_unavailable':
            raise
        reason = Reason.TOO_DEMANDING if refusal.code in {'too_slow', 'too_demanding'} else Reason.MALFORMED
        return Verdict(Conclusion.INVALID, reason, sha256, len(data), detail=refusal.code)
    return from_json(Verdict, facts['verdict'])
