"""Is this file what was signed, and by whom? Answered with a verdict, never with an exception.

Every signature value is read, hashed and judged once, however many fields show it; every
revision is compared once with the one before.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pyhanko.sign.ades.report import AdESIndeterminate

from .changes import Step, review
from .fields import entry, signature_fields
from .history import HistoryReader
from .judge import Judge
from .opening import check_pages, envelope_of, opened, unlocked, why_unreadable
from .revision import CHUNK
from .running import settle
from .trust import Trust
from .units import Unit, stored_data, units_in
from .verdict import (
    UNJUDGED,
    Beginning,
    Change,
    ChangeKind,
    Conclusion,
    Expected,
    Kind,
    Reason,
    Revocation,
    SignatureVerdict,
    TimeSource,
    Verdict,
)

_HEADER_WITHIN = 1024
_MAX_REVISIONS = 1000
_END_MARK = re.compile(rb'(%%EOF)(?:\r\n|\r|\n)?')
_TAIL = 7  # an end mark may lie across two blocks


def verify(
    source: bytes | Path,
    trust: Trust,
    expected: Expected | None = None,
    *,
    now: datetime | None = None,
) -> Verdict:
    """Verify a file, bare or against what is known of it.

    :param trust: roots, and whatever validation data is at hand; nothing is fetched.
    :param expected: what the platform issued; without it only the file itself can speak, and a
        file cut back to an earlier revision is, by itself, a perfect older document.
    :param now: the time of judging, UTC; default the present.
    """
    with source.open('rb') if isinstance(source, Path) else io.BytesIO(source) as stream:
        sha256, size, beginnings = _hashed(stream)
        stream.seek(0)
        head = stream.read(_HEADER_WITHIN)
        if reason := envelope_of(head):
            return Verdict(Conclusion.INVALID, reason, sha256, size)
        start = head.find(b'%PDF-')
        if start < 0:
            return Verdict(Conclusion.INVALID, Reason.NOT_PDF, sha256, size)
        try:
            reader, shift = opened(stream, start)
            found = _Verification(reader, shift, trust, expected, now or datetime.now(UTC)).verdict(sha256, size)
            return replace(found, beginnings=beginnings)
        except MemoryError:
            raise  # says something about this process, not about the file
        except Exception as cause:  # noqa: BLE001  odd files make libraries raise anything; the answer is a verdict
            detail = f'{type(cause).__name__}: {cause}'[:300]
            return Verdict(
                Conclusion.INVALID,
                why_unreadable(stream),
                sha256,
                size,
                changes=tuple(_against_issued(expected, sha256)),
                detail=detail,
                beginnings=beginnings,
            )


def _hashed(stream: IO[bytes]) -> tuple[str, int, tuple[Beginning, ...]]:
    """SHA-256 and size of the file, and of its beginnings up to each end mark, in one reading.

    An end mark counts with and without the end of line behind it: both are ways to end a file.
    """
    found: list[Beginning] = []
    digest, size, tail = hashlib.sha256(), 0, b''
    while block := stream.read(CHUNK):
        at, base = 0, size - len(tail)
        for mark in _END_MARK.finditer(tail + block):
            for end in sorted({mark.end(), mark.end(1)}):
                if size + at < base + end and len(found) < _MAX_REVISIONS:
                    digest.update(block[at : base + end - size])
                    at = base + end - size
                    found.append(Beginning(size + at, digest.hexdigest()))
        digest.update(block[at:])
        size += len(block)
        tail = block[-_TAIL:]
    return digest.hexdigest(), size, tuple(one for one in found if one.size < size)


class _Verification:
    """The work; ``shift`` is how many bytes of the file stand in front of what ``reader`` reads."""

    def __init__(
        self, reader: HistoryReader, shift: int, trust: Trust, expected: Expected | None, now: datetime
    ) -> None:
        self.reader, self.shift = reader, shift
        self.trust, self.expected, self.now = trust, expected, now

    def verdict(self, sha256: str, size: int) -> Verdict:
        reader = self.reader
        if locked := unlocked(reader):
            return Verdict(Conclusion.INVALID, locked, sha256, size)
        if reader.total_revisions > _MAX_REVISIONS:
            return Verdict(Conclusion.INVALID, Reason.TOO_LARGE, sha256, size, detail='revisions')
        units = units_in(reader, signature_fields(reader).values())
        if not units:
            check_pages(reader)
        steps = review(reader, units)
        changes = [change for step in steps for change in step.changes]
        signatures, timestamps = settle(self._judged(units))
        broken = {one.fields for one in (*signatures, *timestamps) if not one.intact and one.reason not in UNJUDGED}
        changes.extend(_of_bytes(units, broken))
        end = size - self.shift
        covered = any(unit.covers(end) for unit in units)
        changes.extend(self._around(units, end, covered=covered))
        if self.expected:
            changes.extend(_against_acts(self.expected, (*signatures, *_of(self.expected.given, timestamps))))
            changes.extend(_against_issued(self.expected, sha256))
        spoilt = max((one.revision for one in changes if one.kind is ChangeKind.BYTES and one.revision), default=0)
        signatures = tuple(_settled(one, units, steps, end, spoilt) for one in signatures)
        timestamps = tuple(_settled(one, units, steps, end, spoilt) for one in timestamps)
        given = self.expected.given if self.expected else frozenset()
        conclusion, reason = _conclusion((*signatures, *timestamps), changes, given)
        return Verdict(
            conclusion,
            reason,
            sha256,
            size,
            signatures,
            timestamps,
            tuple(changes),
            covered=covered and not self.shift,
            detail='; '.join(step.unclear for step in steps if step.unclear),
            permitted=tuple(change for step in steps for change in step.permitted),
        )

    async def _judged(self, units: list[Unit]) -> tuple[tuple[SignatureVerdict, ...], tuple[SignatureVerdict, ...]]:
        stored = stored_data(self.reader)
        known = self.trust.plus(stored.certificates, stored.crls, stored.ocsps)
        judge = Judge(known, stored, self.now)
        certifying = self._certifying()
        stamps: dict[int, SignatureVerdict] = {}
        for index in reversed(range(len(units))):
            if units[index].is_timestamp:
                stamps[index] = await _guarded(judge.document_stamp(units[index]), units[index])
        signatures = [
            await _guarded(judge.signature(unit, certification=bool(certifying & set(unit.fields))), unit)
            for unit in units
            if not unit.is_timestamp
        ]
        return tuple(signatures), tuple(stamps[index] for index in sorted(stamps))

    def _certifying(self) -> set[str]:
        permissions = entry(self.reader.root, '/Perms')
        if permissions is None or '/DocMDP' not in permissions:
            return set()
        value = permissions.raw_get('/DocMDP')
        fields = signature_fields(self.reader).values()
        return {one.name for one in fields if one.value == getattr(value, 'reference', None)}

    def _around(self, units: list[Unit], end: int, *, covered: bool) -> Iterable[Change]:
        """Return what stands behind the last signature, and in front of the document."""
        if self.shift and units:
            yield Change(ChangeKind.UNCOVERED, detail='bytes in front of the header')
        readable = [unit.revision for unit in units if unit.embedded]
        if covered or not readable:
            return
        last = max(readable)
        if last >= self.reader.total_revisions - 1:
            yield Change(ChangeKind.BYTES, last, detail='bytes behind the last revision')
        elif self.expected and self.expected.complete:
            yield Change(ChangeKind.UNCOVERED, last + 1, detail='revisions behind the last signature')


async def _guarded(work: Awaitable[SignatureVerdict], unit: Unit) -> SignatureVerdict:
    try:
        return await work
    except MemoryError:
        raise
    except Exception as cause:  # noqa: BLE001  one unreadable signature is a finding about that signature
        return SignatureVerdict(
            fields=unit.fields,
            kind=Kind.APPROVAL,
            signer='',
            subject='',
            issuer='',
            certificate=b'',
            serial='',
            fingerprint='',
            time=None,
            time_source=TimeSource.NONE,
            level='',
            covers_file=False,
            revision=unit.revision,
            intact=False,
            trusted=False,
            revocation=Revocation.UNKNOWN,
            sound=False,
            reason=_why_unjudged(unit, cause),
            detail=unit.problem or f'{type(cause).__name__}: {cause}'[:200],
        )


def _why_unjudged(unit: Unit, cause: Exception) -> Reason:
    """Why a signature raised; that its certificate is not the one it names (RFC 5035 5) is no puzzle."""
    if unit.embedded is None:
        return Reason.UNREADABLE
    other = getattr(cause, 'ades_subindication', None) is AdESIndeterminate.NO_SIGNING_CERTIFICATE_FOUND
    return Reason.BAD_SIGNATURE if other else Reason.UNSUPPORTED


def _of_bytes(units: list[Unit], broken: set[tuple[str, ...]]) -> Iterable[Change]:
    """Broken digests, odd byte ranges and copied containers."""
    containers = Counter(unit.embedded.pkcs7_content for unit in units if unit.embedded)
    for unit in units:
        name = unit.fields[0]
        if unit.embedded and containers[unit.embedded.pkcs7_content] > 1:
            yield Change(ChangeKind.SIGNATURE_REUSED, unit.revision, name, detail='container copied')
        if unit.fields in broken:
            yield Change(ChangeKind.BYTES, unit.revision, name, detail='signed bytes or value changed')
        elif unit.embedded and not unit.whole_revision():
            yield Change(ChangeKind.UNCOVERED, unit.revision, name, detail='does not cover its revision')


def _of(given: frozenset[str], signatures: Iterable[SignatureVerdict]) -> Iterable[SignatureVerdict]:
    return (one for one in signatures if given.issuperset(one.fields))


def _against_acts(expected: Expected, signatures: Iterable[SignatureVerdict]) -> Iterable[Change]:
    """Signatures that should be there and are not, or are and should not."""
    left = [one for one in signatures if not expected.given.issuperset(one.fields)]
    there = {name for one in signatures for name in one.fields}
    for name in sorted(expected.given - there):
        yield Change(ChangeKind.SIGNATURE_MISSING, None, name, detail='was there when the file was taken in')
    for act in expected.acts:
        match = next((one for one in left if frozenset(one.fields) == act.fields), None)
        if match is None:
            partly = next((one for one in left if act.fields & set(one.fields)), None)
            if partly is not None:
                left.remove(partly)
                more = sorted(set(partly.fields) - act.fields)
                kind = ChangeKind.SIGNATURE_REUSED if more else ChangeKind.SIGNATURE_REMOVED
                yield Change(kind, partly.revision, (more or sorted(act.fields))[0])
            else:
                yield Change(ChangeKind.SIGNATURE_MISSING, None, min(act.fields, default=''))
            continue
        left.remove(match)
        if act.fingerprint not in {None, match.fingerprint}:
            yield Change(ChangeKind.SIGNATURE_UNEXPECTED, match.revision, match.fields[0], detail='other signer')
        if act.consent not in {None, match.consent}:
            yield Change(ChangeKind.SIGNATURE_UNEXPECTED, match.revision, match.fields[0], detail='other consent')
    if expected.closed:
        for one in left:
            yield Change(ChangeKind.SIGNATURE_UNEXPECTED, one.revision, one.fields[0], detail='not of this document')


def _against_issued(expected: Expected | None, sha256: str) -> Iterable[Change]:
    if expected is None or not expected.revisions:
        return
    if sha256 not in expected.revisions:
        yield Change(ChangeKind.NOT_ISSUED, detail='no revision with this digest was issued')
    elif expected.complete and sha256 != expected.revisions[-1]:
        number = expected.revisions.index(sha256)
        yield Change(ChangeKind.TRUNCATED, number, detail='an earlier revision than the newest one issued')


def _settled(one: SignatureVerdict, units: list[Unit], steps: list[Step], size: int, spoilt: int) -> SignatureVerdict:
    """Add what the file as a whole says about a signature.

    :param spoilt: the newest revision whose bytes are not those that were signed.
    """
    unit = next(unit for unit in units if unit.fields == one.fields)
    one = replace(one, covers_file=unit.covers(size))
    if not one.holds:
        return one
    if not unit.whole_revision():
        return replace(one, sound=False, reason=Reason.COVERAGE_UNCLEAR)
    later = [step for step in steps if step.revision > one.revision]
    if spoilt > one.revision or any(step.changes for step in later):
        return replace(one, sound=False, reason=Reason.CHANGED_AFTERWARDS)
    if any(step.unclear for step in later):
        return replace(one, sound=False, reason=Reason.NOT_COMPARABLE)
    return one


def _conclusion(
    signatures: tuple[SignatureVerdict, ...], changes: list[Change], given: frozenset[str]
) -> tuple[Conclusion, Reason]:
    if changes:
        missing = all(one.kind is ChangeKind.SIGNATURE_MISSING for one in changes)
        return Conclusion.ALTERED, Reason.INCOMPLETE if missing else Reason.ALTERED
    if not signatures:
        return Conclusion.UNSIGNED, Reason.NO_SIGNATURES
    unsound = [one for one in signatures if not (one.sound or (given.issuperset(one.fields) and one.holds))]
    if not unsound:
        return Conclusion.GENUINE, Reason.SOUND
    altered = {Reason.DIGEST_MISMATCH, Reason.BAD_SIGNATURE, Reason.CHANGED_AFTERWARDS, Reason.COVERAGE_UNCLEAR}
    for reasons, conclusion in ((altered, Conclusion.ALTERED), (UNJUDGED, Conclusion.UNCLEAR)):
        worst = next((one.reason for one in unsound if one.reason in reasons), None)
        if worst is not None:
            return conclusion, worst
    return Conclusion.UNTRUSTED, unsound[0].reason
