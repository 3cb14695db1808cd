"""Others agree: pyHanko's AdES validation, poppler, MuPDF and OpenSSL, now and four years on."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
import subprocess

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from signing.acts.archive import archive
from signing.acts.prepare import LaunchMode
from signing.acts.signatory import Level
from signing.acts.units import stored_data
from signing.acts.verdict import TimeSource
from signing.acts.verify import verify
from signing.errors import PrepareError, ResultInvalid, RevisionMoved, TimestampError

from tests.signing.acts_cases import Contract, sha
from tests.signing.acts_support import World, der

FOUR_YEARS = dt.timedelta(days=4 * 365)


@pytest.fixture(scope='module')
def world() -> World:
    return World()


KINDS = {
    'certified': (LaunchMode.CERTIFIED, True),
    'free': (LaunchMode.FREE, True),
    'invisible': (LaunchMode.FREE, False),
}


@pytest.fixture(scope='module', params=KINDS.values(), ids=KINDS)
def contract(world, request) -> Contract:
    mode, placed = request.param
    return Contract(world, mode, placed=placed).all_sign()


@pytest.fixture(scope='module')
def archived(world, contract) -> bytes:
    return archive(contract.content, world.stamper(), world.trust(), base_sha256=sha(contract.content)).content


def ades_results(content, trust, now):
    reader = PdfFileReader(io.BytesIO(content), strict=True)
    spec = PdfSignatureValidationSpec(trust.specification())
    timing = ValidationTimingInfo(now, now, point_in_time_validation=True)
    seen = {one.sig_field.raw_get('/V').idnum: one for one in reader.embedded_regular_signatures}
    return [asyncio.run(ades.ades_lta_validation(one, spec, timing)) for one in seen.values()]


def todays_lists(world, now):
    """The root, and the authority's own current lists: local data, nothing fetched."""
    at = now - dt.timedelta(hours=1)
    return world.bare_trust().plus(crls=[world.crl('ca', at=at), world.crl('root', at=at)])


def test_ades_validation_with_the_file_alone(world, contract, archived):  # R8.1
    results = ades_results(archived, world.bare_trust(), world.now + dt.timedelta(hours=1))
    assert [one.ades_subindic for one in results] == [AdESPassed.OK] * 4, [one.failure_msg for one in results]


def test_ades_validation_four_years_on(world, contract, archived):  # R8.1
    later = world.now + FOUR_YEARS
    results = ades_results(archived, todays_lists(world, later), later)
    assert [one.ades_subindic for one in results] == [AdESPassed.OK] * 4, [one.failure_msg for one in results]


def test_ades_validation_four_years_on_with_the_file_alone(world, contract):  # R8.1
    lists = [world.crl('ca', days=3650), world.crl('root', days=3650)]
    trust = world.bare_trust().plus([der(world.ca)], lists)
    kept = archive(contract.content, world.stamper(), trust, base_sha256=sha(contract.content)).content
    results = ades_results(kept, world.bare_trust(), world.now + FOUR_YEARS)
    assert [one.ades_subindic for one in results] == [AdESPassed.OK] * 4, [one.failure_msg for one in results]


@pytest.mark.parametrize('later', [dt.timedelta(0), dt.timedelta(hours=1), FOUR_YEARS])
def test_our_verdict_with_local_data_only(world, contract, archived, later):  # R8.1
    verdict = verify(archived, world.bare_trust(), now=world.now + dt.timedelta(minutes=1) + later)
    assert verdict.genuine, (verdict.reason, verdict.changes)
    assert [one.level for one in verdict.signatures] == ['B-LTA'] * 4
    assert len(verdict.timestamps) == 1 and verdict.timestamps[0].covers_file


def test_after_the_signers_later_revocation(world, contract, archived):  # R8.1
    later = world.now + dt.timedelta(days=10)
    serials = [int(one.serial, 16) for one in contract.signed]
    revoked = world.crl(
        'ca', at=later - dt.timedelta(hours=1), revoked=[(one, later - dt.timedelta(days=2)) for one in serials]
    )
    trust = world.bare_trust().plus(crls=[revoked])
    assert verify(archived, trust, now=later).genuine
    assert verify(contract.content, trust, now=later).genuine
    results = ades_results(archived, trust, later)
    assert [one.ades_subindic for one in results] == [AdESPassed.OK] * 4


def test_revoked_before_signing_is_not_sound(world, contract):  # R8.1
    serial = int(contract.signed[0].serial, 16)
    trust = world.bare_trust().plus(
        crls=[
            world.crl('ca', at=world.now + dt.timedelta(hours=1), revoked=[(serial, world.now - dt.timedelta(hours=2))])
        ]
    )
    verdict = verify(contract.content, trust, now=world.now + dt.timedelta(hours=2))
    assert not verdict.genuine
    assert verdict.signatures[1].reason == 'revoked' and verdict.signatures[1].intact


def test_event_certificate_long_expired(world):  # R8.1
    from signing.acts.sign import sign

    from tests.signing.acts_cases import act
    from tests.signing.acts_support import pdf

    source = pdf()
    signatory = world.signatory('当事人', 'ec', 50, days=1.5)
    result = sign(source, act(source, ()), signatory)
    assert verify(result.content, world.bare_trust(), now=world.now + dt.timedelta(days=30)).genuine
    plain = sign(source, act(source, ()), world.signatory('当事人', 'ec', 51, days=1.5, level=Level.B_B))
    late = verify(plain.content, world.trust(), now=world.now + dt.timedelta(days=30))
    assert not late.genuine and late.signatures[0].reason == 'no_proof_of_time'
    assert late.signatures[0].time_source is TimeSource.CLAIMED


def test_a_certificate_that_is_not_valid_yet_is_said_to_be(world):  # R8.1
    from tests.signing.acts_forgeries import stock_signed
    from tests.signing.acts_support import MemoryKey, pdf

    key, certificate = world.certificate('将来', number=52, start=world.now + dt.timedelta(days=10))
    held = MemoryKey(key, der(certificate), [der(world.ca)])
    content = stock_signed(pdf(), type('S', (), {'key': held}))
    (found,) = verify(content, world.trust()).signatures
    assert (found.reason, found.intact, found.sound) == ('not_yet_valid', True, False)


def test_expired_authority_needs_the_archive(world):  # R8.1
    short = World(tsa_years=1)
    contract = Contract(short, parties=1).all_sign()
    later = short.now + dt.timedelta(days=2 * 365)
    bare = verify(contract.content, short.bare_trust(), now=later)
    assert not bare.genuine and bare.signatures[0].reason == 'timestamp_untrusted'


def test_renewal(world, archived):  # R8.1
    again = archive(archived, world.stamper(), world.trust(), base_sha256=sha(archived))
    assert again.content.startswith(archived)
    for later in (dt.timedelta(minutes=1), FOUR_YEARS):
        verdict = verify(again.content, world.bare_trust(), now=world.now + later)
        assert verdict.genuine and len(verdict.timestamps) == 2, (verdict.reason, verdict.changes)
    results = ades_results(again.content, todays_lists(world, world.now + FOUR_YEARS), world.now + FOUR_YEARS)
    assert [one.ades_subindic for one in results] == [AdESPassed.OK] * 4


def test_archive_refuses(world, contract):
    content = contract.content
    with pytest.raises(RevisionMoved):
        archive(content, world.stamper(), world.trust(), base_sha256=sha(b''))
    with pytest.raises(PrepareError) as caught:
        forged = content[:-50]
        archive(forged, world.stamper(), world.trust(), base_sha256=sha(forged))
    assert caught.value.code == 'not_sound'
    broken = world.stamper()
    broken.broken = True
    with pytest.raises(TimestampError):
        archive(content, broken, world.trust(), base_sha256=sha(content))
    with pytest.raises(TimestampError):
        archive(content, world.stamper(), world.bare_trust(), base_sha256=sha(content))
    failing = world.stamper()
    asyncio.run(failing.async_dummy_response('sha256'))
    failing.broken = True
    with pytest.raises(TimestampError):
        archive(content, failing, world.trust(), base_sha256=sha(content))


def test_archive_with_a_lying_authority(world, contract):
    class Liar(type(world.stamper())):
        async def async_timestamp(self, message_digest, md_algorithm):
            return await super().async_timestamp(bytes(32), md_algorithm)

    stamper = world.stamper()
    stamper.__class__ = Liar
    with pytest.raises(ResultInvalid):
        archive(contract.content, stamper, world.trust(), base_sha256=sha(contract.content))


def test_pdfsig_agrees(contract, archived, tmp_path):  # R8.1
    for content in (contract.content, archived):
        path = tmp_path / 'x.pdf'
        path.write_bytes(content)
        out = subprocess.run(['pdfsig', '-nocert', path], capture_output=True, text=True, check=False).stdout
        valid = out.count('Signature is Valid')
        shown = sum(len(names) for one in contract.signed for names in one.fields) + 1
        assert valid == shown, out
        assert 'Invalid' not in out and 'mismatch' not in out.lower()


def test_mutool_agrees(contract, tmp_path):  # R8.1
    path = tmp_path / 'x.pdf'
    path.write_bytes(contract.content)
    result = subprocess.run(['mutool', 'sign', '-v', path], capture_output=True, text=True, check=False)
    out = result.stdout + result.stderr
    shown = sum(len(names) for one in contract.signed for names in one.fields) + 1
    assert len(re.findall(r'The signature is valid|Document is unchanged|signature is valid', out)) >= 1
    assert out.count('Verifying signature') == shown
    assert 'digest' not in out.lower() and 'invalid' not in out.lower(), out


def openssl(*arguments, **options):
    return subprocess.run(['openssl', *map(str, arguments)], capture_output=True, check=False, **options)


def epoch(moment):
    return str(int(moment.timestamp()))


def pem(*certificates):
    return b''.join(one.public_bytes(Encoding.PEM) for one in certificates)


def openssl_lists(world, stored, tmp_path):
    """The file's own revocation lists, each checked, as PEM behind the root."""
    (tmp_path / 'both.pem').write_bytes(pem(world.ca, world.root))
    lists = b''
    for one in stored.crls:
        (tmp_path / 'one.crl').write_bytes(one)
        done = openssl('crl', '-inform', 'DER', '-in', tmp_path / 'one.crl', '-CAfile', tmp_path / 'both.pem')
        assert b'verify OK' in done.stderr, done.stderr
        lists += done.stdout
    assert len(stored.crls) == 2
    return pem(world.root) + lists


def openssl_time(world, unit, clock, tmp_path):
    """Return what the time stamp states; it must hold at ``clock``."""
    (token,) = extract_tst_data_iter(unit.signer_info, signed=False)
    (tmp_path / 'token').write_bytes(cms.ContentInfo({'content_type': 'signed_data', 'content': token}).dump())
    (tmp_path / 'value').write_bytes(unit.signer_info['signature'].native)
    (tmp_path / 'root.pem').write_bytes(pem(world.root))
    (tmp_path / 'ca.pem').write_bytes(pem(world.ca))
    command = ['ts', '-verify', '-data', tmp_path / 'value', '-in', tmp_path / 'token', '-token_in']
    done = openssl(
        *command, '-CAfile', tmp_path / 'root.pem', '-untrusted', tmp_path / 'ca.pem', '-attime', epoch(clock)
    )
    assert b'Verification: OK' in done.stdout, done.stdout + done.stderr
    return token['encap_content_info']['content'].parsed['gen_time'].native


def openssl_accepts(unit, signed, moment, tmp_path):
    """Whether the container holds over ``signed`` at the proven time, revocation of the whole chain included."""
    (tmp_path / 'cms').write_bytes(cms.ContentInfo.load(unit.pkcs7_content).dump())
    (tmp_path / 'content').write_bytes(signed)
    command = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', tmp_path / 'cms', '-content', tmp_path / 'content']
    command += ['-CAfile', tmp_path / 'crls.pem', '-crl_check_all', '-purpose', 'any', '-attime', epoch(moment)]
    return b'erification successful' in openssl(*command, '-out', tmp_path / 'o').stderr


@pytest.mark.parametrize('later', [dt.timedelta(minutes=1), FOUR_YEARS], ids=['now', 'four_years_on'])
def test_openssl_agrees(world, contract, later, tmp_path):  # R8.1
    """With the file's own data and the clock ``later``: the stamp holds then, the rest at the time it states.

    That is also the answer after a signer's later revocation: the lists in the file are of the time of signing.
    """
    reader = PdfFileReader(io.BytesIO(contract.content), strict=True)
    units = {one.sig_field.raw_get('/V').idnum: one for one in reader.embedded_regular_signatures}
    (tmp_path / 'crls.pem').write_bytes(openssl_lists(world, stored_data(reader), tmp_path))
    assert len(units) == 4
    for unit in units.values():
        moment = openssl_time(world, unit, world.now + later, tmp_path)
        a, b, c, d = unit.byte_range
        signed = contract.content[a : a + b] + contract.content[c : c + d]
        assert openssl_accepts(unit, signed, moment, tmp_path)
        assert not openssl_accepts(unit, signed[:-1] + b'!', moment, tmp_path)
        if later == FOUR_YEARS:  # without the proof of time the lists would be stale by then
            assert not openssl_accepts(unit, signed, world.now + later, tmp_path)


def test_openssl_knows_a_revocation_before_the_signature(world, contract, tmp_path):  # R8.1
    unit = PdfFileReader(io.BytesIO(contract.content), strict=True).embedded_regular_signatures[1]
    serial = unit.signer_cert.serial_number
    lists = [world.crl('ca', revoked=[(serial, world.now - dt.timedelta(hours=2))]), world.crl('root')]
    as_pem = [openssl('crl', '-inform', 'DER', input=one).stdout for one in lists]
    (tmp_path / 'crls.pem').write_bytes(pem(world.root) + b''.join(as_pem))
    a, b, c, d = unit.byte_range
    signed = contract.content[a : a + b] + contract.content[c : c + d]
    assert not openssl_accepts(unit, signed, openssl_time(world, unit, world.now, tmp_path), tmp_path)


def test_ocsp_answers_are_embedded_and_good(world, tmp_path):  # R8.1
    from cryptography import x509
    from signing.acts.sign import sign

    from tests.signing.acts_cases import act
    from tests.signing.acts_support import pdf

    signatory = world.signatory('王五', 'ec', 14)
    answer = world.ocsp(x509.load_der_x509_certificate(signatory.certificate.dump()))
    other = world.ocsp(world.tsa)
    trust = world.bare_trust().plus([der(world.ca)], [world.crl('root')], [answer, other])
    signatory.trust = trust
    source = pdf()
    result = sign(source, act(source, ()), signatory)
    stored = stored_data(PdfFileReader(io.BytesIO(result.content), strict=True))
    assert set(stored.ocsps) == {answer, other}
    verdict = verify(result.content, world.bare_trust())
    assert verdict.genuine and verdict.signatures[0].level == 'B-LT' and verdict.signatures[0].revocation == 'good'
    (tmp_path / 'answer').write_bytes(stored.ocsps[0])
    (tmp_path / 'root.pem').write_bytes(world.root.public_bytes(Encoding.PEM))
    (tmp_path / 'ca.pem').write_bytes(world.ca.public_bytes(Encoding.PEM))
    done = openssl(
        'ocsp',
        '-respin',
        tmp_path / 'answer',
        '-CAfile',
        tmp_path / 'root.pem',
        '-verify_other',
        tmp_path / 'ca.pem',
        '-no_nonce',
        '-issuer',
        tmp_path / 'ca.pem',
        '-serial',
        f'0x{signatory.certificate.serial_number:x}',
    )
    assert b'Response verify OK' in done.stderr + done.stdout, done.stderr
    assert b'good' in done.stdout
