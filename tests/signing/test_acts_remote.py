"""Signing in two steps: whatever does not belong to this very session is refused."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from signing.acts.remote import RemoteState, SignedElsewhere, begin, complete
from signing.acts.signatory import Level
from signing.acts.verdict import Conclusion
from signing.acts.verify import verify
from signing.errors import PrepareError, RemoteSessionError, ResultInvalid, RevisionMoved, TimestampError
from signing.keys.elsewhere import KeyElsewhere

from tests.signing.acts_cases import Contract, act, consent, plans, sha
from tests.signing.acts_support import World, der, pdf, sign_with


@pytest.fixture(scope='module')
def world() -> World:
    return World()


class Ukey:
    """A key in the signer's hand."""

    def __init__(self, world, kind='rsa', number=60):
        self.key, certificate = world.certificate('UKey 用户', kind, number)
        self.certificate = der(certificate)

    def answer(self, pending, *, told=False):
        return SignedElsewhere(
            pending.state.session, sign_with(self.key, pending.to_sign), self.certificate if told else None
        )


def started(world, ukey, *, level=Level.B_LT, **options):
    contract = Contract(world, parties=1)
    fields = contract.groups['party0']
    pending = begin(
        contract.content,
        act(contract.content, fields, 'ukey'),
        ukey.certificate,
        [der(world.ca)],
        world.trust(),
        level=level,
        timestamper=world.stamper(),
        **options,
    )
    return contract, pending


def finish(world, contract, pending, answer, **options):
    options.setdefault('timestamper', world.stamper())
    state, tail = options.pop('state', pending.state), options.pop('tail', pending.tail)
    newest = options.pop('newest', contract.content)
    return complete(state, newest, tail, answer, world.trust(), **options)


@pytest.mark.parametrize('kind', ['rsa', 'ec'])
@pytest.mark.parametrize('level', list(Level))
def test_two_steps(world, kind, level):  # R3.7, R8.1
    ukey = Ukey(world, kind)
    contract, pending = started(world, ukey, level=level)
    state = RemoteState.from_json(json.loads(json.dumps(pending.state.to_json())))
    assert state == pending.state
    signed, after = finish(world, contract, pending, ukey.answer(pending, told=True), state=state)
    assert after.used and signed.level == level.value
    verdict = verify(signed.content, world.trust())
    assert verdict.conclusion is Conclusion.GENUINE, verdict
    assert verdict.signatures[1].signer == 'UKey 用户'
    assert verdict.signatures[1].consent == consent('ukey').hex()
    assert signed.content.startswith(contract.content)


def test_numbers_side_by_side(world):  # R3.7
    ukey = Ukey(world, 'ec')
    contract, pending = started(world, ukey)
    first, second = decode_dss_signature(sign_with(ukey.key, pending.to_sign))
    raw = first.to_bytes(32, 'big') + second.to_bytes(32, 'big')
    signed, _ = finish(world, contract, pending, SignedElsewhere(pending.state.session, raw))
    assert verify(signed.content, world.trust()).genuine


def refused(code, world, contract, pending, answer, **options):
    with pytest.raises(RemoteSessionError) as caught:
        finish(world, contract, pending, answer, **options)
    assert caught.value.code == code


def test_replay(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey)
    answer = ukey.answer(pending)
    _, after = finish(world, contract, pending, answer)
    refused('used', world, contract, pending, answer, state=after)


def test_wrong_key(world):  # R3.7
    ukey, thief = Ukey(world), Ukey(world, number=61)
    contract, pending = started(world, ukey)
    refused('wrong_signature', world, contract, pending, thief.answer(pending))
    refused('wrong_certificate', world, contract, pending, thief.answer(pending, told=True))
    curve = Ukey(world, 'ec', 62)
    contract, pending = started(world, curve)
    refused('wrong_signature', world, contract, pending, Ukey(world, 'ec', 63).answer(pending))
    refused('wrong_signature', world, contract, pending, SignedElsewhere(pending.state.session, b'\1' * 64))
    refused('wrong_signature', world, contract, pending, SignedElsewhere(pending.state.session, b''))


def test_changed_prepared_file(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey)
    changed = pending.tail.replace(b'/Sig', b'/Gis', 1)
    assert changed != pending.tail
    refused('prepared_changed', world, contract, pending, ukey.answer(pending), tail=changed)
    # Even with the kept digest adapted, the result is checked before it leaves.
    state = replace(pending.state, opened=replace(pending.state.opened, tail_sha256=sha(changed)))
    with pytest.raises(ResultInvalid):
        finish(world, contract, pending, ukey.answer(pending), tail=changed, state=state)


def test_expired(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey, seconds=60)
    late = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=61)
    refused('expired', world, contract, pending, ukey.answer(pending), now=late)


def test_answer_of_an_older_session(world):  # R3.7
    ukey = Ukey(world)
    contract, old = started(world, ukey)
    new = begin(
        contract.content,
        act(contract.content, contract.groups['party0'], 'ukey'),
        ukey.certificate,
        [der(world.ca)],
        world.trust(),
        timestamper=world.stamper(),
    )
    refused('session_mismatch', world, contract, new, ukey.answer(old))
    forged = SignedElsewhere(new.state.session, ukey.answer(old).signature)
    refused('wrong_signature', world, contract, new, forged)


def test_document_moved_on(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey)
    with pytest.raises(RevisionMoved):
        finish(world, contract, pending, ukey.answer(pending), newest=contract.content + b'newer')
    with pytest.raises(RevisionMoved):
        begin(b'x', act(contract.content, ()), ukey.certificate, [], world.trust())


def test_no_time_keeps_the_session_open(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey)
    broken = world.stamper()
    broken.broken = True
    with pytest.raises(TimestampError):
        finish(world, contract, pending, ukey.answer(pending), timestamper=broken)
    signed, _ = finish(world, contract, pending, ukey.answer(pending))
    assert verify(signed.content, world.trust()).genuine


def test_only_the_tail_is_kept(world):  # R3.7
    ukey = Ukey(world)
    contract, pending = started(world, ukey)
    signed, _ = finish(world, contract, pending, ukey.answer(pending))
    assert len(contract.content) + len(pending.tail) == len(signed.content)
    assert pending.tail not in contract.content and len(pending.tail) < len(signed.content) / 2


def test_state_and_policy(world):
    ukey = Ukey(world)
    values = started(world, ukey)[1].state.to_json()
    for odd in ({'version': 1}, {**values, 'version': 1}, {**values, 'opened': {}}, {**values, 'opened': None}):
        with pytest.raises(RemoteSessionError) as caught:
            RemoteState.from_json(odd)
        assert caught.value.code == 'state_invalid'
    source = pdf()
    with pytest.raises(PrepareError):
        begin(source, act(source, plans(source, 'g'), per_placement=True), ukey.certificate, [], world.trust())


def test_absent_key_cannot_sign(world):
    with pytest.raises(RemoteSessionError, match='key_elsewhere'):
        KeyElsewhere(Ukey(world).certificate).sign(b'')
