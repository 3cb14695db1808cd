"""pyHanko signers on the token (R8.1) and the places for other keys."""

import asyncio
import hashlib
import io
import secrets
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import AsyncMock, patch

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen.canvas import Canvas
from signing.errors import CertificateError, SigningError
from signing.keys import cms_der
from signing.keys.authority import Authority
from signing.keys.signers import Algorithm, Algorithms, RemoteSigner, TokenSigner, algorithms
from signing.keys.timestamps import TimestampAuthority, TokenTimeStamper
from signing.keys.tokens import KeyKind, KeyRef, TokenPool

CODE = '91350100M000100Y43'
YEAR = timedelta(days=365)


def leaf(authority: Authority, pool: TokenPool, kind: KeyKind, now: datetime) -> tuple[KeyRef, x509.Certificate]:
    ref = pool.generate(kind, f'signer-{secrets.token_hex(4)}', persistent=False)
    return ref, authority.issue_enterprise(ref, title='某公司', credit_code=CODE, start=now, lifetime=YEAR)


@pytest.fixture(scope='session')
def pdf() -> bytes:
    found = io.BytesIO()
    canvas = Canvas(found)
    canvas.drawString(100, 100, 'contract')
    canvas.showPage()
    canvas.save()
    return found.getvalue()


@pytest.mark.parametrize('digest', ['sha256', 'sha384'])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_signs_a_document(
    authority: Authority,
    pool: TokenPool,
    now: datetime,
    pdf: bytes,
    tmp_path: Path,
    kind: KeyKind,
    digest: str,
) -> None:  # R8.1
    ref, certificate = leaf(authority, pool, kind, now)
    unit = pool.generate(KeyKind.RSA_2048, f'tsa-{secrets.token_hex(4)}', persistent=False)
    tsa = TimestampAuthority(
        pool,
        unit,
        authority.issue_tsa(unit, title='时间戳', start=now, lifetime=YEAR),
        authority.chain,
        policy='1.2.3',
    )
    signer = TokenSigner(pool, ref, certificate, authority.chain, digest=digest)
    meta = PdfSignatureMetadata(field_name='S', md_algorithm=digest, subfilter=SigSeedSubFilter.PADES)
    out = sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer, timestamper=TokenTimeStamper(tsa)
    ).getvalue()
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(authority.root.public_bytes(Encoding.DER))],
        crls=[authority.crl(now), authority.root_crl(now)],
        revocation_mode='require',
    )
    (embedded,) = PdfFileReader(io.BytesIO(out)).embedded_signatures
    status = validate_pdf_signature(embedded, context)
    assert status.bottom_line, status.pretty_print_details()
    assert status.timestamp_validity.valid
    assert status.signing_cert.serial_number == certificate.serial_number
    names = {each.chosen.subject.native['common_name'] for each in embedded.signed_data['certificates']}
    assert names == {'某公司', '测试机构 Issuing CA'}  # no root
    (tmp_path / 'x.pdf').write_bytes(out)
    said = subprocess.run(['pdfsig', '-nocert', tmp_path / 'x.pdf'], capture_output=True, text=True, check=True)
    assert 'Signature is Valid' in said.stdout


@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.RSA_3072, KeyKind.P_256])
def test_estimate_is_never_too_small(authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind) -> None:
    ref, certificate = leaf(authority, pool, kind, now)
    signer = TokenSigner(pool, ref, certificate)
    room = len(asyncio.run(signer.async_sign_raw(b'x', 'sha256', dry_run=True)))
    for _ in range(30):
        assert len(asyncio.run(signer.async_sign_raw(secrets.token_bytes(9), 'sha256'))) <= room <= 400


def test_certificate_of_another_key(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, _certificate = leaf(authority, pool, KeyKind.P_256, now)
    with pytest.raises(CertificateError, match='key_mismatch'):
        TokenSigner(pool, ref, authority.issuing)


class Remote(RemoteSigner):
    """A service that is just another pool."""

    pool: TokenPool
    ref: KeyRef

    async def sign_remote(self, value: bytes, digest: str) -> bytes:
        return self.pool.sign_digest(self.ref, value, digest=digest)


def test_remote_place(authority: Authority, pool: TokenPool, now: datetime) -> None:
    ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    bare = RemoteSigner(certificate, authority.chain)
    with pytest.raises(SigningError, match='remote_unavailable'):
        asyncio.run(bare.async_sign_raw(b'x', 'sha256'))
    with pytest.raises(SigningError, match='digest_unsupported'):
        asyncio.run(bare.async_sign_raw(b'x', 'md5'))
    assert len(asyncio.run(bare.async_sign_raw(b'x', 'sha256', dry_run=True))) == 73
    remote = Remote(certificate, authority.chain)
    remote.pool, remote.ref = pool, ref
    signed = asyncio.run(remote.async_sign(hashlib.sha256(b'x').digest(), 'sha256', use_pades=True))
    assert isinstance(cms.ContentInfo.load(signed.dump())['content'], cms.SignedData)
    remote.ref = leaf(authority, pool, KeyKind.P_256, now)[0]
    with pytest.raises(SigningError, match='remote_signature_wrong'):
        asyncio.run(remote.async_sign_raw(b'x', 'sha256'))


def test_algorithms() -> None:
    with pytest.raises(SigningError) as caught:
        algorithms.mechanism('sm2', 'sm3')
    assert caught.value.code == 'algorithm_unavailable'
    with pytest.raises(SigningError, match='algorithm_unknown'):
        algorithms.get('rot13')
    with pytest.raises(SigningError, match='digest_unsupported'):
        algorithms.mechanism('rsa', 'sha1')
    assert algorithms.mechanism('ecdsa', 'sha384')['algorithm'].native == 'sha384_ecdsa'
    own = Algorithms()
    made = Algorithm('sm2', frozenset({'sm3'}), lambda digest: digest)
    own.register(made)
    assert own.get('sm2') is made
    with pytest.raises(SigningError, match='algorithm_exists'):
        own.register(made)


def test_other_keys_are_not_available(authority: Authority, now: datetime) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = (
        x509.CertificateBuilder().serial_number(1).subject_name(authority.root.subject)
        .issuer_name(authority.root.subject).public_key(key.public_key())
        .not_valid_before(now).not_valid_after(now + YEAR).sign(key, None)
    )  # fmt: skip
    with pytest.raises(SigningError, match='algorithm_unavailable'):
        RemoteSigner(certificate)


@pytest.mark.parametrize('stamped', [False, True])
@pytest.mark.parametrize('kind', [KeyKind.RSA_2048, KeyKind.P_256])
def test_fast_path_writes_what_the_general_encoder_writes(
    authority: Authority, pool: TokenPool, now: datetime, kind: KeyKind, stamped: bool
) -> None:  # R8.1
    ref, certificate = leaf(authority, pool, kind, now)
    signer = TokenSigner(pool, ref, certificate, authority.chain)
    value = hashlib.sha256(b'document').digest()
    unit = pool.generate(KeyKind.P_256, f'tsa-{secrets.token_hex(4)}', persistent=False)
    token = TimestampAuthority(
        pool, unit, authority.issue_tsa(unit, title='时间戳', start=now, lifetime=YEAR), (), policy='1.2.3'
    ).stamp_digest(value, 'sha256')

    class Fixed(TimeStamper):
        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
            return cms.ContentInfo.load(token)

    stamper = Fixed() if stamped else None

    async def both() -> tuple[bytes, bytes]:
        fast = await signer.async_sign(value, 'sha256', use_pades=True, timestamper=stamper)
        signature = fast['content']['signer_infos'][0]['signature'].native
        with patch.object(TokenSigner, 'async_sign_raw', AsyncMock(return_value=signature)):
            attributes = await Signer.signed_attrs(signer, value, 'sha256', use_pades=True)
            slow = await Signer.async_sign_prescribed_attributes(signer, 'sha256', attributes, timestamper=stamper)
        return fast.dump(), slow.dump()

    fast, slow = asyncio.run(both())
    assert fast == slow


def test_what_the_fast_path_does_not_know_takes_the_general_one(
    authority: Authority, pool: TokenPool, now: datetime
) -> None:
    ref, certificate = leaf(authority, pool, KeyKind.P_256, now)
    signer = TokenSigner(pool, ref, certificate, authority.chain)
    signed = asyncio.run(signer.async_sign_general_data(b'data', 'sha256', detached=False))
    assert signed['content']['encap_content_info']['content'].native == b'data'
    kinds = {each['type'].native for each in signed['content']['signer_infos'][0]['signed_attrs']}
    assert 'cms_algorithm_protection' in kinds  # an attribute that the fast path never writes
    before = asyncio.run(signer.async_sign(bytes(32), 'sha256', use_pades=True))
    signer.cert_registry.register(asn1.Certificate.load(certificate.public_bytes(Encoding.DER)))
    signer.cert_registry.register(
        asn1.Certificate.load(enterprise_of_another(authority, pool, now).public_bytes(Encoding.DER))
    )
    after = asyncio.run(signer.async_sign(bytes(32), 'sha256', use_pades=True))
    assert len(after['content']['certificates']) == len(before['content']['certificates']) + 1


def enterprise_of_another(authority: Authority, pool: TokenPool, now: datetime) -> x509.Certificate:
    return leaf(authority, pool, KeyKind.P_256, now)[1]


@given(st.integers(0, 2**200), st.integers(0, 70000))
def test_der_parts(number: int, size: int) -> None:
    assert cms_der.integer(number) == core.Integer(number).dump()
    assert cms_der.tlv(0x04, bytes(size)) == core.OctetString(bytes(size)).dump()
