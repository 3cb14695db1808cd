"""Verdicts that travel: from the sandbox, as JSON; and signatures and stamps over what is no PDF."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import subprocess
from dataclasses import replace

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from signing.acts.detached import sign_detached
from signing.acts.prepare import LaunchMode
from signing.acts.signatory import Level
from signing.acts.stamps import check_stamp, stamp_digest
from signing.acts.trust import Trust, usage
from signing.acts.verdict import Conclusion, Expected, Reason, SignatureVerdict, Verdict
from signing.acts.verify import verify
from signing.apart import jobs
from signing.apart import verify_apart as apart
from signing.apart.findings import from_json, to_json
from signing.apart.verify_apart import DEFAULT_LIMITS, verify_apart
from signing.errors import FileRefused, ResultInvalid, TimestampError

from tests.signing.acts_cases import Contract
from tests.signing.acts_forgeries import add_annotation, edited
from tests.signing.acts_support import MemoryKey, World, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def contract(world) -> Contract:
    return Contract(world, LaunchMode.CERTIFIED).all_sign()


# Apart ------------------------------------------------------------------------------------------


def test_the_sandbox_says_what_the_core_says(world, contract):  # R4.1
    for content in (contract.content, contract.revisions[1], contract.content[:-700], pdf(), b'GIF89a'):
        found = verify_apart(content, world.trust(), contract.expected())
        assert replace(found, sheets=()) == verify(content, world.trust(), contract.expected())
    altered = edited(contract.content, add_annotation)
    assert [sheet.page for sheet in verify_apart(altered, world.trust()).sheets] == [1]


def test_files_beyond_the_limits_end_in_a_verdict(world, contract):  # R4.1
    large = verify_apart(contract.content, world.trust(), limits=replace(DEFAULT_LIMITS, size=1000))
    assert (large.conclusion, large.reason) == (Conclusion.INVALID, Reason.TOO_LARGE)
    starved = verify_apart(contract.content, world.trust(), limits=replace(DEFAULT_LIMITS, memory=0))
    assert starved.conclusion is Conclusion.INVALID
    assert starved.reason in {Reason.MALFORMED, Reason.TOO_DEMANDING}


@pytest.mark.parametrize('place', ['signing.acts.units.EmbeddedPdfSignature', 'signing.acts.judge.Judge._signer'])
def test_a_lack_of_memory_is_no_finding_about_the_file(world, contract, monkeypatch, place):  # R4.1
    def starving(*args):
        raise MemoryError

    monkeypatch.setattr(place, starving)
    with pytest.raises(MemoryError):
        verify(contract.content, world.trust())
    request = {'job': 'verify', 'trust': to_json(world.trust()), 'expected': None}
    assert json.loads(jobs.answer(request, contract.content))['refused'][0] == 'too_demanding'


@pytest.mark.parametrize(
    ('code', 'reason'),
    [
        ('too_slow', Reason.TOO_DEMANDING),
        ('too_demanding', Reason.TOO_DEMANDING),
        ('unreadable', Reason.MALFORMED),
    ],
)
def test_what_the_sandbox_refuses_is_a_verdict(world, monkeypatch, code, reason):
    def refuse(*_arguments):
        raise FileRefused(code, 'x')

    monkeypatch.setattr(apart, 'run_sandboxed', refuse)
    assert verify_apart(b'%PDF-1.7', world.trust()).reason is reason


def test_a_sandbox_that_is_not_there_is_no_verdict(world, monkeypatch):
    def refuse(*_arguments):
        raise FileRefused('sandbox_unavailable', 'x')

    monkeypatch.setattr(apart, 'run_sandboxed', refuse)
    with pytest.raises(FileRefused):
        verify_apart(b'%PDF-1.7', world.trust())


# As JSON ----------------------------------------------------------------------------------------


def test_findings_come_back_as_they_were(world, contract):
    for content, expected in ((contract.content, contract.expected()), (contract.content[:-9], None), (b'', None)):
        found = verify(content, world.trust(), expected)
        assert from_json(Verdict, json.loads(json.dumps(to_json(found)))) == found
    for value in (world.trust(), contract.expected(), Expected()):
        assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value


def test_findings_of_another_version_are_read(world, contract):
    data = to_json(verify(contract.content, world.trust()))
    assert from_json(Verdict, {**data, 'unheard_of': 1}).genuine
    del data['sheets']
    assert from_json(Verdict, data).sheets == ()
    assert isinstance(from_json(Verdict, data).signatures[0], SignatureVerdict)


def test_what_has_no_json_is_refused():
    with pytest.raises(TypeError):
        to_json(object())


def test_the_job_of_the_sandbox(world, contract):
    for expected in (None, contract.expected()):
        request = {'job': 'verify', 'trust': to_json(world.trust()), 'expected': to_json(expected)}
        head, _, body = jobs.answer(request, contract.content).partition(b'\n')
        assert body == b'' and from_json(Verdict, json.loads(head)['facts']['verdict']).genuine


# Detached ---------------------------------------------------------------------------------------


def test_detached_signature_holds_for_others(world, tmp_path):  # R8.3
    data = b'{"files": {}}\n'
    signatory = world.signatory('平台', level=Level.B_T)
    made = sign_detached(data, signatory)
    signed = cms.ContentInfo.load(made)['content']
    context = world.trust().context(world.now + dt.timedelta(minutes=1))
    for content, holds in ((data, True), (data + b' ', False)):
        status = asyncio.run(
            async_validate_detached_cms(content, signed, signer_validation_context=context, key_usage_settings=usage())
        )
        assert (status.intact and status.valid) is holds
    (tmp_path / 'data').write_bytes(data)
    (tmp_path / 'cms').write_bytes(made)
    (tmp_path / 'root.pem').write_bytes(world.root.public_bytes(Encoding.PEM) + world.ca.public_bytes(Encoding.PEM))
    command = ['openssl', 'cms', '-verify', '-binary', '-inform', 'DER', '-in', tmp_path / 'cms']
    command += [
        '-content',
        tmp_path / 'data',
        '-CAfile',
        tmp_path / 'root.pem',
        '-purpose',
        'any',
        '-out',
        tmp_path / 'o',
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    assert b'erification successful' in done.stderr, done.stderr


def test_a_wrong_detached_signature_is_withheld(world):
    class Liar(MemoryKey):
        def sign(self, data):
            return super().sign(data + b'!')

    signatory = world.signatory('平台', level=Level.B_B)
    signatory.key.__class__ = Liar
    with pytest.raises(ResultInvalid) as caught:
        sign_detached(b'x', signatory)
    assert caught.value.code == 'result_signature'


# Stamps over heads of traces --------------------------------------------------------------------

HEAD = hashlib.sha256(b'head').digest()


def test_a_stamp_over_a_digest(world, tmp_path):  # R3.10 R8.3
    token, time = stamp_digest(HEAD, world.stamper(), world.trust())
    assert check_stamp(token, HEAD, world.trust()) == time and time.tzinfo is dt.UTC
    assert abs(time - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    (tmp_path / 'token').write_bytes(token)
    (tmp_path / 'root.pem').write_bytes(world.root.public_bytes(Encoding.PEM))
    (tmp_path / 'ca.pem').write_bytes(world.ca.public_bytes(Encoding.PEM))
    command = ['openssl', 'ts', '-verify', '-digest', HEAD.hex(), '-in', tmp_path / 'token', '-token_in']
    command += ['-CAfile', tmp_path / 'root.pem', '-untrusted', tmp_path / 'ca.pem']
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    assert b'Verification: OK' in done.stdout, done.stdout + done.stderr


def refused(call, *arguments, **options) -> str:
    with pytest.raises(TimestampError) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_stamps_that_do_not_hold(world):  # R3.10 R8.3
    token, _ = stamp_digest(HEAD, world.stamper(), world.trust())
    stranger = World()
    stranger.root = stranger._issue('别的根', stranger.tsa_key, None, stranger.now, 100, ca=True)
    assert refused(check_stamp, token, bytes(32), world.trust()) == 'timestamp_mismatch'
    assert refused(check_stamp, token[:-9], HEAD, world.trust()) == 'timestamp_unreadable'
    assert refused(check_stamp, b'x', HEAD, world.trust()) == 'timestamp_unreadable'
    assert refused(check_stamp, token, HEAD, stranger.bare_trust()) == 'timestamp_untrusted'
    assert refused(check_stamp, token, HEAD, world.bare_trust(), revocation=True) == 'timestamp_untrusted'


def test_a_token_without_its_certificate_names_nobody(world):
    token, _ = stamp_digest(HEAD, world.stamper(), world.trust())
    content = cms.ContentInfo.load(token)
    content['content']['certificates'] = cms.CertificateSet([])
    assert refused(check_stamp, content.dump(force=True), HEAD, world.trust()) == 'timestamp_without_certificate'


def test_no_stamp_without_the_authority(world):  # R3.10
    stamper = world.stamper()
    stamper.broken = True
    assert refused(stamp_digest, HEAD, stamper, world.trust()) == 'timestamp_failed'

    class Refusing(type(stamper)):
        async def async_timestamp(self, message_digest, md_algorithm):
            raise TimestampError('timestamp_refused', 'x')

    stamper.__class__ = Refusing
    assert refused(stamp_digest, HEAD, stamper, world.trust()) == 'timestamp_refused'


def test_a_stamp_that_does_not_check_out_is_not_handed_out(world):
    class Liar(type(world.stamper())):
        async def async_timestamp(self, message_digest, md_algorithm):
            return await super().async_timestamp(bytes(32), md_algorithm)

    stamper = world.stamper()
    stamper.__class__ = Liar
    assert refused(stamp_digest, HEAD, stamper, world.trust()) == 'timestamp_mismatch'
    assert refused(stamp_digest, HEAD, world.stamper(), Trust(())) == 'timestamp_untrusted'
