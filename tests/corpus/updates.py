"""Updates of PDFs as other programs write them, byte by byte where no library would: sound ones and others."""

from __future__ import annotations

import io
import re

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.corpus import kinds


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **{'deterministic_id': 'encryption' not in options, **options})
    return out.getvalue()


def changed(source: bytes, change, **options: object) -> bytes:
    """The file as pikepdf writes it after ``change(pdf)``."""
    with pikepdf.open(io.BytesIO(source)) as pdf:
        change(pdf)
        return saved(pdf, **options)


# Linearised: both halves of the cross-references name the catalogue --------------------------------


def linearised_both_roots() -> bytes:
    """As Acrobat and the Adobe PDF Library write it, with cross-reference tables."""
    data = kinds.linearised()
    root = re.search(rb'/Root (\d+ \d+ R)', data)[0]
    at = data.rindex(b'trailer <<') + len(b'trailer <<')
    return _grown(data, at, b' ' + root)


def linearised_both_roots_streams() -> bytes:
    """The same with cross-reference streams; the older of the two stands last in the file."""
    data = changed(
        kinds.text_pdf(), lambda _pdf: None, linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
    )
    root = re.search(rb'/Root (\d+ \d+ R)', data)[0]
    at = data.rindex(b'/Type /XRef') + len(b'/Type /XRef')
    return _grown(data, at, b' ' + root)


def _grown(data: bytes, at: int, more: bytes) -> bytes:
    """``more`` put in at ``at``, behind all that offsets point to, and the stated length with it."""
    length = len(data) + len(more)
    stated = re.search(rb'/L (\d+) ', data)
    assert int(stated[1]) == len(data) and len(stated[1]) == len(str(length))
    data = data[:at] + more + data[at:]
    return data[: stated.start(1)] + str(length).encode() + data[stated.end(1) :]


# Raw updates --------------------------------------------------------------------------------------


def appended(data: bytes, objects: dict[int, bytes], freed: dict[int, int] | None = None) -> bytes:
    """An update with a cross-reference table.

    :param objects: bodies by number (generation 0).
    :param freed: numbers with the generation that their free entry states.
    """
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    out = bytearray(data if data.endswith(b'\n') else data + b'\n')
    entries: dict[int, bytes] = {}
    for number, body in objects.items():
        entries[number] = b'%010d 00000 n \n' % len(out)
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body)
    for number, generation in (freed or {}).items():
        entries[number] = b'%010d %05d f \n' % (0, generation)
    start = len(out)
    out += b'xref\n' + b''.join(b'%d 1\n%s' % one for one in sorted(entries.items()))
    size = max(int(reader.trailer['/Size']), *(number + 1 for number in entries))
    root = reader.trailer.raw_get('/Root')
    out += b'trailer\n<</Size %d/Root %d %d R/Prev %d' % (size, root.idnum, root.generation, reader.last_startxref)
    if '/ID' in reader.trailer:
        out += b'/ID [<%s><%s>]' % tuple(one.original_bytes.hex().encode() for one in reader.trailer['/ID'])
    return bytes(out) + b'>>\nstartxref\n%d\n%%%%EOF\n' % start


def awaiting(number: int = 999) -> bytes:
    """A page whose contents name an object that is not there: nothing, for whoever looks at it."""
    data = changed(
        kinds.text_pdf(),
        lambda pdf: setattr(pdf.pages[0], 'Contents', Array([pdf.pages[0].obj.Contents])),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    reader = PdfFileReader(io.BytesIO(data))
    page = reader.root['/Pages']['/Kids'].raw_get(0)
    contents = page.get_object()['/Contents'].raw_get(0)
    box = page.get_object()['/MediaBox']
    font = page.get_object()['/Resources']
    out = io.BytesIO()
    font.write_to_stream(out, None)
    parent = page.get_object().raw_get('/Parent')
    body = b'<</Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents [%d 0 R %d 0 R] /Resources %s>>' % (
        parent.idnum, round(box[2]), round(box[3]), contents.idnum, number, out.getvalue(),
    )  # fmt: skip
    return appended(data, {page.idnum: body})


def unused() -> tuple[bytes, int]:
    """A file with an object that nothing refers to, and its number."""
    data = changed(kinds.text_pdf(), lambda _pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    number = int(PdfFileReader(io.BytesIO(data)).trailer['/Size'])
    return appended(data, {number: b'<</Leftover true>>'}), number


def odd_metadata() -> bytes:
    """Metadata without the envelope of XMP; many programs write some."""
    text = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>'
    return changed(
        kinds.text_pdf(),
        lambda pdf: setattr(pdf.Root, 'Metadata', pdf.make_stream(text, Type=Name.Metadata, Subtype=Name.XML)),
        fix_metadata_version=False,
    )


def dotted_field() -> bytes:
    """A form whose field has a full stop in its own name, which ISO 32000-1 12.7.3.2 forbids."""
    return changed(kinds.form(need=False), lambda pdf: setattr(pdf.Root.AcroForm.Fields[0], 'T', String('a.b')))


def tagged(pages: int = 2, elements: int = 3, *, alone: bool = False) -> bytes:
    """A tagged document, as Word writes it: a structure tree with elements for each page.

    :param alone: each page's last element has one kid, named without an array.
    """

    def tag(pdf: pikepdf.Pdf) -> None:
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root, K=Array()))
        root.K = document if alone else Array([document])
        numbers = Array()
        for index, page in enumerate(pdf.pages):
            listed = Array()
            for number in range(elements):
                kid = Dictionary(Type=Name.StructElem, S=Name.P, P=document, Pg=page.obj, K=number)
                listed.append(pdf.make_indirect(kid))
            document.K.extend(listed)
            if alone:
                kid = Dictionary(Type=Name.StructElem, S=Name.Span, P=listed[-1], Pg=page.obj, K=elements)
                listed[-1].K = pdf.make_indirect(kid)
                listed.append(listed[-1].K)
            page.obj.StructParents = index
            numbers.extend([index, pdf.make_indirect(listed)])
        root.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
        pdf.Root.StructTreeRoot = root
        pdf.Root.MarkInfo = Dictionary(Marked=True)

    return changed(kinds.text_pdf(pages), tag)


def broken_contents() -> bytes:
    """A page whose packed contents are damaged in the middle; cross-references are fine."""
    data = changed(kinds.text_pdf(), lambda _pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        raw = pdf.pages[0].obj.Contents.read_raw_bytes()
    at = data.index(raw) + len(raw) // 2
    return data[:at] + bytes(8) + data[at + 8 :]


def lost_page() -> bytes:
    """The cross-reference of a page points into nothing."""
    data = changed(kinds.text_pdf(), lambda _pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = pdf.pages[1].obj.objgen[0]
    return data.replace(b'\n%d 0 obj' % number, b'\n0 %d obj' % number)
