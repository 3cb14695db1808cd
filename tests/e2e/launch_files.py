"""Files that people upload: Word, pictures, protected and broken ones."""

import io
import zipfile

import pikepdf
from PIL import Image, ImageDraw

TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="word/document.xml"/></Relationships>"""
DOCUMENT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{paragraphs}
<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>"""
PARAGRAPH = '<w:p><w:r>{before}<w:t>{text}</w:t></w:r></w:p>'


def docx(*pages: str) -> bytes:
    """A Word document with one line on each A4 page."""
    paragraphs = ''.join(
        PARAGRAPH.format(before='<w:br w:type="page"/>' if number else '', text=text)
        for number, text in enumerate(pages)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as package:
        package.writestr('[Content_Types].xml', TYPES)
        package.writestr('_rels/.rels', RELATIONS)
        package.writestr('word/document.xml', DOCUMENT.format(paragraphs=paragraphs))
    return out.getvalue()


def picture(kind: str, size: tuple[int, int], *, turned: bool = False) -> bytes:
    """White paper with a red block in its upper left quarter, PNG or JPEG.

    :param turned: stored lying on its side, with the mark of cameras that says how it stands.
    """
    image = Image.new('RGB', size, 'white')
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(200, 20, 20))
    exif = Image.Exif()
    if turned:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[274] = 6  # to be turned by 90 degrees clockwise
    out = io.BytesIO()
    image.save(out, kind, **({'exif': exif} if turned else {}))
    return out.getvalue()


def protected(pdf: bytes) -> bytes:
    """The same, not to be opened without a password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner='owner', user='user'))
    return out.getvalue()
