"""Whether a file that is signed already takes a further signature: launched and signed once with a key thrown away.

The answer is that of the code that will sign: earlier signatures must hold afterwards exactly as before.
"""

from collections.abc import Sequence

from ..acts.prepare import LaunchMode, prepare
from ..acts.verdict import Verdict
from ..acts.verify import verify
from ..pages.geometry import PageFrame
from .throw_away import corner_plans, sign_once, signatory


def takes_further(source: bytes, frames: Sequence[PageFrame]) -> bool:
    """Whether ``source`` can be launched in the free mode and signed, and its signatures hold as before.

    :param frames: of its pages; a seal is tried on the first and on the last.
    """
    nobody = signatory()
    before = _reasons(verify(source, nobody.trust))
    try:
        prepared = prepare(source, {}, nobody, LaunchMode.FREE)
        plans = corner_plans(frames, sorted({0, len(frames) - 1}))
        after = verify(sign_once(prepared, plans, nobody), nobody.trust)
    except Exception:  # noqa: BLE001  whatever stands in the way, it cannot be signed
        return False
    now = _reasons(after)
    return not after.changes and all(now.get(fields) is reason for fields, reason in before.items())


def _reasons(verdict: Verdict) -> dict[tuple[str, ...], object]:
    return {one.fields: one.reason for one in (*verdict.signatures, *verdict.timestamps)}
