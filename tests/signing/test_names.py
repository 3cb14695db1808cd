"""Names of all kinds: taken, drawn, certified and signed with."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from PIL import Image
from rules.names import folded, is_hidden
from rules.person_name import name_fault, normal_name
from signing.acts.act import Act
from signing.acts.sign import sign
from signing.acts.signatory import Level, Signatory
from signing.acts.verify import verify
from signing.errors import GlyphMissing, SealError
from signing.keys import profiles
from signing.pages.arabic import joined
from signing.pages.artwork import Artwork
from signing.pages.drawing import Canvas
from signing.pages.glyphs import Face
from signing.pages.lettering import letters
from signing.pages.seal_lines import best_lines
from signing.pages.seal_names import NameDesign, NameShape, draw_name_seal
from signing.pages.seal_square import SquareDesign, draw_square_seal
from signing.pages.seals import SealDesign, SealType, draw_seal

from tests.corpus.names import NAMES
from tests.signing.acts_cases import consent, sha
from tests.signing.acts_support import MemoryKey, World, der, key_of, pdf

CODE = '91350100M000100Y43'


class Drawn:
    """Where the outlines of letters lie on a canvas, mm."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.points: list[tuple[float, float]] = []
        plain, bent = Canvas.glyph, Canvas.path

        def glyph(canvas: Canvas, face: Face, char: str, matrix: tuple[float, ...]) -> None:
            a, b, c, d, e, f = matrix
            for _step, where in face.glyph(char).outline:
                self.points += [(a * x + c * y + e, b * x + d * y + f) for x, y in where]
            plain(canvas, face, char, matrix)

        def path(canvas: Canvas, steps: list) -> None:
            steps = list(steps)
            self.points += [point for _step, where in steps for point in where]
            bent(canvas, steps)

        monkeypatch.setattr(Canvas, 'glyph', glyph)
        monkeypatch.setattr(Canvas, 'path', path)

    def inside(self, art: Artwork, border: float, *, oval: bool = False) -> bool:
        """Whether everything drawn since the last question lies within the border."""
        xy, self.points = np.array(self.points), []
        assert len(xy), 'nothing was drawn'
        if oval:
            rx, ry = art.width_mm / 2, art.height_mm / 2
            return bool(
                (((xy[:, 0] - rx) / (rx - border)) ** 2 + ((xy[:, 1] - ry) / (ry - border)) ** 2 <= 1.001).all()
            )
        low, high = border - 0.1, np.array((art.width_mm - border, art.height_mm - border)) + 0.1
        return bool((xy >= low).all() and (xy <= high).all())


def ink(art: Artwork) -> float:
    return float((np.asarray(Image.open(io.BytesIO(art.png(36))))[:, :, 3] > 128).mean())


# R1.2 R1.3
def test_two_hundred_names_are_taken_as_they_are() -> None:
    assert len(NAMES) == len(set(NAMES)) == 200
    assert {len(name) for name in NAMES} >= set(range(2, 61))
    assert [name for name in NAMES if name_fault(normal_name(name))] == []
    assert [name for name in NAMES if normal_name(normal_name(name)) != normal_name(name)] == []


# R1.7 R2.6 R3.5
def test_two_hundred_names_are_drawn_within_every_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, outside = Drawn(monkeypatch), []
    for name in map(normal_name, NAMES):
        for shape in NameShape:
            art = draw_name_seal(NameDesign(name, shape))
            if not drawn.inside(art, min(art.width_mm, art.height_mm) * 0.055) or ink(art) < 0.1:
                outside.append((name, shape))
        for kind in (SealType.OFFICIAL, SealType.CONTRACT, SealType.FOREIGN):
            art = draw_seal(SealDesign(kind, name))
            if not drawn.inside(art, 1.0, oval=True) or (kind is SealType.OFFICIAL and ink(art) < 0.05):
                outside.append((name, kind))
        art = draw_square_seal(SquareDesign(name, '财务专用章'))
        if not drawn.inside(art, 1.0):
            outside.append((name, 'finance'))
    assert outside == []


# R1.10 R8.1
def test_two_hundred_names_are_certified_and_sign() -> None:
    world, wrong = World(), []
    key, source = key_of('ec', 40), pdf(1)
    for number, name in enumerate(map(normal_name, NAMES)):
        person = profiles.person_name('CN', name, f'P{number:08d}')
        for subject in (person, profiles.enterprise_name('CN', name, CODE))[: 1 + (number % 4 == 0)]:
            signed = sign(source, Act(consent=consent('a'), base_sha256=sha(source)), signatory_of(world, key, subject))
            found = verify(signed.content, world.trust()) if number % 5 == 0 else None
            if found and (not found.signatures[0].sound or found.signatures[0].signer != name):
                wrong.append((name, found.reason, found.signatures[0].signer))
    assert wrong == []


def signatory_of(world: World, key: object, subject: x509.Name) -> Signatory:
    world.serial += 1
    certificate = world.certificate('x', 'ec', 40)[1]
    builder = x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=world.ca.subject,
        public_key=key.public_key(),
        serial_number=world.serial,
        not_valid_before=certificate.not_valid_before_utc,
        not_valid_after=certificate.not_valid_after_utc,
        extensions=list(certificate.extensions),
    )
    made = builder.sign(world.ca_key, hashes.SHA256())
    assert asn1_x509.Certificate.load(der(made)).subject.native['country_name'] == 'CN'
    return Signatory(MemoryKey(key, der(made), [der(world.ca)]), world.trust(), Level.B_B)


# R1.10
@pytest.mark.parametrize('name', ['阿卜杜热合曼·阿卜杜热西提·麦麦提明江艾力', 'é' * 64, 'ę̃' * 21, '李' * 64, 'a' * 64])
def test_a_long_name_is_cut_in_the_common_name_alone(name: str) -> None:
    subject = profiles.person_name('CN', name, 'P1')
    common = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert len(common.encode()) <= 64
    whole = subject.get_attributes_for_oid(profiles.WHOLE_NAME)
    if common == name:
        assert not whole
    else:
        assert whole[0].value == name and common.endswith('…') and name.startswith(common[:-1])
        rest = name[len(common) - 1 :]
        assert not rest or rest[0] not in '\u0303\u0328', 'a letter was cut from its mark'


# R1.2
@pytest.mark.parametrize(
    ('typed', 'name'),
    [
        ('O’Neill Seán', "O'Neill Seán"),
        ('O＇Neill', "O'Neill"),
        ('阿依古丽．买买提', '阿依古丽·买买提'),
        ('阿依古丽.买买提', '阿依古丽·买买提'),
        ('阿依古丽 • 买买提', '阿依古丽·买买提'),
        ('阿依古丽・买买提', '阿依古丽·买买提'),
        ('Ｊ．Ｓｍｉｔｈ', 'J.Smith'),
        ('Jean‐Luc', 'Jean-Luc'),
        ('J. R. Li', 'J. R. Li'),
        ('王\U000323b0', '王\U000323b0'),  # extension J of Unicode 17: not in the tables of this interpreter
    ],
)
def test_spellings_of_one_name(typed: str, name: str) -> None:
    assert normal_name(typed) == name
    assert name_fault(name) is None


@pytest.mark.parametrize(
    'bad', ['王', '李' * 65, '王1', '·王明', '王明·', '王\u202e明', '王\ufffe明', '王\ue000', '王😀']
)
def test_what_no_name_has(bad: str) -> None:
    assert name_fault(bad)


# R1.3
def test_names_are_compared_by_what_spellings_share() -> None:
    assert folded('云签（上海）有限公司') == folded('云签(上海) 有限公司')
    assert folded('Acme (UK) Ltd') == folded('ACME（UK） Ltd') == folded('ａｃｍｅ (uk)  ltd')
    assert folded("O'Neill") == folded('O’NEILL')
    assert folded('阿依古丽·买买提') == folded('阿依古丽．买买提') == folded('阿依古丽・买买提')
    assert folded('Acme UK') != folded('AcmeUK')
    assert is_hidden('\u202e') and not is_hidden('\U000323b0')


# R1.7
def test_words_are_broken_at_spaces_and_never_run_together() -> None:
    name = 'Anna Maria Wilhelmina von Hohenlohe-Schillingsfürst'
    for room, height in ((18, 9), (15, 15), (30, 5)):
        lines = best_lines(name, room, height)
        assert ' '.join(lines) == name
    assert ''.join(letter.text for letter in letters('Anna Li')) == 'Anna Li'
    assert best_lines('阿依古丽·买买提', 17, 8) == ['阿依古丽·', '买买提']
    assert best_lines('古丽巴哈尔·吐尔逊江·艾则孜', 17, 8) == ['古丽巴哈尔·', '吐尔逊江·', '艾则孜']
    assert len(best_lines('阿卜杜热合曼阿卜杜热西提麦麦提明江艾力·安', 17, 8)) > 2  # in two lines nobody could read it


# R3.5
@pytest.mark.parametrize(('name', 'least', 'most'), [('云签', 20, 60), ('云签科', 50, 100), ('云签信息技术', 140, 160)])
def test_few_characters_stand_together_at_the_top(
    name: str, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (SealType.OFFICIAL, SealType.CONTRACT):
        first, *_between, last = (middle(one) for one in placed(SealDesign(kind, name), monkeypatch)[: len(name)])
        centre = draw_seal(SealDesign(kind, name)).width_mm / 2
        left, right = (math.degrees(math.atan2(x - centre, y - centre)) for x, y in (first, last))
        assert left == pytest.approx(-right, abs=3) and least <= right - left <= most


# R3.5
@pytest.mark.parametrize('length', [31, 40, 50, 64])
@pytest.mark.parametrize('kind', list(SealType))
def test_a_long_name_uses_two_arcs_and_touches_nothing(
    kind: SealType, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ('中国（上海）自由贸易试验区国际集装箱运输仓储物流服务与供应链管理信息技术股份有限公司' * 2)[:length]
    design = SealDesign(kind, name, text='业务部' if kind is SealType.DEPARTMENT else None, tax_number=CODE)
    drawn = placed(design, monkeypatch)
    ring, middle_of_it = drawn[:length], np.concatenate(drawn[length:] or [[(999, 999)]])
    art = draw_seal(design)
    gap = np.concatenate(ring)[:, None, :] - middle_of_it[None, :, :]
    assert np.hypot(gap[..., 0], gap[..., 1]).min() > 0.25, 'the name touches what stands in the middle'
    widths = [max(abs(one - middle(one)).max(axis=0)) * 2 for one in ring if len(one) > 20]
    assert np.median(widths) > (0.05 if art.width_mm == art.height_mm else 0.035) * art.width_mm
    # Nobody reads an arc of characters that stand in a small part of the ring.
    angles = [math.degrees(math.atan2(x - art.width_mm / 2, y - art.height_mm / 2)) for x, y in map(middle, ring)]
    assert max(angles) - min(angles) > 180


# R3.5
@pytest.mark.parametrize(
    ('kind', 'text'),
    [
        (SealType.DEPARTMENT, '国际业务与供应链管理中心第二事业部'),
        (SealType.DEPARTMENT, '研发部ABC'),
        (SealType.FOREIGN, '合同专用章'),
    ],
)
def test_the_text_in_the_middle_is_drawn_whole(kind: SealType, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = SealDesign(kind, '云签信息技术有限公司', text=text)
    drawn = placed(design, monkeypatch)
    art = draw_seal(design)
    assert len(drawn) == len(design.name) + len(text)
    inside = abs(np.concatenate(drawn[len(design.name) :]) - (art.width_mm / 2, art.height_mm / 2))
    assert (inside <= (art.width_mm * 0.32, art.height_mm * 0.4)).all()


def middle(points: np.ndarray) -> np.ndarray:
    return (points.max(axis=0) + points.min(axis=0)) / 2


def placed(design: SealDesign, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Where the outlines of each character of a seal lie, mm."""
    drawn, each = Drawn(monkeypatch), []
    glyph = Canvas.glyph

    def apart(canvas: Canvas, face: Face, char: str, matrix: tuple[float, ...]) -> None:
        glyph(canvas, face, char, matrix)
        each.append(np.array(drawn.points))
        drawn.points = []

    monkeypatch.setattr(Canvas, 'glyph', apart)
    draw_seal(design)
    monkeypatch.undo()
    return each


# R1.7
def test_arabic_letters_join_and_run_from_right_to_left() -> None:
    assert joined('سلام') == 'ﺳﻼﻡ'
    assert joined('عبد الله') == 'ﻋﺒﺪ ﺍﻟﻠﻪ'
    assert joined('ئەركىن') == 'ﺋﻪﺭﻛﯩﻦ'
    assert [letter.text for letter in letters('سلام')] == ['ﻡ', 'ﻼ', 'ﺳ']
    assert [letter.text for letter in letters('عل (AB)')] == ['(', 'A', 'B', ')', ' ', 'ﻞ', 'ﻋ']


# R1.7 R3.5
@pytest.mark.parametrize('name', ['བཀྲ་ཤིས', 'राम कुमार', 'สมชาย', 'ᠮᠣᠩᠭᠣᠯ', '王\U000323b0'])
def test_what_no_font_draws_rightly_is_named(name: str) -> None:
    with pytest.raises(GlyphMissing) as caught:
        draw_name_seal(NameDesign(name))
    assert set(caught.value.details['characters']) <= set(name)


# R3.5
@pytest.mark.parametrize('name', ['公', '公' * 65])
def test_lengths_that_no_name_has_are_refused(name: str) -> None:
    for draw in (
        lambda: draw_seal(SealDesign(SealType.OFFICIAL, name)),
        lambda: draw_square_seal(SquareDesign(name, '')),
        lambda: draw_name_seal(NameDesign(name)),
    ):
        with pytest.raises(SealError, match='name_length'):
            draw()


# R3.5
def test_english_brackets_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    plain = Canvas.glyph

    def glyph(canvas: Canvas, face: Face, char: str, matrix: tuple[float, ...]) -> None:
        seen.append(char)
        plain(canvas, face, char, matrix)

    monkeypatch.setattr(Canvas, 'glyph', glyph)
    draw_seal(SealDesign(SealType.OFFICIAL, 'Acme (UK) Ltd'))
    assert ''.join(seen) == 'Acme (UK) Ltd'
    seen.clear()
    draw_seal(SealDesign(SealType.OFFICIAL, '云签(上海)有限公司'))
    assert ''.join(seen) == '云签（上海）有限公司'
