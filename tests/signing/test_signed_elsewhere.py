"""Files signed elsewhere: taken in, signed, archived, as sound as before; or refused by the true reason."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from PIL import Image
from signing.acts.archive import archive
from signing.acts.prepare import LaunchMode
from signing.acts.verdict import Conclusion, Expected, ExpectedAct, Reason
from signing.acts.verify import verify
from signing.apart.further import takes_further
from signing.apart.intake import inspect
from signing.apart.signed_upload import signed_facts
from signing.errors import FileRefused, PrepareError
from signing.pages.geometry import frames_of

from tests.corpus import kinds, updates
from tests.signing.acts_cases import Contract, sha
from tests.signing.acts_elsewhere import MDP, Stranger, signed_elsewhere
from tests.signing.acts_forgeries import edit_content, edited, stock_stamped
from tests.signing.acts_support import World

DPI = 40


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def other() -> World:
    return Stranger()


def signed(world: World, source: bytes, count: int = 1, **options) -> bytes:
    for number in range(count):
        source = signed_elsewhere(world, source, f'Sig{number}', number=60 + number, **options)
    return source


def dated(world: World) -> bytes:
    """Signed, and an archive time stamp of another program over it."""
    return stock_stamped(signed(world, kinds.text_pdf(), stamped=True, stored=True), world.stamper())


SOURCES = {
    'one': lambda world: signed(world, kinds.text_pdf()),
    'two_visible': lambda world: signed(world, kinds.text_pdf(), 2, visible=True),
    'three_with_time_and_data': lambda world: signed(
        world, kinds.text_pdf(), 3, visible=True, stamped=True, stored=True
    ),
    'linearised': lambda world: signed(world, updates.linearised_both_roots(), visible=True),
    'linearised_streams': lambda world: signed(world, updates.linearised_both_roots_streams(), 2),
    'tagged': lambda world: signed(world, updates.tagged(alone=True), visible=True, stamped=True),
    'object_streams': lambda world: signed(world, kinds.object_streams(), 2),
    'own_field_locked': lambda world: signed_elsewhere(world, kinds.text_pdf(), 'Sig1', locks=('Sig1',)),
    'form_beside': lambda world: signed(world, kinds.form(need=False)),
    'archived_elsewhere': dated,
}


def standing(verdict) -> dict[tuple[str, ...], object]:
    return {one.fields: one.reason for one in (*verdict.signatures, *verdict.timestamps)}


def given(verdict) -> frozenset[str]:
    return frozenset(name for fields in standing(verdict) for name in fields)


def pictures(content: bytes, folder, name: str) -> list[np.ndarray]:
    """Pages as poppler draws them, in grey."""
    path = folder / f'{name}.pdf'
    path.write_bytes(content)
    subprocess.run(['pdftoppm', '-r', str(DPI), '-gray', path, folder / name], check=True, capture_output=True)
    return [np.asarray(Image.open(one)).astype(int) for one in sorted(folder.glob(f'{name}-*.pgm'))]


def outside_the_seals(before: np.ndarray, after: np.ndarray, boxes) -> int:
    """How many pixels differ outside of boxes (mm from the top left)."""
    differs = np.abs(before - after) > 24
    for left, top, right, bottom in boxes:
        x0, y0, x1, y1 = (round(one / 25.4 * DPI) for one in (left - 2, top - 2, right + 2, bottom + 2))
        differs[max(0, y0) : y1, max(0, x0) : x1] = False
    return int(differs.sum())


@pytest.mark.parametrize('kind', SOURCES)
@pytest.mark.parametrize('known', [True, False], ids=['known', 'unknown'])
def test_signed_elsewhere_then_here(world, other, kind, known, tmp_path):  # R2.3, R4.1, R8.1
    source = SOURCES[kind](world if known else other)
    assert signed_facts(source, frames_of(pikepdf.open(io.BytesIO(source))))
    before = verify(source, world.trust())
    assert before.conclusion is (Conclusion.GENUINE if known else Conclusion.UNTRUSTED)

    contract = Contract(world, LaunchMode.FREE, parties=2, source=source).all_sign()
    kept = archive(
        contract.content, world.stamper(), world.trust(), base_sha256=sha(contract.content), given=given(before)
    ).content
    assert kept.startswith(source)
    acts = [ExpectedAct(frozenset(names), one.fingerprint) for one in contract.signed for names in one.fields]
    expected = Expected(tuple(acts), (*map(sha, contract.revisions), sha(kept)), closed=False, given=given(before))
    verdict = verify(kept, world.trust(), expected)
    assert verdict.genuine, (verdict.reason, verdict.changes)
    assert standing(before).items() <= standing(verdict).items()
    assert [one.sound for one in verdict.signatures if one.fields not in standing(before)] == [True] * 3

    boxes = [(20, 20, 62, 62), (70, 20, 100, 38), (20, 80, 62, 122), (70, 80, 100, 98)]
    boxes += [(160, 20, 215, 62), (160, 80, 215, 122)]  # across the pages' edges
    for one, another in zip(pictures(source, tmp_path, 'a'), pictures(kept, tmp_path, 'b'), strict=True):
        assert one.shape == another.shape and outside_the_seals(one, another, boxes) == 0
        assert (one != another).any()


def test_an_earlier_signature_of_a_stranger_does_not_excuse_anything(world, other):  # R8.3
    source = signed(other, kinds.text_pdf())
    contract = Contract(world, LaunchMode.FREE, parties=1, source=source).all_sign()
    expected = Expected(closed=False, complete=False, given=frozenset({'Sig0'}))
    assert verify(contract.content, world.trust(), expected).genuine
    assert verify(contract.content, world.trust()).conclusion is Conclusion.UNTRUSTED
    forged = verify(edited(contract.content, edit_content), world.trust(), expected)
    assert forged.conclusion is Conclusion.ALTERED
    gone = verify(contract.content, world.trust(), replace(expected, given=frozenset({'Sig0', 'Sig7'})))
    assert gone.conclusion is Conclusion.ALTERED
    stranger = Contract(other, LaunchMode.FREE, parties=1, source=source).all_sign()
    assert verify(stranger.content, world.trust(), expected).conclusion is Conclusion.UNTRUSTED
    with pytest.raises(PrepareError):
        archive(contract.content, world.stamper(), world.trust(), base_sha256=sha(contract.content))


def test_revoked_is_not_merely_unconfirmed(world):  # R8.3
    source = signed(world, kinds.text_pdf())
    (one,) = verify(source, world.trust()).signatures
    trust = world.trust(revoked=[(int(one.serial, 16), world.now - dt.timedelta(hours=2))])
    verdict = verify(source, trust, Expected(given=frozenset({'Sig0'}), closed=False))
    assert (verdict.conclusion, verdict.reason) == (Conclusion.UNTRUSTED, Reason.REVOKED)
    assert not verdict.signatures[0].holds


def unreadable(world: World) -> bytes:
    content = signed(world, kinds.text_pdf())
    at = content.rindex(b'/Contents <') + len(b'/Contents <')
    return content[:at] + b'00' * 100 + content[at + 200 :]


REFUSED = {
    'certified_no_changes': lambda world: signed(world, kinds.text_pdf(), permission=MDP.NO_CHANGES),
    'certified_own_fields': lambda world: signed(world, kinds.text_pdf(), permission=MDP.FILL_FORMS),
    'signed_locked': lambda world: signed_elsewhere(world, kinds.text_pdf(), locks=()),
    'signed_altered': lambda world: edited(signed(world, kinds.text_pdf()), edit_content),
    'signed_unclear': unreadable,
    'signed_envelope': lambda world: envelope(world, kinds.text_pdf()),
    'signed_detached': lambda world: envelope(world, kinds.text_pdf(), pkcs7.PKCS7Options.DetachedSignature),
}


def envelope(world: World, content: bytes, *options, form=serialization.Encoding.DER) -> bytes:
    """The file inside a CMS container (RFC 5652), as .p7m programs make it."""
    key, certificate = world.certificate('信封')
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(form, [pkcs7.PKCS7Options.Binary, *options])


@pytest.mark.parametrize('code', REFUSED)
def test_refused_by_the_true_reason(world, code):  # R2.3
    with pytest.raises(FileRefused) as caught:
        inspect(REFUSED[code](world))
    assert caught.value.code == code


def test_an_envelope_is_named_by_the_verdict(world):  # R4.1
    assert verify(envelope(world, kinds.text_pdf()), world.trust()).reason is Reason.ENVELOPE
    for form in (serialization.Encoding.DER, serialization.Encoding.PEM):
        assert verify(envelope(world, b'x' * 900, form=form), world.trust()).reason is Reason.ENVELOPE
        alone = envelope(world, kinds.text_pdf(), pkcs7.PKCS7Options.DetachedSignature, form=form)
        assert verify(alone, world.trust()).reason is Reason.DETACHED
    assert verify(b'-----BEGIN PKCS7-----\nMII', world.trust()).reason is Reason.ENVELOPE


def test_taken_in_as_it_is(world):  # R2.3
    source = signed(world, kinds.text_pdf(), 2, visible=True)
    found = inspect(source)
    assert (found.data, found.rewritten) == (source, False)
    assert [(one.field, one.timestamp) for one in found.signed] == [('Sig0', False), ('Sig1', False)]


def test_what_cannot_take_another_signature(world):
    frames = frames_of(pikepdf.open(io.BytesIO(kinds.text_pdf())))
    assert takes_further(signed(world, kinds.text_pdf()), frames)
    assert not takes_further(signed(world, kinds.text_pdf(), permission=MDP.NO_CHANGES), frames)
    assert not takes_further(kinds.signed_hybrid(), frames)
