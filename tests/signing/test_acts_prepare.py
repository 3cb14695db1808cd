"""Launching: what is closed stays closed, what is odd is refused with a reason."""

from __future__ import annotations

import asyncio
import io

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.validation import read_certification_data
from signing.acts.fields import fields_in
from signing.acts.flatten import flatten
from signing.acts.notes import written
from signing.acts.prepare import LaunchMode, prepare
from signing.acts.running import settle
from signing.acts.sign import sign
from signing.acts.signatory import Level
from signing.acts.verify import verify
from signing.errors import PrepareError
from signing.keys.cms import tlv

from tests.signing.acts_cases import Contract, act, plans
from tests.signing.acts_support import MemoryKey, StockSigner, World, der, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def platform(world):
    return world.signatory('平台', number=20, level=Level.B_B)


def test_certified(world, platform):  # R8.1, R8.3
    source = pdf()
    groups = {'a': plans(source, 'a'), 'b': plans(source, 'b', y=120)}
    ready = prepare(source, groups, platform, LaunchMode.CERTIFIED, reason='发起', location='杭州')
    reader = PdfFileReader(io.BytesIO(ready.content))
    certification = read_certification_data(reader)
    assert certification is not None and certification.permission is MDPPerm.FILL_FORMS
    found = fields_in(reader)
    assert set(found) == {'platform', *ready.fields['a'], *ready.fields['b']}
    locks = {str(found[name].body['/Lock']['/Fields'][0]) for name in ready.fields['a']}
    assert locks == {'a'}
    assert ready.content.startswith(source) and ready.flattened == ()
    verdict = verify(ready.content, world.trust())
    assert verdict.genuine and verdict.signatures[0].stated_reason == '发起'


@pytest.mark.parametrize('mode', list(LaunchMode))
def test_form_values_are_flattened(world, platform, mode):  # R8.3
    source = pdf(form=True)
    groups = {'a': plans(source, 'a')} if mode is LaunchMode.CERTIFIED else {}
    ready = prepare(source, groups, platform, mode)
    assert ready.flattened == ('amount',)
    with pikepdf.open(io.BytesIO(ready.content)) as document:
        assert not any(one.get('/FT') == '/Tx' for page in document.pages for one in page.get('/Annots', ()))
        assert any('/Fxo1' in str(page.Resources.get('/XObject', {}).keys()) for page in document.pages)
    fields = groups.get('a') or plans(source, 'a')
    signed = sign(ready.content, act(ready.content, fields), world.signatory(level=Level.B_B))
    assert verify(signed.content, world.trust()).genuine


def test_flatten_keeps_links_and_signature_fields():
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf(form=True)))
    append_signature_field(writer, SigFieldSpec('theirs', box=(10, 10, 90, 40)))
    link = generic.DictionaryObject({
        generic.pdf_name('/Type'): generic.pdf_name('/Annot'), generic.pdf_name('/Subtype'): generic.pdf_name('/Link'),
        generic.pdf_name('/Rect'): generic.ArrayObject(map(generic.FloatObject, (1, 1, 9, 9))),
    })  # fmt: skip
    writer.register_annotation(writer.root['/Pages']['/Kids'].raw_get(0), writer.add_object(link))
    out = io.BytesIO()
    writer.write(out)
    flat, names = flatten(out.getvalue())
    assert names == ('amount',)
    reader = PdfFileReader(io.BytesIO(flat))
    assert set(fields_in(reader)) == {'theirs'}
    with pikepdf.open(io.BytesIO(flat)) as document:
        kinds = [str(one.Subtype) for one in document.pages[0].Annots]
    assert sorted(kinds) == ['/Link', '/Widget']
    assert flatten(flat) == (flat, ())
    assert flatten(pdf()) == (pdf(), ())


def test_signed_by_others_before(world, platform):  # R8.1
    source = pdf()
    foreign = sign(source, act(source, ()), world.signatory('别的平台', number=21, level=Level.B_B)).content
    with pytest.raises(PrepareError) as caught:
        prepare(foreign, {'a': plans(foreign, 'a')}, platform, LaunchMode.CERTIFIED)
    assert caught.value.code == 'already_signed'
    ready = prepare(foreign, {}, platform, LaunchMode.FREE)
    assert ready.content.startswith(foreign)
    verdict = verify(ready.content, world.trust())
    assert verdict.genuine and [one.signer for one in verdict.signatures] == ['别的平台', '平台']
    again = prepare(ready.content, {}, platform, LaunchMode.FREE)
    assert again.platform_field == 'platform2' and verify(again.content, world.trust()).genuine


def refused(code, *arguments, **options):
    with pytest.raises(PrepareError) as caught:
        prepare(*arguments, **options)
    assert caught.value.code == code


def test_refusals(world, platform):
    source = pdf()
    fields = plans(source, 'a')
    refused('no_fields', source, {}, platform, LaunchMode.CERTIFIED)
    refused('no_fields', source, {'a': ()}, platform, LaunchMode.CERTIFIED)
    refused('fields_in_free_mode', source, {'a': fields}, platform, LaunchMode.FREE)
    refused('field_outside_group', source, {'b': fields}, platform, LaunchMode.CERTIFIED)
    refused('unreadable', b'%PDF-1.4 nothing', {}, platform, LaunchMode.FREE)
    writer = IncrementalPdfFileWriter(io.BytesIO(source))
    append_signature_field(writer, SigFieldSpec('a.seal1', box=(10, 10, 90, 40)))
    out = io.BytesIO()
    writer.write(out)
    refused('field_exists', out.getvalue(), {'a': fields}, platform, LaunchMode.CERTIFIED)
    encrypted = io.BytesIO()
    with pikepdf.open(io.BytesIO(source)) as document:
        document.save(encrypted, encryption=pikepdf.Encryption(user='', owner='y'))
    refused('encrypted', encrypted.getvalue(), {}, platform, LaunchMode.FREE)


def test_certified_against_any_change(world):
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    meta = PdfSignatureMetadata(
        'c',
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm='sha256',
    )
    out = io.BytesIO()
    signer = StockSigner(world.signatory(level=Level.B_B).key)
    PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf())), output=out, bytes_reserved=16384)
    content = out.getvalue()
    with pytest.raises(PrepareError) as caught:
        sign(content, act(content, ()), world.signatory(level=Level.B_B))
    assert caught.value.code == 'certified_closed'
    # Such a document of others is still told about rightly.
    assert verify(content, world.trust()).genuine


def test_per_group_locks_hold_in_the_next_acts(world):  # R8.3
    contract = Contract(world, parties=2).all_sign()
    reader = PdfFileReader(io.BytesIO(contract.content))
    locks = {one.fieldmdp.fields[0] for one in reader.embedded_regular_signatures if one.fieldmdp}
    assert locks == {'party0', 'party1'}


def deep_form(depth):
    with pikepdf.open(io.BytesIO(pdf())) as document:
        node = document.make_indirect(pikepdf.Dictionary(T=pikepdf.String('x'), FT=pikepdf.Name.Sig))
        for number in range(depth):
            node = document.make_indirect(
                pikepdf.Dictionary(T=pikepdf.String(f'n{number}'), Kids=pikepdf.Array([node]))
            )
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([node]))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def test_deep_and_odd_forms(world):
    with pytest.raises(PrepareError) as caught:
        fields_in(PdfFileReader(io.BytesIO(deep_form(40))))
    assert caught.value.code == 'form_too_deep'
    assert len(fields_in(PdfFileReader(io.BytesIO(deep_form(5))))) == 1
    assert verify(deep_form(40), world.trust()).conclusion == 'invalid'
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array(
                [pikepdf.Dictionary(T=pikepdf.String('direct')), document.make_indirect(pikepdf.Dictionary())]
            )
        )
        out = io.BytesIO()
        document.save(out)
    assert fields_in(PdfFileReader(io.BytesIO(out.getvalue()))) == {}
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Name.Odd)
        out = io.BytesIO()
        document.save(out)
    assert fields_in(PdfFileReader(io.BytesIO(out.getvalue()))) == {}


def test_der_lengths():
    assert tlv(4, b'a' * 127)[:2] == b'\x04\x7f'
    assert tlv(4, b'a' * 128)[:3] == b'\x04\x81\x80'
    assert tlv(4, b'a' * 256)[:4] == b'\x04\x82\x01\x00'


def test_keys_compare_by_content():
    assert written(generic.ByteStringObject(b'a')) == written(generic.ByteStringObject(b'a'))
    assert written(generic.StreamObject(stream_data=b'a')) != written(generic.StreamObject(stream_data=b'b'))
    assert written(generic.NumberObject(1)) != written(generic.NumberObject(2))


def test_roots_are_not_embedded(world):
    key, certificate = world.certificate('根', number=15)
    held = MemoryKey(key, der(certificate), [der(world.ca), der(world.root)])
    assert held.container.room() == MemoryKey(key, der(certificate), [der(world.ca)]).container.room()
    assert held.container.room() > MemoryKey(key, der(certificate), []).container.room() + 500


def test_settle_outside_and_inside():
    async def work():
        return 7

    async def outer():
        return settle(work())

    assert settle(work()) == 7 == asyncio.run(outer())
