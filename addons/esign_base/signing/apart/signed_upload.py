"""Whether a file that is already signed is sound, and allows further signatures."""

from __future__ import annotations

import io
from collections.abc import Sequence

from ..acts.fields import signature_fields
from ..acts.history import HistoryReader
from ..acts.trust import Trust
from ..acts.units import Unit, units_in
from ..acts.verdict import Conclusion, Reason
from ..acts.verify import verify
from ..errors import FileRefused
from ..pages.geometry import PageFrame
from .further import takes_further

# A field of a party to come: what locks it, locks whatever is added here.
_TO_COME = 'esign.party1.seal1'

Signature = tuple[str, bool]


def signed_facts(data: bytes, frames: Sequence[PageFrame]) -> list[Signature]:
    """Judge the signatures of a file by themselves; who made them is asked elsewhere, with roots at hand.

    :param frames: of its pages.
    :return: (field, whether it is a document time stamp) of each.
    :raises FileRefused: ``signed_altered``: it is not as it was signed; ``signed_unclear``: that cannot be
        judged; ``certified_no_changes``, ``certified_own_fields``: a certification forbids any further
        signature, or new fields for one; ``signed_locked``: a signature locks fields that would be added;
        ``signed_closed``: another signature would break those that are there.
    """
    reader = HistoryReader(io.BytesIO(data))
    units = units_in(reader, signature_fields(reader).values())
    if not units:
        return []
    _require_sound(data)
    _require_open(units)
    if not takes_further(data, frames):
        raise FileRefused('signed_closed', 'a further signature would break those that are there')
    return [(name, unit.is_timestamp) for unit in units for name in unit.fields]


def _require_sound(data: bytes) -> None:
    verdict = verify(data, Trust(()))
    if verdict.conclusion is Conclusion.ALTERED:
        raise FileRefused('signed_altered', 'the file was changed after it was signed', {'why': verdict.reason.value})
    found = (*verdict.signatures, *verdict.timestamps)
    if verdict.conclusion in {Conclusion.UNCLEAR, Conclusion.INVALID} or not all(one.holds for one in found):
        worst = next((one.reason for one in found if not one.holds), Reason.UNUSUAL)
        raise FileRefused('signed_unclear', 'a signature of the file cannot be judged', {'why': worst.value})


def _require_open(units: Sequence[Unit]) -> None:
    levels = {unit.permission.value for unit in units if unit.permission is not None}
    if 1 in levels:
        raise FileRefused('certified_no_changes', 'a certification forbids any change')
    if levels:
        raise FileRefused('certified_own_fields', 'a certification allows signatures in its own fields alone')
    if any(unit.lock is not None and unit.lock.is_locked(_TO_COME) for unit in units):
        raise FileRefused('signed_locked', 'a signature locks all fields')
