"""PDFs with notes and fields that readers draw themselves, or that lie about what they show."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.corpus.kinds import text_pdf

RECT = (100, 330, 300, 380)  # where the contract has nothing but paper
Entries = Mapping[str, Any]


def save(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def opened() -> Pdf:
    return pikepdf.open(io.BytesIO(text_pdf()))


def with_marks(*marks: Entries, page: int = 0) -> bytes:
    """The contract with notes of these entries on a page."""
    pdf = opened()
    made = [
        pdf.make_indirect(Dictionary({'/Type': Name.Annot, '/Rect': Array(RECT), '/F': 4, **mark})) for mark in marks
    ]
    pdf.pages[page].obj.Annots = Array(made)
    return save(pdf)


def note(kind: str, **entries: Any) -> bytes:
    """The contract with one note without any appearance."""
    named = {f'/{key}': value for key, value in entries.items()}
    return with_marks({'/Subtype': Name(f'/{kind}'), **named})


QUAD = Array([100, 380, 300, 380, 100, 360, 300, 360])
BLUE, YELLOW = Array([0, 0, 1]), Array([1, 1, 0])
THICK = Dictionary(W=3)

# What poppler draws without an appearance, with the entries that make it.
DRAWN: dict[str, Callable[[], bytes]] = {
    'free_text': lambda: note('FreeText', Contents=String('Clause: 500'), DA=String('/Helv 12 Tf 1 0 0 rg')),
    'line': lambda: note('Line', L=Array([110, 340, 290, 370]), C=BLUE),
    'line_arrow': lambda: note(
        'Line', L=Array([110, 340, 290, 370]), C=BLUE, BS=THICK, LE=Array([Name.OpenArrow, Name.ClosedArrow])
    ),
    'square': lambda: note('Square', C=BLUE, BS=THICK),
    'square_filled': lambda: note('Square', C=BLUE, IC=YELLOW),
    'circle': lambda: note('Circle', C=BLUE, BS=THICK),
    'dashed': lambda: note('Square', C=BLUE, BS=Dictionary(W=2, S=Name.D, D=Array([6, 4]))),
    'polygon': lambda: note('Polygon', C=BLUE, Vertices=Array([110, 340, 290, 340, 200, 375])),
    'polyline': lambda: note('PolyLine', C=BLUE, Vertices=Array([110, 340, 290, 340, 200, 375])),
    'ink': lambda: note('Ink', C=BLUE, InkList=Array([Array([110, 340, 200, 375, 290, 340])])),
    'highlight': lambda: note('Highlight', C=YELLOW, QuadPoints=QUAD),
    'underline': lambda: note('Underline', C=BLUE, QuadPoints=QUAD),
    'strike_out': lambda: note('StrikeOut', C=BLUE, QuadPoints=QUAD),
}
# What readers draw with icons of their own, each another, or not at all.
LIKE_READERS: dict[str, Callable[[], bytes]] = {
    'squiggly': lambda: note('Squiggly', C=BLUE, QuadPoints=QUAD),
    'note': lambda: note('Text', Contents=String('see page 2')),
    'free_text_chinese': lambda: note(
        'FreeText', Contents=String('补充条款：价格五百元'), DA=String('/Helv 12 Tf 0 g')
    ),
}
# Kind -> what the refusal names.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    'stamp': (lambda: note('Stamp', Name=Name.Approved), 'Stamp'),
    'caret': (lambda: note('Caret'), 'Caret'),
    'redact': (lambda: note('Redact', QuadPoints=QUAD), 'Redact'),
    'movie': (lambda: note('Movie'), 'Movie'),
    'line_with_leaders': (lambda: note('Line', L=Array([110, 340, 290, 370]), LL=20), 'Line'),
    'line_without_points': (lambda: note('Line'), 'Line'),
    'ink_of_nothing': (lambda: note('Ink', InkList=Array([Array([])])), 'Ink'),
    'half_a_quadrilateral': (lambda: note('Highlight', QuadPoints=Array([1, 2, 3, 4])), 'Highlight'),
    'call_out': (lambda: note('FreeText', Contents=String('x'), CL=Array([1, 2, 3, 4])), 'FreeText'),
    'too_long': (lambda: note('FreeText', Contents=String('x ' * 4000)), 'FreeText'),
    'unknown_sign': (lambda: note('FreeText', Contents=String('\U0001f9ff')), 'FreeText'),
}


def picture(pdf: Pdf, content: bytes, *, box: tuple[float, ...] = (0, 0, 200, 50)) -> Any:
    """A form XObject that shows ``content``; text in Helvetica as /Helv."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    resources = Dictionary(Font=Dictionary(Helv=font))
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array(box), Resources=resources)


def hidden(**entries: Any) -> bytes:
    """A red stamp with an appearance, and entries that hide it."""
    pdf = opened()
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String('Draft')))
    mark = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(RECT), F=entries.pop('F', 4))
    mark.AP = Dictionary(N=picture(pdf, b'1 0 0 rg 0 0 200 50 re f'))
    if member := entries.pop('member', None):
        mark.OC = pdf.make_indirect(Dictionary(Type=Name.OCMD, OCGs=Array([layer]), P=Name(member)))
    else:
        mark.OC = layer
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])
    off = {'OFF': Array([layer])} if entries.pop('off', False) else {}
    default = Dictionary({f'/{key}': value for key, value in {**off, **entries}.items()})
    if entries.pop('on', False):
        default.ON = Array([layer])
        del default['/on']
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=default)
    return save(pdf)


# Kind -> (maker, whether the stamp is seen).
LAYERS: dict[str, tuple[Callable[[], bytes], bool]] = {
    'on': (hidden, True),
    'off': (lambda: hidden(off=True), False),
    'base_off': (lambda: hidden(BaseState=Name.OFF), False),
    'base_off_but_on': (lambda: hidden(BaseState=Name.OFF, on=True), True),
    'member_of_off': (lambda: hidden(off=True, member='/AnyOn'), False),
    'member_unless_off': (lambda: hidden(off=True, member='/AllOff'), True),
    'hidden_flag': (lambda: hidden(F=2), False),
    'print_only': (lambda: hidden(F=4 | 32), False),
}


def field(
    *,
    look: bytes | None = None,
    states: Mapping[str, bytes] | None = None,
    need: bool = True,
    parent: Entries | None = None,
    **entries: Any,
) -> bytes:
    """A form with one field; its appearance draws ``look``, or one of ``states``."""
    pdf = opened()
    widget = pdf.make_indirect(
        Dictionary(
            {
                '/Type': Name.Annot,
                '/Subtype': Name.Widget,
                '/Rect': Array([100, 340, 300, 360]),
                '/F': 4,
                '/DA': String('/Helv 12 Tf 0 g'),
                '/T': String('field'),
                **{f'/{key}': value for key, value in entries.items()},
            }
        )
    )
    if look is not None:
        widget.AP = Dictionary(N=picture(pdf, look, box=(0, 0, 200, 20)))
    if states is not None:
        widget.AP = Dictionary(N=Dictionary({f'/{key}': picture(pdf, content) for key, content in states.items()}))
    top = widget
    if parent is not None:
        top = pdf.make_indirect(Dictionary({**parent, '/T': String('group'), '/Kids': Array([widget])}))
        widget.Parent = top
    pdf.pages[0].obj.Annots = Array([widget])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([top]), DR=Dictionary(Font=Dictionary(Helv=font)), DA=String('/Helv 12 Tf 0 g')
    )
    if need:
        pdf.Root.AcroForm.NeedAppearances = True
    return save(pdf)


def text(value: str, says: str | None = None, **entries: Any) -> bytes:
    """A text field with a value, whose appearance says something or other."""
    look = None if says is None else b'/Tx BMC q BT /Helv 12 Tf 2 6 Td (%s) Tj ET Q EMC' % says.encode('cp1252')
    return field(look=look, FT=Name.Tx, V=String(value), **entries)


OPTIONS = Array([Array([String('a'), String('Anhui')]), Array([String('b'), String('Beijing')])])
CELLS = 1 << 24
MULTILINE = 1 << 12

# Kind -> (maker, text that must be read on the page, text that must not).
VALUES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    'no_appearance': (lambda: text('Salary 9000'), 'Salary 9000', ''),
    'outdated': (lambda: text('Salary 9000', 'Salary 1000'), 'Salary 9000', '1000'),
    'outdated_unasked': (lambda: text('Salary 9000', 'Salary 1000', need=False), 'Salary 9000', '1000'),
    'blank': (lambda: text('Salary 9000', ''), 'Salary 9000', ''),
    'blank_unasked': (lambda: text('Salary 9000', '', need=False), 'Salary 9000', ''),
    'emptied': (lambda: text('', 'Salary 1000'), '', '1000'),
    'up_to_date': (lambda: text('Salary 9000', 'Salary 9000'), 'Salary 9000', ''),
    'formatted': (lambda: text('9000', '9,000.00', need=False), '9,000.00', ''),
    'formatted_date': (lambda: text('20260102', '2026-01-02', need=False), '2026-01-02', ''),
    'another_amount': (lambda: text('9000', '19000', need=False), '9000', '19000'),
    'chinese': (lambda: text('月薪九千元'), '月薪九千元', ''),
    'chinese_blank': (lambda: text('月薪九千元', ''), '月薪九千元', ''),
    'chinese_of_parent': (
        lambda: field(parent={'/FT': Name.Tx, '/V': String('月薪九千元'), '/DA': String('/Helv 0 Tf 0 g')}),
        '月薪九千元',
        '',
    ),
    'several_lines': (
        lambda: text('第一行文字\r第二行', Ff=MULTILINE, Rect=Array([100, 330, 200, 390])),
        '第一行文字',
        '',
    ),
    'long_line': (lambda: text('a long value that needs smaller letters', DA=String('/Helv 12 Tf')), 'smaller', ''),
    'cells': (lambda: text('12345', Ff=CELLS, MaxLen=8), '12345', ''),
    'centred': (lambda: text('middle', Q=1, MK=Dictionary(BC=BLUE, BG=YELLOW)), 'middle', ''),
    'right': (lambda: text('right', Q=2, MK=Dictionary(BC=BLUE), BS=Dictionary(S=Name.U, W=1)), 'right', ''),
    'choice': (lambda: field(FT=Name.Ch, Ff=1 << 17, V=String('b'), Opt=OPTIONS), 'Beijing', 'Anhui'),
    'on_a_ground': (lambda: text('kept', MK=Dictionary(BG=YELLOW)), 'kept', ''),
    'push_button': (
        lambda: field(FT=Name.Btn, Ff=1 << 16, MK=Dictionary(CA=String('Press'), BG=YELLOW)),
        'Press',
        '',
    ),
    'hidden_empty': (lambda: text('', F=2), '', ''),
}
TICK = {'Yes': b'0 0 1 rg 0 0 200 50 re f', 'Off': b''}
# Kind -> (maker, whether the box is ticked).
BOXES: dict[str, tuple[Callable[[], bytes], bool]] = {
    'ticked': (lambda: field(FT=Name.Btn, states=TICK, AS=Name.Yes, V=Name.Yes), True),
    'not_ticked': (lambda: field(FT=Name.Btn, states=TICK, AS=Name.Off, V=Name.Off), False),
    'without_value': (lambda: field(FT=Name.Btn, states=TICK, AS=Name.Yes), True),
    'drawn': (lambda: field(FT=Name.Btn, AS=Name.Yes, V=Name.Yes, MK=Dictionary(CA=String('4'))), True),
    'drawn_off': (lambda: field(FT=Name.Btn, AS=Name.Off, V=Name.Off), False),
    'drawn_radio': (
        lambda: field(AS=Name.One, parent={'/FT': Name.Btn, '/Ff': 1 << 15, '/V': Name.One}),
        True,
    ),
    'another_radio': (
        lambda: field(AS=Name.Off, parent={'/FT': Name.Btn, '/Ff': 1 << 15, '/V': Name.Two}),
        False,
    ),
}
# Fields that readers show in more than one way, or not at all.
FIELDS_REFUSED: dict[str, Callable[[], bytes]] = {
    'ticked_by_value_alone': lambda: field(FT=Name.Btn, states=TICK, AS=Name.Off, V=Name.Yes),
    'ticked_by_look_alone': lambda: field(FT=Name.Btn, states=TICK, AS=Name.Yes, V=Name.Off),
    'ticked_by_an_unknown_state': lambda: field(FT=Name.Btn, states=TICK, AS=Name.On, V=Name.Yes),
    'no_state': lambda: field(FT=Name.Btn, states=TICK, V=Name.Yes),
    'unknown_tick': lambda: field(FT=Name.Btn, AS=Name.Yes, MK=Dictionary(CA=String('中'))),
    'password': lambda: text('secret', Ff=1 << 13),
    'list': lambda: field(FT=Name.Ch, V=String('b'), Opt=OPTIONS),
    'too_long': lambda: text('much too long ' * 40),
    'too_many_cells': lambda: text('123456789', Ff=CELLS, MaxLen=4),
    'turned': lambda: text('turned', MK=Dictionary(R=90)),
    'no_sign': lambda: text('\U0001f9ff'),
}
