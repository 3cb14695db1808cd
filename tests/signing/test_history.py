"""The faster reader says what pyHanko's own says, object by object and path by path."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from signing.acts import links
from signing.acts.history import HistoryReader, View
from signing.acts.prepare import LaunchMode
from signing.acts.verify import verify

from tests.corpus import kinds, updates
from tests.signing.acts_cases import Contract
from tests.signing.acts_forgeries import ATTACKS, edited
from tests.signing.acts_support import World


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module', params=list(LaunchMode))
def contract(world, request) -> Contract:
    return Contract(world, request.param, form=True).all_sign()


def both(content: bytes) -> tuple[HistoryReader, PdfFileReader]:
    return HistoryReader(io.BytesIO(content)), PdfFileReader(io.BytesIO(content), strict=True)


def same_usages(content: bytes, *, walked: bool = False) -> int:
    """Compare where every object is used, in every revision; return how many paths there were."""
    ours, stock = both(content)
    total = 0
    for number in range(ours.total_revisions):
        view, other = ours.get_historical_resolver(number), stock.get_historical_resolver(number)
        other._load_reverse_xref_cache()
        for key in ours.links.written:
            expected = other._get_usages_of_ref(generic.Reference(*key, pdf=stock))
            assert view._get_usages_of_ref(generic.Reference(*key, pdf=ours)) == expected, (number, key)
            total += len(expected)
        assert view._walked is walked
    return total


@pytest.mark.parametrize('attack', [None, *(one for one, _ in ATTACKS)])
def test_the_same_paths(contract, attack):  # R8.3
    content = contract.content if attack is None else edited(contract.content, attack)
    assert same_usages(content) > 400


def test_the_same_paths_backwards_in_time(contract):
    ours, _ = both(contract.content)
    newest = ours.total_revisions - 1
    ref = ours.root_ref
    found = [len(ours.get_historical_resolver(n)._get_usages_of_ref(ref)) for n in (newest, 0, newest - 1)]
    assert found == [1, 1, 1]


def test_loops_through_the_catalogue(contract):
    def loop(writer):
        reference = generic.IndirectObject(writer.root_ref.idnum, 0, writer)
        writer.root[pdf_name('/Loop')] = writer.add_object(generic.DictionaryObject({pdf_name('/Back'): reference}))
        writer.update_root()
        writer.set_info(writer.add_object(generic.DictionaryObject({pdf_name('/Odd'): reference})))

    assert same_usages(edited(contract.content, loop)) > 400


@pytest.mark.parametrize('alone', [False, True])
def test_the_same_paths_in_tagged_documents(world, alone):  # R8.3
    source = updates.tagged(alone=alone)
    assert same_usages(source) > 30
    contract = Contract(world, LaunchMode.FREE, parties=2, source=source).all_sign()
    assert same_usages(contract.content) > 400


def test_the_same_paths_to_what_a_structure_tree_names(world):  # R8.3
    """Elements that name an annotation, share a list of kids, and are named by a destination."""

    def more(pdf):
        page, top = pdf.pages[1].obj, pdf.Root.StructTreeRoot.K
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], P=page)
        page.Annots = pikepdf.Array([pdf.make_indirect(link)])
        named = pikepdf.Dictionary(Type=pikepdf.Name.OBJR, Obj=page.Annots[0], Pg=page)
        top.K[0].K = pdf.make_indirect(pikepdf.Array([named, 3, pdf.make_indirect(named)]))
        top.K = pdf.make_indirect(top.K)
        pdf.Root.Dests = pikepdf.Dictionary(there=pikepdf.Array([top.K[1], top, pdf.Root.StructTreeRoot]))

    assert same_usages(updates.changed(updates.tagged(alone=True), more)) > 40


def test_the_same_paths_where_an_owner_password_protects():  # R8.3
    lock = pikepdf.Encryption(user='', owner='boss', R=6)
    content = updates.changed(kinds.form(), lambda _pdf: None, encryption=lock)
    ours, stock = both(content)
    for one in (ours, stock):
        one.decrypt('')
    view, other = ours.get_historical_resolver(0), stock.get_historical_resolver(0)
    other._load_reverse_xref_cache()
    for key in ours.links.written:
        expected = other._get_usages_of_ref(generic.Reference(*key, pdf=stock))
        assert view._get_usages_of_ref(generic.Reference(*key, pdf=ours)) >= expected
    assert not view._walked


def element_in_place() -> bytes:
    def nest(pdf):
        kids = pdf.Root.StructTreeRoot.K[0].K
        inner = pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Span, K=kids[1])
        del kids[1]
        kids[0].K = pikepdf.Array([inner])

    return updates.changed(updates.tagged(), nest)


def kids_apart() -> bytes:
    with pikepdf.open(io.BytesIO(kinds.text_pdf())) as document:
        document.Root.Pages.Kids = document.make_indirect(document.Root.Pages.Kids)
        return saved(document)


def page_with_kids() -> bytes:
    with pikepdf.open(io.BytesIO(kinds.text_pdf())) as document:
        document.pages[0].obj.Kids = pikepdf.Array([document.pages[1].obj])
        return saved(document)


def saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize('make', [element_in_place, kids_apart, page_with_kids])
def test_what_is_odd_is_left_to_the_library(make):
    assert same_usages(make(), walked=True) > 5


def test_a_page_twice_in_the_tree_is_left_to_the_library(world):
    with pikepdf.open(io.BytesIO(kinds.text_pdf())) as document:
        document.Root.Pages.Kids.append(document.pages[0].obj)
        content = saved(document)
    view = HistoryReader(io.BytesIO(content)).get_historical_resolver(0)
    with pytest.raises(PdfError, match='Circular'):
        view._get_usages_of_ref(view.root_ref)


def test_the_same_containers(contract):  # R8.3
    ours, stock = both(contract.content)
    fast = []
    original = HistoryReader._with_container

    def spy(self, ref, start):
        found = original(self, ref, start)
        fast.append(found is not None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HistoryReader, '_with_container', spy)
        for key in ours.links.written:
            one = ours.get_object(generic.Reference(*key, pdf=ours))
            other = stock.get_object(generic.Reference(*key, pdf=stock))
            assert type(one) is type(other) and one == other
            if isinstance(one, dict) and '/ByteRange' in one:
                assert one.raw_get('/Contents').original_bytes == other.raw_get('/Contents').original_bytes
                assert type(one.raw_get('/Contents')) is type(other.raw_get('/Contents'))
    assert sum(fast) == 4


LONG = b'3082' * 200


@pytest.mark.parametrize(
    'body',
    [
        b'<</Type /Sig /Contents <' + LONG + b'>>>',
        b'<</Type /Sig /Note (/Contents <' + LONG + b'>) /Contents <00ff>>>',
        b'<</Note (/Contents <' + LONG + b'>)>>',
        b'<</Deep <</Contents <' + LONG + b'>>> /Contents <00ff>>>',
        b'<</Contents <' + LONG + b'f>>>',
        b'<</Contents <' + LONG + b' 00 >>>',
        b'<</Contents <' + LONG + b'>/Length 9>>\nstream\n123456789\nendstream',
        b'<</Contents [<' + LONG + b'>]>>',
        b'<</Contents <' + LONG + b'> /Pad (' + b'x' * 3000 + b')>>',
        b'[<</Contents <' + LONG + b'>>>]',
    ],
    ids=range(10),
)
def test_containers_in_odd_places_are_read_alike(body):  # R8.3
    with pikepdf.open(io.BytesIO(kinds.text_pdf())) as document:
        document.Root.Odd = document.make_indirect(pikepdf.Dictionary(Marker=1))
        plain = saved_plain(document)
    ours, stock = both(with_object(plain, body))
    read = [one.root['/Odd'] for one in (ours, stock)]
    assert type(read[0]) is type(read[1]) and text(read[0]) == text(read[1])


def text(value: generic.PdfObject) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def saved_plain(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def with_object(content: bytes, body: bytes) -> bytes:
    """The file with an update that writes the marked object anew, letter by letter."""
    number = int(content[: content.index(b'<< /Marker 1 >>')].split(b' obj')[-2].split()[-2])
    previous = int(content.rpartition(b'startxref')[2].split()[0])
    trailer = content[content.rindex(b'trailer') + 7 : content.rindex(b'startxref')].strip()
    start = len(content) + 1
    update = b'\n%d 0 obj\n%s\nendobj\n' % (number, body)
    at = len(content) + len(update)
    table = b'xref\n%d 1\n%010d 00000 n \ntrailer %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n' % (
        number, start, trailer[:-2], previous, at,
    )  # fmt: skip
    return content + update + table


def test_objects_are_read_once_however_many_revisions(world, monkeypatch):
    """The cost of a verification grows with the document, not with document times signatures."""
    contract = Contract(world, parties=4).all_sign()
    taken = []
    original = links.Links._take

    def counted(self, key, view):
        if key not in self.forward:
            taken.append(key)
        return original(self, key, view)

    monkeypatch.setattr(links.Links, '_take', counted)
    assert verify(contract.content, world.trust()).genuine
    reader = HistoryReader(io.BytesIO(contract.content))
    written = sum(len(revisions) for revisions in reader.links.written.values())
    assert len(taken) <= written + reader.total_revisions


# R4.1
def test_signatures_are_not_walked_again_for_each_other(world, monkeypatch):
    """A step does not ask anew what each signature that is there already refers to."""
    walks = []
    walked = View._collect_indirect_references

    def counted(self, obj, seen, since_revision=None):
        walks.append(self.revision)
        walked(self, obj, seen, since_revision)

    contents = [Contract(world, parties=parties).all_sign().content for parties in (1, 4)]
    monkeypatch.setattr(View, '_collect_indirect_references', counted)
    spent = []
    for content in contents:
        walks.clear()
        assert verify(content, world.trust()).genuine
        spent.append(len(walks))
    assert spent[1] <= 4 * spent[0], spent
