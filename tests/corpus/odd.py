"""PDFs that are sound for most readers and a trap for one of them, each with its right answer."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from tests.corpus.marks import opened, save


def raw(objects: list[bytes], *, root: int = 1, extra: bytes = b'') -> bytes:
    """A file of these objects, numbered from 1, with a table that is right."""
    body = bytearray(b'%PDF-1.4\n')
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b'%d 0 obj\n%s\nendobj\n' % (number, content)
    at = len(body)
    body += b'xref\n0 %d\n0000000000 65535 f \n' % (len(objects) + 1)
    body += b''.join(b'%010d 00000 n \n' % offset for offset in offsets)
    body += b'trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n' % (len(objects) + 1, root, extra, at)
    return bytes(body)


def stream(content: bytes, entries: bytes = b'') -> bytes:
    return b'<</Length %d%s>>\nstream\n%s\nendstream' % (len(content), entries, content)


CONTENT = b'BT /F1 24 Tf 50 700 Td (Contract) Tj ET 50 600 200 60 re S'
FONT = b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'
PAGE = b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>%s>>'


def tiny(*, catalog: bytes = b'', page: bytes = b'', font: bytes = FONT, more: tuple[bytes, ...] = ()) -> bytes:
    """One page of a thousand bytes; further objects are numbered from 6."""
    return raw(
        [
            b'<</Type/Catalog/Pages 2 0 R%s>>' % catalog,
            b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
            PAGE % page,
            stream(CONTENT),
            font,
            *more,
        ]
    )


def raw_font_name() -> bytes:
    """A font named in GBK, byte by byte, as Chinese writers did."""
    return tiny(font=b'<</Type/Font/Subtype/TrueType/BaseFont/\xcb\xce\xcc\xe5/Encoding/WinAnsiEncoding>>')


def dangling() -> bytes:
    """References to objects that are not there (ISO 32000-1, 7.3.10: they mean null)."""
    return tiny(page=b'/Annots 77 0 R/Thumb 78 0 R', catalog=b'/Outlines 79 0 R')


def dangling_linearised() -> bytes:
    with pikepdf.open(io.BytesIO(tiny(page=b'/PieceInfo<</X 6 0 R>>', more=(b'(gone)',)))) as pdf:
        out = io.BytesIO()
        pdf.save(out, linearize=True, deterministic_id=True)
    return re.sub(rb'/X (\d+) 0 R', lambda found: b'/X %s 0 R' % (b'9' * len(found[1])), out.getvalue())


XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="%d" pdfaid:conformance="B"/></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)


def content_is_metadata() -> bytes:
    """Signing writes the metadata anew; here a page shows that very stream."""
    return tiny(catalog=b'/Metadata 4 0 R')


def odd_metadata_filter() -> bytes:
    return tiny(catalog=b'/Metadata 6 0 R', more=(stream(b'abc', b'/Type/Metadata/Subtype/XML/Filter/Odd'),))


def both_roots() -> bytes:
    """A linearised file both halves of which name the catalogue, as Acrobat writes them."""
    with pikepdf.open(io.BytesIO(tiny())) as pdf:
        out = io.BytesIO()
        pdf.save(out, linearize=True, deterministic_id=True)
    data = out.getvalue()
    root = re.search(rb'/Root (\d+ 0 R)', data)[1]
    at = data.rindex(b'trailer')
    return data[:at] + data[at:].replace(b'<<', b'<</Root ' + root, 1)


def picture_behind_two_filters() -> bytes:
    out = io.BytesIO()
    Image.new('RGB', (60, 40), (30, 90, 200)).save(out, 'JPEG')
    look = b'/Type/XObject/Subtype/Image/Width 60/Height 40/ColorSpace/DeviceRGB/BitsPerComponent 8'
    return raw(
        [
            b'<</Type/Catalog/Pages 2 0 R>>',
            b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
            b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>',
            stream(b'q 300 0 0 200 100 400 cm /I Do Q'),
            stream(zlib.compress(out.getvalue()), look + b'/Filter[/FlateDecode/DCTDecode]'),
        ]
    )


def broken_metadata() -> bytes:
    """No table, and a stream cut off that no page shows."""
    cut = zlib.compress(XMP * 9)[:-20]
    data = tiny(catalog=b'/Metadata 6 0 R', more=(stream(cut, b'/Type/Metadata/Subtype/XML/Filter/FlateDecode'),))
    return re.sub(rb'startxref\s+\d+', b'startxref\n5', data)


def broken_picture() -> bytes:
    """The same of a stream that a page shows."""
    look = b'/Type/XObject/Subtype/Image/Width 60/Height 40/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode'
    data = tiny(page=b'/Group 6 0 R', more=(stream(zlib.compress(bytes(range(250)) * 10)[:-20], look),))
    return re.sub(rb'startxref\s+\d+', b'startxref\n5', data)


def broken_runs() -> bytes:
    """An unseen stream that is not what its filters say."""
    return tiny(catalog=b'/Spare 6 0 R', more=(stream(b'zz', b'/Filter[/ASCIIHexDecode/LZWDecode]'),))


def usage_rights(*, direct: bool = False) -> bytes:
    """Reader-enabled (ISO 32000-1, 12.8.2.3): the form of a signature, but nobody's."""
    right = (
        b'<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 10 20 10]/Contents<3080>'
        b'/Reference[<</Type/SigRef/TransformMethod/UR3>>]>>'
    )
    if direct:
        return tiny(catalog=b'/Perms<</UR3%s>>' % right)
    return tiny(catalog=b'/Perms<</UR3 6 0 R>>', more=(right,))


def encrypted_for_people() -> bytes:
    handler = b'/Encrypt<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s4/V 2/Length 128/Recipients[<3080>]>>/ID[<00><00>]'
    return raw([b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[]/Count 0>>'], extra=handler)


def shared_annots() -> bytes:
    pdf = opened()
    shared = pdf.make_indirect(Array([]))
    for page in pdf.pages:
        page.obj.Annots = shared
    return save(pdf)


def shared_page() -> bytes:
    """One page object that stands twice in the tree."""
    pages = b'<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>'
    return raw([b'<</Type/Catalog/Pages 2 0 R>>', pages, PAGE % b'', stream(CONTENT), FONT])


def shared_page_without_table() -> bytes:
    """The same, damaged: the parser mends the tree by leaving the second one out."""
    return re.sub(rb'startxref\s+\d+', b'startxref\n5', shared_page())


def shared_parts() -> bytes:
    """Two pages of the same content and resources; a note on one of them is drawn upon that one alone."""
    pdf = opened()
    shared = pdf.make_indirect(pdf.pages[0].obj.Resources)
    for page in pdf.pages:
        page.obj.Resources, page.obj.Contents = shared, pdf.pages[0].obj.Contents
    mark = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([100, 330, 300, 380]), F=4, BS=Dictionary(W=3))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])
    return save(pdf)


def shared_parent() -> bytes:
    """One field that shows its value on two pages."""
    pdf = opened()
    parent = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String('city'), V=String('Shanghai'), DA=String('/Helv 12 Tf')))
    kids = []
    for page in pdf.pages:
        kid = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([100, 340, 300, 360]), F=4, Parent=parent)
        kids.append(pdf.make_indirect(kid))
        page.obj.Annots = Array([kids[-1]])
    parent.Kids = Array(kids)
    pdf.Root.AcroForm = Dictionary(Fields=Array([parent]), NeedAppearances=True)
    return save(pdf)


def hairlines() -> bytes:
    """A dense grid of the thinnest lines, in a note: flattening moves them by parts of a pixel."""
    pdf = opened()
    lines = b'0.1 w ' + b''.join(
        b'%.2f 0 m %.2f 400 l 0 %.2f m 400 %.2f l ' % ((step * 3.37,) * 4) for step in range(118)
    )
    look = pdf.make_stream(lines + b'S', Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 400]))
    mark = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([100.3, 100.7, 500.9, 499.2]), F=4)
    mark.AP = Dictionary(N=look)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])
    return save(pdf)


def archival(part: int = 1) -> bytes:
    return tiny(catalog=b'/Metadata 6 0 R', more=(stream(XMP % part, b'/Type/Metadata/Subtype/XML'),))


SECRET = b'attached-bytes-that-must-go'


def _file(pdf: Pdf) -> pikepdf.Object:
    content = pdf.make_stream(SECRET, Type=Name.EmbeddedFile)
    content = pdf.make_indirect(content)
    return pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String('a.txt'), EF=Dictionary(F=content)))


def associated_file() -> bytes:
    """A file attached to the document and to a page (/AF, ISO 32000-2, 14.13)."""
    pdf = opened()
    pdf.Root.AF = Array([_file(pdf)])
    pdf.pages[0].obj.AF = pdf.Root.AF
    return plain(pdf)


def file_note() -> bytes:
    pdf = opened()
    mark = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([72, 400, 92, 420]), F=4, FS=_file(pdf))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])
    return plain(pdf)


def plain(pdf: Pdf) -> bytes:
    """Saved without compression, so that bytes can be looked for."""
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, deterministic_id=True)
    return out.getvalue()


REPAIRED, TOLD = {'repaired'}, {'attachments_removed'}
# kind -> (maker, code of refusal or None, warnings when accepted; None where a repair may be needed or not)
TABLE = {
    'tiny': (tiny, None, set()),
    'raw_font_name': (raw_font_name, None, {'repaired', 'fonts_missing:宋体'}),
    'dangling': (dangling, None, None),
    'dangling_linearised': (dangling_linearised, None, None),
    'content_is_metadata': (content_is_metadata, None, REPAIRED),
    'odd_metadata_filter': (odd_metadata_filter, None, None),
    'both_roots': (both_roots, None, None),
    'picture_behind_two_filters': (picture_behind_two_filters, None, set()),
    'broken_metadata': (broken_metadata, None, REPAIRED),
    'broken_picture': (broken_picture, 'damaged', None),
    'broken_runs': (broken_runs, None, REPAIRED),
    'usage_rights': (usage_rights, None, {'usage_rights_removed'}),
    'usage_rights_direct': (lambda: usage_rights(direct=True), None, {'usage_rights_removed'}),
    'encrypted_for_people': (encrypted_for_people, 'encrypted_for_people', None),
    'shared_annots': (shared_annots, None, REPAIRED),
    'shared_page': (shared_page, None, None),
    'shared_page_without_table': (shared_page_without_table, 'damaged', None),
    'shared_parts': (shared_parts, None, {'notes_flattened'}),
    'shared_parent': (shared_parent, None, {'form_flattened'}),
    'hairlines': (hairlines, None, {'notes_flattened'}),
    'archival_1': (archival, None, {'archive_claim_removed'}),
    'archival_3': (lambda: archival(3), None, {'archive_claim_removed'}),
    'associated_file': (associated_file, None, TOLD),
    'file_note': (file_note, None, {'notes_flattened', 'attachments_removed'}),
}
