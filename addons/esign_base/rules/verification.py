"""What a verification provider is asked and what it answers."""

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How a person can prove who they are."""

    ID2 = 'id2'  # name and ID number match
    MOBILE3 = 'mobile3'  # and the mobile number is registered to the person
    BANK4 = 'bank4'  # and a bank card with its reserved mobile number
    FACE = 'face'  # a live face against the ID photo
    MANUAL = 'manual'  # photos of the document, judged by staff
    VOUCHED = 'vouched'  # the word of a business system that has the right to give it


# A mere match of data proves that the data exist, not that this is the person: never enough to sign.
SUFFICIENT = frozenset({Method.MOBILE3, Method.BANK4, Method.FACE, Method.MANUAL, Method.VOUCHED})


class Outcome(StrEnum):
    """A provider's answer."""

    SUCCESS = 'success'
    FAIL = 'fail'
    WAITING = 'ongoing'  # decided later: by staff, or by the provider's own page


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider is told; lives only as long as the call."""

    method: str
    name: str
    id_type: str
    id_number: str
    mobile: str

    def __repr__(self) -> str:
        return f'Question(method={self.method!r})'


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider says.

    :param reason: stable code when it failed (``mismatch``, ``unknown``, ``unavailable``).
    :param flow: the provider's own reference.
    :param score: similarity or confidence, 0–100, where there is one.
    """

    outcome: Outcome
    reason: str = ''
    flow: str = ''
    score: float = 0.0
