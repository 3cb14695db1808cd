"""What intake takes in can be signed: launched, signed by two parties, judged genuine, and nothing else changed."""

from __future__ import annotations

import io

import pikepdf
import pytest
from PIL import Image
from signing.acts.prepare import LaunchMode
from signing.acts.signatory import Level
from signing.acts.verdict import Conclusion
from signing.acts.verify import verify
from signing.apart.intake import Intake, inspect
from signing.errors import FileRefused
from signing.pages.recheck import looks_differ

from tests.corpus import kinds, odd
from tests.corpus.mutants import mutants
from tests.signing.acts_cases import Contract
from tests.signing.acts_support import World
from tests.signing.pages_support import poppler_pages, run_here

PARTS, ALL = 5, 500


@pytest.fixture(scope='module')
def world() -> World:
    return World()


def signed_by_two(world: World, taken: Intake, *, certified: bool = True) -> bytes:
    roomy = all(min(frame.width_mm, frame.height_mm) > 140 for frame in taken.frames)
    mode = LaunchMode.CERTIFIED if certified and roomy else LaunchMode.FREE
    contract = Contract(world, mode, parties=2, level=Level.B_B, source=taken.data, placed=roomy).all_sign()
    verdict = verify(contract.content, world.trust())
    assert verdict.conclusion is Conclusion.GENUINE, (verdict.reason, verdict.detail, verdict.changes)
    return contract.content


def without_seals(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Both pictures without what the parties' seals cover (see ``acts_cases.plans``): the upper part of a page."""
    point = 72 / 25.4
    boxes = [(15, 15, 105, 130), (before.width / point - 45, 15, before.width / point, 130)]
    for image in (before, after):
        for box in boxes:
            image.paste((255, 255, 255), tuple(round(value * point) for value in box))
    return before, after


@pytest.mark.parametrize('kind', odd.TABLE)
def test_odd_files_get_their_right_answer(kind: str) -> None:
    maker, code, warnings = odd.TABLE[kind]
    if code:
        with pytest.raises(FileRefused) as caught:
            run_here(maker())
        assert caught.value.code == code
        return
    found = set(run_here(maker()).warnings) - {'no_text'}
    assert found == warnings if warnings is not None else found <= odd.REPAIRED


# R8.1
@pytest.mark.parametrize(
    'kind', [*(kind for kind, row in odd.TABLE.items() if not row[1]), 'plain', 'linearised', 'layers']
)
def test_accepted_files_are_signed_and_differ_nowhere_but_in_the_seals(world: World, kind: str) -> None:
    data = (odd.TABLE.get(kind) or kinds.TABLE[kind])[0]()
    taken = run_here(data)
    result = signed_by_two(world, taken)
    before, after = poppler_pages(data), poppler_pages(result)
    assert len(before) == len(after) == taken.pages
    for page, (one, other) in enumerate(zip(before, after, strict=True)):
        if page or kind not in {'file_note'}:
            assert not looks_differ(*without_seals(one, other)), page + 1


# R8.1
@pytest.mark.parametrize('part', range(PARTS))
def test_every_mutant_that_is_taken_in_is_signed(world: World, part: int) -> None:
    taken_in = 0
    for number, (name, data) in enumerate(mutants(ALL)):
        if number % PARTS != part:
            continue
        try:
            taken = inspect(data)
        except FileRefused:
            continue
        taken_in += 1
        try:
            signed_by_two(world, taken, certified=number % 3 > 0)
        except Exception as error:
            error.add_note(name)
            raise
    assert taken_in > ALL / PARTS / 5


def test_a_seal_stays_on_its_page(world: World) -> None:
    for maker in (odd.shared_annots, odd.shared_page):
        taken = run_here(maker())
        contract = Contract(world, parties=1, level=Level.B_B, source=taken.data)
        with pikepdf.open(io.BytesIO(contract.content)) as pdf:
            lists = [{str(one.T) for one in page.obj.Annots} for page in pdf.pages]
        assert not lists[0] & lists[1], maker


def test_attached_files_are_gone_from_the_bytes() -> None:
    for maker in (odd.associated_file, odd.file_note):
        data = maker()
        assert odd.SECRET in data
        with pikepdf.open(io.BytesIO(run_here(data).data)) as pdf:
            for item in pdf.objects:
                content = item.read_bytes() if isinstance(item, pikepdf.Stream) else item.unparse()
                assert odd.SECRET not in content
                assert b'EmbeddedFile' not in content


def test_the_archive_claim_is_gone_from_the_metadata() -> None:
    for part in (1, 2, 3):
        with pikepdf.open(io.BytesIO(run_here(odd.archival(part)).data)) as pdf:
            assert not pdf.open_metadata().pdfa_status
