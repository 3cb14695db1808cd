"""Updates behind a signature: what changes nothing is let pass, and each such kind has a twin that does tamper."""

from __future__ import annotations

import datetime as dt
import io
import re
from types import SimpleNamespace

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, SuspiciousModification
from signing.acts import revision
from signing.acts.archive import archive
from signing.acts.changes import review
from signing.acts.fields import fields_in, signature_fields
from signing.acts.history import HistoryReader
from signing.acts.prepare import LaunchMode
from signing.acts.trust import Trust
from signing.acts.units import units_in
from signing.acts.verdict import ChangeKind, Conclusion, Reason
from signing.acts.verify import verify

from tests.corpus import kinds, updates
from tests.signing.acts_cases import Contract, sha
from tests.signing.acts_elsewhere import MDP, signed_elsewhere
from tests.signing.acts_forgeries import ATTACKS, add_annotation, edit_content, edited, page, stock_stamped
from tests.signing.acts_support import World


@pytest.fixture(scope='module')
def world() -> World:
    return World()


def numbers(*values):
    return generic.ArrayObject(generic.FloatObject(one) for one in values)


# Linearised ---------------------------------------------------------------------------------------

LINEARISED = [
    kinds.linearised,
    updates.linearised_both_roots,
    updates.linearised_both_roots_streams,
]


@pytest.mark.parametrize('make', LINEARISED)
def test_linearised_files_are_judged(world, make):  # R8.3
    source = make()
    assert verify(source, world.trust()).conclusion is Conclusion.UNSIGNED
    elsewhere = signed_elsewhere(world, source, visible=True)
    assert verify(elsewhere, world.trust()).genuine
    twice = signed_elsewhere(world, elsewhere, 'Sig2', number=61)
    assert verify(twice, world.trust()).genuine
    assert verify(edited(elsewhere, edit_content), world.trust()).conclusion is Conclusion.ALTERED
    assert verify(edited(twice, edit_content), world.trust()).kinds() == {ChangeKind.CONTENT}


@pytest.mark.parametrize('make', LINEARISED[1:])
def test_linearised_files_are_signed_here_and_archived(world, make):  # R8.1, R8.3
    contract = Contract(world, LaunchMode.FREE, parties=2, source=make()).all_sign()
    kept = archive(contract.content, world.stamper(), world.trust(), base_sha256=sha(contract.content))
    verdict = verify(kept.content, world.bare_trust())
    assert verdict.genuine and len(verdict.signatures) == 3, verdict


def test_only_what_is_linearised_has_halves(world):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf())
    reader = HistoryReader(io.BytesIO(signed))
    assert (reader.first, reader.total_revisions) == (0, 2)
    assert HistoryReader(io.BytesIO(updates.linearised_both_roots())).first == 1
    # Parameters alone do not make one: an update lies behind what it continues.
    claiming = updates.changed(
        kinds.text_pdf(),
        lambda pdf: pdf.Root.update({'/Linearized': 1, '/L': 30_000}),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    assert b'/Linearized' in claiming[:1024]
    forged = edited(signed_elsewhere(world, claiming), edit_content)
    assert HistoryReader(io.BytesIO(forged)).first == 0
    assert verify(forged, world.trust()).kinds() == {ChangeKind.CONTENT}


# Freed objects ------------------------------------------------------------------------------------


def test_freeing_what_nothing_refers_to(world):  # R8.3
    source, number = updates.unused()
    signed = signed_elsewhere(world, source)
    verdict = verify(updates.appended(signed, {}, {number: 1}), world.trust())
    assert verdict.genuine, (verdict.changes, verdict.detail)
    # An entry that says "free, and next of generation 0" means different things to different programs.
    odd = verify(updates.appended(signed, {}, {number: 0}), world.trust())
    assert (odd.conclusion, odd.reason) == (Conclusion.INVALID, Reason.UNUSUAL)


@pytest.mark.parametrize('what', ['contents', 'page', 'font', 'value', 'field'])
def test_freeing_what_is_shown_or_signed(world, what):  # R8.3
    source, _number = updates.unused()
    signed = signed_elsewhere(world, source, visible=True)
    reader = PdfFileReader(io.BytesIO(signed))
    first = reader.root['/Pages']['/Kids'].raw_get(0)
    (field,) = signature_fields(reader).values()
    fonts = first.get_object()['/Resources']
    font = fonts['/Font']
    refs = {
        'contents': first.get_object().raw_get('/Contents'),
        'page': first,
        'font': font.raw_get(next(iter(font))),
        'value': field.body.raw_get('/V'),
        'field': field.reference,
    }
    verdict = verify(updates.appended(signed, {}, {refs[what].idnum: 1}), world.trust())
    assert not verdict.genuine and not any(one.sound for one in verdict.signatures), verdict
    assert verdict.conclusion in {Conclusion.ALTERED, Conclusion.UNSIGNED}, verdict.detail


# Objects that were awaited ------------------------------------------------------------------------

PAYMENT = b'<</Length 44>>\nstream\nBT /F1 12 Tf 72 500 Td (1,000,000 EUR) Tj ET  \nendstream'


def test_supplying_an_object_that_was_referred_to(world):  # R8.3
    signed = signed_elsewhere(world, updates.awaiting(999))
    assert verify(signed, world.trust()).genuine
    assert verify(signed_elsewhere(world, signed, 'Sig2', number=61), world.trust()).genuine
    verdict = verify(updates.appended(signed, {999: PAYMENT}), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED, verdict


def test_supplying_it_as_a_part_of_what_is_allowed(world):  # R8.3
    """As the picture of a seal, or in the document security store: it is shown on the page all the same."""
    for name in ('/AP', '/DSS'):
        signed = signed_elsewhere(world, updates.awaiting(999), stored=True)
        reader = PdfFileReader(io.BytesIO(signed))
        if name == '/DSS':
            store = reader.root.raw_get('/DSS')
            certs = b' '.join(b'%d 0 R' % one.idnum for one in store.get_object()['/Certs'])
            body = b'<</Type /DSS /Certs [%s 999 0 R]>>' % certs
            forged = updates.appended(signed, {store.idnum: body, 999: PAYMENT})
        else:
            forged = updates.appended(signed, {999: PAYMENT, 1000: b'<</Next 999 0 R>>'})
        verdict = verify(forged, world.trust())
        assert verdict.conclusion is Conclusion.ALTERED, (name, verdict)


# The document security store ----------------------------------------------------------------------


def extend_store(writer):
    """Add to a VRI entry, remove the list of certificates, add keys of one's own."""
    store = writer.root['/DSS']
    key = next(iter(store['/VRI']))
    body = store['/VRI'][key]
    body[pdf_name('/TU')] = generic.pdf_date(dt.datetime.now(dt.UTC))
    body[pdf_name('/OCSP')] = generic.ArrayObject()
    store[pdf_name('/Vendor_Note')] = generic.pdf_string('kept by another program')
    del store['/Certs']
    for one in (store, store['/VRI'], body):
        writer.update_container(one)
    writer.update_root()


def test_the_store_may_be_extended(world):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf(), stored=True)
    verdict = verify(edited(signed, extend_store), world.trust())
    assert verdict.genuine, (verdict.changes, verdict.detail)


def test_the_store_hides_no_other_object(world):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf(), stored=True)

    def smuggle(writer):
        reference = page(writer).raw_get('/Contents')
        store = writer.root['/DSS']
        store['/Certs'].append(generic.IndirectObject(reference.idnum, reference.generation, writer))
        writer.update_container(store['/Certs'])
        new = generic.StreamObject(stream_data=b'BT /F1 12 Tf 72 500 Td (1,000,000) Tj ET')
        writer.objects[(reference.generation, reference.idnum)] = new

    verdict = verify(edited(signed, smuggle), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and ChangeKind.CONTENT in verdict.kinds(), verdict


def test_an_unreadable_store_is_no_reason_to_judge_nothing(world):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf(), stamped=True)

    def odd_store(writer):
        junk = writer.add_object(generic.StreamObject(stream_data=b'no certificate'))
        lists = {pdf_name('/Certs'): generic.ArrayObject([junk]), pdf_name('/CRLs'): generic.NullObject()}
        writer.root[pdf_name('/DSS')] = writer.add_object(generic.DictionaryObject(lists))
        writer.update_root()

    assert verify(edited(signed, odd_store), world.trust()).genuine


# Metadata, references to nothing, fields ----------------------------------------------------------


def test_odd_metadata_that_stay_are_nobodys_concern(world):  # R8.3
    first = signed_elsewhere(world, updates.odd_metadata())
    value = next(iter(signature_fields(PdfFileReader(io.BytesIO(first))).values())).body.raw_get('/V')
    untouched = updates.appended(first, {value.idnum + 500: b'<</Orphan true>>'})
    verdict = verify(untouched, world.trust())
    assert verdict.genuine, (verdict.changes, verdict.detail)


def test_what_cannot_be_compared_is_not_tampering_and_not_sound(world):  # R8.3
    first = signed_elsewhere(world, updates.dotted_field())
    twice = signed_elsewhere(world, first, 'Sig2', number=61)
    verdict = verify(twice, world.trust())
    assert (verdict.conclusion, verdict.reason) == (Conclusion.UNCLEAR, Reason.NOT_COMPARABLE), verdict
    assert [one.reason for one in verdict.signatures] == [Reason.NOT_COMPARABLE, Reason.SOUND]
    assert not verdict.changes and 'periods' in verdict.detail
    assert verify(twice, Trust(())).reason is Reason.NOT_COMPARABLE  # whoever signed
    forged = verify(edited(first, edit_content), world.trust())
    assert forged.conclusion is Conclusion.ALTERED and ChangeKind.CONTENT in forged.kinds()


@pytest.mark.parametrize('locks', [None, ()], ids=['open', 'locked'])
def test_a_form_that_stays_as_it_is(world, locks):  # R8.3
    """A field whose appearance is older than the last signature counts as changed for the library."""
    first = signed_elsewhere(world, kinds.form(need=False), locks=locks)
    twice = stock_stamped(first, world.stamper())
    third = edited(twice, lambda writer: writer.add_object(generic.DictionaryObject()))
    assert verify(third, world.trust()).genuine, verify(third, world.trust())

    def fill(writer):
        field = next(one for one in fields_in(writer).values() if one.kind == '/Tx')
        field.body[pdf_name('/V')] = generic.pdf_string('Beijing')
        writer.mark_update(field.reference)

    verdict = verify(edited(third, fill), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and verdict.kinds() == {ChangeKind.FORM_VALUE}, verdict


# Notes --------------------------------------------------------------------------------------------


def note(**entries):
    body = {
        '/Type': pdf_name('/Annot'),
        '/Subtype': pdf_name('/FreeText'),
        '/Rect': numbers(300, 600, 500, 660),
        '/Contents': generic.pdf_string('please check'),
        **entries,
    }
    return generic.DictionaryObject({pdf_name(key): value for key, value in body.items()})


def adding(body):
    def add(writer):
        reference = writer.add_object(body)
        writer.register_annotation(writer.root['/Pages']['/Kids'].raw_get(0), reference)

    return add


def change_note(writer):
    listed = page(writer)['/Annots']
    body = listed[len(listed) - 1]
    body[pdf_name('/Contents')] = generic.pdf_string('checked')
    writer.update_container(body)


def remove_note(writer):
    listed = page(writer)['/Annots']
    del listed[len(listed) - 1]
    writer.update_container(listed)


@pytest.fixture(scope='module')
def open_to_notes(world) -> bytes:
    return signed_elsewhere(world, kinds.text_pdf(), visible=True, permission=MDP.ANNOTATE)


def test_notes_where_the_certification_permits_them(world, open_to_notes):  # R8.3
    content = open_to_notes
    for change in (adding(note()), change_note, remove_note):
        content = edited(content, change)
        verdict = verify(content, world.trust())
        assert verdict.genuine, (change, verdict.changes, verdict.detail)
        assert {(one.kind, one.page) for one in verdict.permitted} == {(ChangeKind.ANNOTATION, 1)}
    both = signed_elsewhere(world, edited(content, adding(note())), 'Sig2', number=61)
    assert verify(both, world.trust()).genuine


def script():
    return generic.DictionaryObject({pdf_name('/S'): pdf_name('/JavaScript'), pdf_name('/JS'): generic.pdf_string('x')})


BAD_NOTES = {
    'covers_the_seal': lambda: note(**{'/Rect': numbers(30, 30, 220, 100)}),
    'runs_code': lambda: note(**{'/A': script()}),
    'redacts': lambda: note(**{'/Subtype': pdf_name('/Redact')}),
    'is_a_link': lambda: note(**{'/Subtype': pdf_name('/Link')}),
    'is_a_field': lambda: note(**{'/Subtype': pdf_name('/Widget'), '/FT': pdf_name('/Tx')}),
}


@pytest.mark.parametrize('kind', BAD_NOTES)
def test_notes_that_do_more_than_note(world, open_to_notes, kind):  # R8.3
    verdict = verify(edited(open_to_notes, adding(BAD_NOTES[kind]())), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and not verdict.permitted, verdict


def test_a_note_may_not_redraw_the_page(world, open_to_notes):  # R8.3
    """A note's appearance that is the page's own stream, written anew with the note."""

    def shared(writer):
        reference = page(writer).raw_get('/Contents')
        body = note(**{'/AP': generic.DictionaryObject({pdf_name('/N'): reference})})
        adding(body)(writer)

    def redraw(writer):
        change_note(writer)
        reference = page(writer).raw_get('/Contents')
        new = generic.StreamObject(stream_data=b'BT /F1 12 Tf 72 500 Td (1,000,000) Tj ET')
        writer.objects[(reference.generation, reference.idnum)] = new

    linked = edited(open_to_notes, shared)
    assert verify(linked, world.trust()).genuine
    verdict = verify(edited(linked, redraw), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and ChangeKind.CONTENT in verdict.kinds(), verdict


@pytest.mark.parametrize('permission', [None, MDP.FILL_FORMS, MDP.NO_CHANGES])
def test_notes_where_nothing_permits_them(world, permission):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf(), permission=permission)
    verdict = verify(edited(signed, add_annotation), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and ChangeKind.ANNOTATION in verdict.kinds()


@pytest.fixture(scope='module')
def permissive(world) -> bytes:
    """A contract whose certification permits notes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revision, 'MDPPerm', SimpleNamespace(FILL_FORMS=MDP.ANNOTATE, NO_CHANGES=MDP.NO_CHANGES))
        content = Contract(world, parties=2, form=True).all_sign().content
    assert verify(content, world.trust()).genuine
    return content


@pytest.mark.parametrize(('attack', 'kind'), ATTACKS, ids=[one.__name__ for one, _ in ATTACKS])
def test_attacks_where_notes_are_permitted(world, permissive, attack, kind):  # R8.3
    verdict = verify(edited(permissive, attack), world.trust())
    if attack is add_annotation:
        assert verdict.genuine and verdict.permitted
        return
    assert verdict.conclusion is Conclusion.ALTERED and kind in verdict.kinds(), verdict


# The same answers as the library's own policy -----------------------------------------------------


@pytest.fixture(scope='module', params=list(LaunchMode))
def contract(world, request) -> Contract:
    return Contract(world, request.param, form=True).all_sign()


def stock_allows(content: bytes, number: int) -> bool:
    reader = PdfFileReader(io.BytesIO(content), strict=True)
    views = (reader.get_historical_resolver(one) for one in (number - 1, number))
    try:
        DEFAULT_DIFF_POLICY.apply(*views)
    except SuspiciousModification:
        return False
    return True


@pytest.mark.parametrize('attack', [None, *(one for one, _ in ATTACKS)])
def test_the_same_answers_as_the_library(world, contract, attack):  # R8.3
    content = contract.content if attack is None else edited(contract.content, attack)
    reader = HistoryReader(io.BytesIO(content))
    for step in review(reader, units_in(reader, signature_fields(reader).values())):
        assert not step.unclear
        if not stock_allows(content, step.revision):
            assert not step.allowed, step


def test_tagged_files_are_judged_alike(world):  # R8.3
    for alone in (False, True):
        twice = signed_elsewhere(world, signed_elsewhere(world, updates.tagged(alone=alone), visible=True), 'Sig2')
        assert verify(twice, world.trust()).genuine
        assert verify(edited(twice, edit_content), world.trust()).kinds() == {ChangeKind.CONTENT}


# Forged and unreadable signatures -----------------------------------------------------------------


def in_place(content: bytes, old: bytes, new: bytes) -> bytes:
    at = content.rindex(old)
    return content[:at] + new.ljust(len(old)) + content[at + len(old) :]


UNIVERSAL = {
    'no_contents': (b'/Contents <', b'/Xontents <'),
    'no_byte_range': (b'/ByteRange', b'/XyteRange'),
    'no_filter': (b'/SubFilter', b'/XubFilter'),
    'odd_filter': (b'/ETSI.CAdES.detached', b'/ETSI.XXdES.detached'),
    'empty_contents': (b'/Contents <30', b'/Contents <>%'),
}


@pytest.mark.parametrize('kind', UNIVERSAL)
def test_universal_forgeries_are_not_sound(world, kind):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf(), visible=True)
    verdict = verify(in_place(signed, *UNIVERSAL[kind]), world.trust())
    assert verdict.conclusion in {Conclusion.ALTERED, Conclusion.UNCLEAR, Conclusion.INVALID}, verdict
    assert not any(one.sound for one in verdict.signatures)


def test_a_wrapped_signature_is_not_sound(world):  # R8.3
    """The signed bytes moved behind others, and the range of bytes with them."""
    signed = signed_elsewhere(world, kinds.text_pdf())
    found = re.search(rb'/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]', signed)
    first, second = int(found[2]), int(found[3])
    padding = b'% bytes that nobody signed\n' * 10
    moved = signed[:second] + padding + signed[second:]
    text = b'/ByteRange [0 %d %d %s]' % (first, second + len(padding), found[4])
    wrapped = moved[: found.start()] + text.ljust(found.end() - found.start()) + moved[found.end() :]
    verdict = verify(wrapped, world.trust())
    assert not verdict.genuine and not any(one.sound for one in verdict.signatures), verdict


@pytest.mark.parametrize('tail', [b'', b'xref\n0 0\n', b'trailer\n<</Root 1 0 R>>\n', b'startxref\n1\n%%EOF\n'])
def test_content_behind_without_an_update(world, tail):  # R8.3
    signed = signed_elsewhere(world, kinds.text_pdf())
    verdict = verify(signed + b'4 0 obj\n' + PAYMENT + b'\nendobj\n' + tail, world.trust())
    assert not verdict.genuine, verdict


def test_an_unreadable_signature_cannot_be_judged(world):  # R8.3
    first = signed_elsewhere(world, kinds.text_pdf())
    second = signed_elsewhere(world, first, 'Sig2', number=61)
    at = second.rindex(b'/Contents <') + len(b'/Contents <')
    broken = second[:at] + b'00' * 100 + second[at + 200 :]
    verdict = verify(broken, world.trust())
    assert (verdict.conclusion, verdict.reason) == (Conclusion.UNCLEAR, Reason.UNREADABLE), verdict
    assert [one.reason for one in verdict.signatures] == [Reason.UNREADABLE, Reason.SOUND]
    assert not verdict.changes and verdict.signatures[0].detail


# Files that are locked, shifted or damaged --------------------------------------------------------


@pytest.mark.parametrize('revision', [2, 3, 4, 6])
def test_owner_passwords_alone_do_not_hinder(world, revision):  # R8.3
    weak = {'metadata': False, 'aes': False} if revision < 4 else {}
    lock = pikepdf.Encryption(user='', owner='boss', R=revision, **weak)
    source = updates.changed(kinds.text_pdf(), lambda _pdf: None, encryption=lock)
    assert verify(source, world.trust()).conclusion is Conclusion.UNSIGNED


def test_signed_and_protected_by_an_owner_password(world):  # R8.3
    verdict = verify(kinds.signed_encrypted(), world.trust())
    assert (verdict.conclusion, verdict.reason) == (Conclusion.UNTRUSTED, Reason.UNTRUSTED_ROOT)
    assert verdict.signatures[0].intact


@pytest.mark.parametrize(
    ('make', 'reason'),
    [
        (kinds.encrypted, Reason.ENCRYPTED),
        (kinds.encrypted_for_certificates, Reason.ENCRYPTED_FOR_CERTIFICATES),
        (kinds.encrypted_otherwise, Reason.ENCRYPTED),
        (kinds.truncated, Reason.MALFORMED),
        (kinds.cyclic_pages, Reason.MALFORMED),
        (updates.broken_contents, Reason.MALFORMED),
        (updates.lost_page, Reason.MALFORMED),
    ],
)
def test_why_a_file_cannot_be_judged(world, make, reason):  # R8.3
    verdict = verify(make(), world.trust())
    assert (verdict.conclusion, verdict.reason) == (Conclusion.INVALID, reason), verdict.detail


JUNK = b'HTTP/1.1 200 OK\r\nX: y\r\n\r\n'


def test_junk_before_the_header(world):  # R8.3
    assert verify(kinds.junk_before(), world.trust()).conclusion is Conclusion.UNSIGNED
    assert verify(bytes(1020) + kinds.text_pdf(), world.trust()).reason is Reason.NOT_PDF
    signed = signed_elsewhere(world, kinds.text_pdf())
    verdict = verify(JUNK + signed, world.trust())
    # The signature holds; but there are bytes that nobody signed.
    assert verdict.kinds() == {ChangeKind.UNCOVERED} and verdict.signatures[0].intact and not verdict.covered
    assert verify(JUNK + edited(signed, edit_content), world.trust()).kinds() >= {ChangeKind.CONTENT}
