"""Costs: what the worst files of a stranger take of the processor until they are answered."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from unittest.mock import patch

from signing.acts.trust import Trust
from signing.apart import intake, jobs, sandbox, sandbox_worker
from signing.apart import verify_apart as apart
from signing.errors import FileRefused
from signing.pages import convert

from tests.bench.harness import Figure
from tests.corpus.odd import raw

MIB = 2**20
NOTES = """
Processor time of the checks and of the sandbox's child together, in one process with the child's limits; seconds by the
clock are more where others work. What a file may take at most: 20 s for a verification, 30 s for an upload, 60 s in
LibreOffice, one after the other in the places that [the operator's guide](operators.md#expensive-work) names. *Before*:
the same files with the code of 480bb0f, measured the same way on the same day (LibreOffice: as seen in use).

| file | verification before | upload before |
| --- | ---: | ---: |
| 50 MB of zeros | 0.1 s | 0.0 s |
| 50 MB of zeros between header and end | 3.7 s | 0.8 s |
| 50 MB of zeros behind a trailer | 3.1 s | 0.6 s |
| 2 million empty objects | 0.1 s | 3.5 s |
| 1 million objects in order | 2.8 s | 3.6 s |
| 1 million times the same page | 0.0 s | 3.5 s |
| 2 GB of content in 2 MB | 0.0 s | 0.2 s |
| 2 million brackets | 0.0 s | 0.0 s |
| 50 MB of spaces where cross-references end | 7.2 s | 0.6 s |
| Word file of 1 MB with 400 MB of text | | 61 s, 789 MB |
"""
GOAL = 3.0  # seconds


def run() -> list[Figure]:
    """Measure."""
    trust = Trust(roots=())
    figures: list[Figure] = []
    for name, make in FILES.items():
        data = make()
        for what, work in (('verification', lambda d=data: apart.verify_apart(d, trust)), ('upload', _upload(data))):
            seconds = spent(work)
            goal = GOAL if name in QUICK else 21 if what == 'verification' else 31
            figures.append(Figure(f'{name}: {what}', seconds, 's', f'≤ {goal:.0f} s', seconds <= goal))
    seconds = spent(lambda: _refused(convert.office_to_pdf, dense_document(), 'docx'))
    figures.append(Figure('Word file of 1 MB with 400 MB of text', seconds, 's', f'≤ {GOAL:.0f} s', seconds <= GOAL))
    return figures


def spent(work: Callable[[], object]) -> float:
    """Processor seconds of ``work`` in a process of its own, the sandbox's job done in it."""
    child = os.fork()
    if not child:
        with patch.object(apart, 'run_sandboxed', _here), patch.object(intake, 'run_sandboxed', _here):
            try:
                work()
            finally:
                os._exit(0)
    usage = os.wait4(child, 0)[2]
    return usage.ru_utime + usage.ru_stime


def _here(job: str, data: bytes, parameters: dict, cost) -> tuple[dict, bytes]:
    sandbox_worker.limit_self(cost.seconds, cost.memory)
    return sandbox._judge(jobs.answer({'job': job, **parameters}, data), slow=False)


def _upload(data: bytes) -> Callable[[], object]:
    return lambda: _refused(intake.inspect, data)


def _refused(work: Callable[..., object], *arguments: object) -> None:
    try:
        work(*arguments)
    except FileRefused:
        return


def paged(kids: bytes, *others: bytes) -> bytes:
    """A PDF with these children of its tree of pages."""
    return raw([b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Count 1/Kids[' + kids + b']>>', *others])


def inflating(mebibytes: int) -> bytes:
    """A page whose content is this long when it is unpacked."""
    engine = zlib.compressobj(9)
    packed = b''.join(engine.compress(bytes(MIB)) for _ in range(mebibytes)) + engine.flush()
    page = b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>'
    content = b'<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream' % (len(packed), packed)
    return paged(b'3 0 R', page, content)


def dense_document() -> bytes:
    """A Word file that is four hundred times as large when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as package:
        package.writestr('[Content_Types].xml', '<Types/>')
        package.writestr('word/document.xml', b'<w:p><w:r><w:t>text</w:t></w:r></w:p>' * (400 * MIB // 37))
    return out.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    '50 MB of zeros': lambda: bytes(50 * MIB),
    '50 MB of zeros between header and end': lambda: b'%PDF-1.7\n' + bytes(49 * MIB) + b'\nstartxref\n9\n%%EOF\n',
    '50 MB of zeros behind a trailer': lambda: b'%PDF-1.7\n1 0 obj\nendobj\ntrailer\n' + bytes(49 * MIB),
    '2 million empty objects': lambda: b'%PDF-1.7\n' + b'1 0 obj\n<<>>\nendobj\n' * 2_000_000 + b'startxref\n9\n%%EOF',
    '1 million objects in order': lambda: paged(b'', *[b'null'] * 1_000_000),
    '1 million times the same page': lambda: paged(
        b'3 0 R ' * 1_000_000, b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>'
    ),
    '2 GB of content in 2 MB': lambda: inflating(2000),
    '2 million brackets': lambda: raw([b'<</Type/Catalog/X' + b'[' * 2_000_000 + b']' * 2_000_000 + b'>>']),
    '50 MB of spaces where cross-references end': lambda: (
        b'%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 1>>\n'
        + bytes(49 * MIB)
        + b'1 0 obj\nendobj\nstartxref\n9\n%%EOF\n'
    ),
}
QUICK = set(FILES) - {'50 MB of spaces where cross-references end', '1 million objects in order'}
