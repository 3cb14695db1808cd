"""One byte of a signed file is another one: no signature that covers it is shown as good."""

from __future__ import annotations

import io
import random
from collections import Counter

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from signing.acts.prepare import LaunchMode
from signing.acts.verdict import Conclusion, Reason
from signing.acts.verify import verify

from tests.corpus import kinds
from tests.signing.acts_cases import Contract
from tests.signing.acts_elsewhere import Stranger, signed_elsewhere
from tests.signing.acts_support import World

FLIPS = 60


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def files(world) -> dict[str, bytes]:
    """Files that two parties have signed, here and elsewhere."""
    stranger = Stranger()
    twice = signed_elsewhere(
        stranger, signed_elsewhere(stranger, kinds.text_pdf(), '甲', visible=True), '乙', number=61
    )
    return {
        'positions': Contract(world, parties=2).all_sign().content,
        'free': Contract(world, LaunchMode.FREE, parties=2).all_sign().content,
        'elsewhere': twice,
    }


def ranges(content: bytes) -> dict[str, tuple[int, int, int, int]]:
    """What each signature field covers of the file as it was made."""
    found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    return {one.field_name: tuple(int(number) for number in one.byte_range) for one in found}


def covers(span: tuple[int, int, int, int], at: int) -> bool:
    return span[0] <= at < span[0] + span[1] or span[2] <= at < span[2] + span[3]


def spots(content: bytes) -> list[int]:
    """Places all over the file, and more of them where little stands: each revision, each signature's value."""
    chance = random.Random(11)
    found = {chance.randrange(len(content)) for _ in range(FLIPS // 2)}
    for span in ranges(content).values():
        found |= {chance.randrange(span[1], span[1] + 2400) for _ in range(5)}
        found |= {chance.randrange(max(span[2], span[2] + span[3] - 1500), span[2] + span[3]) for _ in range(5)}
    return sorted(found)


def flipped(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


@pytest.mark.parametrize('name', ['positions', 'free', 'elsewhere'])
def test_no_signature_over_a_changed_byte_is_good(world, files, name):  # R4.1 R8.3
    content = files[name]
    spans, told, wrong = ranges(content), Counter(), []
    for at in spots(content):
        verdict = verify(flipped(content, at, at % 7), world.trust())
        told[verdict.conclusion] += 1
        good = {field for one in (*verdict.signatures, *verdict.timestamps) if one.holds for field in one.fields}
        for field, span in spans.items():
            if field in good and covers(span, at):
                wrong.append((at, field, str(verdict.conclusion), content[max(0, at - 30) : at + 20]))
        if verdict.conclusion is Conclusion.GENUINE and any(covers(span, at) for span in spans.values()):
            wrong.append((at, 'genuine'))
    assert told[Conclusion.ALTERED]
    assert not wrong, (len(wrong), wrong[:12])


def within(content: bytes, field: str, place: str) -> int:
    """Where a byte of this kind stands: the middle of a revision, the digest in a signature's value, a certificate."""
    spans = ranges(content)
    span = spans[field]
    if place == 'revision':
        start = max((one[2] + one[3] for one in spans.values() if one[2] < span[2]), default=0)
        return content.index(b'Adobe.PPKLite', start) + 5  # who is to read the signature
    value = bytes.fromhex(content[span[1] + 1 : span[2] - 1].decode())
    signed = cms.ContentInfo.load(value)['content']
    info = signed['signer_infos'][0]
    serial = info['sid'].chosen['serial_number'].native
    own = next(one.chosen for one in signed['certificates'] if one.chosen.serial_number == serial)
    part = own['tbs_certificate']['subject_public_key_info'] if place == 'certificate' else info['signature']
    return span[1] + 1 + 2 * (value.index(part.dump()) + len(part.dump()) - 9)


@pytest.mark.parametrize('name', ['positions', 'free', 'elsewhere'])
@pytest.mark.parametrize('place', ['revision', 'value', 'certificate'])
@pytest.mark.parametrize('which', [0, 1])
def test_nothing_is_green_in_a_changed_file(world, files, name, place, which):  # R4.1 R8.3
    """Signatures before the changed byte say that something was changed after them, those over it that they break."""
    content = files[name]
    spans = ranges(content)
    values = {span: one for one, span in spans.items()}
    field = values[sorted(values, key=lambda span: span[2])[-2:][which]]
    at = within(content, field, place)
    forged = content[:at] + (b'4' if content[at : at + 1] != b'4' else b'5') + content[at + 1 :]
    verdict = verify(forged, world.trust())
    assert verdict.conclusion is Conclusion.ALTERED, verdict
    everything = (*verdict.signatures, *verdict.timestamps)
    assert not any(one.sound for one in everything)
    for one in everything:
        span = spans[one.fields[0]]
        if covers(span, at):
            assert not one.intact, one
        elif span[2] + span[3] <= at:
            assert one.reason is Reason.CHANGED_AFTERWARDS, one
