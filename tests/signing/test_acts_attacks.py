"""Every way of tampering is named by the verdict."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing.acts.fields import signature_fields
from signing.acts.prepare import LaunchMode
from signing.acts.sign import sign
from signing.acts.verdict import ChangeKind, Conclusion, Expected, ExpectedAct, Reason
from signing.acts.verify import verify

from tests.signing.acts_cases import Contract, act
from tests.signing.acts_support import World, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module', params=list(LaunchMode))
def contract(world, request) -> Contract:
    return Contract(world, request.param, form=True).all_sign()


def edited(content: bytes, change) -> bytes:
    """An incremental update by somebody without any key."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def page(writer, index=0):
    kids = writer.root['/Pages']['/Kids']
    return kids[index]


def edit_content(writer):
    body = page(writer)
    stream = generic.StreamObject(stream_data=b'BT /F1 12 Tf 72 500 Td (1,000,000) Tj ET')
    body['/Contents'] = generic.ArrayObject([body.raw_get('/Contents'), writer.add_object(stream)])
    writer.update_container(body)


def edit_content_stream(writer):
    contents = page(writer)['/Contents']
    streams = (
        [contents.raw_get(n) for n in range(len(contents))]
        if isinstance(contents, generic.ArrayObject)
        else [page(writer).raw_get('/Contents')]
    )
    reference = next(one for one in streams if b'Contract' in one.get_object().data)
    old = reference.get_object()
    new = generic.StreamObject(stream_data=old.data.replace(b'Contract', b'Forgery '))
    writer.objects[(reference.generation, reference.idnum)] = new


def add_page(writer):
    first = page(writer)
    copy = generic.DictionaryObject({key: first.raw_get(key) for key in first if key != '/Annots'})
    reference = writer.add_object(copy)
    pages = writer.root['/Pages']
    pages['/Kids'].append(reference)
    pages['/Count'] = generic.NumberObject(len(pages['/Kids']))
    writer.update_container(pages)
    writer.update_container(pages['/Kids'])


def add_annotation(writer):
    note = generic.DictionaryObject(
        {
            pdf_name('/Type'): pdf_name('/Annot'),
            pdf_name('/Subtype'): pdf_name('/FreeText'),
            pdf_name('/Rect'): generic.ArrayObject(map(generic.FloatObject, (10, 10, 200, 60))),
            pdf_name('/Contents'): generic.pdf_string('void'),
        }
    )
    reference = writer.add_object(note)
    writer.register_annotation(writer.root['/Pages']['/Kids'].raw_get(0), reference)


def seal_field(writer, name='party0.seal1'):
    return signature_fields(writer)[name]


def move_seal(writer):
    field = seal_field(writer)
    field.body['/Rect'] = generic.ArrayObject(map(generic.FloatObject, (300, 300, 400, 400)))
    writer.mark_update(field.reference)


def swap_seal(writer):
    field, other = seal_field(writer), seal_field(writer, 'party1.date1')
    field.body['/AP'] = generic.DictionaryObject({pdf_name('/N'): other.body['/AP'].raw_get('/N')})
    writer.mark_update(field.reference)


def redraw_seal(writer):
    reference = seal_field(writer).body['/AP'].raw_get('/N')
    old = reference.get_object()
    new = generic.StreamObject(
        {key: old.raw_get(key) for key in old if key not in {'/Length', '/Filter'}}, stream_data=b'0 0 9 9 re f'
    )
    writer.objects[(reference.generation, reference.idnum)] = new


def swap_two_seals(writer):
    one, two = seal_field(writer), seal_field(writer, 'party1.seal1')
    one.body['/Rect'], two.body['/Rect'] = two.body['/Rect'], one.body['/Rect']
    writer.mark_update(one.reference)
    writer.mark_update(two.reference)


def remove_value(writer):
    field = seal_field(writer)
    del field.body['/V']
    writer.mark_update(field.reference)


def remove_field(writer):
    group = seal_field(writer).body['/Parent']
    fields = writer.root['/AcroForm']['/Fields']
    for index in range(len(fields)):
        if fields[index].get('/T') == group.get('/T'):
            del fields[index]
            break
    writer.update_container(fields)
    writer.update_container(writer.root['/AcroForm'])


def add_text_field(writer):
    field = generic.DictionaryObject(
        {
            pdf_name('/FT'): pdf_name('/Tx'),
            pdf_name('/T'): generic.pdf_string('extra'),
            pdf_name('/V'): generic.pdf_string('x'),
            pdf_name('/Subtype'): pdf_name('/Widget'),
            pdf_name('/Rect'): generic.ArrayObject(map(generic.FloatObject, (10, 10, 90, 30))),
        }
    )
    add_field(writer, field)


def add_signature_field(writer):
    add_field(writer, new_signature_field())


def new_signature_field(value=None):
    field = generic.DictionaryObject(
        {
            pdf_name('/FT'): pdf_name('/Sig'),
            pdf_name('/T'): generic.pdf_string('intruder'),
            pdf_name('/Type'): pdf_name('/Annot'),
            pdf_name('/Subtype'): pdf_name('/Widget'),
            pdf_name('/F'): generic.NumberObject(132),
            pdf_name('/Rect'): generic.ArrayObject(map(generic.FloatObject, (10, 10, 90, 30))),
        }
    )
    if value is not None:
        field[pdf_name('/V')] = value
    return field


def add_field(writer, field):
    first = writer.root['/Pages']['/Kids'].raw_get(0)
    field[pdf_name('/P')] = first
    reference = writer.add_object(field)
    fields = writer.root['/AcroForm']['/Fields']
    fields.append(reference)
    writer.update_container(fields)
    writer.update_container(writer.root['/AcroForm'])
    writer.register_annotation(first, reference)


def reuse_signature(writer):
    add_field(writer, new_signature_field(seal_field(writer).body.raw_get('/V')))


def copy_signature(writer):
    value = seal_field(writer).body['/V']
    copy = generic.DictionaryObject({key: value.raw_get(key) for key in value if key != '/Contents'})
    copy[pdf_name('/Contents')] = generic.ByteStringObject(value.raw_get('/Contents').original_bytes)
    add_field(writer, new_signature_field(writer.add_object(copy)))


def unlink_form(writer):
    del writer.root['/AcroForm']
    writer.update_root()


ATTACKS = [
    (edit_content, ChangeKind.CONTENT),
    (edit_content_stream, ChangeKind.CONTENT),
    (add_page, ChangeKind.CONTENT),
    (add_annotation, ChangeKind.ANNOTATION),
    (move_seal, ChangeKind.SEAL_MOVED),
    (swap_two_seals, ChangeKind.SEAL_MOVED),
    (swap_seal, ChangeKind.SEAL_SWAPPED),
    (redraw_seal, ChangeKind.SEAL_SWAPPED),
    (remove_value, ChangeKind.SIGNATURE_REMOVED),
    (remove_field, ChangeKind.SIGNATURE_REMOVED),
    (unlink_form, ChangeKind.SIGNATURE_REMOVED),
    (add_text_field, ChangeKind.FIELD_ADDED),
    (add_signature_field, ChangeKind.FIELD_ADDED),
    (reuse_signature, ChangeKind.SIGNATURE_REUSED),
    (copy_signature, ChangeKind.SIGNATURE_REUSED),
]


@pytest.mark.parametrize(('attack', 'kind'), ATTACKS, ids=[one.__name__ for one, _ in ATTACKS])
@pytest.mark.parametrize('informed', [False, True], ids=['bare', 'informed'])
def test_attack_is_named(world, contract, attack, kind, informed):  # R8.3, R4.1
    forged = edited(contract.content, attack)
    verdict = verify(forged, world.trust(), contract.expected() if informed else None)
    assert verdict.conclusion is Conclusion.ALTERED, verdict
    assert kind in verdict.kinds(), verdict.changes
    # A copied value stands in a field of its own: the others are what they were, the file is not.
    assert attack is copy_signature or not any(one.sound for one in verdict.signatures)
    if informed:
        assert ChangeKind.NOT_ISSUED in verdict.kinds()


@pytest.mark.parametrize(('attack', 'kind'), ATTACKS, ids=[one.__name__ for one, _ in ATTACKS])
def test_editing_then_signing_is_named(world, contract, attack, kind):  # R8.3
    forged = edited(contract.content, attack)
    signatory = world.signatory('攻击者', number=40)
    verdict = verify(stock_signed(forged, signatory), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED, verdict
    assert kind in verdict.kinds(), verdict.changes
    others = [one for one in verdict.signatures if one.signer != '攻击者']
    assert others or kind is ChangeKind.SIGNATURE_REMOVED
    assert attack is copy_signature or not any(one.sound for one in others)


def stock_signed(content, signatory):
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    out = io.BytesIO()
    meta = PdfSignatureMetadata(field_name='attacker', subfilter=SigSeedSubFilter.PADES, md_algorithm='sha256')
    PdfSigner(meta, signatory.signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(content)), output=out, bytes_reserved=16384
    )
    return out.getvalue()


def test_own_signing_refuses_an_altered_document(world):  # R8.3
    contract = Contract(world, parties=2)
    contract.sign(0)
    forged = edited(contract.content, edit_content)
    fields = contract.groups['party1']
    result = sign(forged, act(forged, fields), world.signatory('签署人1', number=31))
    assert verify(result.content, world.trust()).conclusion is Conclusion.ALTERED


def test_unsigned_intruder_value_in_free_field(world):  # R8.3
    contract = Contract(world, LaunchMode.CERTIFIED, parties=2)
    contract.sign(0)

    def point(writer):
        field = seal_field(writer, 'party1.seal1')
        field.body[pdf_name('/V')] = seal_field(writer).body.raw_get('/V')
        writer.mark_update(field.reference)

    verdict = verify(edited(contract.content, point), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.SIGNATURE_REUSED in verdict.kinds()


def test_truncation_to_an_issued_revision(world, contract):  # R8.3
    verdict = verify(contract.revisions[2], world.trust(), contract.expected())
    assert verdict.conclusion is Conclusion.ALTERED
    assert {ChangeKind.TRUNCATED, ChangeKind.SIGNATURE_MISSING} <= verdict.kinds()
    bare = verify(contract.revisions[2], world.trust())
    assert bare.genuine  # by itself it is a perfect older revision


def test_truncation_anywhere_else(world, contract):  # R8.3
    for cut in (1, 100, 5000, len(contract.content) // 2):
        verdict = verify(contract.content[:-cut], world.trust(), contract.expected())
        assert verdict.conclusion in {Conclusion.INVALID, Conclusion.ALTERED}
        assert ChangeKind.NOT_ISSUED in verdict.kinds()


def test_byte_edits(world, contract):  # R8.3
    content = bytearray(contract.content)
    for offset in range(1000, len(content), len(content) // 40):
        forged = bytearray(content)
        forged[offset] ^= 1
        verdict = verify(bytes(forged), world.trust(), contract.expected())
        assert not verdict.genuine, offset
        assert ChangeKind.NOT_ISSUED in verdict.kinds()
        bare = verify(bytes(forged), world.trust())
        assert not bare.genuine or forged[offset] in b'0123456789abcdefABCDEF', offset


def test_byte_edit_in_the_text_is_named(world, contract):  # R8.3
    index = contract.content.index(b'/MediaBox')
    forged = contract.content[:index] + contract.content[index:].replace(b'595', b'596', 1)
    verdict = verify(forged, world.trust())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.BYTES in verdict.kinds()
    assert {one.reason for one in verdict.signatures} == {Reason.DIGEST_MISMATCH}


def test_bytes_behind_the_end(world, contract):  # R8.3
    verdict = verify(contract.content + b'\n% more', world.trust())
    assert not verdict.genuine


def test_rewritten_file(world, contract):  # R8.3
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(contract.content)) as document:
        document.save(out)
    verdict = verify(out.getvalue(), world.trust(), contract.expected())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.BYTES in verdict.kinds()


def test_other_signer_other_consent_other_fields(world):
    contract = Contract(world, parties=1).all_sign()
    fields = frozenset(contract.signed[0].fields[0])
    platform = ExpectedAct(frozenset({'platform'}))
    for wrong in (
        ExpectedAct(fields, '00' * 32),
        ExpectedAct(fields, None, '11' * 32),
        ExpectedAct(fields | {'more'}),
        ExpectedAct(frozenset(list(fields)[:1])),
        ExpectedAct(frozenset({'someone.else'})),
    ):
        verdict = verify(contract.content, world.trust(), Expected((platform, wrong)))
        assert verdict.conclusion is Conclusion.ALTERED, wrong
    assert verify(contract.content, world.trust(), Expected((platform, ExpectedAct(fields)))).genuine
    assert verify(contract.content, world.trust(), Expected((platform,))).kinds() == {ChangeKind.SIGNATURE_UNEXPECTED}
    assert verify(contract.content, world.trust(), Expected((platform,), closed=False)).genuine


def test_fewer_signatures_than_expected_is_incomplete(world):
    contract = Contract(world, parties=2)
    contract.sign(0)
    expected = Expected(
        (
            ExpectedAct(frozenset({'platform'})),
            ExpectedAct(frozenset(contract.signed[0].fields[0])),
            ExpectedAct(frozenset(contract.prepared.fields['party1'])),
        )
    )
    verdict = verify(contract.content, world.trust(), expected)
    assert verdict.reason is Reason.INCOMPLETE and verdict.kinds() == {ChangeKind.SIGNATURE_MISSING}


@pytest.mark.parametrize(
    'odd',
    [
        b'',
        b'GIF89a',
        b'%PDF-1.7',
        b'%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF',
    ],
)
def test_odd_files_end_in_a_verdict(world, odd):  # R4.1
    verdict = verify(odd, world.trust())
    assert verdict.conclusion is Conclusion.INVALID
    assert verdict.reason in {Reason.NOT_PDF, Reason.MALFORMED}


def test_unsigned_and_foreign(world):  # R4.1
    assert verify(pdf(), world.trust()).conclusion is Conclusion.UNSIGNED
    contract = Contract(world, parties=1).all_sign()
    stranger = World()
    stranger.root = stranger._issue('别的根', stranger.tsa_key, None, stranger.now, 100, ca=True)
    verdict = verify(contract.content, stranger.bare_trust())
    assert verdict.conclusion is Conclusion.UNTRUSTED
    assert {one.reason for one in verdict.signatures} <= {
        Reason.UNTRUSTED_ROOT,
        Reason.TIMESTAMP_UNTRUSTED,
        Reason.CHAIN_FAILED,
    }
    assert all(one.intact for one in verdict.signatures)


def test_encrypted(world):  # R4.1
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(user='x', owner='y'))
    assert verify(out.getvalue(), world.trust()).reason is Reason.ENCRYPTED


@pytest.mark.parametrize('seed', range(60))
def test_mutations_never_raise(world, contract, seed):  # R4.1, R8.3
    import random

    chance = random.Random(seed)
    content = bytearray(contract.content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        action = chance.randrange(3)
        if action == 0:
            content[at] = chance.randrange(256)
        elif action == 1:
            del content[at : at + chance.randrange(1, 2000)]
        else:
            content[at:at] = bytes(chance.randrange(256) for _ in range(20))
    verdict = verify(bytes(content), world.trust(), contract.expected())
    assert not verdict.genuine


def test_broken_container_is_a_finding(world):
    contract = Contract(world, parties=1).all_sign()
    match = list(re.finditer(rb'/Contents <([0-9A-F]{200})', contract.content))[-1]
    forged = contract.content[: match.start(1)] + b'00' * 100 + contract.content[match.end(1) :]
    verdict = verify(forged, world.trust())
    assert verdict.conclusion is Conclusion.ALTERED
    assert any(one.reason is Reason.UNSUPPORTED for one in verdict.signatures)
