"""Acts: one signature for all of a party's seals; every earlier signature stays sound."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from signing.acts.act import Act
from signing.acts.prepare import LaunchMode, prepare
from signing.acts.sign import sign, sign_file
from signing.acts.signatory import Level, Signatory
from signing.acts.verdict import Conclusion, Kind, TimeSource
from signing.acts.verify import verify
from signing.errors import CertificateError, PrepareError, ResultInvalid, RevisionMoved, TimestampError

from tests.signing.acts_cases import ART, Contract, act, consent, plans, sha
from tests.signing.acts_elsewhere import Stranger
from tests.signing.acts_support import MemoryKey, World, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.mark.parametrize('mode', list(LaunchMode))
def test_three_parties_each_one_operation(world, mode):  # R8.1, R3.2, R3.3, R3.5
    contract = Contract(world, mode).all_sign()
    assert [one.key.operations for one in contract.signatories] == [1, 1, 1]
    verdict = verify(contract.content, world.bare_trust(), contract.expected())
    assert verdict.conclusion is Conclusion.GENUINE, (verdict.reason, verdict.changes)
    assert [one.level for one in verdict.signatures] == ['B-LT'] * 4
    assert [one.signer for one in verdict.signatures] == ['平台', '签署人0', '签署人1', '签署人2']
    assert [one.consent for one in verdict.signatures[1:]] == [consent(f'party{n}').hex() for n in range(3)]
    assert verdict.signatures[-1].covers_file and verdict.covered
    assert all(one.time_source is TimeSource.TIMESTAMP for one in verdict.signatures)
    wanted = Kind.CERTIFICATION if mode is LaunchMode.CERTIFIED else Kind.APPROVAL
    assert verdict.signatures[0].kind is wanted
    for one, signed in zip(verdict.signatures[1:], contract.signed, strict=True):
        assert set(one.fields) == set(signed.fields[0])


def test_every_revision_starts_with_the_one_before(world):  # R8.1
    contract = Contract(world, parties=2).all_sign()
    for before, after in zip(contract.revisions, contract.revisions[1:], strict=False):
        assert after.startswith(before)


def test_without_placements_signs_invisibly(world):  # R8.1
    source = pdf()
    signatory = world.signatory('张三', 'ec', 11)
    result = sign(source, Act(consent=consent('a'), base_sha256=sha(source)), signatory)
    assert result.fields == (('signature',),)
    verdict = verify(result.content, world.bare_trust())
    assert verdict.genuine and verdict.signatures[0].fields == ('signature',)


def test_one_party_comes_back(world):  # R3.2
    contract = Contract(world, LaunchMode.FREE, parties=1)
    contract.sign(0)
    again = plans(contract.source, 'party0again', y=150)
    signatory = world.signatory('签署人0', number=30)
    result = sign(contract.content, act(contract.content, again, 'again'), signatory)
    verdict = verify(result.content, world.bare_trust())
    assert verdict.genuine, verdict.changes
    assert [one.signer for one in verdict.signatures] == ['平台', '签署人0', '签署人0']


def test_one_value_per_placement_by_policy(world):  # R8.1
    contract = Contract(world, LaunchMode.FREE, parties=1)
    result = contract.sign(0, per_placement=True)
    assert contract.signatories[0].key.operations == 3  # seal, date, cross-page
    assert [len(names) for names in result.fields] == [1, 1, 2]
    verdict = verify(result.content, world.bare_trust(), contract.expected())
    assert verdict.genuine, verdict.changes
    assert len(verdict.signatures) == 4


def test_one_value_per_placement_in_a_certified_document(world):  # R8.1
    source = pdf()
    fields = plans(source, 'party0')
    ready = prepare(
        source, {'party0': fields}, world.signatory('平台', number=20), LaunchMode.CERTIFIED, per_placement=True
    )
    signatory = world.signatory()
    result = sign(ready.content, act(ready.content, fields, per_placement=True), signatory)
    assert len(result.fields) == 3
    assert verify(result.content, world.bare_trust()).genuine


@pytest.mark.parametrize('pages', [1, 2, 10, 37, 200])
def test_cross_page_seal_is_one_operation(world, pages):  # R3.6, R8.1
    source = pdf(pages)
    fields = plans(source, 'party0', dates=2)
    signatory = world.signatory(level=Level.B_B)
    result = sign(source, act(source, fields), signatory)
    assert signatory.key.operations == 1
    verdict = verify(result.content, world.trust())
    assert verdict.genuine
    assert len(verdict.signatures) == 1 and len(verdict.signatures[0].fields) == pages + 3


@pytest.mark.parametrize('level', list(Level))
@pytest.mark.parametrize('kind', ['rsa', 'ec'])
def test_levels(world, level, kind):  # R8.1
    source = pdf()
    signatory = world.signatory('李四', kind, 12, level=level)
    result = sign(
        source,
        act(source, plans(source, 'g'), name='李四', reason='同意', location='杭州', contact='li@example.com'),
        signatory,
    )
    verdict = verify(result.content, world.trust())
    assert verdict.genuine, verdict
    (found,) = verdict.signatures
    assert found.level == level.value == result.level
    assert len(verdict.timestamps) == (1 if level is Level.B_LTA else 0)
    assert (found.name, found.stated_reason, found.location, found.contact) == (
        '李四',
        '同意',
        '杭州',
        'li@example.com',
    )
    assert found.serial == result.serial and found.fingerprint == result.fingerprint
    assert signatory.key.operations == 1


def test_base_revision_is_checked(world):  # R8.1
    source = pdf()
    stale = Act(consent=None, base_sha256=sha(b'other'))
    signatory = world.signatory()
    with pytest.raises(RevisionMoved):
        sign(source, stale, signatory)
    assert signatory.key.operations == 0


def test_bad_signature_is_withheld(world):
    class Liar(MemoryKey):
        def sign(self, data):
            return super().sign(data + b'!')

    honest = world.signatory(level=Level.B_B)
    honest.key.__class__ = Liar
    source = pdf()
    with pytest.raises(ResultInvalid) as caught:
        sign(source, act(source, plans(source, 'g')), honest)
    assert caught.value.code == 'result_signature'


def test_failing_key_is_typed(world):
    class Broken(MemoryKey):
        def sign(self, data):
            raise OSError('token gone, PIN 4711')

    signatory = world.signatory(level=Level.B_B)
    signatory.key.__class__ = Broken
    source = pdf()
    with pytest.raises(ResultInvalid) as caught:
        sign(source, act(source, plans(source, 'g')), signatory)
    assert caught.value.code == 'signing_failed' and '4711' not in str(caught.value)


def test_consent_digest_must_be_one(world):
    source = pdf()
    with pytest.raises(ResultInvalid) as caught:
        sign(source, Act(consent=b'short', base_sha256=sha(source)), world.signatory(level=Level.B_B))
    assert caught.value.code == 'consent_digest'


def test_no_time_no_signature(world):  # R8.1
    source = pdf()
    stamper = world.stamper()
    stamper.broken = True
    with pytest.raises(TimestampError):
        sign(source, act(source, ()), world.signatory(stamper=stamper))
    stamper.broken = False
    signatory = world.signatory(stamper=stamper)
    signatory.ready()
    stamper.broken = True
    with pytest.raises(TimestampError):
        sign(source, act(source, ()), signatory)
    with pytest.raises(TimestampError):
        sign(source, act(source, ()), Signatory(signatory.key, world.trust(), Level.B_T, None))


@pytest.mark.parametrize('level', [Level.B_B, Level.B_LT])
def test_revoked_signer_is_refused(world, level):
    signatory = world.signatory(level=level)
    serial = signatory.certificate.serial_number
    when = world.now.replace(year=world.now.year - 1)
    signatory.trust = world.trust(revoked=[(serial, when)])
    source = pdf()
    with pytest.raises(CertificateError) as caught:
        sign(source, act(source, ()), signatory)
    assert caught.value.code == 'certificate_untrusted'
    assert signatory.key.operations == 0


def test_missing_revocation_data_is_refused_for_lt(world):
    source = pdf()
    with pytest.raises(CertificateError):
        sign(source, act(source, ()), world.signatory(trust=world.bare_trust()))


def test_certificate_for_other_use_is_refused(world):
    key, certificate = world.certificate('网站', number=13, usage=False)
    from tests.signing.acts_support import der

    held = MemoryKey(key, der(certificate), [der(world.ca)])
    with pytest.raises(CertificateError):
        Signatory(held, world.trust(), Level.B_B).ready()


def test_foreign_authority_is_refused(world):
    signatory = Stranger().signatory(trust=world.trust(), level=Level.B_B)
    source = pdf()
    with pytest.raises(CertificateError) as caught:
        sign(source, act(source, ()), signatory)
    assert caught.value.code == 'certificate_untrusted'


@pytest.mark.parametrize('odd', [b'', b'no pdf', b'%PDF-1.7\n%%EOF', pdf()[:-300]])
def test_odd_files_are_refused(world, odd):
    with pytest.raises(PrepareError) as caught:
        sign(odd, Act(consent=None, base_sha256=sha(odd)), world.signatory(level=Level.B_B))
    assert caught.value.code == 'unreadable'


def test_missing_artwork_and_filled_fields_are_refused(world):
    source = pdf()
    fields = plans(source, 'g')
    signatory = world.signatory(level=Level.B_B)
    with pytest.raises(PrepareError) as caught:
        sign(
            source, Act(plans=fields, artworks={'seal': ART['seal']}, consent=None, base_sha256=sha(source)), signatory
        )
    assert caught.value.code == 'art_missing' and caught.value.details['art'] == ['date']
    once = sign(source, act(source, fields), signatory)
    with pytest.raises(PrepareError) as caught:
        sign(once.content, act(once.content, fields), signatory)
    assert caught.value.code == 'field_filled'


def test_new_fields_in_a_certified_document_are_refused(world):  # R3.3
    contract = Contract(world, parties=1)
    more = plans(contract.source, 'intruder', y=200)
    with pytest.raises(PrepareError) as caught:
        sign(contract.content, act(contract.content, more), world.signatory())
    assert caught.value.code == 'fields_missing'


def test_batch_validates_the_signer_once(world, monkeypatch):
    signatory = world.signatory(level=Level.B_B)
    calls = []
    original = Signatory._validate

    async def counted(self):
        calls.append(1)
        await original(self)

    monkeypatch.setattr(Signatory, '_validate', counted)
    for number in range(3):
        source = pdf(text=f'no. {number}')
        sign(source, act(source, ()), signatory)
    assert len(calls) == 1 and signatory.key.operations == 3


def test_evidence_before_validation_is_an_error(world):
    with pytest.raises(CertificateError):
        _ = world.signatory().evidence


def test_inside_a_running_loop(world):
    import asyncio

    source = pdf()

    async def run():
        return sign(source, act(source, ()), world.signatory(level=Level.B_B))

    assert verify(asyncio.run(run()).content, world.trust()).genuine


def big(tmp_path, megabytes=50):
    import pikepdf

    path = tmp_path / 'big.pdf'
    with pikepdf.open(io.BytesIO(pdf())) as document:
        import os

        for _ in range(megabytes):
            document.Root[f'/Filler{_}'] = document.make_stream(os.urandom(1 << 20))
        document.save(path, compress_streams=False)
    return path


# The archive's stamp compares the revision with the signed one, and for that every object is read.
@pytest.mark.parametrize(('level', 'limit'), [(Level.B_B, 20), (Level.B_LT, 20), (Level.B_LTA, 70)])
def test_large_file_in_place(world, tmp_path, level, limit):  # R8.1
    path = big(tmp_path)
    signatory = world.signatory(level=level)
    signatory.ready()
    with path.open('rb') as stream:
        import hashlib

        base = hashlib.file_digest(stream, 'sha256').hexdigest()
    fields = plans(pdf(), 'g')
    target = tmp_path / 'signed.pdf'
    tracemalloc.start()
    result = sign_file(path, target, Act(plans=fields, artworks=ART, consent=None, base_sha256=base), signatory)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < limit * 1024 * 1024, f'{peak / 1e6:.1f} MB'
    assert result.path == target and result.content == b'' and result.size == target.stat().st_size
    verdict = verify(target, world.trust())
    assert verdict.genuine and verdict.sha256 == result.sha256
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith('.signing')] == []


def test_failed_file_leaves_nothing(world, tmp_path):
    path = tmp_path / 'a.pdf'
    path.write_bytes(b'%PDF-1.4 broken')
    target = tmp_path / 'b.pdf'
    with pytest.raises(PrepareError):
        sign_file(path, target, Act(consent=None, base_sha256=sha(path.read_bytes())), world.signatory(level=Level.B_B))
    with pytest.raises(RevisionMoved):
        sign_file(path, target, Act(consent=None, base_sha256=sha(b'')), world.signatory(level=Level.B_B))
    assert [one.name for one in tmp_path.iterdir()] == ['a.pdf']


def test_signing_reads_back_in_pyhanko(world):
    contract = Contract(world, parties=1).all_sign()
    reader = PdfFileReader(io.BytesIO(contract.content), strict=True)
    names = {one.field_name for one in reader.embedded_signatures}
    assert names == {'platform', *contract.signed[0].fields[0]}
