"""Intake: the whole table of what an upload can be, limits, and hundreds of mutated files."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from signing.apart import sandbox
from signing.apart.intake import DEFAULT_LIMITS, Limits, image_to_pdf, inspect
from signing.apart.jobs import answer
from signing.errors import FileRefused
from signing.pages.geometry import frames_of

from tests.corpus import kinds
from tests.corpus.geometries import GEOMETRIES, blank
from tests.signing.pages_support import render

LIMITS = asdict(DEFAULT_LIMITS)


def in_process(data: bytes, *, limits: Limits = DEFAULT_LIMITS, **options: bool) -> tuple[dict, bytes]:
    """Run the sandbox's job here: for coverage and for exact comparison with the sandboxed answer."""
    request = {'job': 'examine', 'limits': asdict(limits), 'unlock': False, 'flatten': True, **options}
    head, _, body = answer(request, data).partition(b'\n')
    return json.loads(head), body


def assert_sound(data: bytes, pages: int) -> None:
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    assert len(frames_of(reader)) == pages
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
        assert len(pdf.pages) == pages


# R2.6 R8.1
@pytest.mark.parametrize('kind', kinds.TABLE)
def test_the_whole_table(kind: str) -> None:
    maker, code, warnings = kinds.TABLE[kind]
    data = maker()
    head, _ = in_process(data)
    if code:
        with pytest.raises(FileRefused) as caught:
            inspect(data)
        assert caught.value.code == code
        assert head['refused'][0] == code
        return
    result = inspect(data)
    assert set(result.warnings) - {'no_text', 'pages_without_text'} == warnings
    assert head['facts']['warnings'] == list(result.warnings)
    assert result.original_sha256 == hashlib.sha256(data).hexdigest()
    assert result.sha256 == hashlib.sha256(result.data).hexdigest()
    assert result.has_text
    assert_sound(result.data, result.pages)
    assert result.rewritten == bool(warnings - {'layers', 'fonts_missing:STSong-Light'})
    if result.signed:
        assert result.data == data
    for page in (0, result.pages - 1):
        if kind != 'junk_before':
            before, after = render(data, page, 40), render(result.data, page, 40)
            assert np.abs(before - after).mean() < 2


@pytest.mark.parametrize('name', GEOMETRIES)
def test_every_geometry_is_accepted_as_it_is(name: str) -> None:
    data = blank([GEOMETRIES[name]])
    result = inspect(data)
    assert result.data == data
    assert 'no_text' in result.warnings
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert list(result.frames) == frames_of(pdf)


def test_rewriting_removes_what_runs_and_keeps_links() -> None:
    with pikepdf.open(io.BytesIO(inspect(kinds.javascript()).data)) as pdf:
        assert '/OpenAction' not in pdf.Root
        assert '/JavaScript' not in pdf.Root.get('/Names', {})
        assert '/AA' not in pdf.pages[0].obj
        actions = [str(item.A.S) for item in pdf.pages[0].Annots if '/A' in item]
        assert actions == ['/URI']
        assert b'app.alert' not in b''.join(item.unparse() for item in pdf.objects if isinstance(item, pikepdf.Object))


def test_an_owner_password_goes_only_with_consent() -> None:
    result = inspect(kinds.owner_password(), unlock=True)
    assert result.warnings == ('unlocked',)
    assert result.rewritten
    with pikepdf.open(io.BytesIO(result.data)) as pdf:
        assert not pdf.is_encrypted
    assert in_process(kinds.owner_password(), unlock=True)[0]['facts']['warnings'] == ['unlocked']


def test_form_values_stay_visible_or_the_file_is_refused() -> None:
    flat = inspect(kinds.form(appearance=False))
    assert 'form_flattened' in flat.warnings
    box = (slice((841 - 430) * 2, (841 - 400) * 2), slice(200, 600))
    assert (render(flat.data, 0)[box] < 128).any()
    with pikepdf.open(io.BytesIO(flat.data)) as pdf:
        assert '/AcroForm' not in pdf.Root
        assert not pdf.pages[0].get('/Annots')
    assert in_process(kinds.form(appearance=False))[0]['facts']['warnings'] == ['form_flattened']
    with pytest.raises(FileRefused, match='form_not_drawn'):
        inspect(kinds.form(value='🧿', appearance=False))
    assert in_process(kinds.form(value='🧿', appearance=False))[0]['refused'][0] == 'form_not_drawn'
    kept = inspect(kinds.form(need=False), flatten=False)
    assert not kept.rewritten


def test_signed_files_say_what_they_allow() -> None:
    approved = inspect(kinds.approved())
    assert [(s.field, s.timestamp) for s in approved.signed] == [('Sig1', False)]
    with pytest.raises(FileRefused, match='certified_own_fields'):
        inspect(kinds.certified_p2())


@pytest.mark.parametrize(
    ('data', 'code', 'kind'),
    [
        (b'', 'empty', None),
        (b'\x89PNG\r\n', 'not_pdf', 'png'),
        (b'\xff\xd8\xff', 'not_pdf', 'jpeg'),
        (b'PK\x03\x04', 'not_pdf', 'zip'),
        (b'\xd0\xcf\x11\xe0', 'not_pdf', 'ole'),
        (b'{\\rtf1', 'not_pdf', 'rtf'),
        (b'<html>', 'not_pdf', 'markup'),
        (b'hello', 'not_pdf', 'unknown'),
        (b'%PDF-1.7\n' + b'x' * 3000, 'damaged', None),
    ],
)
def test_what_is_no_pdf_is_named(data: bytes, code: str, kind: str | None) -> None:
    with pytest.raises(FileRefused) as caught:
        inspect(data)
    assert caught.value.code == code
    assert caught.value.details.get('kind') == kind
    if data:
        assert in_process(data)[0]['refused'][0] == code


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'size': 1000}, 'too_large'),
        ({'pages': 1}, 'too_many_pages'),
        ({'objects': 5}, 'too_many_objects'),
        ({'decompressed': 1000}, 'bomb'),
        ({'stream': 500}, 'bomb'),
    ],
)
def test_limits(change: dict[str, int], code: str) -> None:
    limits = replace(DEFAULT_LIMITS, **change)
    with pytest.raises(FileRefused, match=code):
        inspect(kinds.text_pdf(), limits=limits)
    if code != 'too_large':
        assert in_process(kinds.text_pdf(), limits=limits)[0]['refused'][0] == code


def test_a_bomb_costs_neither_memory_nor_time() -> None:
    data = kinds.bomb()
    started = time.monotonic()
    with pytest.raises(FileRefused, match='bomb'):
        inspect(data, limits=replace(DEFAULT_LIMITS, memory=200 * 1024 * 1024))
    assert time.monotonic() - started < 10


def test_too_little_memory_is_a_refusal() -> None:
    with pytest.raises(FileRefused) as caught:
        inspect(kinds.many_pages(), limits=replace(DEFAULT_LIMITS, memory=1024 * 1024))
    assert caught.value.code in {'too_demanding', 'unreadable', 'damaged'}


def test_a_hang_ends_at_the_limit() -> None:
    """A child that would compute for ever is ended by the clock, whatever it does."""
    deep = pikepdf.new()
    deep.add_blank_page()
    # Content that takes PDFium minutes: many large overlapping transparent fills.
    fills = b'/G gs ' + b'0 0 600 800 re 5 5 580 780 re f* ' * 400_000
    deep.pages[0].Contents = deep.make_stream(fills)
    deep.pages[0].Resources = pikepdf.Dictionary(
        ExtGState=pikepdf.Dictionary(G=pikepdf.Dictionary(ca=0.5, BM=pikepdf.Name.Luminosity))
    )
    deep.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String('x'))
    out = io.BytesIO()
    deep.save(out)
    started = time.monotonic()
    with pytest.raises(FileRefused, match='too_slow'):
        inspect(out.getvalue(), limits=replace(DEFAULT_LIMITS, seconds=2))
    assert time.monotonic() - started < 8


def test_paths_are_read_and_missing_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / 'a.pdf'
    path.write_bytes(kinds.text_pdf())
    assert inspect(path).pages == 2
    with pytest.raises(FileRefused, match='unreadable'):
        inspect(tmp_path / 'none.pdf')


def test_the_helper_is_restarted_and_shared_by_threads() -> None:
    inspect(kinds.text_pdf())
    process = sandbox.SANDBOX._process
    process.kill()
    process.wait()
    assert inspect(kinds.text_pdf()).pages == 2
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(inspect(kinds.text_pdf()).pages)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2] * 8
    sandbox.SANDBOX.close()
    assert inspect(kinds.text_pdf()).pages == 2


def test_a_forked_process_gets_its_own_helper() -> None:
    inspect(kinds.text_pdf())
    ours = sandbox.SANDBOX._process.pid
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            pages = inspect(kinds.text_pdf()).pages
            os.write(writing, f'{pages} {sandbox.SANDBOX._process.pid != ours}'.encode())
            sandbox.SANDBOX.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b'2 True'
    assert inspect(kinds.text_pdf()).pages == 2
    assert sandbox.SANDBOX._process.pid == ours


def test_the_helper_sees_no_secret() -> None:
    os.environ['ESIGN_SECRET_KEY'] = 'marked'
    try:
        sandbox.SANDBOX.close()
        inspect(kinds.text_pdf())
        environment = Path(f'/proc/{sandbox.SANDBOX._process.pid}/environ').read_bytes()
    finally:
        del os.environ['ESIGN_SECRET_KEY']
    assert b'marked' not in environment


def test_answers_of_the_child_are_judged() -> None:
    for reply, slow, code in [
        (b'', True, 'too_slow'),
        (b'', False, 'unreadable'),
        (b'{"facts": {}, "length": 5}\nabc', False, 'unreadable'),
        (b'{"refused": ["xfa", "m", {}]}\n', False, 'xfa'),
    ]:
        with pytest.raises(FileRefused, match=code):
            sandbox._judge(reply, slow=slow)


def test_pictures_become_pages() -> None:
    for size, form, mode in [
        ((300, 500), 'PNG', 'RGBA'),
        ((800, 300), 'JPEG', 'RGB'),
        ((50, 60), 'PNG', 'L'),
    ]:
        out = io.BytesIO()
        Image.new(mode, size, 'red' if mode != 'L' else 30).save(out, form)
        result = inspect(image_to_pdf(out.getvalue()))
        frame = result.frames[0]
        assert (frame.width_mm < frame.height_mm) == (size[0] < size[1])
        assert (render(result.data, 0, 30) < 200).any()
        request = {'job': 'image', 'limits': LIMITS}
        assert answer(request, out.getvalue()).partition(b'\n')[2].startswith(b'%PDF')
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[274] = 6
    Image.new('RGB', (400, 200), 'red').save(turned, 'JPEG', exif=exif)
    frame = inspect(image_to_pdf(turned.getvalue())).frames[0]
    assert frame.width_mm < frame.height_mm
    assert answer({'job': 'image', 'limits': LIMITS}, turned.getvalue())
    with pytest.raises(FileRefused, match='not_image'):
        image_to_pdf(b'GIF89a')
    with pytest.raises(FileRefused, match='damaged'):
        image_to_pdf(out.getvalue()[:60])
    for data, limits, code in [
        (b'GIF89a', LIMITS, 'not_image'),
        (turned.getvalue()[:300], LIMITS, 'damaged'),
        (turned.getvalue(), {**LIMITS, 'pixels': 100}, 'image_too_large'),
    ]:
        assert json.loads(answer({'job': 'image', 'limits': limits}, data))['refused'][0] == code


def mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        if len(out) < 10:
            break
        at = rng.randrange(len(out))
        match rng.randrange(5):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                del out[at : at + rng.randrange(1, 200)]
            case 2:
                out[at : at + 4] = rng.randbytes(4)
            case 3 if rng.random() < 0.2:
                del out[at:]
            case 4:
                out[at:at] = out[max(0, at - 60) : at]
    return bytes(out)


def test_five_hundred_mutated_files_are_refused_or_sound() -> None:
    rng = random.Random(20261123)
    makers = [
        'plain',
        'object_streams',
        'linearised',
        'javascript',
        'need_appearances',
        'approved',
        'hybrid_xref',
        'certified_p2',
    ]
    originals = [kinds.TABLE[name][0]() for name in makers]
    codes: dict[str, int] = {}
    for number in range(500):
        data = mutate(originals[number % len(originals)], rng)
        started = time.monotonic()
        try:
            result = inspect(data, limits=replace(DEFAULT_LIMITS, seconds=10))
        except FileRefused as refusal:
            codes[refusal.code] = codes.get(refusal.code, 0) + 1
        else:
            codes['accepted'] = codes.get('accepted', 0) + 1
            assert_sound(result.data, result.pages)
        assert time.monotonic() - started < 15
    assert sum(codes.values()) == 500
    assert codes['accepted'] > 20, codes
    assert codes.get('too_slow', 0) == 0, codes
