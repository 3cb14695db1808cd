"""The evidence pack: one ZIP that speaks for itself, off line, years later."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from odoo.addons.esign_base.rules import filenames
from odoo.addons.esign_base.signing.acts.verdict import Verdict
from odoo.addons.esign_base.tools.evidence import Case

STATIC = Path(__file__).resolve().parents[1] / 'pack'
_UNSAFE = re.compile(r'[^\w（）()\-.]+')
_DATE = (1980, 1, 1, 0, 0, 0)


def build_pack(
    env: Any,
    case: Case,
    verdicts: Mapping[int, Verdict],
    number: str,
    report: bytes,
    sign: Callable[[bytes], bytes],
    faults: Sequence[str] = (),
) -> bytes:
    """Return the ZIP.

    :param env: environment with all rights; the caller has checked who asks.
    :param report: the signed evidence report.
    :param sign: makes the platform's detached signature (DER) over the list of files.
    :param faults: sentences on what the records lack.
    """
    files = {'report.pdf': report, **dict(_contents(env, case, verdicts, number, faults))}
    listed = {name: {'size': len(data), 'sha256': hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    manifest = _json({'report': number, 'contract': case.number, 'state': case.state, 'files': listed})
    signature = sign(manifest)
    files['manifest.json'] = manifest
    # The name holds the digest: the signature's own file is then covered as well.
    files[f'manifest-{hashlib.sha256(signature).hexdigest()[:16]}.p7s'] = signature
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _contents(
    env: Any, case: Case, verdicts: Mapping[int, Verdict], number: str, faults: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    for name in ('verify.py', 'README.zh.txt', 'README.en.txt'):
        yield name, (STATIC / name).read_bytes()
    if case.state != 'done':
        yield (
            '已作废-VOID.txt',
            f'本合同未完成签署，已作废：{case.label} {case.reason}\nVOID: not completed.\n'.encode(),
        )
    for index, one in enumerate(case.files, 1):
        name = filenames.cut(_UNSAFE.sub('_', one.name)[:60], '', filenames.FOLDER_BYTES)
        folder = f'documents/{index:02d}-{name}'
        revisions = one.document.sudo().revision_ids.sorted('number')
        yield f'{folder}/original.pdf', revisions[:1]._bytes()
        if one.document._newest().kind in ('prepared', 'act', 'archive'):
            yield f'{folder}/final.pdf', one.document._newest()._bytes()
    yield from _trace(case.chain.sudo())
    consents = {act.consent for party in case.parties for act in party.acts if act.consent}
    for consent in sorted(consents, key=lambda record: record.id):
        yield f'consents/{consent.record_sha256[:16]}.json', consent.record.encode()
    yield from _certificates(env, case, verdicts)
    yield 'facts.json', _json({**_facts(case, number), 'faults': list(faults)})


def _trace(chain: Any) -> Iterator[tuple[str, bytes]]:
    stamps = []
    for stamp in chain.stamp_ids.sorted('number'):
        name = f'trace/stamps/{stamp.number}.tst'
        stamps.append({'number': stamp.number, 'head': stamp.head, 'file': name})
        yield name, base64.b64decode(stamp.with_context(bin_size=False).token)
    events = [
        {'version': one.version, 'payload': one.payload, 'digest': one.digest}
        for one in chain.event_ids.sorted('number')
    ]
    yield (
        'trace/trace.json',
        _json(
            {
                'key': chain.key,
                'length': chain.length,
                'head': chain.head or bytes(32).hex(),
                'events': events,
                'heads': [{'statement': one.statement, 'proof': one.proof} for one in chain.head_ids.sorted('rank')],
                'stamps': stamps,
            }
        ),
    )


def _certificates(env: Any, case: Case, verdicts: Mapping[int, Verdict]) -> Iterator[tuple[str, bytes]]:
    trust = env['esign.signing']._trust()
    yield 'certificates/root.cer', trust.roots[0]
    known = dict.fromkeys(trust.certificates)
    for verdict in verdicts.values():
        for one in (*verdict.signatures, *verdict.timestamps):
            known.update(dict.fromkeys((*one.chain, one.certificate)))
    for party in case.parties:
        for act in party.acts:
            if act.certificate.pem:
                der = x509.load_pem_x509_certificate(act.certificate.pem.encode()).public_bytes(Encoding.DER)
                known[der] = None
    for der in known:
        if der and der not in trust.roots:
            yield f'certificates/{hashlib.sha256(der).hexdigest()[:16]}.cer', der
    for index, der in enumerate(trust.crls, 1):
        yield f'revocation/{index}.crl', der


def _facts(case: Case, number: str) -> dict[str, object]:
    return {
        'report': number,
        'contract': case.number,
        'title': case.title,
        'state': case.state,
        'reason': case.reason,
        'initiator': case.initiator,
        'launched_at': str(case.launched_at or ''),
        'ended_at': str(case.ended_at or ''),
        'parties': [
            {
                'name': party.name,
                'kind': party.kind,
                'state': party.state,
                'acts': [
                    {
                        'operator': act.operator,
                        'at': str(act.at or ''),
                        'automatic': act.silent,
                        'consent': act.consent.record_sha256 or '',
                        'consent_proof': act.consent.proof or '',
                        'certificate': act.certificate.serial or '',
                        'files': [
                            {'name': line.file, 'sha256_before': line.before, 'sha256_after': line.after}
                            for line in act.lines
                        ],
                    }
                    for act in party.acts
                ],
            }
            for party in case.parties
        ],
        'times': 'UTC',
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b'\n'
