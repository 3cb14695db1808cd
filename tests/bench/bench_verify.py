"""Verification: time by number of signatures, memory for a large file, and what the sandbox costs."""

from __future__ import annotations

import hashlib
import io
import time
from collections import Counter
from unittest.mock import patch

from pyhanko.sign.validation import pdf_embedded
from reportlab.pdfgen.canvas import Canvas
from signing.acts.prepare import LaunchMode, prepare
from signing.acts.sign import sign
from signing.acts.verify import verify
from signing.apart.verify_apart import verify_apart

from tests.bench.harness import Figure, once, peak_megabytes
from tests.corpus import updates
from tests.signing.acts_cases import act, plans
from tests.signing.acts_elsewhere import signed_elsewhere
from tests.signing.acts_support import World, pdf

NOTES = """
*Page answer* is wall time of a verification in the sandbox, helper running, as the page asks for it (the rest of the
request is a few database look-ups and rendering). Every signature value is hashed once and judged once, however many
fields show it; every revision is compared once with the one before, and where an object is used is carried over from
one revision to the next instead of walking the document anew. Memory is that of a verification in the own process,
the file read before; the sandbox adds one copy of the file and is bounded to 1 GiB.

The *foreign* file is what office programs and other signing tools make: 50 tagged pages with 40 elements each, signed
25 times by stock pyHanko with visible fields, time stamps and validation data.
"""
COUNTS = (1, 3, 10, 50)
FOREIGN = 25


def run() -> list[Figure]:
    """Measure."""
    world = World()
    figures: list[Figure] = []
    spent: list[float] = []
    for count in COUNTS:
        content = signed(world, pdf(2), count)
        trust = world.trust()
        verify_apart(pdf(1), trust)
        start = time.perf_counter()
        verdict = verify_apart(content, trust)
        wall = time.perf_counter() - start
        if not verdict.genuine:
            raise RuntimeError(verdict.reason)
        figures.append(Figure(f'page answer, {count} signatures', wall, 's', '≤ 5 s', wall <= 5))
        spent.append(once(lambda c=content, t=trust: verify(c, t)))
        figures.append(Figure(f'processor time, {count} signatures', spent[-1], 's'))
    figures.append(foreign(world))
    growth = spent[-1] / spent[0] / (COUNTS[-1] / COUNTS[0])
    figures.append(Figure('processor time a signature, 50 against 1', growth, '×'))
    figures.append(hashed_once(world))
    large = signed(world, big_pdf(50), 1)
    figures.append(Figure('size of the large file', len(large) / 2**20, 'MB'))
    memory = peak_megabytes(lambda: verify(large, world.trust()))
    figures.append(Figure('memory, 50 MB file', memory, 'MB', '≤ 300 MB', memory <= 300))
    start = time.perf_counter()
    genuine = verify_apart(large, world.trust()).genuine
    wall = time.perf_counter() - start
    figures.append(Figure('page answer, 50 MB file', wall, 's', '≤ 10 s', genuine and wall <= 10))
    return figures


def signed(world: World, source: bytes, count: int) -> bytes:
    """A document with ``count`` signatures of persons besides the platform's."""
    content = prepare(source, {}, world.signatory('平台', number=20), LaunchMode.FREE).content
    signatory = world.signatory('签署人', number=30)
    for number in range(count):
        fields = plans(source, f'p{number}', y=10 + number % 20 * 10, cross=False)
        content = sign(content, act(content, fields, f'c{number}'), signatory).content
    return content


def foreign(world: World) -> Figure:
    """A file signed elsewhere, in processor time."""
    content = updates.tagged(50, 40)
    for number in range(FOREIGN):
        content = signed_elsewhere(
            world, content, f'Sig{number}', visible=True, stamped=True, stored=True, number=60 + number % 5
        )
    trust = world.trust()
    found: list[bool] = []
    spent = once(lambda: found.append(verify(content, trust).genuine))
    if not all(found):
        raise RuntimeError('foreign')
    return Figure(f'processor time, foreign file with {FOREIGN} signatures', spent, 's', '≤ 4 s', spent <= 4)


def big_pdf(megabytes: int) -> bytes:
    """A document of about this size: one stream of bytes that cannot be packed."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), pageCompression=0)
    noise = b''.join(hashlib.sha256(n.to_bytes(4, 'big')).digest() for n in range(2**15)).hex()
    for _ in range(megabytes // 2 - 1):
        canvas.drawString(72, 770, 'large')
        canvas._code.append(f'% {noise}')  # a comment in the page's content
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def hashed_once(world: World) -> Figure:
    """How often the bytes of each signature value are hashed in one verification."""
    content, seen = signed(world, pdf(2), 3), Counter()
    original = pdf_embedded.byte_range_digest

    def counted(stream: object, byte_range: object, md_algorithm: str, **options: object) -> object:
        seen[tuple(byte_range)] += 1
        return original(stream, byte_range=byte_range, md_algorithm=md_algorithm, **options)

    with patch.object(pdf_embedded, 'byte_range_digest', counted):
        verify(content, world.trust())
    most = max(seen.values())
    return Figure('times the same bytes are hashed', most, '', '1', most == 1)
