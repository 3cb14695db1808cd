"""Ways of tampering with a signed document, for the tests of the verdict and of the verification page."""

from __future__ import annotations

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing.acts.fields import signature_fields
from signing.acts.verdict import ChangeKind

from tests.signing.acts_support import StockSigner


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


def stock_signed(content, signatory):
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    out = io.BytesIO()
    meta = PdfSignatureMetadata(field_name='attacker', subfilter=SigSeedSubFilter.PADES, md_algorithm='sha256')
    PdfSigner(meta, StockSigner(signatory.key)).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(content)), output=out, bytes_reserved=16384
    )
    return out.getvalue()


def stock_stamped(content, stamper):
    """Add a document time stamp as any program can: it looks at nothing that is in the file."""
    from pyhanko.sign.signers import PdfTimeStamper

    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    PdfTimeStamper(stamper).timestamp_pdf(writer, 'sha256', output=out)
    return out.getvalue()
