"""Does a result hold what was meant? Asked of every signature before it leaves the core."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import IO

from asn1crypto import cms, x509
from pyhanko.sign.validation.generic_cms import (
    collect_timing_info,
    validate_sig_integrity,
    validate_tst_signed_data,
)

from ..errors import ResultInvalid
from .changes import review
from .consent import consent_of
from .fields import signature_fields
from .history import HistoryReader
from .running import settle
from .trust import Trust
from .units import Unit, units_in


def check_result(
    output: IO[bytes],
    *,
    fields: Collection[str],
    certificate: x509.Certificate | None,
    consent: bytes | None,
    base_revision: int,
    trust: Trust,
    stamped: bool,
    covered: bool = True,
    pending: frozenset[str] = frozenset(),
) -> Unit:
    """Read a finished file anew and hold it against what was asked for.

    Checked: it opens strictly; exactly ``fields`` hold the new value; the value covers the file;
    the digest of the bytes, the signature and the certificate fit; the consent digest is in it;
    the time stamp is sound; nothing that earlier signatures forbid happened in the new revisions.

    :param certificate: the signer's; None for a document time stamp.
    :param base_revision: number of the last revision before the act, 0-based.
    :param covered: the value must cover the whole file and not only its revision.
    :param pending: fields that further values of the same act will fill.
    :raises ResultInvalid: with a code that says what failed.
    """
    try:
        reader = HistoryReader(output)
        unit, units = _find(reader, frozenset(fields))
        _check_coverage(unit, output, covered=covered)
        if certificate is None:
            settle(_check_stamp(unit, trust))
        else:
            _check_signature(unit, certificate, consent)
            if stamped:
                settle(_check_time(unit, trust))
        _check_steps(reader, units, base_revision, pending)
    except ResultInvalid:
        raise
    except Exception as cause:
        raise ResultInvalid('result_unreadable', f'The result cannot be read: {type(cause).__name__}.') from cause
    return unit


def _find(reader: HistoryReader, fields: frozenset[str]) -> tuple[Unit, list[Unit]]:
    units = units_in(reader, signature_fields(reader).values())
    for unit in units:
        if frozenset(unit.fields) == fields:
            return unit, units
    details: dict[str, object] = {unit.fields[0]: unit.problem for unit in units}
    raise ResultInvalid('result_fields', 'The new value does not stand in exactly the fields of the act.', details)


def _check_coverage(unit: Unit, output: IO[bytes], *, covered: bool) -> None:
    size = output.seek(0, 2)
    if not (unit.covers(size) if covered else unit.whole_revision()):
        raise ResultInvalid('result_coverage', 'The signature does not cover the file.')


def _check_signature(unit: Unit, certificate: x509.Certificate, consent: bytes | None) -> None:
    embedded = unit.embedded
    if embedded is None or not _carries(embedded.signed_data, certificate):
        raise ResultInvalid('result_signer', 'The signature does not carry its certificate.')
    # Whether the signed attributes name this very certificate is part of the next step.
    intact, valid = validate_sig_integrity(embedded.signer_info, certificate, 'data', embedded.compute_digest())
    if not (intact and valid):
        raise ResultInvalid('result_signature', 'The signature does not fit the document.')
    if consent_of(embedded.signer_info) != consent:
        raise ResultInvalid('result_consent', 'The signature carries another consent digest.')


def _carries(signed_data: cms.SignedData, certificate: x509.Certificate) -> bool:
    der = certificate.dump()
    return any(one.chosen.dump() == der for one in signed_data['certificates'])


async def _check_time(unit: Unit, trust: Trust) -> None:
    if unit.embedded is None:
        raise ResultInvalid('result_timestamp', 'The signature cannot be read.')
    found = await collect_timing_info(
        unit.embedded.signer_info,
        trust.context(datetime.now(UTC), revocation=bool(trust.crls or trust.ocsps)),
        raw_digest=unit.embedded.compute_digest,
    )
    stamp = found.get('timestamp_validity')
    if stamp is None or not (stamp.intact and stamp.valid and stamp.trusted):
        raise ResultInvalid('result_timestamp', 'The time stamp of the signature does not validate.')


async def _check_stamp(unit: Unit, trust: Trust) -> None:
    if unit.embedded is None or not unit.is_timestamp:
        raise ResultInvalid('result_timestamp', 'The document time stamp cannot be read.')
    found = await validate_tst_signed_data(
        unit.embedded.signed_data, trust.context(datetime.now(UTC)), unit.embedded.compute_digest
    )
    if not (found['intact'] and found['valid']) or found['trust_problem_indic'] is not None:
        raise ResultInvalid('result_timestamp', 'The document time stamp does not validate.')


def _check_steps(reader: HistoryReader, units: list[Unit], base_revision: int, pending: frozenset[str]) -> None:
    if not any(0 <= unit.revision <= base_revision for unit in units):
        return
    for step in review(reader, units, base_revision, pending=pending):
        if not step.allowed:
            kinds = sorted({change.kind.value for change in step.changes})
            raise ResultInvalid('result_breaks_earlier', 'Earlier signatures would break.', {'changes': kinds})
