"""The answer to "may this seal be used now, by this identity?"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usability:
    """A verdict with its reason.

    :param code: ``ok`` or what stands in the way (stable, for callers).
    :param reason: translated sentence that says what to mend; empty when usable.
    :param certificate: the long-term certificate to sign with; empty for seals of persons, who get
        an event certificate at signing.
    :param grant: by which authorisation; empty where none is needed.
    """

    code: str
    reason: str = ''
    certificate: Any = None
    grant: Any = None

    def __bool__(self) -> bool:
        return self.code == 'ok'
