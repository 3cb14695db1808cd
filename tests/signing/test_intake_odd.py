"""Odd corners of intake: filters, notes, attempts that fail after the rewrite, a sandbox that cannot start."""

from __future__ import annotations

import base64
import io
import json
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from signing.apart import jobs, sandbox, sandbox_worker
from signing.apart.intake import DEFAULT_LIMITS, inspect
from signing.errors import FileRefused
from signing.pages import recheck
from signing.pages.cleaning import clean, survey
from signing.pages.geometry import frames_of
from signing.pages.inflation import Meter, flate_is_sound, measure_stream
from signing.pages.recheck import page_texts, require_same_look, require_strict

from tests.corpus import kinds
from tests.corpus.geometries import A4, LANDSCAPE, blank
from tests.signing.pages_support import render

LIMITS = asdict(DEFAULT_LIMITS)


def save(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def job(data: bytes, **change: object) -> dict:
    request = {'job': 'examine', 'limits': LIMITS, 'unlock': False, 'flatten': True, **change}
    return json.loads(jobs.answer(request, data).partition(b'\n')[0])


def with_content(raw: bytes, filters: list[Name]) -> bytes:
    pdf = pikepdf.open(io.BytesIO(kinds.text_pdf()))
    pdf.pages[0].Contents = pikepdf.Stream(pdf, raw, Filter=Array(filters))
    return save(pdf)


LINE = b'0 0 m 100 100 l S '


@pytest.mark.parametrize(
    ('raw', 'filters'),
    [
        (base64.a85encode(zlib.compress(LINE)) + b'~>', [Name.ASCII85Decode, Name.FlateDecode]),
        (zlib.compress(LINE).hex().encode() + b'>', [Name.ASCIIHexDecode, Name.FlateDecode]),
        (bytes([len(LINE) - 1]) + LINE + b'\x80', [Name.RunLengthDecode]),
        (LINE.hex().encode() + b'>', [Name.ASCIIHexDecode]),
        (zlib.compress(LINE), [Name.FlateDecode]),
    ],
)
def test_honest_filters_are_accepted(raw: bytes, filters: list[Name]) -> None:
    assert 'facts' in job(with_content(raw, filters))


@pytest.mark.parametrize(
    ('raw', 'filters', 'code'),
    [
        (b'~~~not base 85 vw\xff', [Name.ASCII85Decode, Name.FlateDecode], 'damaged'),
        (b'zz', [Name.ASCIIHexDecode, Name.FlateDecode], 'damaged'),
        (b'xx' + zlib.compress(LINE), [Name.FlateDecode], 'damaged'),
        (base64.a85encode(zlib.compress(bytes(300 << 20), 9)) + b'~>', [Name.ASCII85Decode, Name.FlateDecode], 'bomb'),
    ],
)
def test_dishonest_filters_are_refused(raw: bytes, filters: list[Name], code: str) -> None:
    assert job(with_content(raw, filters))['refused'][0] == code


def test_a_run_length_bomb_hits_the_limit() -> None:
    data = with_content(b'\x81\x00' * 100_000 + b'\x80', [Name.RunLengthDecode])
    assert job(data, limits={**LIMITS, 'stream': 1 << 20})['refused'][0] == 'bomb'


def test_the_state_of_single_streams() -> None:
    pdf = pikepdf.new()
    cut = pikepdf.Stream(pdf, zlib.compress(LINE * 50)[:-8], Filter=Name.FlateDecode)
    plain = pikepdf.Stream(pdf, LINE)
    assert not flate_is_sound(cut, Meter(LIMITS))
    assert flate_is_sound(plain, Meter(LIMITS))
    assert measure_stream(plain, Meter(LIMITS), encrypted=False)
    assert not measure_stream(cut, Meter(LIMITS), encrypted=True)


def test_a_bomb_behind_encryption_is_refused() -> None:
    """The raw pass cannot see through encryption: the parsed pass measures instead."""
    data = kinds.owner_password()
    limits = {**LIMITS, 'stream': 300}
    assert job(data, unlock=True)['facts']['warnings'] == ['unlocked']
    assert job(data, unlock=True, limits=limits)['refused'][0] == 'bomb'


def test_notes_become_content_and_links_stay() -> None:
    pdf = pikepdf.open(io.BytesIO(kinds.text_pdf()))
    look = pdf.make_stream(b'1 0 0 rg 0 0 100 50 re f')
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 100, 50])
    note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([300, 300, 400, 350]), F=4, AP=Dictionary(N=look))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]))
    pdf.pages[0].Annots = Array([pdf.make_indirect(note), pdf.make_indirect(link), 7])
    pdf.pages[1].Annots = Array([pdf.make_indirect(note)])
    data = save(pdf)
    result = inspect(data)
    assert result.warnings == ('notes_flattened',)
    assert job(data)['facts']['warnings'] == ['notes_flattened']
    with pikepdf.open(io.BytesIO(result.data)) as after:
        assert [str(item.Subtype) for item in after.pages[0].Annots] == ['/Link']
        assert '/Annots' not in after.pages[1].obj
    red = render(result.data, 0)[int((841.89 - 325) * 2), 700]
    assert red[0] > 200 and red[1] < 60


def test_values_of_parent_fields_are_seen() -> None:
    pdf = pikepdf.open(io.BytesIO(kinds.form(value='🧿', appearance=False)))
    widget = pdf.pages[0].Annots[0]
    parent = pdf.make_indirect(Dictionary(T=String('p'), V=widget.V, Kids=Array([widget])))
    del widget['/V']
    widget.Parent = parent
    pdf.Root.AcroForm.Fields = Array([parent])
    assert job(save(pdf))['refused'][0] == 'form_not_drawn'
    assert job(save(pdf))['refused'][2] == {'field': 'p.city', 'page': 1}
    # A field without any value anywhere needs no appearance.
    del parent['/V']
    assert 'form_flattened' in job(save(pdf))['facts']['warnings']
    # A chain of parents that bites its tail ends.
    parent.Parent = parent
    assert 'form_flattened' in job(save(pdf))['facts']['warnings']


def test_actions_in_outlines_and_chains() -> None:
    pdf = pikepdf.open(io.BytesIO(kinds.text_pdf()))
    inner = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String('x')))
    pdf.Root.OpenAction = Dictionary(Type=Name.Action, S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=inner)
    first = pdf.make_indirect(Dictionary(Title=String('a')))
    first.Next = pdf.make_indirect(Dictionary(Title=String('b'), Prev=first))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=first, Last=first.Next, Count=2))
    assert survey(pdf) == {'javascript'}
    clean(pdf)
    assert '/Next' not in pdf.Root.OpenAction
    assert str(pdf.Root.Outlines.First.Next.Title) == 'b'
    assert survey(pdf) <= {'javascript'}
    assert '/JS' not in inner


def test_nesting_has_an_end() -> None:
    pdf = pikepdf.open(io.BytesIO(kinds.text_pdf()))
    nested = Array([])
    for _ in range(60):
        nested = Array([nested])
    pdf.Root.Deep = nested
    with pytest.raises(FileRefused, match='damaged'):
        survey(pdf)


def test_missing_content_pages_and_counts() -> None:
    pdf = pikepdf.open(io.BytesIO(kinds.text_pdf()))
    pdf.pages[0].Contents = Array([Dictionary()])
    assert job(save(pdf))['refused'][0] == 'damaged'
    empty = pikepdf.new()
    assert job(save(empty))['refused'][0] in {'no_pages', 'page_tree', 'damaged'}


def test_cut_off_files_whose_table_is_gone() -> None:
    data = kinds.text_pdf()
    # The second page's content is gone, and so is the table that would tell.
    trailer = data[data.rindex(b'trailer') :]
    last = data.rindex(b'endobj', 0, data.rindex(b'xref\n'))
    cut = data[: data.rindex(b' 0 obj', 0, last) - 3]
    assert job(cut + b'\n' + trailer)['refused'][0] == 'damaged'


def test_a_rewrite_that_changed_the_look_is_refused() -> None:
    one, other = kinds.text_pdf(), blank([A4, A4])
    require_same_look(one, one, 2)
    with pytest.raises(FileRefused, match='changed_by_rewrite'):
        require_same_look(one, other, 2)
    with pytest.raises(FileRefused, match='changed_by_rewrite'):
        require_same_look(one, blank([LANDSCAPE, A4]), 2)
    with pytest.raises(FileRefused, match='damaged'):
        require_same_look(b'%PDF-1.4', one, 2)
    with pytest.raises(FileRefused, match='damaged'):
        require_same_look(one, one, 3)
    with pytest.raises(FileRefused, match='damaged'):
        page_texts(b'%PDF-1.4')


def test_strictness_compares_the_pages() -> None:
    data = kinds.text_pdf()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        frames = frames_of(pdf)
    require_strict(data, frames)
    for bad_data, bad_frames in [
        (data, frames[:1]),
        (b'%PDF-1.4', frames),
        (kinds.owner_password(), frames),
    ]:
        with pytest.raises(FileRefused, match='damaged'):
            require_strict(bad_data, bad_frames)


def test_whatever_a_library_raises_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in [
        (MemoryError(), 'too_demanding'),
        (KeyError('/Root'), 'unreadable'),
        (AssertionError(), 'unreadable'),
        (RecursionError(), 'unreadable'),
    ]:

        def fail(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(jobs, 'examine', fail)
        assert job(b'%PDF-1.4')['refused'][0] == code


def test_a_text_page_that_cannot_be_read_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, data: bytes) -> None:
            pass

        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> None:
            raise recheck.pypdfium2.PdfiumError('no')

        def init_forms(self) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(recheck.pypdfium2, 'PdfDocument', Broken)
    for call in (lambda: page_texts(b''), lambda: require_same_look(b'', b'', 1)):
        with pytest.raises(FileRefused, match='damaged'):
            call()


def test_a_sandbox_that_cannot_start_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: sandbox.Sandbox) -> None:
        raise OSError

    monkeypatch.setattr(sandbox.Sandbox, '_helper', broken)
    with pytest.raises(FileRefused, match='sandbox_unavailable'):
        inspect(kinds.text_pdf())


def test_an_endless_answer_and_a_silent_child_are_cut_off() -> None:
    import socket
    import time

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b'x' * 5000)
        assert sandbox._converse(ours, {}, time.monotonic() + 5, 1000) == b''
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert sandbox._converse(ours, {}, time.monotonic() + 0.2, 1000) == b''


def test_the_worker_knows_its_core() -> None:
    assert (sandbox_worker._CORE / 'errors.py').is_file()
    assert Path(sandbox_worker.__file__).resolve().parent == sandbox_worker._CORE / 'apart'


def test_a_crashing_parser_is_a_refusal() -> None:
    # Far too little memory for the child: it dies or refuses, the server does neither.
    for memory in (0, 4096, 1 << 20):
        with pytest.raises(FileRefused):
            inspect(kinds.many_pages(), limits=replace(DEFAULT_LIMITS, memory=memory))
    assert inspect(kinds.text_pdf()).pages == 2
