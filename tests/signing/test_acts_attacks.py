"""Every way of tampering is named by the verdict."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import pdf_name
from signing.acts.prepare import LaunchMode
from signing.acts.sign import sign
from signing.acts.verdict import ChangeKind, Conclusion, Expected, ExpectedAct, Reason
from signing.acts.verify import verify

from tests.signing.acts_cases import Contract, act
from tests.signing.acts_forgeries import ATTACKS, copy_signature, edit_content, edited, seal_field, stock_signed
from tests.signing.acts_support import World, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module', params=list(LaunchMode))
def contract(world, request) -> Contract:
    return Contract(world, request.param, form=True).all_sign()


@pytest.mark.parametrize(('attack', 'kind'), ATTACKS, ids=[one.__name__ for one, _ in ATTACKS])
@pytest.mark.parametrize('informed', [False, True], ids=['bare', 'informed'])
def test_attack_is_named(world, contract, attack, kind, informed):  # R8.3, R4.1
    forged = edited(contract.content, attack)
    verdict = verify(forged, world.trust(), contract.expected() if informed else None)
    assert verdict.conclusion is Conclusion.ALTERED, verdict
    assert kind in verdict.kinds(), verdict.changes
    # A copied value stands in a field of its own: the others are what they were, the file is not.
    assert attack is copy_signature or not any(one.sound for one in verdict.signatures)
    if informed:
        assert ChangeKind.NOT_ISSUED in verdict.kinds()


@pytest.mark.parametrize(('attack', 'kind'), ATTACKS, ids=[one.__name__ for one, _ in ATTACKS])
def test_editing_then_signing_is_named(world, contract, attack, kind):  # R8.3
    forged = edited(contract.content, attack)
    signatory = world.signatory('攻击者', number=40)
    verdict = verify(stock_signed(forged, signatory), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED, verdict
    assert kind in verdict.kinds(), verdict.changes
    others = [one for one in verdict.signatures if one.signer != '攻击者']
    assert others or kind is ChangeKind.SIGNATURE_REMOVED
    assert attack is copy_signature or not any(one.sound for one in others)


def test_own_signing_refuses_an_altered_document(world):  # R8.3
    contract = Contract(world, parties=2)
    contract.sign(0)
    forged = edited(contract.content, edit_content)
    fields = contract.groups['party1']
    result = sign(forged, act(forged, fields), world.signatory('签署人1', number=31))
    assert verify(result.content, world.trust()).conclusion is Conclusion.ALTERED


def test_unsigned_intruder_value_in_free_field(world):  # R8.3
    contract = Contract(world, LaunchMode.CERTIFIED, parties=2)
    contract.sign(0)

    def point(writer):
        field = seal_field(writer, 'party1.seal1')
        field.body[pdf_name('/V')] = seal_field(writer).body.raw_get('/V')
        writer.mark_update(field.reference)

    verdict = verify(edited(contract.content, point), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.SIGNATURE_REUSED in verdict.kinds()


def test_truncation_to_an_issued_revision(world, contract):  # R8.3
    verdict = verify(contract.revisions[2], world.trust(), contract.expected())
    assert verdict.conclusion is Conclusion.ALTERED
    assert {ChangeKind.TRUNCATED, ChangeKind.SIGNATURE_MISSING} <= verdict.kinds()
    bare = verify(contract.revisions[2], world.trust())
    assert bare.genuine  # by itself it is a perfect older revision


def test_truncation_anywhere_else(world, contract):  # R8.3
    for cut in (1, 100, 5000, len(contract.content) // 2):
        verdict = verify(contract.content[:-cut], world.trust(), contract.expected())
        assert verdict.conclusion in {Conclusion.INVALID, Conclusion.ALTERED}
        assert ChangeKind.NOT_ISSUED in verdict.kinds()


def test_byte_edits(world, contract):  # R8.3
    content = bytearray(contract.content)
    for offset in range(1000, len(content), len(content) // 40):
        forged = bytearray(content)
        forged[offset] ^= 1
        verdict = verify(bytes(forged), world.trust(), contract.expected())
        assert not verdict.genuine, offset
        assert ChangeKind.NOT_ISSUED in verdict.kinds()
        bare = verify(bytes(forged), world.trust())
        assert not bare.genuine or forged[offset] in b'0123456789abcdefABCDEF', offset


def test_byte_edit_in_the_text_is_named(world, contract):  # R8.3
    index = contract.content.index(b'/MediaBox')
    forged = contract.content[:index] + contract.content[index:].replace(b'595', b'596', 1)
    verdict = verify(forged, world.trust())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.BYTES in verdict.kinds()
    assert {one.reason for one in verdict.signatures} == {Reason.DIGEST_MISMATCH}


def test_bytes_behind_the_end(world, contract):  # R8.3
    verdict = verify(contract.content + b'\n% more', world.trust())
    assert not verdict.genuine


def test_rewritten_file(world, contract):  # R8.3
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(contract.content)) as document:
        document.save(out)
    verdict = verify(out.getvalue(), world.trust(), contract.expected())
    assert verdict.conclusion is Conclusion.ALTERED
    assert ChangeKind.BYTES in verdict.kinds()


def test_other_signer_other_consent_other_fields(world):
    contract = Contract(world, parties=1).all_sign()
    fields = frozenset(contract.signed[0].fields[0])
    platform = ExpectedAct(frozenset({'platform'}))
    for wrong in (
        ExpectedAct(fields, '00' * 32),
        ExpectedAct(fields, None, '11' * 32),
        ExpectedAct(fields | {'more'}),
        ExpectedAct(frozenset(list(fields)[:1])),
        ExpectedAct(frozenset({'someone.else'})),
    ):
        verdict = verify(contract.content, world.trust(), Expected((platform, wrong)))
        assert verdict.conclusion is Conclusion.ALTERED, wrong
    assert verify(contract.content, world.trust(), Expected((platform, ExpectedAct(fields)))).genuine
    assert verify(contract.content, world.trust(), Expected((platform,))).kinds() == {ChangeKind.SIGNATURE_UNEXPECTED}
    assert verify(contract.content, world.trust(), Expected((platform,), closed=False)).genuine


def test_fewer_signatures_than_expected_is_incomplete(world):
    contract = Contract(world, parties=2)
    contract.sign(0)
    expected = Expected(
        (
            ExpectedAct(frozenset({'platform'})),
            ExpectedAct(frozenset(contract.signed[0].fields[0])),
            ExpectedAct(frozenset(contract.prepared.fields['party1'])),
        )
    )
    verdict = verify(contract.content, world.trust(), expected)
    assert verdict.reason is Reason.INCOMPLETE and verdict.kinds() == {ChangeKind.SIGNATURE_MISSING}


@pytest.mark.parametrize(
    'odd',
    [
        b'',
        b'GIF89a',
        b'%PDF-1.7',
        b'%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF',
    ],
)
def test_odd_files_end_in_a_verdict(world, odd):  # R4.1
    verdict = verify(odd, world.trust())
    assert verdict.conclusion is Conclusion.INVALID
    assert verdict.reason in {Reason.NOT_PDF, Reason.MALFORMED}


def test_unsigned_and_foreign(world):  # R4.1
    assert verify(pdf(), world.trust()).conclusion is Conclusion.UNSIGNED
    contract = Contract(world, parties=1).all_sign()
    stranger = World()
    stranger.root = stranger._issue('别的根', stranger.tsa_key, None, stranger.now, 100, ca=True)
    verdict = verify(contract.content, stranger.bare_trust())
    assert verdict.conclusion is Conclusion.UNTRUSTED
    assert {one.reason for one in verdict.signatures} <= {
        Reason.UNTRUSTED_ROOT,
        Reason.TIMESTAMP_UNTRUSTED,
        Reason.CHAIN_FAILED,
    }
    assert all(one.intact for one in verdict.signatures)


def test_encrypted(world):  # R4.1
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(user='x', owner='y'))
    assert verify(out.getvalue(), world.trust()).reason is Reason.ENCRYPTED


@pytest.mark.parametrize('seed', range(60))
def test_mutations_never_raise(world, contract, seed):  # R4.1, R8.3
    import random

    chance = random.Random(seed)
    content = bytearray(contract.content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        action = chance.randrange(3)
        if action == 0:
            content[at] = chance.randrange(256)
        elif action == 1:
            del content[at : at + chance.randrange(1, 2000)]
        else:
            content[at:at] = bytes(chance.randrange(256) for _ in range(20))
    verdict = verify(bytes(content), world.trust(), contract.expected())
    assert not verdict.genuine


def test_broken_container_is_a_finding(world):
    contract = Contract(world, parties=1).all_sign()
    match = list(re.finditer(rb'/Contents <([0-9A-F]{200})', contract.content))[-1]
    forged = contract.content[: match.start(1)] + b'00' * 100 + contract.content[match.end(1) :]
    verdict = verify(forged, world.trust())
    assert verdict.conclusion is Conclusion.UNCLEAR
    assert any(one.reason is Reason.UNREADABLE for one in verdict.signatures)
    assert verify(forged, world.trust(), contract.expected()).conclusion is Conclusion.ALTERED
