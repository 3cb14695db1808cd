"""What signing will do, done once on a file that comes in, with a key that is thrown away.

A file is taken in only if this passes: launched, signed and judged genuine, by the same code
and the same reader. Nothing of it is kept.
"""

from collections.abc import Sequence

from ..acts.prepare import LaunchMode, prepare
from ..acts.verdict import Conclusion
from ..acts.verify import verify
from ..pages.geometry import PageFrame
from ..pages.placements import FieldPlan
from .throw_away import PARTY, corner_plans, sign_once, signatory

_PAGES_TRIED = 4
_PAGES_BOTH_WAYS = 200


def rehearse(source: bytes, frames: Sequence[PageFrame]) -> str:
    """Launch an unsigned file and sign it, both ways to launch; '' if all is well, else what went wrong.

    A launch of many pages costs seconds: beyond a few hundred only the certified way is tried, which
    reads the same objects.

    :param frames: of its pages; fields are tried on a few of them, the first and the last among them.
    """
    last = len(frames) - 1
    plans = corner_plans(frames, sorted({round(step * last / (_PAGES_TRIED - 1)) for step in range(_PAGES_TRIED)}))
    try:
        for mode in LaunchMode if last < _PAGES_BOTH_WAYS else (LaunchMode.CERTIFIED,):
            _play(source, plans, mode)
    except Exception as cause:  # noqa: BLE001  odd files make libraries raise anything; the answer is a fact
        return f'{type(cause).__name__}: {cause}'[:200]
    return ''


def _play(source: bytes, plans: Sequence[FieldPlan], mode: LaunchMode) -> None:
    nobody = signatory()
    certified = mode is LaunchMode.CERTIFIED
    prepared = prepare(source, {PARTY: plans} if certified else {}, nobody, mode)
    content = sign_once(prepared, plans, nobody)
    # Signing has compared each revision with the one before; the verdict asks more, of the first revision on.
    verdict = verify(content, nobody.trust) if certified else None
    if verdict and verdict.conclusion is not Conclusion.GENUINE:
        raise ValueError(f'{verdict.conclusion}: {verdict.reason} {verdict.detail}')
