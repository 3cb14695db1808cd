"""The check every result passes before it leaves the core can fail in each of its points."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing.acts.archive import archive, stamp_stream
from signing.acts.check import check_result
from signing.acts.fields import fields_in
from signing.acts.sign import sign
from signing.acts.signatory import Level
from signing.acts.verdict import ChangeKind, Conclusion
from signing.acts.verify import verify
from signing.errors import ResultInvalid, TimestampError

from tests.signing.acts_cases import act, consent, plans, sha
from tests.signing.acts_support import World, der, pdf


@pytest.fixture(scope='module')
def world() -> World:
    return World()


@pytest.fixture(scope='module')
def signatory(world):
    one = world.signatory(level=Level.B_LT)
    one.ready()
    return one


@pytest.fixture(scope='module')
def signed(signatory):
    source = pdf()
    return sign(source, act(source, plans(source, 'g')), signatory)


def appended(content: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    writer.root['/Lang'] = generic.pdf_string('zh')
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def check(content, signed, signatory, **changes):
    options = {
        'fields': signed.fields[0], 'certificate': signatory.certificate, 'consent': consent('consent'),
        'base_revision': 0, 'trust': signatory.evidence, 'stamped': True,
    }  # fmt: skip
    return check_result(io.BytesIO(content), **(options | changes))


def test_each_point(world, signed, signatory):
    assert check(signed.content, signed, signatory).fields == signed.fields[0]
    other = world.signatory('别人', number=41).certificate
    flipped = signed.content.replace(b'595', b'596', 1)
    cases = [
        ('result_fields', signed.content, {'fields': ['other']}),
        ('result_coverage', appended(signed.content), {}),
        ('result_signer', signed.content, {'certificate': other}),
        ('result_signature', flipped, {}),
        ('result_consent', signed.content, {'consent': consent('another')}),
        ('result_consent', signed.content, {'consent': None}),
        ('result_timestamp', signed.content, {'trust': World.bare_trust(foreign(world))}),
        ('result_timestamp', signed.content, {'certificate': None}),
        ('result_unreadable', b'%PDF-1.4 odd', {}),
    ]
    for code, content, changes in cases:
        with pytest.raises(ResultInvalid) as caught:
            check(content, signed, signatory, **changes)
        assert caught.value.code == code, (code, caught.value)


def foreign(world):
    stranger = World()
    stranger.root = stranger._issue('别的根', stranger.tsa_key, None, stranger.now, 100, ca=True)
    return stranger


def test_missing_time_stamp_is_found(world):
    source = pdf()
    plain = world.signatory(level=Level.B_B)
    result = sign(source, act(source, ()), plain)
    with pytest.raises(ResultInvalid) as caught:
        check(result.content, result, plain)
    assert caught.value.code == 'result_timestamp'


def test_break_of_an_earlier_signature_is_found(signed, signatory, world):
    """A result that carries a forbidden step behind its base is withheld."""
    forged = appended(signed.content)
    again = sign(forged, act(forged, ()), world.signatory('乙', number=42))
    with pytest.raises(ResultInvalid) as caught:
        check(
            again.content,
            again,
            signatory,
            base_revision=1,
            certificate=world.signatory('乙', number=42).certificate,
            consent=None,
            fields=['signature'],
        )
    assert caught.value.code in {'result_signer', 'result_signature'}
    verdict = verify(again.content, world.trust())
    assert verdict.conclusion is Conclusion.ALTERED


def test_lock_names_can_be_stated(world):
    source = pdf()
    result = sign(source, act(source, plans(source, 'g.h'), group=('g',)), world.signatory(level=Level.B_B))
    assert verify(result.content, world.trust()).genuine


def test_changed_form_value_of_a_foreign_document(world):  # R8.3
    source = pdf(form=True)
    result = sign(source, act(source, ()), world.signatory(level=Level.B_B))
    writer = IncrementalPdfFileWriter(io.BytesIO(result.content))
    field = fields_in(writer)['amount']
    field.body['/V'] = generic.pdf_string('999')
    writer.mark_update(field.reference)
    out = io.BytesIO()
    writer.write(out)
    verdict = verify(out.getvalue(), world.trust())
    assert verdict.conclusion is Conclusion.ALTERED and ChangeKind.FORM_VALUE in verdict.kinds()


def test_stamping_needs_an_authority(world, signed, signatory):
    with pytest.raises(TimestampError):
        stamp_stream(io.BytesIO(signed.content), None, world.trust(), signatory.evidence)


def test_archive_of_an_unstamped_signature(world):  # R8.1
    """A later document time stamp vouches for the time as well (EN 319 142-1)."""
    source = pdf()
    plain = sign(source, act(source, ()), world.signatory('丙', 'ec', 43, level=Level.B_B, days=2))
    kept = archive(plain.content, world.stamper(), world.trust(), base_sha256=sha(plain.content))
    verdict = verify(kept.content, world.bare_trust(), now=world.now + dt.timedelta(days=30))
    assert verdict.genuine and verdict.signatures[0].time_source == 'document_timestamp'
    assert verdict.signatures[0].level == 'B-LTA'


def test_archive_after_the_signers_expiry(world):  # R8.1
    source = pdf()
    result = sign(source, act(source, ()), world.signatory('丁', 'ec', 44, days=1.2))
    later = world.now + dt.timedelta(days=20)
    trust = world.bare_trust().plus([der(world.ca)], [world.crl('ca'), world.crl('root')])
    kept = archive(result.content, world.stamper(), trust, base_sha256=sha(result.content), now=later)
    assert verify(kept.content, world.bare_trust(), now=later).genuine


def test_revoked_time_stamping_authority(world, signed):  # R8.1
    serial = world.tsa.serial_number
    later = world.now + dt.timedelta(days=2)
    lists = [world.crl('ca', at=later, revoked=[(serial, world.now + dt.timedelta(days=1))])]
    verdict = verify(signed.content, world.bare_trust().plus(crls=lists), now=later)
    assert verdict.signatures[0].time_source == 'claimed'


def test_path_as_source(world, signed, tmp_path):
    path = tmp_path / 'x.pdf'
    path.write_bytes(signed.content)
    assert verify(path, world.bare_trust()).genuine
