"""PDFs of every kind an upload can be: sound, odd, damaged, signed, hostile."""

from __future__ import annotations

import datetime as dt
import io
import re
import zlib
from functools import cache

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pikepdf import Array, Dictionary, Encryption, Name, Pdf, String
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from signing.pages.glyphs import FontStyle, face


def chinese_font() -> str:
    """The name of a font that reportlab embeds a subset of."""
    if 'Kai' not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont('Kai', str(face(FontStyle.KAI).path)))
    return 'Kai'


@cache
def text_pdf(pages: int = 2, *, invariant: int = 1) -> bytes:
    """A contract of a few lines a page, Chinese in an embedded subset."""
    font = chinese_font()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595.276, 841.89), invariant=invariant)
    for page in range(1, pages + 1):
        canvas.setFont(font, 14)
        canvas.drawString(72, 760, f'电子合同 第{page}页 共{pages}页')
        canvas.drawString(72, 700, '甲方（盖章）：北京智慧云签信息科技有限公司')
        canvas.drawString(72, 660, '乙方(签字)：王小明')
        canvas.setFont('Helvetica', 11)
        canvas.drawString(72, 620, f'Contract No. 2026-{page:04d}, signed in two copies.')
        canvas.rect(72, 100, 300, 200)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _save(pdf: Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **{'deterministic_id': 'encryption' not in options, **options})
    return out.getvalue()


def _open() -> Pdf:
    return pikepdf.open(io.BytesIO(text_pdf()))


def linearised() -> bytes:
    return _save(_open(), linearize=True)


def object_streams() -> bytes:
    return _save(_open(), object_stream_mode=pikepdf.ObjectStreamMode.generate)


def pdf_2_0() -> bytes:
    return _save(_open(), force_version='2.0', object_stream_mode=pikepdf.ObjectStreamMode.generate)


def many_pages() -> bytes:
    return text_pdf(300)


def cid_font() -> bytes:
    """Chinese text in a font that is not embedded."""
    pdfmetrics.registerFont(UnicodeCIDFont('STSong-Light'))
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont('STSong-Light', 20)
    canvas.drawString(72, 700, '合同专用章')
    canvas.save()
    return out.getvalue()


def encrypted() -> bytes:
    return _save(_open(), encryption=Encryption(user='open sesame', owner='boss', R=6))


def owner_password() -> bytes:
    return _save(_open(), encryption=Encryption(user='', owner='boss', R=4))


def hybrid_xref() -> bytes:
    """A classic table whose trailer also points to a cross-reference stream (ISO 32000-2, 7.5.8.4)."""
    data = text_pdf()
    size = int(re.search(rb'/Size (\d+)', data)[1])
    at = data.rindex(b'xref\n0 ')
    body = bytearray(data[:at])
    stream_at = len(body)
    packed = zlib.compress(b'\x01' + stream_at.to_bytes(4, 'big') + b'\x00')
    body += b'%d 0 obj\n<</Type/XRef/Size %d/W[1 4 1]/Index[%d 1]/Filter/FlateDecode/Length %d>>stream\n' % (
        size,
        size + 1,
        size,
        len(packed),
    )
    body += packed + b'\nendstream\nendobj\n'
    table_at = len(body)
    tail = data[at:].replace(b'/Size', b'/XRefStm %d /Size' % stream_at)
    tail = re.sub(rb'startxref\s+\d+', b'startxref\n%d' % table_at, tail)
    return bytes(body) + tail


def wrong_startxref() -> bytes:
    return re.sub(rb'startxref\s+\d+', b'startxref\n17', text_pdf())


def missing_eof() -> bytes:
    return text_pdf().rstrip().removesuffix(b'%%EOF')


def junk_before() -> bytes:
    return b'HTTP/1.1 200 OK\r\nX: y\r\n\r\n' + text_pdf()


def junk_after() -> bytes:
    return text_pdf() + b'\n<!-- appended by a mail gateway -->\n' * 8


def truncated() -> bytes:
    data = text_pdf()
    return data[: len(data) * 2 // 3]


def xfa() -> bytes:
    pdf = _open()
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b'<xdp:xdp/>'))
    return _save(pdf)


def javascript() -> bytes:
    pdf = _open()
    script = Dictionary(S=Name.JavaScript, JS=String('app.alert(1)'))
    pdf.Root.OpenAction = script
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String('x'), pdf.make_indirect(script)])))
    pdf.pages[0].obj.AA = Dictionary(O=script)
    link = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([0, 0, 9, 9]),
        A=Dictionary(S=Name.Launch, F=String('x')),
    )
    safe = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([0, 9, 9, 18]),
        A=Dictionary(S=Name.URI, URI=String('http://x')),
    )
    pdf.pages[0].Annots = Array([pdf.make_indirect(link), pdf.make_indirect(safe)])
    return _save(pdf)


def form(*, value: str = 'Shanghai', appearance: bool = True, need: bool = True) -> bytes:
    """A text field with a value."""
    pdf = _open()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    widget = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String('city'),
            V=String(value),
            DA=String('/Helv 12 Tf 0 g'),
            Rect=Array([100, 400, 300, 430]),
            F=4,
            P=pdf.pages[0].obj,
        )
    )
    if appearance:
        drawn = pdf.make_stream(b'/Tx BMC q BT /Helv 12 Tf 2 8 Td (Shanghai) Tj ET Q EMC')
        drawn.Type, drawn.Subtype = Name.XObject, Name.Form
        drawn.BBox = Array([0, 0, 200, 30])
        drawn.Resources = Dictionary(Font=Dictionary(Helv=font))
        widget.AP = Dictionary(N=drawn)
    pdf.pages[0].Annots = Array([widget])
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([widget]),
        DR=Dictionary(Font=Dictionary(Helv=font)),
        DA=String('/Helv 12 Tf 0 g'),
    )
    if need:
        pdf.Root.AcroForm.NeedAppearances = True
    return _save(pdf)


def need_appearances() -> bytes:
    return form()


def attachment() -> bytes:
    pdf = _open()
    pdf.attachments['a.txt'] = b'hello'
    return _save(pdf)


def portfolio() -> bytes:
    pdf = _open()
    pdf.Root.Collection = Dictionary(Type=Name.Collection)
    return _save(pdf)


def layers() -> bytes:
    pdf = _open()
    pdf.Root.OCProperties = Dictionary(OCGs=Array(), D=Dictionary())
    return _save(pdf)


def external_stream() -> bytes:
    pdf = _open()
    outside = pdf.make_stream(b'')
    outside.F = String('/etc/passwd')
    pdf.pages[0].Resources.Outside = outside
    return _save(pdf)


def reference_form() -> bytes:
    pdf = _open()
    item = pdf.make_stream(b'')
    item.Type, item.Subtype, item.BBox = Name.XObject, Name.Form, Array([0, 0, 1, 1])
    item.Ref = Dictionary(F=String('other.pdf'), Page=0)
    pdf.pages[0].Resources.Outside = item
    return _save(pdf)


def bomb(size: int = 600 * 1024 * 1024) -> bytes:
    """Half a gigabyte of zeros in a page's content: about 600 KB."""
    engine = zlib.compressobj(9)
    chunk = bytes(1 << 20)
    packed = b''.join([engine.compress(chunk) for _ in range(size >> 20)] + [engine.flush()])
    pdf = _open()
    pdf.pages[0].Contents = Pdf.make_stream(pdf, packed, Filter=Name.FlateDecode)
    return _save(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def nested_bomb() -> bytes:
    """Zeros deflated twice: tiny outside, harmless to a single pass, vast to a reader."""
    pdf = _open()
    packed = zlib.compress(zlib.compress(bytes(200 * 1024 * 1024), 9), 9)
    pdf.pages[0].Contents = Pdf.make_stream(pdf, packed, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    return _save(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def huge_image() -> bytes:
    pdf = _open()
    image = pdf.make_stream(b'\0')
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height, image.BitsPerComponent = 60000, 60000, 1
    image.ColorSpace = Name.DeviceGray
    pdf.pages[0].Resources.XObject = Dictionary(Huge=image)
    return _save(pdf)


def cyclic_pages() -> bytes:
    """A page tree that contains itself."""
    data = _save(_open(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    match = re.search(rb'/Kids \[ (\d+) 0 R', data)
    number = re.search(rb'/Pages (\d+) 0 R', data)[1]
    assert match and len(number) == len(match[1])
    return data[: match.start(1)] + number + data[match.end(1) :]


@cache
def signer() -> signers.SimpleSigner:
    """A throw-away self-signed signer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Corpus')])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(key, hashes.SHA256())
    )
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        cert_registry=SimpleCertificateStore(),
    )


def _signed(permission: fields.MDPPerm | None = None, *, base: bytes | None = None, extra_field: bool = False) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(base or text_pdf()), strict=base is None)
    if extra_field:
        fields.append_signature_field(writer, fields.SigFieldSpec('Free', box=(10, 10, 90, 60)))
    meta = signers.PdfSignatureMetadata(
        field_name='Sig1',
        certify=permission is not None,
        docmdp_permissions=permission or fields.MDPPerm.FILL_FORMS,
        md_algorithm='sha256',
    )
    return signers.sign_pdf(writer, meta, signer=signer()).getvalue()


@cache
def approved() -> bytes:
    return _signed()


@cache
def certified_p1() -> bytes:
    return _signed(fields.MDPPerm.NO_CHANGES)


@cache
def certified_p2() -> bytes:
    return _signed(fields.MDPPerm.FILL_FORMS, extra_field=True)


def signed_damaged() -> bytes:
    return approved() + b'\ntrailing junk\n' * 5


def signed_javascript() -> bytes:
    return _signed(base=javascript())


def signed_encrypted() -> bytes:
    pdf = Pdf.open(io.BytesIO(text_pdf()))
    data = _save(pdf, encryption=Encryption(user='', owner='boss', R=6))
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.encrypt('')
    meta = signers.PdfSignatureMetadata(field_name='Sig1', md_algorithm='sha256')
    return signers.sign_pdf(writer, meta, signer=signer()).getvalue()


def signed_hybrid() -> bytes:
    return _signed(base=hybrid_xref())


def rewritten_by_pyhanko() -> bytes:
    out = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(text_pdf()))).write(out)
    return out.getvalue()


# kind -> (maker, code of refusal or None, warnings when accepted)
TABLE = {
    'plain': (text_pdf, None, set()),
    'linearised': (linearised, None, set()),
    'object_streams': (object_streams, None, set()),
    'pdf_2_0': (pdf_2_0, None, set()),
    'many_pages': (many_pages, None, set()),
    'cid_font': (cid_font, None, {'fonts_missing:STSong-Light'}),
    'rewritten_by_pyhanko': (rewritten_by_pyhanko, None, set()),
    'hybrid_xref': (hybrid_xref, None, {'hybrid'}),
    'wrong_startxref': (wrong_startxref, None, {'repaired'}),
    'missing_eof': (missing_eof, None, {'repaired'}),
    'junk_before': (junk_before, None, {'repaired'}),
    'junk_after': (junk_after, None, {'repaired'}),
    'javascript': (javascript, None, {'javascript', 'actions'}),
    'need_appearances': (need_appearances, None, {'form_flattened'}),
    'attachment': (attachment, None, {'attachments_removed'}),
    'layers': (layers, None, {'layers'}),
    'approved': (approved, None, set()),
    'certified_p2': (certified_p2, None, set()),
    'encrypted': (encrypted, 'password', set()),
    'owner_password': (owner_password, 'owner_password', set()),
    'truncated': (truncated, 'damaged', set()),
    'xfa': (xfa, 'xfa', set()),
    'portfolio': (portfolio, 'portfolio', set()),
    'external_stream': (external_stream, 'external_content', set()),
    'reference_form': (reference_form, 'external_content', set()),
    'bomb': (bomb, 'bomb', set()),
    'nested_bomb': (nested_bomb, 'bomb', set()),
    'huge_image': (huge_image, 'image_too_large', set()),
    'cyclic_pages': (cyclic_pages, 'damaged', set()),
    'certified_p1': (certified_p1, 'certified_no_changes', set()),
    'signed_damaged': (signed_damaged, 'signed_damaged', set()),
    'signed_javascript': (signed_javascript, 'signed_active_content', set()),
    'signed_encrypted': (signed_encrypted, 'signed_encrypted', set()),
    'signed_hybrid': (signed_hybrid, 'signed_hybrid', set()),
}
