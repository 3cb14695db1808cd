"""From the core's verdict and the platform's register to one answer in plain words.

Pure: a table of cases, no database. Signed here means that the SHA-256 is that of a revision we
issued and the verdict agrees; nothing weaker is called genuine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from odoo.addons.esign_base.signing.acts.verdict import Conclusion, Verdict


class Judgement(StrEnum):
    """What a person is told first."""

    GENUINE = 'genuine'
    EARLIER = 'earlier'
    ALTERED = 'altered'
    UNTRUSTED = 'untrusted'
    UNCLEAR = 'unclear'
    UNPROVEN = 'unproven'
    FOREIGN = 'foreign'
    FOREIGN_ALTERED = 'foreign_altered'
    UNSIGNED = 'unsigned'
    UNREADABLE = 'unreadable'


@dataclass(frozen=True, slots=True)
class Origin:
    """What the register says about a file.

    :param issued: these very bytes are a revision, or a report, that the platform issued.
    :param newest: no later revision of that document was issued.
    :param grown: the file begins with the bytes of an issued revision and goes on differently.
    :param certified: a signature in it names a certificate of the platform's register.
    :param faults: what the records of it lack: codes of ``esign_base.tools.trace_faults``.
    """

    issued: bool = False
    newest: bool = False
    grown: bool = False
    certified: bool = False
    faults: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether the file has to do with this platform at all."""
        return self.issued or self.grown or self.certified


NOTHING_SIGNED = {Conclusion.INVALID: Judgement.UNREADABLE, Conclusion.UNSIGNED: Judgement.UNSIGNED}


def judge(verdict: Verdict, origin: Origin) -> Judgement:
    """Return the answer for a verdict that was reached with what the register expects."""
    if origin.grown:
        # Whatever it is now, even if nothing can be read of it: it was ours, and it was added to.
        return Judgement.ALTERED
    if verdict.conclusion in NOTHING_SIGNED:
        return NOTHING_SIGNED[verdict.conclusion]
    if origin.faults:
        # What is expected of the file comes from records that do not hold: nothing more is said of it.
        return Judgement.UNPROVEN
    if verdict.conclusion is Conclusion.UNCLEAR:
        return Judgement.UNCLEAR
    if verdict.conclusion is Conclusion.ALTERED:
        return Judgement.ALTERED if origin.ours else Judgement.FOREIGN_ALTERED
    return _unchanged(verdict, origin)


def _unchanged(verdict: Verdict, origin: Origin) -> Judgement:
    if not origin.issued:
        # Perhaps by a certificate of ours, but never issued here: signed elsewhere with it.
        return Judgement.FOREIGN
    if verdict.conclusion is Conclusion.UNTRUSTED:
        return Judgement.UNTRUSTED
    return Judgement.GENUINE if origin.newest else Judgement.EARLIER
