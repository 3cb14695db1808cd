"""Acts make the bytes that were recorded of them: whoever moves the core sees what else has moved.

With clock, keys and chance standing still nothing is masked. Where a library begins to write something else, or
a change of bytes is meant, ``ESIGN_RECORD=1`` writes the recording anew; the commit says why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import secrets
import uuid
from pathlib import Path

import pytest
from pyhanko.pdf_utils.metadata import info
from signing.acts import revision
from signing.acts.act import Act
from signing.acts.archive import archive
from signing.acts.detached import sign_detached
from signing.acts.prepare import LaunchMode, prepare
from signing.acts.remote import SignedElsewhere, begin, complete
from signing.acts.sign import sign, sign_file
from signing.acts.signatory import Level
from signing.acts.verify import verify
from signing.pages.handwriting import InkPoint, draw_handwriting

from tests.signing import acts_support
from tests.signing.acts_cases import ART, Contract, act, consent, plans, sha
from tests.signing.acts_recorded import MOMENT, FixedWorld, fixed_key, fixed_sign
from tests.signing.acts_support import der, pdf

RECORDING = Path(__file__).with_name('acts_recorded.json')


class Standing(dt.datetime):
    """The time that signature dictionaries and the document's information tell."""

    @classmethod
    def now(cls, tz=None):
        return MOMENT


@pytest.fixture
def world(monkeypatch) -> FixedWorld:
    monkeypatch.setattr(acts_support, 'key_of', fixed_key)
    monkeypatch.setattr(acts_support, 'sign_with', fixed_sign)
    monkeypatch.setattr(revision, 'datetime', Standing)
    monkeypatch.setattr(info, 'datetime', Standing)
    monkeypatch.setattr(os, 'urandom', bytes)
    numbers = itertools.count(1)
    monkeypatch.setattr(uuid, 'uuid4', lambda: uuid.UUID(int=next(numbers)))
    monkeypatch.setattr(secrets, 'randbits', lambda bits: 1 << (bits - 1))
    return FixedWorld()


def held(world, content):
    assert verify(content, world.trust()).genuine
    return content


def certified(world):
    contract = Contract(world, parties=2, pages=3)
    yield contract.prepared.content
    yield contract.sign(0, 'rsa').content
    yield held(world, contract.sign(1, 'ec').content)


def free(world):
    contract = Contract(world, LaunchMode.FREE, parties=2, pages=3)
    yield contract.prepared.content
    yield contract.sign(0, 'rsa').content
    yield held(world, contract.sign(1, 'ec').content)


def value_for_each_placement(world):
    contract = Contract(world, LaunchMode.FREE, parties=1)
    yield held(world, contract.sign(0, per_placement=True).content)
    source = pdf()
    fields = plans(source, 'party0')
    ready = prepare(source, {'party0': fields}, world.signatory(), LaunchMode.CERTIFIED, per_placement=True)
    yield held(world, sign(ready.content, act(ready.content, fields, per_placement=True), world.signatory()).content)


def seals_and_dates(world):
    source = pdf(12)
    fields = (*plans(source, 'a.first', dates=3), *plans(source, 'a.second', y=120, dates=2))
    signatory = world.signatory(level=Level.B_B)
    yield held(world, sign(source, act(source, fields, group=('a',)), signatory).content)


def handwriting(world):
    stroke = [InkPoint(x / 30, 0.4 + 0.2 * (x % 3)) for x in range(30)]
    source = pdf(1)
    fields = plans(source, 'hand', cross=False)
    art = {'seal': draw_handwriting([stroke], width_mm=40, height_mm=20), 'date': ART['date']}
    drawn = Act(plans=fields, artworks=art, consent=consent('hand'), base_sha256=sha(source), name='张三')
    yield held(world, sign(source, drawn, world.signatory(kind='ec', level=Level.B_T)).content)


def invisible(world):
    source = pdf()
    said = {'name': '李四', 'reason': '同意', 'location': '杭州', 'contact': 'li@example.com'}
    bare = Act(consent=None, base_sha256=sha(source), name_if_bare='x.y', **said)
    yield held(world, sign(source, bare, world.signatory(kind='ec')).content)


def archived(world):
    source = pdf()
    fields = plans(source, 'g')
    lasting = sign(source, act(source, fields), world.signatory(level=Level.B_LTA)).content
    yield lasting
    renewed = archive(lasting, world.stamper(), world.trust(), base_sha256=sha(lasting))
    yield held(world, renewed.content)


def by_token(world):
    source = pdf()
    ready = prepare(source, {}, world.token_signatory('平台', 'rsa', Level.B_LT), LaunchMode.FREE).content
    yield ready
    for kind in ('rsa', 'ec'):
        signatory = world.token_signatory('某公司', kind, Level.B_LTA if kind == 'ec' else Level.B_LT)
        ready = sign(ready, act(ready, plans(source, f'by_{kind}')), signatory).content
        yield held(world, ready)


def two_steps(world):
    for kind, level in (('rsa', Level.B_LT), ('ec', Level.B_LTA)):
        contract = Contract(world, parties=1)
        key, certificate = world.certificate('UKey', kind)
        asked = act(contract.content, contract.groups['party0'], 'ukey')
        pending = begin(
            contract.content, asked, der(certificate), [der(world.ca)], world.trust(),
            level=level, timestamper=world.stamper(),
        )  # fmt: skip
        yield contract.content + pending.tail
        yield pending.to_sign
        answer = SignedElsewhere(pending.state.session, fixed_sign(key, pending.to_sign))
        signed, _ = complete(
            pending.state, contract.content, pending.tail, answer, world.trust(), timestamper=world.stamper(),
        )  # fmt: skip
        yield held(world, signed.content)


def no_pdf(world):
    for kind in ('rsa', 'ec'):
        yield sign_detached(b'a list of digests', world.signatory('平台', kind))
        yield sign_detached(b'a list of digests', world.token_signatory('平台', kind, Level.B_T))


ACTS = [
    certified, free, value_for_each_placement, seals_and_dates, handwriting, invisible, archived, by_token,
    two_steps, no_pdf,
]  # fmt: skip


@pytest.mark.parametrize('play', ACTS)
def test_the_bytes_are_those_recorded(world, play):  # R8.1 R3.6 R3.7
    made = [[len(content), hashlib.sha256(content).hexdigest()] for content in play(world)]
    recording = json.loads(RECORDING.read_text()) if RECORDING.exists() else {}
    if os.environ.get('ESIGN_RECORD'):
        recording[play.__name__] = made
        RECORDING.write_text(json.dumps(recording, indent=1, sort_keys=True) + '\n')
    assert made == recording[play.__name__]


def test_a_file_on_disk_gets_the_same_bytes(world, tmp_path, monkeypatch):  # R8.1
    source = pdf(2)
    fields = plans(source, 'g')
    (tmp_path / 'a.pdf').write_bytes(source)
    for level in (Level.B_LT, Level.B_LTA):
        asked = act(source, fields)
        signatory = world.signatory(level=level)
        in_memory = sign(source, asked, signatory)
        monkeypatch.setattr(uuid, 'uuid4', lambda: uuid.UUID(int=1))
        on_disk = sign_file(tmp_path / 'a.pdf', tmp_path / 'b.pdf', asked, signatory)
        assert (tmp_path / 'b.pdf').read_bytes() == in_memory.content
        assert on_disk.sha256 == in_memory.sha256 == sha(in_memory.content)


def test_the_recording_is_of_these_acts():
    assert sorted(json.loads(RECORDING.read_text())) == sorted(play.__name__ for play in ACTS)
