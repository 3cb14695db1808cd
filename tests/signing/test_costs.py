"""What a stranger's file may cost: what is no PDF or no document is refused before anything is started for it."""

from __future__ import annotations

import io
import os
import struct
import time
import zipfile
import zlib

import pytest
from signing.acts.trust import Trust
from signing.acts.verdict import Conclusion, Reason
from signing.apart import intake
from signing.apart import verify_apart as apart
from signing.apart.intake import inspect
from signing.apart.verify_apart import verify_apart
from signing.errors import FileRefused
from signing.pages import convert
from signing.pages.swelling import Bounds, require_modest

from tests.corpus.odd import raw

MIB = 1024 * 1024
TRUST = Trust(roots=())


@pytest.fixture
def no_process(monkeypatch):
    def refuse(*_):
        pytest.fail('a process was started')

    monkeypatch.setattr(apart, 'run_sandboxed', refuse)
    monkeypatch.setattr(intake, 'run_sandboxed', refuse)


@pytest.mark.parametrize(
    ('data', 'code', 'reason'),
    [
        (bytes(8 * MIB), 'not_pdf', Reason.NOT_PDF),
        (b'x' * 1024 + b'%PDF-1.7', 'not_pdf', Reason.NOT_PDF),
        (b'%PDF-1.7\n' + b'1 0 obj\n' * 700_000 + b'trailer', 'too_many_objects', Reason.TOO_DEMANDING),
    ],
)
def test_what_no_reader_opens_starts_no_process(no_process, data, code, reason) -> None:  # R4.1
    assert verify_apart(data, TRUST).reason is reason
    with pytest.raises(FileRefused) as refusal:
        inspect(data)
    assert refusal.value.code == code


def test_a_header_alone_makes_no_document(no_process) -> None:  # R2.3
    with pytest.raises(FileRefused, match='damaged'):
        inspect(b'%PDF-1.7\n' + bytes(MIB))


@pytest.mark.parametrize(
    'data',
    [
        b'%PDF-1.7\n' + bytes(24 * MIB) + b'\nstartxref\n9\n%%EOF\n',
        b'%PDF-1.7\n1 0 obj\nendobj\ntrailer\n' + bytes(24 * MIB),
    ],
    ids=['a target in white space', 'no end'],
)
def test_what_only_looks_like_a_pdf_is_given_up_early(data) -> None:  # R4.1
    before = time.process_time(), os.times().children_user
    started = time.monotonic()
    found = verify_apart(data, TRUST)
    assert (found.conclusion, found.reason) == (Conclusion.INVALID, Reason.MALFORMED)
    assert 'no place where cross-references begin' in found.detail
    assert time.process_time() - before[0] < 3
    assert time.monotonic() - started < 20  # pyHanko alone: processor time of 8 s and more


def test_a_million_pages_are_not_walked() -> None:  # R2.3
    kids = b'3 0 R ' * 100_000
    page = b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>'
    many = raw([b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Count 1/Kids[' + kids + b']>>', page])
    with pytest.raises(FileRefused) as refusal:
        inspect(many)
    assert refusal.value.code == 'too_many_pages'


# Office -----------------------------------------------------------------------------------------


def package(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive:
        for name, content in (('[Content_Types].xml', b'<Types/>'), *parts):
            archive.writestr(name, content)
    return out.getvalue()


def lying(data: bytes, size: int) -> bytes:
    """The package with another unpacked size declared for every part, in both places."""
    changed = bytearray(data)
    for mark, at in ((b'PK\x03\x04', 22), (b'PK\x01\x02', 24)):
        found = changed.find(mark)
        while found >= 0:
            struct.pack_into('<I', changed, found + at, size)
            found = changed.find(mark, found + 4)
    return bytes(changed)


def nested(depth: int) -> bytes:
    inner = package(('word/document.xml', b'<w/>'))
    for _ in range(depth):
        inner = package(('word/embeddings/inner.docx', inner))
    return inner


def overlapping(parts: int, size: int) -> bytes:
    """A directory whose entries all name the same bytes."""
    data = package(('a.bin', bytes(size)))
    start, last, end = data.index(b'PK\x01\x02'), data.rfind(b'PK\x01\x02'), data.rfind(b'PK\x05\x06')
    directory = data[start:last] + data[last:end] * parts
    tail = bytearray(data[end:])
    struct.pack_into('<HHII', tail, 8, parts + 1, parts + 1, len(directory), start)
    return data[:start] + directory + bytes(tail)


def long_text() -> bytes:
    return package(('word/document.xml', b'<w>' + os.urandom(4096).hex().encode() * (7 * MIB // 1024)))


def entities(coding: str) -> bytes:
    return package(('word/document.xml', '<!DOCTYPE w [<!ENTITY a "bbbb">]><w>&a;</w>'.encode(coding)))


SWELLING = {
    'xml': long_text,
    'lying': lambda: lying(long_text(), 100),
    'ratio': lambda: package(('word/media/picture.bmp', bytes(12 * MIB))),
    'entries': lambda: package(*((f'part{number}', b'') for number in range(4001))),
    'nesting': lambda: nested(4),
    'overlapping': lambda: overlapping(600, MIB // 2),
    'entities': lambda: entities('utf-8'),
    'entities in UTF-16': lambda: entities('utf-16'),
}


@pytest.mark.parametrize('kind', SWELLING)
def test_packages_that_swell_are_refused_before_the_office_starts(monkeypatch, kind) -> None:  # R2.3
    data = SWELLING[kind]()
    monkeypatch.setattr(convert, 'office', lambda: '/bin/false')
    monkeypatch.setattr(convert, '_run', lambda *_: pytest.fail('LibreOffice was started'))
    with pytest.raises(FileRefused) as refusal:
        convert.office_to_pdf(data, 'docx')
    assert refusal.value.code == 'bomb'


def test_packages_of_an_honest_size_pass() -> None:
    picture = zlib.compress(os.urandom(2 * MIB))
    require_modest(
        package(('word/document.xml', b'<w>' + os.urandom(MIB // 4).hex().encode() * 4), ('media/a.png', picture))
    )
    require_modest(package(('word/media/white.bmp', bytes(6 * MIB))))
    require_modest(nested(2))
    require_modest(package(('a', b'x' * 1000), method=zipfile.ZIP_STORED), Bounds(unpacked=2000))


@pytest.mark.parametrize('cut', [60, 200])
def test_damaged_packages_are_refused_as_such(cut) -> None:
    whole = package(('a.bin', os.urandom(5000)))
    damaged = whole[:40] + b'\xff' * cut + whole[40 + cut :]
    with pytest.raises(FileRefused, match='not_convertible'):
        require_modest(damaged)


def test_the_office_is_started_with_limits(monkeypatch, tmp_path) -> None:  # R2.3
    """A program in its place says which limits it was given, and that all it started ends with it."""
    seen = tmp_path / 'seen'
    program = tmp_path / 'soffice'
    program.write_text(f'#!/bin/sh\n(ulimit -v; ulimit -t; ulimit -f; ulimit -c; nice) > {seen}\nsleep 600 &\n')
    program.chmod(0o755)
    monkeypatch.setattr(convert, 'office', lambda: str(program))
    data = package(('word/document.xml', b'<w/>'))
    with pytest.raises(FileRefused, match='not_convertible'):
        convert.office_to_pdf(data, 'docx', seconds=7)
    memory, seconds, size, core, nice = seen.read_text().split()
    assert int(memory) <= 2 * 1024 * 1024
    assert int(seconds) == 7
    assert int(size) > 0
    assert int(core) == 0
    assert int(nice) >= 5
